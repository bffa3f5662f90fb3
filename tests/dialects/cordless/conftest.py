"""A hub without sockets whose edge speaks Cordless.

Bot `ci` (key `1-ci`) is in ops (1) and tea (2, open), `other` (key `2-other`) in ops; nobody but alice in lonely (3).
"""

from __future__ import annotations

from typing import Any

import pytest
import trio
from prometheus_client import CollectorRegistry

from http_edge.app import HubApp, create_app
from http_edge.dialects.cordless import Cordless
from http_edge.gateway import Gateway
from http_edge.peers import Peers
from http_edge.uploads import Slots
from protocol.frames import Message
from tests.fakes.edge import Answer, HttpClient
from tests.fakes.memory_attachments import MemoryAttachments
from tests.fakes.stage import Stage

OPS, TEA, LONELY, NOWHERE = 1, 2, 3, 99
CI, OTHER = "1-ci", "2-other"
ROOM = f"/rooms/{OPS}/{CI}/messages"
BASE = "https://hub.example"
MAX_UPLOAD = 2_000_000


class Operations:
    """An `OpsPort` of a hub that is well."""

    registry = CollectorRegistry()

    def health(self) -> str | None:
        return None


class House:
    """The hub, its edge and a bot."""

    def __init__(self, peers: Peers | None = None, public_url: str | None = None) -> None:
        self.stage = Stage(scripted=False)
        store = self.stage.store
        self.alice = store.add_user("alice", name="Alice")
        self.ci = store.add_bot("ci", self.alice)
        self.other = store.add_bot("other", self.alice)
        store.add_conversation("closed", [self.alice, self.ci, self.other], name="ops")
        store.add_conversation("open", [self.alice, self.ci], name="tea")
        store.add_conversation("closed", [self.alice], name="lonely")
        self.files = MemoryAttachments(store.rooms)
        self.slots = Slots()
        dialect = Cordless(
            accounts=store.accounts,
            library=store.library,
            attachments=self.files,
            gateway=Gateway(self.stage.system),
            slots=self.slots,
            max_upload_bytes=MAX_UPLOAD,
            public_url=public_url,
        )
        self.app: HubApp = create_app(Operations(), dialects=[dialect.dialect()], peers=peers)
        self.bot = HttpClient(self.app)

    async def call(self, method: str, path: str, body: bytes | str = b"", **headers: str) -> Answer:
        """Send a request as the bot's programs do; `Content_Type="…"`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.bot.request(method, path, body, {"Host": "hub.example", **named})

    async def says(self, text: bytes | str, room: str = ROOM, **headers: str) -> Answer:
        """Post as the document says."""
        return await self.call("POST", room, text, **{"Content_Type": "text/plain", **headers})

    async def said(self, text: str) -> int:
        """Post, and return the id of the message."""
        answer = await self.says(text)
        assert answer.status == 201, answer
        return int(answer.headers["Location"].rpartition("/")[2])

    def messages(self, conv: int = OPS) -> list[Message]:
        """What stands in the conversation."""
        return list(self.stage.store.rooms[conv].messages.values())

    @property
    def last(self) -> Message:
        """The newest message in ops."""
        return self.messages()[-1]


def is_empty(answer: Answer, status: int, **more: str) -> bool:
    """Whether it is the empty answer with this status, and these headers beside those that all have."""
    # The test client makes a Content-Type up; the end-to-end tests look at the bytes on the wire.
    ordinary = {"x-request-id", "content-type", "content-length"}
    headers = {name.lower(): value for name, value in answer.headers if name.lower() not in ordinary}
    return (answer.status, answer.body, headers) == (status, b"", more)


@pytest.fixture
async def house(nursery: trio.Nursery) -> House:
    """The house, without proxies."""
    return await open_house(nursery)


async def open_house(nursery: trio.Nursery, **options: Any) -> House:
    """Build a house and start its actors."""
    house = House(**options)
    await nursery.start(house.stage.system.run)
    return house
