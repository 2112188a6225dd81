"""How a program signs in that asks for a password, as VS Code does with an *Existing Jupyter Server*.

The password is an API token. The program gets it back as a cookie, and from then on sends that with a header
in which it repeats a second cookie. No page of another site can have a browser send such a header, nor any
page with a websocket: so the cookie is of use to programs alone.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar
from urllib.parse import parse_qs, urlencode

from server.credentials import digest, new_secret, parse_token, same
from server.db.repositories import credentials
from server.handlers.base import PUBLIC, ApiHandler, Guarded, needs, route
from server.refusals import Refusal

COOKIE, TWIN, HEADER = "commonbook-jupyter", "_xsrf", "X-XSRFToken"

WELCOME = """Programs sign in here that speak Jupyter Server's API, with an API token as the password.
People make one on their account page, and open the project itself in the browser.
"""
REFUSED = "This is no API token that is good here. Make a new one on your account page."
STALE = "Sign in from the beginning: this does not repeat the cookie that the first step gave."


class FromProgram(Guarded):
    """What a program with a token may send: in `Authorization`, or as the cookie that it got here."""

    token_schemes: ClassVar[frozenset[str]] = frozenset({"bearer", "token"})

    @property
    def authorization(self) -> str | None:
        token, twin = self.get_cookie(COOKIE), self.get_cookie(TWIN)
        told = self.request.headers.get(HEADER)
        if super().authorization is None and token and twin and told and same(digest(twin), digest(told)):
            return f"token {token}"
        return super().authorization


class PlainHandler(ApiHandler):
    """Answers in plain text."""

    def say(self, status: int, text: str) -> None:
        self.set_status(status)
        self.set_header("Content-Type", "text/plain; charset=UTF-8")
        self.write(text)

    @property
    def root(self) -> str:
        return f"/jupyter/{self.path_kwargs['project']}/"


@route("/jupyter/{project}{slash:/?}")
class JupyterRootHandler(PlainHandler):
    """Sends a program that tries the address itself on to where it signs in."""

    @needs(PUBLIC, media="text/plain")
    async def get(self, slash: str) -> None:
        self.set_header("Location", f"{self.root}login?{urlencode({'next': self.root})}")
        self.say(302, "")


@route("/jupyter/{project}/login")
class JupyterSignInHandler(PlainHandler):
    """GET gives the cookie to repeat, POST takes the token as `password`."""

    @needs(PUBLIC, media="text/plain")
    async def get(self) -> None:
        self._give(TWIN, new_secret())
        self.say(200, WELCOME)

    @needs(PUBLIC, media="text/plain")
    async def post(self) -> None:
        if self._received > self._limit:
            raise self._over_limit
        form = parse_qs(b"".join(self._chunks).decode("latin-1"))
        password, twin = (form.get(name, [""])[0].strip() for name in ("password", TWIN))
        if not twin or not same(digest(twin), digest(self.get_cookie(TWIN) or "")):
            raise Refusal("stale_sign_in", STALE)
        parts = parse_token(password)
        now = datetime.now(UTC)
        if parts is None or await credentials.identity_of_token(self.services.database, parts, now) is None:
            raise Refusal("wrong_token", REFUSED, 401)
        self._give(COOKIE, password)
        self.set_header("Location", self.root)
        self.say(302, "")

    def _give(self, name: str, value: str) -> None:
        secure = self.services.config.is_https
        self.set_cookie(name, value, path=self.root, httponly=True, samesite="Strict", secure=secure)
