"""Everything behind a connection's door, and clients that talk through it. Conversations are scripted or the real ones.

alice = stage.client()
await alice.sign_in("alice")
await alice.send(t="publish", ref=2, conv=1, cid="c", body="hi")
assert await alice.hears() == [...]
"""

import json
from typing import Any

import msgpack
import trio

from actors.account.actor import account_kind
from actors.account.helpdesk import helpdesk_kind
from actors.attendance import Attendance
from actors.auth.doorman import Doorman
from actors.auth.guesses import Guesses
from actors.bot.kind import bot_kind
from actors.bucket import Rate
from actors.conversation import conversation_kind
from actors.messages.bot import Attend
from actors.messages.conversation import AnyConversationMessage
from actors.messages.subscriber import AnySubscriberMessage
from actors.messages.webhook import AnyWebhookMessage
from actors.presence.actor import presence_kind
from actors.runtime.failure import Failure
from actors.runtime.kind import Kind
from actors.runtime.system import System
from actors.session.actor import session_kind
from actors.session.desk import desk_kind
from actors.session.front import Front
from actors.subscriber.fetching import fetcher_kind
from actors.subscriber.kind import subscriber_kind
from actors.switchboard import Switchboard
from actors.values import Lane
from actors.view.actor import view_kind
from actors.webhook.inside import Inside
from actors.webhook.kind import webhook_kind
from protocol.codec import MSGPACK, Codec
from protocol.codes import CloseCode
from protocol.errors import Close
from protocol.frames import Limits
from tests.fakes.conversations import FakeConversations
from tests.fakes.feed import FakeFeed
from tests.fakes.mailer import FakeMailer
from tests.fakes.managers import FakeManagers
from tests.fakes.memory_chatpion import MemoryChatPion
from tests.fakes.memory_people import MemoryPeople, MemorySessions
from tests.fakes.memory_store import MemoryStore
from tests.fakes.outbound import FakeOutbound
from tests.fakes.outbox import UNBOUNDED, FakeGate, FakeOutbox
from tests.fakes.passwords import FakeClock, FakePasswords, TrioClock

LIMITS = Limits(
    body_chars=10_000, message_bytes=65_536, page=100, publish_rate_per_s=50.0, publish_burst=5, devices_per_user=2
)


