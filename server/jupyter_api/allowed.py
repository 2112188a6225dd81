"""Which of Jupyter's messages may pass, by the rights of whoever sends them. Pure.

A message that is in no row is never passed on: debugging, history (which would tell everybody's code),
running code on the control channel, subshells. Completing and inspecting run the code of objects, so they
need RUN; an execute request carries free text, so it needs EDIT as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from collab.roles import Capability, Rights

_RUN: Final = frozenset({Capability.RUN})

ALLOWED: Final[Mapping[tuple[str, str], frozenset[Capability]]] = {
    ("shell", "execute_request"): frozenset({Capability.EDIT, Capability.RUN}),
    ("shell", "complete_request"): _RUN,
    ("shell", "inspect_request"): _RUN,
    ("shell", "is_complete_request"): _RUN,
    ("shell", "comm_info_request"): _RUN,
    ("shell", "kernel_info_request"): _RUN,
    ("control", "kernel_info_request"): _RUN,
    ("control", "interrupt_request"): _RUN,
    ("control", "shutdown_request"): _RUN,
    ("shell", "comm_open"): _RUN,
    ("shell", "comm_msg"): _RUN,
    ("shell", "comm_close"): _RUN,
    ("stdin", "input_reply"): _RUN,
}

COMM_TARGETS: Final = frozenset({"jupyter.widget", "jupyter.widget.control"})
"""What a client may open a comm to: opening one runs the function that is registered for it."""


def refusal(channel: str, msg_type: str, content: Mapping[str, Any], rights: Rights) -> str | None:
    """Return why a message may not pass, in a sentence; None if it may."""
    needed = ALLOWED.get((channel, msg_type))
    if needed is None:
        return f"Commonbook does not pass on {msg_type[:60]} on the channel {channel[:20]}."
    if not needed <= rights:
        wanted = " and ".join(sorted(right.value for right in needed))
        return f"This needs the rights {wanted}; ask an admin of the project."
    if msg_type == "comm_open" and content.get("target_name") not in COMM_TARGETS:
        return "Commonbook opens comms to widgets only."
    return None
