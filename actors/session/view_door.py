"""The door of a view's client: a token comes in, and nothing else; what it may have missed is looked up first."""

from typing import Final

from msgspec.structs import replace

from actors.messages.view import Ended, Got, Resume, Resumed
from actors.ports import Gate
from actors.runtime.errors import RuntimeFault
from actors.session.confirming import ConfirmingOutbox
from actors.session.entrance import DoorPorts, Entrance, greeted
from actors.session.replies import Greeting
from actors.switchboard import Connected, Outbox
from protocol.codec import Codec
from protocol.frames import Hello

RESUME_S: Final = 10.0


class ViewDoor(Entrance):
    """The door of a client of the AuroriaLink view. Calls of `take` must not overlap."""

    __slots__ = ("_codec", "_confirming", "_since")

    def __init__(self, ports: DoorPorts, codec: Codec, outbox: Outbox, gate: Gate, address: str) -> None:
        self._codec = codec
        self._confirming = ConfirmingOutbox(outbox, self._taken, self._got)
        # Before the token is known: what the client causes from now on, it sees, even if this is its first connection.
        self._since = ports.clock.now_ms()
        super().__init__(ports, self._confirming, gate, address)

    async def take(self, payload: bytes | str) -> None:
        """Sign in with the first message. Whatever else the client says passes: the view has no other requests.

        Raises `protocol.errors.Close` when the connection must end.
        """
        if self._session is None:
            await self._sign_in(greeted(self._codec.decode(payload)))

    def ponged(self, payload: bytes) -> None:
        """The client has answered a ping with this payload. Never blocks or raises."""
        self._confirming.ponged(payload)

    def closed(self) -> None:
        """The connection is gone. Never blocks or raises; a second call does nothing."""
        session = self._session
        super().closed()
        if session is not None:
            self._tell("view", session.caller.id, Ended(), None, urgent=True)

    async def _begin(self, session: Connected, hello: Hello, greeting: Greeting) -> None:
        """Have the session begin where the user's view is to go on."""
        keeper = self._ports.refs.ref("view", session.caller.id)
        outcome: object
        try:
            outcome = await keeper.ask(Resume(since=self._since), timeout_s=RESUME_S)
        except RuntimeFault as fault:
            outcome = fault
        if isinstance(outcome, Resumed):
            await super()._begin(session, replace(hello, cursors=outcome.cursors), greeting)
        else:
            greeting.answer(outcome)

    def _taken(self) -> dict[int, int]:
        return {} if self._session is None else self._ports.switchboard.positions(self._session)

    def _got(self, positions: dict[int, int]) -> None:
        if self._session is not None:
            self._tell("view", self._session.caller.id, Got(positions=positions), None, urgent=True)
