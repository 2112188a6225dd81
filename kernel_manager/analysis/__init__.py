"""Answers about code while it is written: completion, signatures, documentation, definitions."""

from kernel_manager.analysis.analyst import Analyst, NoAnswer, Seat
from kernel_manager.analysis.code import Code, code_of

__all__ = ["Analyst", "Code", "NoAnswer", "Seat", "code_of"]
