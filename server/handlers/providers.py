"""Signing in through an identity provider: there, back again, and joining it with one's account.

A sign-in leads through other sites, so a browser follows redirects and a
refusal ends at a page of the app: `/login?refused=CODE`.
"""

from __future__ import annotations

import base64
import logging
import time
from datetime import UTC, datetime
from urllib.parse import urlencode

import msgspec

from collab.ids import UserId
from server import payloads, security
from server.credentials import digest, new_secret, same
from server.db.repositories import external
from server.handlers.auth import AccountHandler
from server.handlers.base import PUBLIC, SIGNED_IN, ApiHandler, needs, route
from server.limits import attempt
from server.paging import Place, part
from server.providers import LOCAL, ExternalIdentity, Flow, IdentityProvider, Join, decide
from server.refusals import NotFound, Refusal

log = logging.getLogger("commonbook.accounts")

FLOW_S = 600
"""How long somebody may take to prove who they are."""

MAX_ANSWER = 4096
"""How long each value may be that a provider sends back, in characters."""


class Begun(msgspec.Struct, frozen=True):
    """What the browser keeps, out of scripts' reach, while its owner is at the provider."""

    provider: str
    secret: str
    next: str
    joins: bool


class ProviderHandler(AccountHandler):
    """What the routes of one provider share."""

    def provider_called(self, name: str) -> IdentityProvider:
        """Return a provider of this server."""
        provider = self.services.providers.get(name)
        if provider is None:
            raise NotFound
        return provider

    async def begin(self, provider: IdentityProvider, wanted: str, *, joins: bool) -> str:
        """Begin an attempt in this browser; returns where it goes on."""
        begun = Begun(provider.name, new_secret(), wanted, joins)
        where = await provider.begin(self.flow_of(begun))
        text = base64.urlsafe_b64encode(msgspec.json.encode(begun)).decode()
        secure = self.services.config.is_https
        self.set_cookie(
            self.flow_cookie, text, max_age=FLOW_S, path="/", httponly=True, secure=secure, samesite="Lax"
        )
        return where

    def flow_of(self, begun: Begun) -> Flow:
        """Return the attempt as the provider sees it."""
        return Flow(begun.secret, f"{self.services.config.public_url}/login/back/{begun.provider}")

    @property
    def flow_cookie(self) -> str:
        return f"{self.cookie_name}_flow"

    def lead_to(self, where: str) -> None:
        """Send the browser on."""
        self.set_status(303)
        self.set_header("Location", where)


@route("/api/session/providers")
class ProvidersHandler(ApiHandler):
    """The ways to sign in here, for the login page; the first is the account's own password."""

    @needs(PUBLIC, answer=payloads.Page[payloads.SignInWay])
    async def get(self) -> payloads.Page[payloads.SignInWay]:
        ways = [payloads.SignInWay(LOCAL, "Name and password", "/login")]
        for name, provider in self.services.providers.items():
            ways.append(payloads.SignInWay(name, provider.label, f"/login/with/{name}"))
        return payloads.Page(*part(ways, lambda way: Place(int(way.name != LOCAL), way.name), self.window))


@route("/api/session/providers/{provider}")
class JoinHandler(ProviderHandler):
    """Joins one's account with an identity at the provider: the answer says where to go on."""

    @needs(SIGNED_IN, answer=payloads.JoinBegun)
    async def post(self, provider: str) -> payloads.JoinBegun:
        found = self.provider_called(provider)
        if self.person.kind == "token":
            raise Refusal("no_session", "A token cannot do this. Sign in with the browser.", 400)
        return payloads.JoinBegun(await self.begin(found, "/account", joins=True))


@route("/login/with/{provider}")
class WithHandler(ProviderHandler):
    """Where the login page's button leads: on to the provider."""

    @needs(PUBLIC, media="text/html")
    async def get(self, provider: str) -> None:
        found, wanted = self.provider_called(provider), self.get_query_argument("next", "/")
        try:
            self.lead_to(await self.begin(found, security.local_path(wanted), joins=False))
        except Refusal as refusal:
            self.lead_to(f"/login?{urlencode({'refused': refusal.code})}")


@route("/login/back/{provider}")
class BackHandler(ProviderHandler):
    """Where the provider leads back to."""

    @needs(PUBLIC, media="text/html")
    async def get(self, provider: str) -> None:
        found, begun = self.provider_called(provider), self._begun()
        self.clear_cookie(self.flow_cookie, path="/", secure=self.services.config.is_https, samesite="Lax")
        try:
            if begun is None or begun.provider != provider:
                raise _not_begun()
            await self._finish(found, begun)
        except Refusal as refusal:
            log.info("sign-in refused", extra={"provider": provider, "code": refusal.code})
            page = "/account" if begun is not None and begun.joins else "/login"
            self.lead_to(f"{page}?{urlencode({'refused': refusal.code})}")
        else:
            self.lead_to(security.local_path(begun.next))

    def _begun(self) -> Begun | None:
        try:
            return msgspec.json.decode(
                base64.urlsafe_b64decode(self.get_cookie(self.flow_cookie, "")), type=Begun
            )
        except ValueError:  # also base64's and msgspec's own errors
            return None

    async def _finish(self, provider: IdentityProvider, begun: Begun) -> None:
        limits = self.services.limits.secrets
        attempt([(limits, self.client_address)], time.monotonic())
        answer = {name: self.get_query_argument(name) for name in self.request.query_arguments}
        flow = self.flow_of(begun)
        is_long = any(len(value) > MAX_ANSWER for value in answer.values())
        if is_long or not same(digest(answer.get("state", "")), digest(flow.state)):
            raise _not_begun()
        identity = await provider.exchange(flow, answer)
        if not identity.is_storable:
            raise Refusal("no_proof", "The provider gave no usable name. Ask whoever runs it.", 403)
        joins = await self._who_joins() if begun.joins else None
        account = await self._account_of(identity, joins)
        limits.forgive(self.client_address)
        if joins is None:
            await self.sign_in_as(account)

    async def _who_joins(self) -> UserId:
        person = await self.identify()
        if person is None or person.is_guest:
            raise Refusal("sign_in", "Sign in with the password first, then join the two.", 401)
        return person.user

    async def _account_of(self, found: ExternalIdentity, joins: UserId | None) -> UserId:
        async with self.services.database.begin() as session:
            known = await external.account_of(session, found)
            same_address = await external.account_with_address(session, found)
            outcome = decide(found, known=known, same_address=same_address, joins=joins)
            if isinstance(outcome, Join):
                await external.join(session, found, outcome.account, datetime.now(UTC))
        return outcome.account


def _not_begun() -> Refusal:
    return Refusal("not_begun", "This sign-in took too long, or another browser began it. Try again.", 403)
