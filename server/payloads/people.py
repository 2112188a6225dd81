"""Accounts, sessions, ways to sign in, tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from server.payloads.common import Body, Email, LoginName, Name, Password


class User(msgspec.Struct, frozen=True):
    """A person as others see them; `color` is an index into the ten people colours."""

    id: str
    name: str
    display_name: str
    color: int


class Me(msgspec.Struct, frozen=True):
    """The person signed in. `guest` is somebody who watches by a share link, without an account."""

    id: str
    name: str
    display_name: str
    color: int
    email: str | None
    admin: bool
    guest: bool


class SiteUser(msgspec.Struct, frozen=True):
    """An account, as a site admin sees it. `last_seen_at`: in a browser that is still signed in."""

    id: str
    name: str
    display_name: str
    color: int
    email: str
    admin: bool
    created_at: datetime
    disabled_at: datetime | None
    last_seen_at: datetime | None


class ChangeSiteUser(Body, frozen=True):
    """`admin`: whether they manage the site. `disabled` closes an account, or opens it again."""

    admin: bool | None = None
    disabled: bool | None = None


class MadePasswordLink(msgspec.Struct, frozen=True):
    """`url` lets whoever opens it first choose the account's password; it is told only here."""

    url: str
    expires_at: datetime


class NewPassword(Body, frozen=True):
    """`code` is the part of a password link behind `#`."""

    code: Annotated[str, Meta(min_length=1, max_length=200)]
    password: Password


class SetUp(Body, frozen=True):
    """The first account, made with the one-time link that the server printed."""

    code: str
    name: LoginName
    email: Email
    password: Password
    display_name: Annotated[str, Meta(max_length=100)] | None = None


class SetUpState(msgspec.Struct, frozen=True):
    """Whether the first account is still to be made."""

    needed: bool


class SignIn(Body, frozen=True):
    """`name` is the login name or the e-mail address."""

    name: Annotated[str, Meta(min_length=1, max_length=254)]
    password: Annotated[str, Meta(min_length=1, max_length=1000)]


class NewAccount(Body, frozen=True):
    """An account, made from an invitation (`invite`) or by a site admin (without)."""

    name: LoginName
    email: Email
    password: Password
    display_name: Annotated[str, Meta(max_length=100)] | None = None
    invite: str | None = None


class ChangeMe(Body, frozen=True):
    """Own settings; changing the password needs the present one and ends all other sessions."""

    display_name: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    password: Password | None = None
    present_password: str | None = None


class EditorChoices(Body, frozen=True):
    """How somebody wants the editor. `checks`: marks of mistakes, and formatting."""

    checks: bool = True
    keys: Literal["usual", "vim", "emacs"] = "usual"
    line_numbers: bool = False
    wrap: bool = False


class Session(msgspec.Struct, frozen=True):
    id: str
    created_at: datetime
    last_seen_at: datetime
    user_agent: str
    current: bool


class SignInWay(msgspec.Struct, frozen=True):
    """One way to sign in; `start` is the path that the login page's button leads to."""

    name: str
    label: str
    start: str


class JoinBegun(msgspec.Struct, frozen=True):
    """`url` is where the person proves to the provider who they are."""

    url: str


class Token(msgspec.Struct, frozen=True):
    id: str
    name: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class NewToken(Body, frozen=True):
    name: Name
    expires_days: Annotated[int, Meta(ge=1, le=3650)] | None = None


class MadeToken(msgspec.Struct, frozen=True):
    """`secret` is shown once."""

    token: Token
    secret: str
