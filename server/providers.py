"""Ways to sign in besides a password: where an identity provider such as OIDC is plugged in.

A part of the server puts its `IdentityProvider`s into `services.providers`;
the routes of `server.handlers.providers` do the rest. What a provider says
about a person is known by (issuer, subject), never by e-mail address: those
change hands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from collab.ids import UserId
from server.credentials import digest
from server.refusals import Refusal

LOCAL = "local"
"""The built-in way: an account's own name and password."""


@dataclass(frozen=True, slots=True)
class ExternalIdentity:
    """Who somebody is, as their provider proved it. `issuer` is the provider's own lasting name."""

    issuer: str
    subject: str
    email: str | None = None
    email_verified: bool = False

    @property
    def is_storable(self) -> bool:
        """Say whether both names are texts of a length that the database keeps."""
        return all(name.isprintable() and 1 <= len(name) <= 255 for name in (self.issuer, self.subject))


@dataclass(frozen=True, slots=True)
class Flow:
    """One attempt to sign in. `secret` stays between server and browser; `back` is the way back here."""

    secret: str
    back: str

    @property
    def state(self) -> str:
        """What the provider hands back, to prove that this browser began the attempt."""
        return self.derived("state")

    def derived(self, purpose: str) -> str:
        """Return another secret of this attempt, such as a nonce or a PKCE verifier."""
        return digest(f"{purpose} {self.secret}")


class IdentityProvider(Protocol):
    """Proves who somebody is. `name` is part of addresses: small letters, digits and hyphens."""

    @property
    def name(self) -> str: ...

    @property
    def label(self) -> str:
        """What the login page's button says."""

    async def begin(self, flow: Flow) -> str:
        """Return the address where the person proves who they are; it leads back with `flow.state`."""

    async def exchange(self, flow: Flow, answer: Mapping[str, str]) -> ExternalIdentity:
        """Return who it was, verified, from the query that came back.

        `answer["state"]` was compared with `flow.state` before. Raises a
        `Refusal` where the answer proves nothing.
        """


@dataclass(frozen=True, slots=True)
class SignIn:
    """The person is `account`."""

    account: UserId


@dataclass(frozen=True, slots=True)
class Join:
    """From now on this identity signs in as `account`."""

    account: UserId


def decide(
    found: ExternalIdentity, *, known: UserId | None, same_address: UserId | None, joins: UserId | None
) -> SignIn | Join:
    """Return whose account an identity opens; raises a `Refusal` where it opens none.

    `known` is the account joined with (issuer, subject), `same_address` the
    one with the same e-mail address, `joins` the one whose owner, signed in,
    asked to join the two. An address alone opens nothing, or whoever gets it
    at any provider would get the account.
    """
    if joins is not None:
        if known not in (None, joins):
            raise Refusal("joined_elsewhere", "That sign-in belongs to another account here.", 409)
        if known is None and not (found.email_verified and same_address == joins):
            reason = "That sign-in has another e-mail address, or did not verify it. Use one with yours."
            raise Refusal("other_address", reason, 403)
        return Join(joins)
    if known is not None:
        return SignIn(known)
    if found.email_verified and same_address is not None:
        reason = "An account with this address exists. Sign in with its password and join the two there."
        raise Refusal("join_first", reason, 403)
    raise Refusal(
        "no_account", "Nobody here has that sign-in. Ask somebody who has an account to invite you.", 403
    )
