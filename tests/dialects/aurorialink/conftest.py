"""A hub without sockets whose edge speaks AuroriaLink: bot `ci` (key `access-ci`) is in ops and tea, `idle` in none."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import trio
from prometheus_client import CollectorRegistry

from http_edge.app import HubApp, create_app
from http_edge.dialects.aurorialink import AuroriaLink
from http_edge.gateway import Gateway
from http_edge.peers import Peers
from http_edge.ratelimit import Bans
from tests.fakes.edge import Answer, HttpClient
from tests.fakes.stage import Stage

PATH = "/app/bot_api.php?route=api_messenger"
OPS, TEA, LONELY = 1, 2, 3
CI, IDLE = 1, 2


class Operations:
    """An `OpsPort` of a hub that is well."""

    registry = CollectorRegistry()

    def health(self) -> str | None:
        return None


class House:
    """The hub, its edge and its callers."""

    def __init__(self, stage: Stage, peers: Peers) -> None:
        self.stage = stage
        store = stage.store
        self.alice = store.add_user("alice")
        self.ci = store.add_bot("ci", self.alice)
        self.idle = store.add_bot("idle", self.alice)
        store.add_conversation("closed", [self.alice, self.ci], name="ops")
        store.add_conversation("closed", [self.alice, self.ci], name="tea")
        store.add_conversation("closed", [self.alice], name="lonely")
        dialect = AuroriaLink(store.accounts, Gateway(stage.system), peers, Bans(15, 600.0)).dialect()
        self.app: HubApp = create_app(Operations(), dialects=[dialect], peers=peers)
        self.near = HttpClient(self.app)

    async def says(
        self,
        text: str,
        key: str = "access-ci",
        client: HttpClient | None = None,
        changed: Mapping[str, str | None] | None = None,
    ) -> Answer:
        """Post as the document says, with fields changed or (None) left out."""
        form = {"key_access": key, "type_action": "add_message", "content_message": text, **(changed or {})}
        given = {name: value for name, value in form.items() if value is not None}
        return await (client or self.near).post(PATH, given)

    def heard(self, conv: int) -> list[str]:
        """Every text that is on disk in the conversation."""
        return [message.body for message in self.stage.store.rooms[conv].messages.values()]

    def html(self, conv: int) -> list[str | None]:
        """The rendered form of each."""
        return [message.html for message in self.stage.store.rooms[conv].messages.values()]


@pytest.fixture
async def house(nursery: trio.Nursery) -> House:
    """The house with the real conversations, no proxies, and `require_tls` at its default."""
    house = House(Stage(scripted=False), Peers())
    await nursery.start(house.stage.system.run)
    return house
