"""A client of the AuroriaLink view at the far end of one door: it reads, and answers pings like any WebSocket client.

alice = Viewer(stage)
await alice.sign_in("alice")
assert await alice.hears() == ["hi"]
"""

import json
from typing import Any, Final

import trio

from protocol.aurorialink import AURORIALINK
from protocol.codes import CloseCode
from protocol.errors import Close
from tests.fakes.outbox import UNBOUNDED, FakeGate, FakeOutbox, split_pieces
from tests.fakes.stage import Stage

TEXT: Final = 1
PING: Final = 9


class Viewer:
    """One connection whose handshake is done. `data` is what it has read, `turns` how often there was room again.

    One that is not `alive` is a peer whose network is gone: the hub writes to it, and nothing comes back.
    """

    def __init__(self, stage: Stage, *, room: int = UNBOUNDED) -> None:
        self.stage = stage
        self.outbox = FakeOutbox(AURORIALINK, room)
        self.gate = FakeGate()
        self.door = stage.front.open(AURORIALINK, self.outbox, self.gate, "192.0.2.1")
        self.alive = True
        self.data: list[dict[str, Any]] = []
        self.pings = 0
        self.turns = 0

    @property
    def code(self) -> CloseCode | None:
        """With what the connection ended, if it did."""
        return self.gate.code

    async def say(self, payload: str | bytes) -> None:
        """Send one message; a `Close` closes, as the listener would."""
        try:
            await self.door.take(payload)
        except Close as close:
            self.gate.close(close.code, close.reason)

    async def sign_in(self, username: str = "alice") -> list[str]:
        """Sign in by token, and return what was said to it."""
        await self.say(json.dumps({"token": f"token-{username}"}))
        return await self.hears()

    async def hears(self) -> list[str]:
        """The texts that came since the last look, some time later and once every ping was answered."""
        known = len(self.data)
        await trio.sleep(0.1)
        while self.alive and self._read():
            await self.stage.settle()
        return self._texts(known)

    async def hears_once(self) -> list[str]:
        """The texts that are there; the pings beside them are answered, and none that come later."""
        known = len(self.data)
        await trio.sleep(0.1)
        self._take()
        return self._texts(known)

    async def hears_some(self) -> list[str]:
        """The texts that fit into its outbox once, and no more."""
        known = len(self.data)
        await trio.sleep(0.1)
        self._ask_for_more()
        await self.stage.settle()
        while self._take():
            await self.stage.settle()
        return self._texts(known)

    def leave(self) -> None:
        """The socket is gone."""
        self.door.closed()

    def _texts(self, known: int) -> list[str]:
        return [data["message"] for data in self.data[known:]]

    def _read(self) -> bool:
        """Read what is there and answer it; whether there was anything, or there is room now for more."""
        return bool(self._take()) | self._ask_for_more()

    def _ask_for_more(self) -> bool:
        """Have the hub told that there is room again, if it wants to know."""
        wakes = self.outbox.take_wakes()
        if wakes:
            self.turns += 1
            self.door.drained(wakes)
        return bool(wakes)

    def _take(self) -> list[bytes]:
        """Read what is there and answer pings."""
        pieces, self.outbox.pieces = self.outbox.pieces, []
        self.outbox.room_left += sum(map(len, pieces))
        for opcode, payload in split_pieces(b"".join(pieces)):
            if opcode == PING:
                self.pings += 1
                self.door.ponged(payload)
            else:
                assert opcode == TEXT
                self.data.append(self._data(payload))
        return pieces

    @staticmethod
    def _data(payload: bytes) -> dict[str, Any]:
        notification: dict[str, Any] = json.loads(payload)
        assert (notification["service"], notification["message"]) == ("messenger", "new_message")
        data: dict[str, Any] = notification["data"]
        return data
