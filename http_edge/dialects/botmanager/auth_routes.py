"""`/api/auth`: people sign up, in and out, and manage their own accounts."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Final, Literal

from msgspec import UNSET, Struct, UnsetType
from quart import Response

from actors.messages.account import (
    AnyAccountMessage,
    ChangePassword,
    ChangeProfile,
    DeleteAccount,
    Forgot,
    ResetPassword,
    SignOut,
)
from actors.messages.outcomes import Done, SessionBegun
from actors.ports import Accounts, NameTaken, PasswordChanged, People, WebSessions
from actors.values import Caller, NewPerson, Person
from http_edge.dialects.botmanager import input as checked
from http_edge.dialects.botmanager import persons, wire
from http_edge.dialects.botmanager.callers import COOKIE
from http_edge.dialects.botmanager.errors import Failed, bad_input, expected, failed, not_signed_in
from http_edge.dialects.botmanager.passwords import Desk, wrong_password
from http_edge.dialects.botmanager.routes import Access, Call, Endpoint, Route
from http_edge.gateway import Gateway

REGISTERED: Final = "Registration successful"
SENT: Final = "If email exists, reset link has been sent"
MANY: Final = (int(HTTPStatus.TOO_MANY_REQUESTS),)
WRONG: Final = (*MANY, int(HTTPStatus.UNAUTHORIZED))


class Registration(Struct, frozen=True):
    """Somebody new."""

    username: str
    email: str
    password: str
    fullname: str | None = None


class Credentials(Struct, frozen=True):
    """A username, or an e-mail address, and the password."""

    username: str
    password: str


class ProfileChange(Struct, frozen=True):
    """What is to change; null clears."""

    fullname: str | UnsetType | None = UNSET
    phone: str | UnsetType | None = UNSET
    birthday: str | UnsetType | None = UNSET
    gender: str | UnsetType | None = UNSET


class PasswordChange(Struct, frozen=True):
    """The present password, and the one to be."""

    old_password: str
    new_password: str


class Address(Struct, frozen=True):
    """An e-mail address."""

    email: str


class Reset(Struct, frozen=True):
    """The token out of the link, and the password to be."""

    token: str
    new_password: str


class Confirmation(Struct, frozen=True):
    """The present password."""

    password: str


class Told(Struct, frozen=True):
    """It is done, or under way."""

    message: str
    success: Literal[True] = True


class SignedIn(Struct, frozen=True):
    """Who has signed in. The session is in the cookie."""

    user: persons.Signed
    success: Literal[True] = True


class Me(Struct, frozen=True):
    """Who calls."""

    user: persons.Listed


class AuthRoutes:
    """The section of that name. `open_to_all`: whether strangers may make accounts."""

    def __init__(
        self,
        *,
        people: People,
        accounts: Accounts,
        sessions: WebSessions,
        gateway: Gateway,
        desk: Desk,
        open_to_all: bool,
    ) -> None:
        self._people = people
        self._accounts = accounts
        self._sessions = sessions
        self._gateway = gateway
        self._desk = desk
        self._open_to_all = open_to_all

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the routes."""
        done, anybody = wire.Success, Access.ANYBODY
        return (
            Endpoint(
                route=_route("register", anybody, checks_origin=True),
                handler=self.register,
                answer=Told,
                body=Registration,
                also=MANY,
            ),
            Endpoint(
                route=_route("login", anybody, checks_origin=True),
                handler=self.login,
                answer=SignedIn,
                body=Credentials,
                also=WRONG,
            ),
            Endpoint(route=_route("logout"), handler=self.logout, answer=done),
            Endpoint(route=Route(method="GET", rule="/api/auth/me", access=Access.PERSON), handler=self.me, answer=Me),
            Endpoint(route=_route("update-profile"), handler=self.update_profile, answer=done, body=ProfileChange),
            Endpoint(
                route=_route("change-password"),
                handler=self.change_password,
                answer=done,
                body=PasswordChange,
                also=MANY,
            ),
            Endpoint(
                route=_route("forgot-password", anybody), handler=self.forgot, answer=Told, body=Address, also=MANY
            ),
            Endpoint(route=_route("reset-password", anybody), handler=self.reset, answer=done, body=Reset),
            Endpoint(route=_route("delete-account"), handler=self.delete, answer=done, body=Confirmation, also=MANY),
        )

    async def register(self, call: Call) -> Response:
        """Make an account. The first user of the hub administers it. Does not sign in."""
        if not self._open_to_all:
            raise Failed(HTTPStatus.FORBIDDEN, "Registration is closed")
        wanted = await call.reading.into(Registration)
        username, email = checked.username(wanted.username), checked.email(wanted.email)
        password, fullname = checked.password(wanted.password), checked.text(wanted.fullname, "fullname")
        self._desk.count(call.peer)
        new = NewPerson(username, email, await self._desk.hash(password), fullname)
        try:
            expected(await self._gateway.read(self._people.register(new)))
        except NameTaken as taken:
            raise bad_input(f"This {taken.field} is taken") from None
        return wire.json(Told(REGISTERED))

    async def login(self, call: Call) -> Response:
        """Sign in by username or e-mail address: sets the cookie, in place of the one that the request carries."""
        given = await call.reading.into(Credentials)
        found = expected(await self._gateway.read(self._people.find(given.username)))
        account = given.username.casefold() if found is None else found.person.who
        # Verified even when nobody was found: a quick answer would tell who exists.
        known = await self._desk.verify(found and found.password_hash, given.password, call.peer, account)
        if found is None:
            raise wrong_password()
        try:
            opened = self._sessions.open(found.person.id, known, instead=call.request.cookies.get(COOKIE))
            token = expected(await self._gateway.read(opened))
        except PasswordChanged:
            raise wrong_password() from None
        return self._signed_in(call, wire.json(SignedIn(persons.signed(found.person))), token)

    async def logout(self, call: Call) -> Response:
        """Sign out."""
        user, token, session = _user(call), call.request.cookies.get(COOKIE, ""), call.identity.session_id or ""
        await self._ask(user, SignOut(token=token, session_id=session))
        return self._signed_out(call)

    async def me(self, call: Call) -> Response:
        """Show who is signed in."""
        return wire.json(Me(persons.listed(await self._person(call))))

    async def update_profile(self, call: Call) -> Response:
        """Change what is given."""
        wanted = await call.reading.into(ProfileChange)
        given = {name: getattr(wanted, name) for name in ProfileChange.__struct_fields__}
        changes = {name: checked.text(value, name) for name, value in given.items() if value is not UNSET}
        await self._ask(_user(call), ChangeProfile(changes=changes))
        return wire.json(wire.Success())

    async def change_password(self, call: Call) -> Response:
        """Set another password. Every session ends, and the caller gets a new one."""
        wanted = await call.reading.into(PasswordChange)
        new = checked.password(wanted.new_password, "new_password")
        known = await self._confirm(call, wanted.old_password)
        message = ChangePassword(new_hash=await self._desk.hash(new), instead_of=known)
        outcome = await self._gateway.ask("account", _user(call).id, message)
        if not isinstance(outcome, SessionBegun):
            raise failed(outcome)
        return self._signed_in(call, wire.json(wire.Success()), outcome.token)

    async def forgot(self, call: Call) -> Response:
        """Have a link sent, if anybody has the address. The answer is the same, at the same time, if nobody has."""
        wanted = await call.reading.into(Address)
        self._desk.count(call.peer)
        refused = self._gateway.tell("helpdesk", "hub", Forgot(email=wanted.email))
        if refused is not None:
            raise failed(refused)
        return wire.json(Told(SENT))

    async def reset(self, call: Call) -> Response:
        """Set another password by the token out of a link, once. Every session of the user ends."""
        wanted = await call.reading.into(Reset)
        new = checked.password(wanted.new_password, "new_password")
        user = expected(await self._gateway.read(self._sessions.reset_of(wanted.token)))
        if user is None:
            raise bad_input("Invalid or expired token")
        message = ResetPassword(token=wanted.token, new_hash=await self._desk.hash(new))
        outcome = await self._gateway.ask("account", user, message)
        if not isinstance(outcome, Done):
            raise failed(outcome)
        return wire.json(wire.Success())

    async def delete(self, call: Call) -> Response:
        """End the account, and the bots that it owns."""
        wanted = await call.reading.into(Confirmation)
        await self._confirm(call, wanted.password)
        await self._ask(_user(call), DeleteAccount(by=_user(call)))
        return self._signed_out(call)

    async def _confirm(self, call: Call, password: str) -> str:
        user = _user(call)
        known = expected(await self._gateway.read(self._accounts.password_hash(user.id)))
        return await self._desk.verify(known, password, call.peer, user.who)

    async def _person(self, call: Call) -> Person:
        person = expected(await self._gateway.read(self._people.person(_user(call).id)))
        if person is None:
            raise not_signed_in()  # deleted just now
        return person

    async def _ask(self, user: Caller, message: AnyAccountMessage) -> None:
        outcome = await self._gateway.ask("account", user.id, message)
        if not isinstance(outcome, Done):
            raise failed(outcome)

    def _signed_in(self, call: Call, response: Response, token: str) -> Response:
        return wire.sign_in(response, token, encrypted=call.peer.encrypted)

    def _signed_out(self, call: Call) -> Response:
        return wire.sign_out(wire.json(wire.Success()), encrypted=call.peer.encrypted)


def _route(name: str, access: Access = Access.PERSON, *, checks_origin: bool = False) -> Route:
    return Route(method="POST", rule=f"/api/auth/{name}", access=access, checks_origin=checks_origin)


def _user(call: Call) -> Caller:
    """Who calls; the guard lets only people in."""
    if call.identity.user is None:
        raise not_signed_in()
    return call.identity.user
