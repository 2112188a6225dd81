"""Answers about code while it is written: completion, signatures, documentation, definitions."""

from kernel_manager.analysis.analyst import Analyst, NoAnswer, Seat
from kernel_manager.analysis.code import Code, code_of
from kernel_manager.analysis.live import LiveName, LiveQuestion, question_in, written

__all__ = [
    "Analyst",
    "Code",
    "LiveName",
    "LiveQuestion",
    "NoAnswer",
    "Seat",
    "code_of",
    "question_in",
    "written",
]
