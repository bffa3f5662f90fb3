"""A hub where root (1) administers, alice (2) owns the bots `ci` (1) and `cd` (2), and bob (3) owns `spy` (3)."""

from __future__ import annotations

from typing import Any

import trio

from actors.times import iso
from tests.dialects.botmanager.accounts.house import House, Program, Reply

CI, CD, SPY = "1", "2", "3"


class Desk:
    """The hub, and everybody who calls it, signed in."""

    def __init__(self, house: House, people: dict[str, Program], tokens: dict[str, str]) -> None:
        self.house = house
        self.root, self.alice, self.bob = people["root"], people["alice"], people["bob"]
        self._tokens = tokens

    @property
    def now(self) -> str:
        """The hub's time."""
        return iso(self.house.stage.wall.now_ms())

    async def reports(self, what: str, body: Any, *, bot: str = CI) -> Reply:
        """Have a bot report."""
        headers = {"X_Bot_Token": self._tokens[bot]}
        return await self.house.program().post(f"/api/bot/{bot}/{what}", body, **headers)

    async def asks(self, path: str, *, bot: str = CI) -> Reply:
        """Have a bot ask."""
        headers = {"X_Bot_Token": self._tokens[bot]}
        return await self.house.program().get(path, **headers)

    def events(self, name: str) -> list[dict[str, Any]]:
        """What those who watch were shown of this kind."""
        return self.house.stage.feed.events(name)


async def open_desk(nursery: trio.Nursery, **options: Any) -> Desk:
    """Build a hub, start its actors, and have everybody sign in."""
    house = House(**options)
    await nursery.start(house.stage.system.run)
    people = {}
    for name in ("root", "alice", "bob"):
        await house.register(name)
        people[name] = await house.sign_in(name)
    tokens = {}
    for name, owner in (("ci", "alice"), ("cd", "alice"), ("spy", "bob")):
        made = (await people[owner].post("/api/my-bots", {"name": name})).json
        tokens[made["bot_id"]] = made["token"]
    return Desk(house, people, tokens)
