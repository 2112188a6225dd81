"""Answers about code while it is written: completion, signatures, documentation, definitions, marks."""

from kernel_manager.analysis.analyst import Analyst
from kernel_manager.analysis.code import Code, code_of, python_in
from kernel_manager.analysis.linter import LintCell, Linter
from kernel_manager.analysis.live import LiveName, LiveQuestion, question_in, written
from kernel_manager.analysis.worker import NoAnswer, Seat

__all__ = [
    "Analyst",
    "Code",
    "LintCell",
    "Linter",
    "LiveName",
    "LiveQuestion",
    "NoAnswer",
    "Seat",
    "code_of",
    "python_in",
    "question_in",
    "written",
]
