"""The way of a bot's commands to its native session."""

from actors.switchboard import Connected
from actors.values import Command
from protocol import frames


class SessionSink:
    """A `CommandSink`. A command is neither answer nor event: a client that is behind gets it when there is room."""

    __slots__ = ("_session",)

    def __init__(self, session: Connected) -> None:
        self._session = session

    def push(self, command: Command) -> bool:
        """Send it. False: there is no room, or the session has ended, and nothing was sent."""
        if self._session.ended:
            return False
        outbox = self._session.outbox
        frame = frames.Command(id=command.id, type=command.type, payload=command.payload, at=command.created_at)
        return outbox.push(outbox.codec.piece(frame))
