"""Signing in and out, the first account, one's own settings and sessions."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from collab.ids import ProjectId, UserId
from server import payloads
from server.credentials import digest, same
from server.db.repositories import credentials, members, people, projects
from server.handlers.base import PUBLIC, SIGNED_IN, VISITOR, ApiHandler, needs, route
from server.identity import Identity
from server.limits import attempt
from server.names import clean_name, fold
from server.refusals import Forbidden, NotFound, Refusal

log = logging.getLogger("commonbook.accounts")


class AccountHandler(ApiHandler):
    """What the routes that begin a session share."""

    async def sign_in_as(self, account: UserId) -> payloads.Me:
        """Begin a new session for `account` in this browser; one that was there ends."""
        now, services = datetime.now(UTC), self.services
        async with services.database.begin() as session:
            old = self.session_secret
            ended = await credentials.end_session_by_secret(session, digest(old)) if old else None
            agent = self.request.headers.get("User-Agent", "")
            days = services.config.session_days
            secret = await credentials.add_session(session, now, days=days, user_agent=agent, account=account)
            me = await people.me(session, account)
        if ended is not None:
            await services.sessions.credential_ended(ended)
        self.send_session_cookie(secret)
        return me

    def send_session_cookie(self, secret: str) -> None:
        """Give the browser its session's secret: out of scripts' reach and of other sites' writes."""
        config = self.services.config
        self.set_cookie(
            self.cookie_name,
            secret,
            max_age=config.session_days * 86400,
            path="/",
            httponly=True,
            secure=config.is_https,
            samesite="Lax",
        )


async def make_account(
    handler: ApiHandler,
    body: payloads.SetUp | payloads.NewAccount,
    *,
    admin: bool,
    also: Callable[[AsyncSession, UserId], Awaitable[None]] | None = None,
) -> UserId:
    """Make the account that `body` describes, and `also` in the same transaction: both happen or neither."""
    display_name = clean_name(body.display_name or body.name)
    password_hash = await handler.services.passwords.hash(body.password)
    async with handler.services.database.begin() as session:
        account = await people.add_account(
            session,
            datetime.now(UTC),
            name=body.name,
            email=body.email,
            display_name=display_name,
            password_hash=password_hash,
            admin=admin,
        )
        if also is not None:
            await also(session, account)
    return account


@route("/api/setup")
class SetUpHandler(AccountHandler):
    """The first account, with the one-time link that the server prints."""

    @needs(PUBLIC, answer=payloads.SetUpState)
    async def get(self) -> payloads.SetUpState:
        async with self.services.database.read() as session:
            return payloads.SetUpState(needed=not await people.any_account(session))

    @needs(PUBLIC, body=payloads.SetUp, answer=payloads.Me, status=201)
    async def post(self, body: payloads.SetUp) -> payloads.Me:
        tries = [(self.services.limits.secrets, self.client_address)]
        attempt(tries, time.monotonic())
        async with self.services.database.read() as session:
            expected = await people.setting(session, people.SETUP_CODE)
        if expected is None:
            raise _set_up()
        if not same(expected, digest(body.code)):
            reason = "This set-up link is not the latest. Use the one that the server printed last."
            raise Refusal("wrong_code", reason, 403)
        made: list[ProjectId] = []

        async def use_code(session: AsyncSession, account: UserId) -> None:
            if not await people.use_setting(session, people.SETUP_CODE, expected):
                raise _set_up()
            made.append(await projects.add(session, "Welcome", account, datetime.now(UTC)))

        account = await make_account(self, body, admin=True, also=use_code)
        self.services.limits.secrets.forgive(self.client_address)
        await self._fill(made[0], account)
        return await self.sign_in_as(account)

    async def _fill(self, project: ProjectId, account: UserId) -> None:
        """Put the welcome notebook into the first project; an account without it is still an account."""
        if self.services.make_welcome is None:
            return
        try:
            await self.services.make_welcome(self.services, project, account)
        except Exception:
            log.exception("the welcome notebook could not be made", extra={"project": project})


@route("/api/session")
class SessionHandler(AccountHandler):
    """Signing in and out."""

    @needs(PUBLIC, body=payloads.SignIn, answer=payloads.Me)
    async def post(self, body: payloads.SignIn) -> payloads.Me:
        limits, name = self.services.limits, fold(body.name)
        tries = [(limits.by_account, name), (limits.by_address, self.client_address)]
        attempt(tries, time.monotonic())
        async with self.services.database.read() as session:
            found = await people.to_sign_in(session, body.name)
        stored = found.password_hash if found else None
        if not await self.services.passwords.verify(body.password, stored) or found is None:
            raise Refusal("wrong_sign_in", "The name or the password is wrong. Try again.", 401)
        for limit, key in tries:
            limit.forgive(key)
        return await self.sign_in_as(found.id)

    @needs(VISITOR)
    async def delete(self) -> None:
        if self.person.kind == "token" or self.session_secret is None:
            raise Refusal("no_session", "A token is not a session. Revoke it under /api/tokens.", 400)
        async with self.services.database.begin() as session:
            await credentials.end_session_by_secret(session, digest(self.session_secret))
        await self.services.sessions.credential_ended(self.person.credential)
        self.clear_cookie(self.cookie_name, path="/", secure=self.services.config.is_https, samesite="Lax")


