"""Who may call what: 8 kinds of caller × every route × their own, another's and a missing object.

The routes come from the dialect's own table; who may call them is said here once more, by the paths alone. Every body
is an empty object, so that a call that gets through changes nothing, or is told what it lacks.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import pytest
import trio

from tests.dialects.botmanager.accounts.house import House
from tests.dialects.botmanager.records.desk import CI, SPY, Desk, open_desk

ANONYMOUS, STALE, STRANGER, OWNER, ROOT = "anonymous", "stale cookie", "another user", "owner", "administrator"
BOT, OTHER_BOT, ROTATED = "bot", "another bot", "rotated token"
CALLERS: Final = (ANONYMOUS, STALE, STRANGER, OWNER, ROOT, BOT, OTHER_BOT, ROTATED)
NOBODY: Final = (ANONYMOUS, STALE, ROTATED)
TARGETS: Final = ("own", "other", "missing")

FREE: Final = {
    "/api/health",
    "/api/auth/register",
    "/api/auth/login",
    "/api/auth/logout",
    "/api/auth/forgot-password",
    "/api/auth/reset-password",
    "/api/bot/auth",
}
FOR_BOTS: Final = {
    ("GET", "/api/logs"),
    ("GET", "/api/messages"),
    ("GET", "/api/commands"),
    ("GET", "/api/bots"),
    ("POST", "/api/bots/register"),
}
FOR_ADMINISTRATORS: Final = {"/api/users", "/api/users/search", "/api/admin/bots"}
ENDING: Final = {("DELETE", "/api/my-bots/<bot>"), ("POST", "/api/my-bots/<bot>/regenerate-token")}
"""What ends a caller's credentials even with an empty body: tried on a hub of its own."""


def places(house: House) -> list[tuple[str, str]]:
    """Every method and rule of the dialect."""
    return [(endpoint.route.method, endpoint.route.rule) for endpoint in house.botmanager.endpoints]


def is_about_bot(rule: str) -> bool:
    return "<bot>" in rule or "<command>" in rule


def expected(caller: str, place: tuple[str, str], target: str) -> int | None:
    """The refusal that is due; None: the call gets through."""
    rule = place[1]
    if rule in FREE:
        return None
    if caller in NOBODY:
        return 401
    if "<user>" in rule:
        return _of_user(caller, target)
    if is_about_bot(rule):
        return _of_bot(caller, rule, target)
    if rule in FOR_ADMINISTRATORS:
        return None if caller == ROOT else 403
    if caller in (BOT, OTHER_BOT):
        return None if place in FOR_BOTS else 403
    return None


def _of_user(caller: str, target: str) -> int | None:
    if caller == ROOT:
        return 404 if target == "missing" else None
    return None if (caller, target) in ((OWNER, "own"), (STRANGER, "other")) else 403


def _of_bot(caller: str, rule: str, target: str) -> int | None:
    if target == "missing":
        return 404
    if caller == ROOT:
        return None
    if caller in (BOT, OTHER_BOT) and not rule.startswith(("/api/bot/", "/api/commands/")):
        return 403
    mine = {OWNER: "own", STRANGER: "other", BOT: "own", OTHER_BOT: "other"}
    return None if mine[caller] == target else 403


class Callers:
    """A hub with everybody in it; `own` is alice's bot and hers, `other` is bob's."""

    def __init__(self, desk: Desk, tokens: dict[str, str], ids: dict[str, dict[str, str]]) -> None:
        self.house = desk.house
        self._desk = desk
        self._tokens = tokens
        self._ids = ids

    async def status(self, caller: str, place: tuple[str, str], target: str) -> int:
        """How a call ends."""
        method, rule = place
        path = rule
        for part, known in self._ids.items():
            path = path.replace(f"<{part}>", known[target])
        program = self._desk.house.program()
        people = {STRANGER: self._desk.bob, OWNER: self._desk.alice, ROOT: self._desk.root}
        if caller in people:
            program.cookie = people[caller].cookie
        if caller == STALE:
            program.cookie = "A" * 43
        headers = {"X_Bot_Token": self._tokens[caller]} if caller in self._tokens else {}
        reply = await program.send(method, path, {} if method != "GET" else None, **headers)
        return reply.status


