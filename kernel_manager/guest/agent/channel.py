"""How questions reach the agent and answers leave it: messages of ipykernel's own, to a subshell.

They bypass ipykernel's dispatch, which would tell everybody that the kernel is busy and give what threads
print to the question instead of the cell.
"""

from __future__ import annotations

import sys
from time import monotonic
from typing import Any

from . import json, names, surroundings
from .explorer import Explorer
from .operations import OPERATIONS, Refused, Reply

REQUEST, REPLY = "agent_request", "agent_reply"
FEATURE = "commonbook agent"
"""How a kernel says in its `supported_features` that it has an agent."""


def settle(shell: Any) -> None:
    """Begin to watch the variables of a kernel, before its first cell."""
    OPERATIONS.update(Explorer(shell).operations)
    OPERATIONS.update(names.operations())
    OPERATIONS.update(surroundings.operations())


def take(kernel: Any, subshell_id: str, frames: Any) -> bool:
    """Answer a message that came to a subshell if it is a question to the agent; False if it is not."""
    session = kernel.session
    idents, parts = session.feed_identities(frames, copy=False)
    message = session.deserialize(parts, content=False, copy=False)
    if message["header"]["msg_type"] != REQUEST:
        return False
    question = json.loads(bytes(message["content"]))
    if monotonic() > question["until"]:
        return True  # nobody waits for it any more
    own_what_is_written(message["header"])
    content, buffers = answer(kernel.shell, question)
    stream = kernel.shell_channel_thread.manager.get_subshell_to_shell_channel_socket(subshell_id)
    session.send(stream, REPLY, content, message["header"], idents, list(buffers))
    return True


def answer(shell: Any, question: dict[str, Any]) -> tuple[bytes, Any]:
    """Return the JSON of an answer, and its buffers. Whatever goes wrong becomes an answer too."""
    try:
        operation = OPERATIONS.get(question["operation"])
        if operation is None:
            raise Refused("This kernel is of an earlier version. Restart it to get this.")
        reply = operation(shell, question["arguments"])
        return json.dumps({"status": "ok", "content": reply.content}).encode(), reply.buffers
    except Refused as refusal:
        reply = Reply({"status": "refused", "reason": str(refusal)})
    except BaseException as failure:  # noqa: BLE001 - the agent outlives anything that values do
        reply = Reply({"status": "failed", "reason": type(failure).__name__})
    return json.dumps(reply.content).encode(), ()


def own_what_is_written(header: Any) -> None:
    """Have what a library writes in this thread belong to the question, and not to the cell that runs."""
    for stream in (sys.stdout, sys.stderr):
        note = getattr(stream, "set_thread_parent", None)
        if note is not None:
            note({"header": header})


def steady(session: Any) -> None:
    """Have a kernel's messages written and read by JSON that nobody can replace."""
    from jupyter_client.jsonutil import json_default
    from jupyter_client.session import json_packer

    if session.pack is not json_packer:
        return

    def pack(value: Any) -> bytes:
        try:
            return json.dumps(value, json_default, ascii_only=False).encode("utf8", "surrogateescape")
        except (TypeError, ValueError):
            return bytes(json_packer(value))

    session.pack, session.unpack = pack, json.loads
