"""What pages of others get: refused by every route that changes something, and never an answer that runs as a page."""

from __future__ import annotations

from typing import Final

import trio

from tests.dialects.botmanager.accounts.house import BASE, FOREIGN
from tests.dialects.botmanager.records.desk import CI, open_desk

FOREIGN_PAGES: Final[tuple[dict[str, str], ...]] = (
    {"Origin": FOREIGN},
    {"Origin": "null"},
    {"Referer": f"{FOREIGN}/page"},
    {"Sec_Fetch_Site": "cross-site"},
    {"Origin": BASE, "Sec_Fetch_Site": "cross-site"},
)
SCRIPT: Final = "<script>alert(1)</script>"


async def test_no_route_that_changes_something_obeys_a_foreign_page() -> None:
    """An object that is missing and a body that is none would be 404 and 400: the page is refused before."""
    obeyed = []
    async with trio.open_nursery() as nursery:
        desk = await open_desk(nursery)
        for endpoint in desk.house.botmanager.endpoints:
            method, rule = endpoint.route.method, endpoint.route.rule
            path = rule.replace("<bot>", "99").replace("<user>", "99").replace("<command>", "cmd_none")
            for headers in FOREIGN_PAGES if method != "GET" else ():
                reply = await desk.alice.ask(method, path, b"{", Content_Type="application/json", **headers)
                if reply.status != 403:
                    obeyed.append((method, rule, headers, reply))
        assert (await desk.alice.get("/api/auth/me")).status == 200
        nursery.cancel_scope.cancel()
    assert obeyed == []


async def test_names_that_are_markup_come_back_as_data() -> None:
    async with trio.open_nursery() as nursery:
        desk = await open_desk(nursery)
        assert (
            await desk.alice.put(f"/api/my-bots/{CI}", {"name": SCRIPT, "metadata": {SCRIPT: SCRIPT}})
        ).status == 200
        await desk.reports("logs", {"level": "info", "message": SCRIPT})
        for path in (f"/api/my-bots/{CI}", "/api/my-bots", f"/api/bot/{CI}/info", "/api/logs", "/api/bots"):
            reply = await desk.alice.get(path)
            assert SCRIPT in str(reply.json), path
            assert reply.headers["Content-Type"].split(";")[0] == "application/json", path
            assert reply.headers["X-Content-Type-Options"] == "nosniff", path
        nursery.cancel_scope.cancel()