@asynccontextmanager
async def _callers() -> AsyncIterator[Callers]:
    async with trio.open_nursery() as nursery:
        desk = await open_desk(nursery)
        old = (await desk.alice.get(f"/api/my-bots/{CI}/token")).json["token"]
        fresh = (await desk.alice.post(f"/api/my-bots/{CI}/regenerate-token")).json["token"]
        other = (await desk.bob.get(f"/api/my-bots/{SPY}/token")).json["token"]
        commands = {"missing": "cmd_none"}
        for target, owner, bot in (("own", desk.alice, CI), ("other", desk.bob, SPY)):
            await owner.post(f"/api/bot/{bot}/sync", {"a": 1})
            command = (await owner.post(f"/api/bot/{bot}/send-command", {"type": "do"})).json["command"]
            commands[target] = command["id"]
        ids = {
            "bot": {"own": CI, "other": SPY, "missing": "99"},
            "user": {"own": "2", "other": "3", "missing": "99"},
            "command": commands,
        }
        yield Callers(desk, {BOT: fresh, OTHER_BOT: other, ROTATED: old}, ids)
        nursery.cancel_scope.cancel()


def right(status: int, due: int | None, place: tuple[str, str]) -> bool:
    if due is not None:
        return status == due
    if place[1] in FREE:
        return status < 500
    # An empty body may lack something; what was never there is 404 only where an object was named.
    return status in (200, 400)


async def test_every_caller_gets_what_is_due_everywhere() -> None:
    surprises = []
    async with _callers() as callers:
        for place in places(callers.house):
            if place in ENDING or place[1] == "/api/auth/logout":
                continue
            for caller in CALLERS:
                for target in TARGETS if "<" in place[1] else ("own",):
                    due = expected(caller, place, target)
                    status = await callers.status(caller, place, target)
                    if not right(status, due, place):
                        surprises.append((caller, *place, target, due, status))
    assert surprises == []


@pytest.mark.parametrize("place", sorted(ENDING), ids=" ".join)
@pytest.mark.parametrize(
    "callers", [(*NOBODY, BOT, OTHER_BOT, STRANGER), (OWNER,), (ROOT,)], ids=["others", OWNER, ROOT]
)
async def test_what_ends_credentials_is_for_owners(place: tuple[str, str], callers: tuple[str, ...]) -> None:
    """Those who get through come last: each of them ends something that another one lives by."""
    async with _callers() as hub:
        for caller in callers:
            for target in ("missing", "other", "own"):
                status = await hub.status(caller, place, target)
                assert right(status, expected(caller, place, target), place), (caller, target, status)


async def test_the_routes_are_those_of_the_document() -> None:
    """Those of the API's document, and those that bots are known to call."""
    assert set(places(House())) == DOCUMENTED


AUTH = "register login logout update-profile change-password forgot-password reset-password delete-account"
DOCUMENTED: Final = {
    *(("POST", f"/api/auth/{name}") for name in AUTH.split()),
    ("GET", "/api/auth/me"),
    ("GET", "/api/users"),
    ("GET", "/api/users/<user>"),
    ("GET", "/api/users/<user>/bots"),
    ("GET", "/api/users/search"),
    ("GET", "/api/my-bots"),
    ("POST", "/api/my-bots"),
    ("GET", "/api/my-bots/<bot>"),
    ("PUT", "/api/my-bots/<bot>"),
    ("DELETE", "/api/my-bots/<bot>"),
    ("GET", "/api/my-bots/<bot>/token"),
    ("POST", "/api/my-bots/<bot>/regenerate-token"),
    ("GET", "/api/my-bots/<bot>/data"),
    ("GET", "/api/admin/bots"),
    ("GET", "/api/bot/<bot>/info"),
    ("POST", "/api/bot/<bot>/send-command"),
    ("POST", "/api/bot/<bot>/restart"),
    ("POST", "/api/bot/<bot>/stop"),
    ("GET", "/api/bot/<bot>/settings"),
    ("PUT", "/api/bot/<bot>/settings"),
    ("GET", "/api/bot/<bot>/commands-history"),
    ("GET", "/api/stats/overview"),
    ("GET", "/api/stats/bot/<bot>"),
    ("GET", "/api/export/logs"),
    ("GET", "/api/export/messages"),
    ("GET", "/api/export/bot-data/<bot>"),
    ("GET", "/api/logs"),
    ("POST", "/api/bot/<bot>/logs"),
    ("GET", "/api/messages"),
    ("POST", "/api/bot/<bot>/messages"),
    ("POST", "/api/bot/<bot>/sync"),
    ("GET", "/api/bot/<bot>/data"),
    ("GET", "/api/commands"),
    ("POST", "/api/commands"),
    ("GET", "/api/bot/<bot>/commands"),
    ("POST", "/api/commands/<command>/ack"),
    ("GET", "/api/health"),
    ("GET", "/api/bots"),
    ("POST", "/api/bots/register"),
    ("POST", "/api/bot/auth"),
    ("GET", "/api/bot/<bot>/status"),
    ("POST", "/api/bot/<bot>/status"),
}
