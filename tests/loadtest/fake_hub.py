"""A hub as small as the generator can be fooled with: `fake_hub.py serve …` in a process of its own.

It stores nothing. `FAKE_HUB=lose` keeps the first message from the last member, `refuse` answers every third publish
`busy`, `repeat` sends the first message twice.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
from pathlib import Path
from typing import Any

import msgpack
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol


class FakeHub:
    def __init__(self, provision: dict[str, Any], fault: str | None) -> None:
        self.fault = fault
        self.users = {user["username"]: number for number, user in enumerate(provision["users"], 1)}
        self.rooms = {room["name"]: number for number, room in enumerate(provision["conversations"], 1)}
        self.members = {self.rooms[room["name"]]: room["members"] for room in provision["conversations"]}
        self.sessions: dict[str, ServerConnection] = {}
        self.published = 0

    def credentials(self) -> dict[str, Any]:
        return {
            "users": {name: {"id": number, "token": f"token-{name}"} for name, number in self.users.items()},
            "conversations": {name: {"id": number} for name, number in self.rooms.items()},
        }

    async def serve_one(self, peer: ServerConnection) -> None:
        try:
            hello = msgpack.unpackb(await peer.recv(decode=False))
            self.sessions[hello["token"].removeprefix("token-")] = peer
            for frame in ({"t": "welcome", "ref": hello["ref"], "self": {}}, {"t": "synced"}):
                await peer.send(msgpack.packb(frame))
            while True:
                await self.publish(peer, msgpack.unpackb(await peer.recv(decode=False)))
        except ConnectionClosed:
            pass

    async def publish(self, sender: ServerConnection, frame: dict[str, Any]) -> None:
        self.published += 1
        if self.fault == "refuse" and self.published % 3 == 0:
            refusal = {"t": "error", "ref": frame["ref"], "code": "busy", "message": "later", "retry_ms": 1}
            await sender.send(msgpack.packb(refusal))
            return
        event = msgpack.packb({"t": "message", "conv": frame["conv"], "seq": self.published, "body": frame["body"]})
        await sender.send(msgpack.packb({"t": "ok", "ref": frame["ref"], "seq": self.published}))
        for name in self.listeners(frame["conv"]):
            await self.sessions[name].send(event)

    def listeners(self, conv: int) -> list[str]:
        names: list[str] = self.members[conv]
        if self.published == 1 and self.fault == "lose":
            return names[:-1]
        return [*names, names[-1]] if self.published == 1 and self.fault == "repeat" else names


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("command", choices=["serve"])
    for name in ("http", "ws", "data"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--provision", type=Path, required=True)
    parser.add_argument("--credentials", type=Path, required=True)
    return parser.parse_args()


def url(server: Server) -> str:
    host, port = next(iter(server.sockets)).getsockname()
    return f"ws://{host}:{port}/ws"


async def main() -> None:
    options = parse()
    hub = FakeHub(json.loads(options.provision.read_text()), os.environ.get("FAKE_HUB"))
    options.credentials.write_text(json.dumps(hub.credentials()))
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    subprotocols = [Subprotocol("hubbub.v1.msgpack")]
    async with serve(hub.serve_one, "127.0.0.1", 0, subprotocols=subprotocols, compression=None) as server:
        print(f"hubbub ready http=http://127.0.0.1:1 ws={url(server)} pid={os.getpid()}", flush=True)
        await ended.wait()


if __name__ == "__main__":
    asyncio.run(main())
