"""From the messages of a run to its outputs."""

from kernel_manager.outputs.fold import Limits, OutputFold
from kernel_manager.outputs.safety import safe_json, safe_text
from kernel_manager.outputs.stream import INLINE_BYTES
from kernel_manager.outputs.values import (
    Change,
    DisplayUpdated,
    DisplayValue,
    ErrorValue,
    OutputAdded,
    OutputReplaced,
    OutputsCleared,
    OutputValue,
    StreamChange,
    StreamValue,
    merged,
)

__all__ = [
    "INLINE_BYTES",
    "Change",
    "DisplayUpdated",
    "DisplayValue",
    "ErrorValue",
    "Limits",
    "OutputAdded",
    "OutputFold",
    "OutputReplaced",
    "OutputValue",
    "OutputsCleared",
    "StreamChange",
    "StreamValue",
    "merged",
    "safe_json",
    "safe_text",
]
