"""A small hub in virtual time whose actors can be made to fail, and people who would notice."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import trio

from actors.account.actor import AccountActor
from actors.account.helpdesk import Helpdesk
from actors.bot.actor import BotActor
from actors.conversation.actor import ConversationActor
from actors.messages.session import Frame
from actors.presence.actor import PresenceActor
from actors.runtime import RuntimeFault
from actors.runtime.errors import AskTimeout
from actors.session.actor import SessionActor
from actors.session.desk import Desk
from actors.values import BotLogin, Caller, Who
from actors.view.actor import ViewActor
from tests.fakes.stage import Client, Stage

ACTORS: dict[str, type[Any]] = {
    "conversation": ConversationActor,
    "session": SessionActor,
    "desk": Desk,
    "presence": PresenceActor,
    "bot": BotActor,
    "view": ViewActor,
    "account": AccountActor,
    "helpdesk": Helpdesk,
}
ELSEWHERE = frozenset({"webhook", "subscriber", "fetcher", "scheduler", "broadcast", "order"})
"""Kinds that are made to fail in tests of their own: `test_{webhook,subscriber,broadcast,order}_handlers`."""
ROOM, OTHER, SIDE, BOT = 1, 2, 3, 1
LONG_S = 60.0
EVENTS = frozenset({"message", "edited", "deleted", "reacted", "members", "renamed"})


class Injected(Exception):
    """The bug."""


class Drama:
    """Alice (on two devices), bob, dave and ci, alice's bot, are in ROOM, which is open; alice, bob and carol in OTHER;
    alice and carol in SIDE. `file` is an upload of alice's, `login` how ci comes in over HTTP.

    `heard` is what each client was told so far, by name; nobody but alice, bob and the tablet is connected.
    """

    def __init__(self) -> None:
        self.stage = Stage(scripted=False, publish_burst=10_000, presence_members=100)
        store = self.stage.store
        alice, bob, carol, dave = (store.add_user(name) for name in ("alice", "bob", "carol", "dave"))
        ci = store.add_bot("ci", alice)
        assert store.add_conversation("open", [alice, bob, dave, ci], name="ops") == ROOM
        assert store.add_conversation("closed", [alice, bob, carol], name="tea") == OTHER
        assert store.add_conversation("closed", [alice, carol], name="aside") == SIDE
        self.clients: dict[str, Client] = {}
        self.heard: dict[str, list[dict[str, Any]]] = {}
        self._refs = iter(range(10, 10_000))

    async def begin(self) -> None:
        """Let them sign in, and alice say something."""
        for name, user in (("alice", "alice"), ("bob", "bob"), ("tablet", "alice")):
            await self.sign_in(name, user)
        said = await self.ask("alice", t="publish", conv=ROOM, cid="first", body="hi")
        self.said: int = said["id"]
        store = self.stage.store
        login = await store.accounts.by_key_access("access-ci")
        assert login is not None
        self.login: BotLogin = login
        self.file = (await store.attachments.save(chunks(), name="a.txt", content_type=None, owner=self.alice.who)).id

    async def sign_in(self, name: str, user: str) -> Client:
        """A further client, called `name`; what it hears is in `heard`."""
        client = self.clients[name] = self.stage.client()
        self.heard[name] = await client.sign_in(user, device=name)
        return client

    def caller(self, number: int) -> Caller:
        """A user by id."""
        caller = self.stage.store.accounts.living(Who("user", number))
        assert caller is not None
        return caller

    @property
    def alice(self) -> Caller:
        """On whose behalf most is done."""
        return self.caller(1)

    async def ask(self, name: str, /, *, patience_s: float = LONG_S, **frame: Any) -> dict[str, Any]:
        """Have a client send a request; return its answer."""
        ref = next(self._refs)
        await self.clients[name].send(ref=ref, **frame)
        with trio.fail_after(patience_s):
            while True:
                self.listen()
                for heard in self.heard[name]:
                    if heard.get("ref") == ref:
                        return heard
                await trio.sleep(0.01)

    async def tell(self, kind: str, key: int | str, message: Any) -> object:
        """Send an actor a message; return what its sender is told, which is something in any case."""
        try:
            return await self.stage.system.ref(kind, key).ask(message, timeout_s=LONG_S)
        except AskTimeout:
            raise
        except RuntimeFault as fault:
            return fault

    def listen(self) -> None:
        """Let everybody take in what came."""
        for name, client in self.clients.items():
            self.heard[name] += client.outbox.take_frames()

    def seqs(self, name: str, conv: int) -> list[int]:
        """The `seq`s of the events of a conversation that a client saw, in the order in which they came."""
        self.listen()
        return [frame["seq"] for frame in self.heard[name] if frame["t"] in EVENTS and frame["conv"] == conv]


async def chunks() -> AsyncIterator[bytes]:
    """What is uploaded."""
    yield b"content"


def is_message(of: type) -> Callable[[Any], bool]:
    """Match messages of this type, or, at a desk or session, the frame of this type."""

    def matches(message: Any) -> bool:
        return isinstance(message, of) or (isinstance(message, Frame) and isinstance(message.frame, of))

    return matches
