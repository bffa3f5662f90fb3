"""The in-memory `Views`: how far users have got, beside the rooms of the `MemoryStore`."""

from collections.abc import Mapping

import trio

from actors.ports import StoreUnavailable
from actors.values import Who
from protocol.frames import Cursor, Members, Message
from tests.fakes.memory_rooms import Room, Rooms


class MemoryViews:
    """The `Views` port. `unreadable` and `unwritable` make it refuse; `saves` are the moments of all writes."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._since: dict[int, int] = {}
        self._positions: dict[tuple[int, int], int] = {}
        self.unreadable = False
        self.unwritable = False
        self.saves: list[float] = []

    async def resume(self, user: int, since: int) -> list[Cursor]:
        await self._visit(refused=self.unreadable)
        begun = self._since.setdefault(user, since)
        mine = sorted((room for room in self._rooms if Who("user", user) in room.members), key=lambda room: room.id)
        return [(room.id, room.epoch, self._position(user, room, begun)) for room in mine]

    async def save(self, user: int, positions: Mapping[int, int]) -> None:
        await self._visit(refused=self.unwritable)
        self.saves.append(trio.current_time())
        for conv, seq in positions.items():
            self._positions[user, conv] = max(seq, self._positions.get((user, conv), -1))

    async def _visit(self, *, refused: bool) -> None:
        await trio.lowlevel.checkpoint()
        if refused:
            raise StoreUnavailable("the database is locked", 500)

    def _position(self, user: int, room: Room, begun: int) -> int:
        known = self._positions.get((user, room.id))
        if known is not None:
            return known
        old = [event.seq for event in room.log if isinstance(event, Message) and event.at < begun]
        return max([0, *old, *(event.seq for event in self._entries(user, room) if event.at >= begun)])

    def _entries(self, user: int, room: Room) -> list[Members]:
        """The last event that let the user in, if there is one."""
        moves = [event for event in room.log if isinstance(event, Members)]
        return [move for move in moves if any((a.kind, a.id) == ("user", user) for a in move.added)][-1:]