class Stage:
    """One hub without sockets, disk and log. `failures` is what the runtime contained."""

    def __init__(
        self,
        *,
        devices_per_user: int = 2,
        login_rate_per_min: int = 3,
        publish_burst: int = 5,
        presence_members: int = 3,
        conversation_mailbox: int = 1_024,
        desk_mailbox: int = 32,
        scripted: bool = True,
        bot_offline_after_s: float = 30.0,
        command_lease_s: float = 60.0,
    ) -> None:
        self.store = MemoryStore()
        self.wall = TrioClock()
        self.chatpion = MemoryChatPion(self.store, self.wall.now_ms)
        self.attendance = Attendance(clock=self.wall, grace_s=bot_offline_after_s, call=self._call_bot)
        self.switchboard = Switchboard(self.attendance)
        self.feed = FakeFeed()
        self.passwords = FakePasswords()
        self.guesses = Guesses(self.passwords, per_address=login_rate_per_min, per_account=login_rate_per_min)
        self.clock = FakeClock()
        self.failures: list[Failure] = []
        self.conversations = FakeConversations(self.store.rooms, self.switchboard)
        self.doorman = Doorman(
            accounts=self.store.accounts,
            passwords=self.passwords,
            guesses=self.guesses,
            switchboard=self.switchboard,
            clock=self.clock,
            feed=self.feed,
            devices_per_user=devices_per_user,
        )
        library, accounts, switchboard = self.store.library, self.store.accounts, self.switchboard
        self.sessions = MemorySessions(accounts, self.wall.now_ms)
        self.people = MemoryPeople(accounts, self.sessions, self.wall.now_ms)
        self.mailer = FakeMailer()
        self.system = System(
            [
                self.conversations.kind(conversation_mailbox) if scripted else self._real_conversations(),
                session_kind(
                    switchboard=switchboard,
                    library=library,
                    clock=self.clock,
                    limits=LIMITS,
                    presence_members=presence_members,
                    heartbeat_ms=7_000,
                ),
                desk_kind(
                    switchboard=switchboard,
                    library=library,
                    accounts=accounts,
                    attachments=self.store.attachments,
                    numbers=self.store.numbers,
                    doorkeeper=self.doorman,
                    mailbox_limit=desk_mailbox,
                ),
                presence_kind(switchboard=switchboard, clock=self.clock),
                bot_kind(
                    accounts=accounts,
                    managers=FakeManagers(accounts),
                    library=library,
                    commands=self.store.commands,
                    presences=self.store.presences,
                    switchboard=switchboard,
                    attendance=self.attendance,
                    feed=self.feed,
                    revoker=self.doorman,
                    clock=self.wall,
                    meters=NoMeters(),
                    command_lease_s=command_lease_s,
                ),
                view_kind(views=self.store.views),
                account_kind(
                    people=self.people,
                    sessions=self.sessions,
                    library=library,
                    switchboard=switchboard,
                    revoker=self.doorman,
                    feed=self.feed,
                ),
                helpdesk_kind(
                    people=self.people, sessions=self.sessions, mailer=self.mailer, public_url="https://hub.example/"
                ),
                self._webhooks(),
                self._subscribers(),
                fetcher_kind(outbound=FakeOutbound(), attachments=self.store.attachments),
            ],
            codec_check=True,
            on_failure=self.failures.append,
        )
        self.front = Front(self.doorman, self.switchboard, self.system, self.clock, Rate(50.0, publish_burst))

        self.store.report = lambda conv, notice: self.system.ref("conversation", conv).tell(notice, urgent=True)

    def _real_conversations(self) -> Kind[AnyConversationMessage]:
        return conversation_kind(
            log=self.store.log,
            library=self.store.library,
            switchboard=self.switchboard,
            clock=self.clock,
            numbers=self.store.numbers,
            meters=NoMeters(),
            addresses=self.store.accounts,
        )

    def _webhooks(self) -> Kind[AnyWebhookMessage]:
        store = self.store
        return webhook_kind(
            outbox=store.outbox,
            outbound=FakeOutbound(),
            attachments=store.attachments,
            clock=self.wall,
            meters=NoMeters(),
            retry_s=(),
            inside=Inside(library=store.library, bridges=store.bot_settings, base_url="https://hub.example/"),
            outside=self.chatpion.outside(FakeOutbound()),
        )

    def _subscribers(self) -> Kind[AnySubscriberMessage]:
        ports = self.chatpion.ports(self.doorman, self.wall)
        return subscriber_kind(ports)

    def client(self, codec: Codec = MSGPACK, *, room: int = UNBOUNDED, address: str = "192.0.2.1") -> "Client":
        """A connection whose handshake is done."""
        return Client(self, codec, room, address)

    def _call_bot(self, bot: int) -> None:
        self.system.ref("bot", bot).tell(Attend(), urgent=True)

    async def settle(self) -> None:
        """Let everything happen that does not take time."""
        await trio.testing.wait_all_tasks_blocked()

    def failed_kinds(self) -> list[str]:
        """Which kinds of actors failed, in order."""
        return [failure.address.kind for failure in self.failures]


class NoMeters:
    """The `Meters`, `CommandMeters` and `CallMeters` ports, counting nothing."""

    def published(self, count: int) -> None: ...

    def delivered(self, count: int) -> None: ...

    def waited(self, stage: str, seconds: float, count: int) -> None: ...

    def commands(self, event: str, count: int = 1) -> None: ...

    def waiting(self, lane: Lane, count: int) -> None: ...

    def attempted(self, kind: str, outcome: str, seconds: float) -> None: ...

    def given_up(self, kind: str, count: int) -> None: ...


class Client:
    """A native client at the far end of one door."""

    def __init__(self, stage: Stage, codec: Codec, room: int, address: str) -> None:
        self.stage = stage
        self.codec = codec
        self.outbox = FakeOutbox(codec, room)
        self.gate = FakeGate()
        self.door = stage.front.open(codec, self.outbox, self.gate, address)

    @property
    def code(self) -> CloseCode | None:
        """With what the connection ended, if it did."""
        return self.gate.code

    @property
    def session(self) -> str:
        """The id of its session, by what the switchboard says."""
        return next(s.id for s in self.stage.switchboard.sessions.values() if s.outbox is self.outbox)

    async def send(self, **frame: Any) -> None:
        """Send one frame; a `Close` closes, as the listener would."""
        packed = msgpack.packb(frame) if self.codec.binary else json.dumps(frame)
        try:
            await self.door.take(packed)
        except Close as close:
            self.gate.close(close.code, close.reason)

    async def hears(self) -> list[dict[str, Any]]:
        """What came since the last look, once everything has settled."""
        await self.stage.settle()
        return self.outbox.take_frames()

    async def asks(self, **frame: Any) -> dict[str, Any]:
        """Send a request and return its answer; nothing else may have come."""
        await self.send(**frame)
        heard = await self.hears()
        assert len(heard) == 1, heard
        return heard[0]

    async def sign_in(self, username: str = "alice", device: str = "phone", **more: Any) -> list[dict[str, Any]]:
        """Sign in by token, and return what came."""
        await self.send(t="hello", ref=1, token=f"token-{username}", device=device, **more)
        return await self.hears()

    def leave(self) -> None:
        """The socket is gone."""
        self.door.closed()
