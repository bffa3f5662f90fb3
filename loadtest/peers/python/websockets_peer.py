"""Rooms over plain WebSocket with `websockets` and `sqlite3`: `websockets_peer.py PORT DATABASE`."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
import time
from collections import defaultdict
from typing import Any, NamedTuple

from websockets.asyncio.server import ServerConnection, broadcast, serve

SCHEMA = """CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY, room TEXT NOT NULL, sender TEXT NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL
)"""
INSERT = "INSERT INTO messages (room, sender, at, body) VALUES (?, ?, ?, ?)"


class Said(NamedTuple):
    """A publish that is not stored yet."""

    socket: ServerConnection
    ref: int
    message: dict[str, Any]


class Chat:
    """One writer stores what has piled up in one transaction, off the loop, and then passes it on."""

    def __init__(self, file: str) -> None:
        self._database = sqlite3.connect(file, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.execute(SCHEMA)
        self._rooms: defaultdict[str, set[ServerConnection]] = defaultdict(set)
        self._said: asyncio.Queue[Said] = asyncio.Queue()

    async def serve_one(self, socket: ServerConnection) -> None:
        """Let somebody join a room, then take what they say until they leave."""
        hello = json.loads(await socket.recv())
        room, name = hello["join"], hello["name"]
        self._rooms[room].add(socket)
        try:
            await socket.send(json.dumps({"joined": room}))
            async for text in socket:
                frame = json.loads(text)
                message = {"id": 0, "room": room, "from": name, "at": time.time_ns() // 10**6, "body": frame["body"]}
                self._said.put_nowait(Said(socket, frame["ref"], message))
        finally:
            self._rooms[room].discard(socket)

    async def write_forever(self) -> None:
        """Store, then send to all members, then acknowledge."""
        while True:
            batch = [await self._said.get()]
            while not self._said.empty():
                batch.append(self._said.get_nowait())
            await asyncio.to_thread(self._store, batch)
            for said in batch:
                broadcast(self._rooms[said.message["room"]], json.dumps(said.message))
                broadcast([said.socket], json.dumps({"ok": said.ref, "id": said.message["id"]}))

    def _store(self, batch: list[Said]) -> None:
        with self._database:
            for said in batch:
                row = (said.message["room"], said.message["from"], said.message["at"], said.message["body"])
                said.message["id"] = self._database.execute(INSERT, row).lastrowid


async def main(port: int, file: str) -> None:
    """Serve until killed."""
    chat = Chat(file)
    async with serve(chat.serve_one, "127.0.0.1", port, compression=None, backlog=1024):
        await chat.write_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
