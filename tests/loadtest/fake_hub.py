"""A hub as small as the generator can be fooled with: `fake_hub.py serve …` in a process of its own.

It stores nothing. `FAKE_HUB=lose` keeps the first message from the last member, `refuse` answers every third publish
`busy`, `repeat` sends the first message twice. So it is with what bots post over HTTP. `down` is not up.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import msgpack
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol


class FakeHub:
    def __init__(self, provision: dict[str, Any], fault: str | None) -> None:
        self.fault = fault
        self.users = {user["username"]: number for number, user in enumerate(provision["users"], 1)}
        self.bots = {bot["name"]: number for number, bot in enumerate(provision.get("bots", ()), 1)}
        self.rooms = {room["name"]: number for number, room in enumerate(provision["conversations"], 1)}
        self.members = {self.rooms[room["name"]]: room["members"] for room in provision["conversations"]}
        self.sessions: dict[str, ServerConnection] = {}
        self.published = 0

    def credentials(self) -> dict[str, Any]:
        return {
            "users": {name: {"id": number, "token": f"token-{name}"} for name, number in self.users.items()},
            "bots": {name: {"id": number, "key_access": f"key-{name}"} for name, number in self.bots.items()},
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
        if self.refuses():
            refusal = {"t": "error", "ref": frame["ref"], "code": "busy", "message": "later", "retry_ms": 1}
            await sender.send(msgpack.packb(refusal))
            return
        await sender.send(msgpack.packb({"t": "ok", "ref": frame["ref"], "seq": self.published}))
        await self.spread(frame["conv"], frame["body"])

    async def serve_posts(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                if head.startswith("GET"):  # it is up, and has no figures to show
                    status = b"200" if head.startswith("GET /up ") and self.fault != "down" else b"404"
                    writer.write(b"HTTP/1.1 %b \r\ncontent-length: 0\r\n\r\n" % status)
                    continue
                body = await reader.readexactly(int(head.partition("Content-Length: ")[2].split()[0]))
                answer = await self.post(dict(parse_qsl(body.decode())))
                writer.write(b"HTTP/1.1 200 \r\ncontent-length: %d\r\n\r\n%b" % (len(answer), answer))
        except (asyncio.IncompleteReadError, ConnectionResetError):
            writer.close()

    async def post(self, fields: dict[str, str]) -> bytes:
        if self.refuses():
            return b'{"return_info": "slow down"}'
        if fields["key_access"].removeprefix("key-") not in self.bots:
            return b'{"return_info": "who?"}'
        for conv in self.rooms.values():
            await self.spread(conv, fields["content_message"])
        return b'{"return_code": 0}'

    def refuses(self) -> bool:
        self.published += 1
        return self.fault == "refuse" and self.published % 3 == 0

    async def spread(self, conv: int, body: str) -> None:
        event = msgpack.packb({"t": "message", "conv": conv, "seq": self.published, "body": body})
        for name in self.listeners(conv):
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


def address(server: Server | asyncio.Server) -> str:
    host, port = next(iter(server.sockets)).getsockname()
    return f"{host}:{port}"


async def main() -> None:
    options = parse()
    hub = FakeHub(json.loads(options.provision.read_text()), os.environ.get("FAKE_HUB"))
    options.credentials.write_text(json.dumps(hub.credentials()))
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    subprotocols = [Subprotocol("hubbub.v1.msgpack")]
    posts = await asyncio.start_server(hub.serve_posts, "127.0.0.1", 0)
    async with posts, serve(hub.serve_one, "127.0.0.1", 0, subprotocols=subprotocols, compression=None) as sessions:
        where = f"http=http://{address(posts)} ws=ws://{address(sessions)}/ws"
        print(f"hubbub ready {where} pid={os.getpid()}", flush=True)
        await ended.wait()


if __name__ == "__main__":
    asyncio.run(main())
