"""From the words of kernels to the words of the session, which knows no kernels."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import assert_never

from collab.session import reports as told
from collab.session.state import Remains
from collab.wire import HeldVariable
from kernel_manager import reports as words


def in_own_words(
    report: words.Ready | words.Started | words.InputWanted | words.Finished | words.Died, epoch: int
) -> told.Report:
    """Return what a kernel said as the session understands it; `epoch` is the notebook's count."""
    match report:
        case words.Ready():
            return told.Ready(epoch, datetime.now(UTC), report.language)
        case words.Started():
            return told.Began(epoch, _time(report.at), report.msg_id, report.count)
        case words.InputWanted():
            return told.Asked(epoch, report.msg_id, report.prompt, report.password)
        case words.Finished():
            at, suggestion = _time(report.at), _suggestion(report)
            return told.Ended(epoch, at, report.msg_id, report.status, report.count, suggestion)
        case words.Died():
            variables = tuple(HeldVariable(each.name, each.type, each.size) for each in report.variables)
            remains = Remains(report.line, report.peak, report.memory_limit, variables)
            return told.Gone(epoch, _time(report.at), report.cause, report.reason, remains=remains)
        case _:
            assert_never(report)


def truncation_notice(report: words.Truncated, msg_id: str) -> words.Message:
    """Return the message that says, in the running cell, that the journal could not hold everything."""
    text = f"\n[{report.dropped_bytes:,} bytes of output were dropped here]\n"
    content = {"name": "stderr", "text": text}
    return words.Message(report.seq, report.epoch, msg_id, "stream", content, {})


def disk_notice(msg_id: str) -> words.Message:
    """Return the message that says, in its cell, that text of a request is no longer kept."""
    text = "\n[The server's disk is full. Text from here on is shown, but not kept.]\n"
    return words.Message(0, 0, msg_id, "stream", {"name": "stderr", "text": text}, {})


def _suggestion(report: words.Finished) -> str | None:
    for entry in report.payload:
        if entry.get("source") == "set_next_input" and isinstance(entry.get("text"), str):
            return str(entry["text"])[:100_000]
    return None


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
