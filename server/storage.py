"""Whether a failure means that nothing can be saved for now. It passes, and nobody did anything wrong."""

from __future__ import annotations

import errno

from sqlalchemy.exc import InterfaceError, OperationalError

from server.refusals import Refusal

DATABASE_AWAY = (InterfaceError, OperationalError)

_AWAY = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS})

RETRY_AFTER_S = 10


def is_away(failure: BaseException | None) -> bool:
    """Say whether `failure` is a full disk, a lock held too long, or a database that does not answer."""
    if isinstance(failure, OSError):
        return failure.errno in _AWAY or isinstance(failure, ConnectionError)
    return isinstance(failure, DATABASE_AWAY)


def refusal() -> Refusal:
    """The answer to a request that could not be carried out for that reason."""
    reason = "The server cannot save anything at the moment. Try again soon; if it lasts, tell its admin."
    return Refusal("storage_away", reason, 503, retry_after_s=RETRY_AFTER_S)


def refusal_after_change() -> Refusal:
    """The answer to a change that everybody sees already, but that no disk has yet."""
    reason = (
        "The change is made, but the server cannot save anything at the moment. It is saved as soon as"
        " that works: do not send it again, look whether it is there."
    )
    return Refusal("storage_away", reason, 503, retry_after_s=RETRY_AFTER_S)
