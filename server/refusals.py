"""Refusals: answers to a person, as opposed to bugs. Each has a stable code and says what to do next."""

from __future__ import annotations


class Refusal(Exception):
    """`code` is stable, `reason` a sentence for the person, `status` the HTTP status.

    `retry_after_s` tells scripts how long to wait, where waiting helps.
    """

    def __init__(
        self, code: str, reason: str, status: int = 400, *, retry_after_s: int | None = None
    ) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason
        self.status = status
        self.retry_after_s = retry_after_s


class NotFound(Refusal):
    """The same answer for what does not exist and for what a stranger may not know of."""

    def __init__(self) -> None:
        super().__init__("not_found", "There is nothing here that you may see. Check the address.", 404)


class Forbidden(Refusal):
    """For somebody who may know of the thing but lacks the right."""

    def __init__(
        self, reason: str = "Your role here does not allow this. Ask an admin of the project."
    ) -> None:
        super().__init__("forbidden", reason, 403)


class SignInFirst(Refusal):
    """Nobody is signed in, or the session or token has ended."""

    def __init__(self) -> None:
        super().__init__("sign_in", "Sign in first: your session has ended, or there was none.", 401)