@route("/api/sessions")
class SessionsHandler(ApiHandler):
    """Where the person is signed in."""

    @needs(SIGNED_IN, answer=payloads.Page[payloads.Session])
    async def get(self) -> payloads.Page[payloads.Session]:
        person, now, window = self.person, datetime.now(UTC), self.window
        async with self.services.database.read() as session:
            return await credentials.sessions_of(session, person.user, person.credential, now, window)


@route("/api/sessions/{session}")
class OneSessionHandler(ApiHandler):
    """Signing out somewhere else."""

    @needs(SIGNED_IN)
    async def delete(self, session: str) -> None:
        async with self.services.database.begin() as database:
            ended = await credentials.end_sessions(database, self.person.user, only=session)
        if not ended:
            raise NotFound
        await self.services.sessions.credential_ended(session)


@route("/api/me")
class MeHandler(ApiHandler):
    """The person signed in."""

    @needs(VISITOR, answer=payloads.Me)
    async def get(self) -> payloads.Me:
        return _as_me(self.person)

    @needs(SIGNED_IN, body=payloads.ChangeMe, answer=payloads.Me)
    async def patch(self, body: payloads.ChangeMe) -> payloads.Me:
        display_name = clean_name(body.display_name) if body.display_name is not None else None
        password_hash = await self._new_hash(body) if body.password is not None else None
        async with self.services.database.begin() as session:
            await people.change_account(
                session, self.person.user, display_name=display_name, password_hash=password_hash
            )
            ended = (
                await credentials.end_sessions(session, self.person.user, but=self.person.credential)
                if password_hash is not None
                else ()
            )
            me = await people.me(session, self.person.user)
        for credential in ended:
            await self.services.sessions.credential_ended(credential)
        return me

    async def _new_hash(self, body: payloads.ChangeMe) -> str:
        if self.person.kind == "token":
            raise Forbidden("A token cannot change the password. Sign in with the browser.")
        limits = self.services.limits.by_account
        attempt([(limits, self.person.user)], time.monotonic())
        async with self.services.database.read() as session:
            stored = await people.password_hash_of(session, self.person.user)
        if not await self.services.passwords.verify(body.present_password or "", stored):
            raise Refusal("wrong_password", "The present password is wrong. Try again.", 403)
        limits.forgive(self.person.user)
        return await self.services.passwords.hash(body.password or "")


@route("/api/accounts")
class AccountsHandler(AccountHandler):
    """Making an account: from an invitation, freely where the site allows it, or as a site admin."""

    @needs(PUBLIC, body=payloads.NewAccount, answer=payloads.Me, status=201)
    async def post(self, body: payloads.NewAccount) -> payloads.Me:
        if body.invite is not None:
            return await self._join(body, body.invite)
        identity = await self.identify()
        if identity is not None and identity.admin:
            account = await make_account(self, body, admin=False)
            async with self.services.database.read() as session:
                return await people.me(session, account)
        if not self.services.config.open_signup:
            raise _no_invitation()
        attempt([(self.services.limits.secrets, self.client_address)], time.monotonic())
        return await self.sign_in_as(await make_account(self, body, admin=False))

    async def _join(self, body: payloads.NewAccount, secret: str) -> payloads.Me:
        attempt([(self.services.limits.secrets, self.client_address)], time.monotonic())
        async with self.services.database.read() as session:
            invited = await members.invitation(session, secret, datetime.now(UTC))
        if invited is None:
            raise _no_invitation()

        async def take_up(session: AsyncSession, account: UserId) -> None:
            if not await members.take_up(session, invited, account, datetime.now(UTC)):
                raise _no_invitation()

        account = await make_account(self, body, admin=False, also=take_up)
        self.services.limits.secrets.forgive(self.client_address)
        return await self.sign_in_as(account)


def _as_me(person: Identity) -> payloads.Me:
    return payloads.Me(
        person.user,
        person.name,
        person.display_name,
        person.color,
        person.email,
        person.admin,
        person.is_guest,
    )


def _set_up() -> Refusal:
    return Refusal("set_up", "The first account exists. Sign in, or ask its owner to invite you.", 409)


def _no_invitation() -> Refusal:
    return Refusal("no_invitation", "This invitation does not work any more. Ask for a new one.", 403)
