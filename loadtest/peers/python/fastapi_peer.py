"""Rooms over plain WebSocket with FastAPI, aiosqlite and uvicorn: `fastapi_peer.py PORT DATABASE`."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, NamedTuple

import aiosqlite
import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

SCHEMA = """CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY, room TEXT NOT NULL, sender TEXT NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL
)"""
INSERT = "INSERT INTO messages (id, room, sender, at, body) VALUES (?, ?, ?, ?, ?)"


class Said(NamedTuple):
    """A publish that is not stored yet."""

    socket: WebSocket
    ref: int
    message: dict[str, Any]


class Chat:
    """One writer stores what has piled up in one transaction and then passes it on."""

    def __init__(self) -> None:
        self._rooms: defaultdict[str, set[WebSocket]] = defaultdict(set)
        self._said: asyncio.Queue[Said] = asyncio.Queue()
        self._last = 0

    async def serve_one(self, socket: WebSocket) -> None:
        """Let somebody join a room, then take what they say until they leave."""
        await socket.accept()
        hello = await socket.receive_json()
        room, name = hello["join"], hello["name"]
        self._rooms[room].add(socket)
        try:
            await socket.send_json({"joined": room})
            while True:
                frame = await socket.receive_json()
                message = {"id": 0, "room": room, "from": name, "at": time.time_ns() // 10**6, "body": frame["body"]}
                self._said.put_nowait(Said(socket, frame["ref"], message))
        except WebSocketDisconnect:
            pass
        finally:
            self._rooms[room].discard(socket)

    async def write_forever(self, database: aiosqlite.Connection) -> None:
        """Store, then send to all members, then acknowledge."""
        while True:
            batch = [await self._said.get()]
            while not self._said.empty():
                batch.append(self._said.get_nowait())
            await self._store(database, batch)
            for said in batch:
                text = json.dumps(said.message)
                for member in [*self._rooms[said.message["room"]]]:
                    await _send(member, text)
                await _send(said.socket, json.dumps({"ok": said.ref, "id": said.message["id"]}))

    async def _store(self, database: aiosqlite.Connection, batch: list[Said]) -> None:
        for said in batch:
            self._last += 1
            said.message["id"] = self._last
        # executemany: each call of aiosqlite is a trip to its thread and back.
        await database.executemany(INSERT, [tuple(said.message.values()) for said in batch])
        await database.commit()


async def _send(socket: WebSocket, text: str) -> None:
    with suppress(WebSocketDisconnect, RuntimeError):  # that somebody has just left is no reason to stop
        await socket.send_text(text)


def application(file: str) -> FastAPI:
    """Return the application, which keeps its messages in this file."""
    chat = Chat()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with aiosqlite.connect(file) as database:
            await database.execute("PRAGMA journal_mode = WAL")
            await database.execute("PRAGMA synchronous = FULL")
            await database.execute(SCHEMA)
            writer = asyncio.create_task(chat.write_forever(database))
            yield
            writer.cancel()

    app = FastAPI(lifespan=lifespan)
    app.websocket("/")(chat.serve_one)
    return app


if __name__ == "__main__":
    uvicorn.run(
        application(sys.argv[2]),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        log_level="warning",
        access_log=False,
        backlog=1024,
        ws_per_message_deflate=False,
    )
