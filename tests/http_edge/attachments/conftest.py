"""The routes over a hub in memory: alice and bob are in a room, carol is not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
import trio
from prometheus_client import CollectorRegistry

from actors.messages.conversation import Delete, Publish
from actors.messages.outcomes import Published
from actors.values import Caller
from http_edge.app import HubApp, create_app
from http_edge.attachments import Files
from http_edge.gateway import Gateway
from http_edge.uploads import Slots
from tests.fakes.edge import Answer, HttpClient
from tests.fakes.memory_attachments import MemoryLinks
from tests.fakes.stage import Stage

LIMIT = 500_000


class Operations:
    """An `OpsPort` of a hub that is well."""

    registry = CollectorRegistry()

    def health(self) -> str | None:
        return None


@dataclass
class Edge:
    """The app, and the moves that every test makes."""

    app: HubApp
    stage: Stage
    slots: Slots
    people: dict[str, Caller]
    conv: int

    async def request(self, method: str, path: str, by: str | None = None, body: bytes = b"", **headers: str) -> Answer:
        """Send a request with the token of somebody; `Header_Name="value"`."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if by is not None:
            sent["Authorization"] = f"Bearer token-{by}"
        return await HttpClient(self.app).request(method, path, body, sent)

    async def upload(
        self, by: str = "alice", content: bytes = b"hello", name: str = "a.txt", kind: str = "text/plain"
    ) -> dict[str, Any]:
        """Upload, and return what the answer says."""
        answer = await self.request("POST", f"/attachments?name={name}", by, content, Content_Type=kind)
        assert answer.status == 201, answer
        saved: dict[str, Any] = msgspec.json.decode(answer.body)
        return saved

    async def publish(self, by: str, saved: dict[str, Any]) -> int:
        """Say something that carries it."""
        caller = self.people[by]
        found = await self.stage.store.attachments.find(caller.who, [saved["id"]])
        said = await self._ask(Publish(by=caller, cid=f"c{saved['id']}", body="look", attachments=found))
        assert isinstance(said, Published)
        return said.id

    async def delete(self, by: str, message: int) -> None:
        await self._ask(Delete(by=self.people[by], id=message))

    async def _ask(self, message: object) -> object:
        return await self.stage.system.ref("conversation", self.conv).ask(message, timeout_s=5)


@pytest.fixture
async def edge(nursery: trio.Nursery) -> Edge:
    stage = Stage(scripted=False)
    store = stage.store
    store.attachments.max_bytes = LIMIT
    people = {name: store.add_user(name) for name in ("alice", "bob", "carol")}
    people["ci"] = store.add_bot("ci", people["alice"])
    conv = store.add_conversation("open", [people["alice"], people["bob"]], name="hall")
    await nursery.start(stage.system.run)
    slots = Slots()
    files = Files(
        accounts=store.accounts,
        library=store.library,
        attachments=store.attachments,
        signer=MemoryLinks(),
        gateway=Gateway(stage.system),
        clock=stage.clock,
        slots=slots,
        max_upload_bytes=LIMIT,
    )
    return Edge(create_app(Operations(), files=files), stage, slots, people, conv)
