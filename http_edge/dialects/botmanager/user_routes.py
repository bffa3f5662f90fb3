"""`/api/users`: people as administrators see them, and as they see themselves."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from quart import Response

from actors.ports import People, Whereabouts
from actors.values import Person
from http_edge.dialects.botmanager import input as checked
from http_edge.dialects.botmanager import persons, wire
from http_edge.dialects.botmanager.errors import expected, missing
from http_edge.dialects.botmanager.routes import Access, Call, Endpoint, Route
from http_edge.dialects.botmanager.views import Bots, bots_view
from http_edge.gateway import Gateway


class User(Struct, frozen=True):
    """One user."""

    user: persons.Profile


class Query(Struct, frozen=True):
    """A part of a username or an e-mail address, two characters or more."""

    q: str


class UserRoutes:
    """The section of that name."""

    def __init__(self, *, people: People, whereabouts: Whereabouts, gateway: Gateway) -> None:
        self._people = people
        self._whereabouts = whereabouts
        self._gateway = gateway

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the routes."""
        everybody = Route(method="GET", rule="/api/users", access=Access.ADMINISTRATOR)
        search = Route(method="GET", rule="/api/users/search", access=Access.ADMINISTRATOR)
        one = Route(method="GET", rule="/api/users/<user>", access=Access.SELF)
        bots = Route(method="GET", rule="/api/users/<user>/bots", access=Access.SELF)
        return (
            Endpoint(route=everybody, handler=self.index, answer=persons.Users),
            Endpoint(route=search, handler=self.search, answer=persons.Users, query=Query),
            Endpoint(route=one, handler=self.show, answer=User),
            Endpoint(route=bots, handler=self.bots, answer=Bots),
        )

    async def index(self, call: Call) -> Response:
        """List all users."""
        return wire.json(persons.users(expected(await self._gateway.read(self._people.everybody()))))

    async def search(self, call: Call) -> Response:
        """List the users whose username or e-mail address contains this, whatever the case."""
        part = checked.query(call.request.args.get("q"))
        return wire.json(persons.users(expected(await self._gateway.read(self._people.like(part)))))

    async def show(self, call: Call) -> Response:
        """Show a user."""
        return wire.json(User(persons.profile(await self._person(call.user))))

    async def bots(self, call: Call) -> Response:
        """List a user's bots."""
        person = await self._person(call.user)
        bots = expected(await self._gateway.read(self._people.managed_by(person.id)))
        return wire.json(bots_view(bots, self._whereabouts))

    async def _person(self, user: int) -> Person:
        person = expected(await self._gateway.read(self._people.person(user)))
        if person is None:
            raise missing("User")
        return person
