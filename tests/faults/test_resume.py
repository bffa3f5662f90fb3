"""Resume on a real hub: exactly what was missed, or a word about what is left out; never a silent hole."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.hub_process import HubProcess
from tests.e2e.peers import MSGPACK, Frame, PythonPeer
from tests.e2e.talker import Talker
from tests.faults.audit import judge
from tests.faults.crash import CAST, GENEROUS, until
from tests.faults.drama import ACTORS, ELSEWHERE
from tests.faults.figures import figures
from tests.faults.member import Member
from tests.faults.stored import head, stored_log

DISCONNECTS = 50
LIMIT = 500


class Past:
    """A hub on which much was said: `events` is all of the log of `conv` from the second event on, as it came live.

    `changed` is a conversation whose three messages were left alone, edited and deleted; `left` is one that bob left.
    """

    def __init__(self, hub: HubProcess) -> None:
        self.hub = hub
        self.conv, self.changed = hub.conversation("ops"), hub.conversation("tea")
        self.events: list[Frame] = []
        self._alice = self.sign_in("alice", device="prepares")
        self.epoch = next(each["epoch"] for each in self._alice.welcome["conversations"] if each["id"] == self.conv)
        self.say(LIMIT + 150)
        self._say_and_change()
        self.left = self._let_bob_leave()
        self._alice.peer.leave()

    @property
    def head(self) -> int:
        """The last `seq` of `conv`."""
        seq: int = self.events[-1]["seq"]
        return seq

    def sign_in(self, name: str, **hello: object) -> Talker:
        """A fresh connection."""
        return Talker(PythonPeer(self.hub.ready.ws, MSGPACK)).hello(token=self.hub.token(name), **hello)

    def say(self, count: int) -> None:
        """Have so many more messages committed."""
        speaker = self.sign_in("alice", device="speaks")
        for number in range(count):
            cid = f"{len(self.events) + number}"
            speaker.peer.send(t="publish", ref=1_000 + number, conv=self.conv, cid=cid, body=f"**{number}**")
        self.events += [speaker.hear() for _ in range(count)]
        speaker.peer.leave()

    def check_live(self, talker: Talker) -> None:
        """The next event comes next."""
        self.say(1)
        assert talker.hear() == self.events[-1]
        talker.peer.leave()

    def _say_and_change(self) -> None:
        ids = [self._alice.ask("publish", conv=self.changed, cid=f"{n}", body=f"{n}")["id"] for n in range(3)]
        assert self._alice.ask("edit", conv=self.changed, id=ids[1], body="**other**")["t"] == "ok"
        assert self._alice.ask("delete", conv=self.changed, id=ids[2])["t"] == "ok"

    def _let_bob_leave(self) -> int:
        bob = self.hub.credentials["users"]["bob"]["id"]
        made = self._alice.ask("conversation.create", kind="closed", name="away", members=[bob])
        conv: int = made["conversation"]["id"]
        assert self._alice.ask("members.remove", conv=conv, users=[bob])["t"] == "ok"
        return conv


@pytest.fixture(scope="module", params=["from memory", "after a restart"])
def past(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Past]:
    with HubProcess(tmp_path_factory.mktemp("hub"), provision=CAST, env=GENEROUS) as hub:
        past = Past(hub)
        if request.param == "after a restart":
            assert hub.stop() == 0
            hub.start()
        yield past
        assert hub.stop() == 0
    assert "Traceback" not in hub.log_text(), hub.log_text()


@pytest.mark.parametrize("missed", [0, 1, 300, LIMIT])
def test_what_was_missed_is_replayed_exactly(past: Past, missed: int) -> None:
    bob = past.sign_in("bob", cursors=[[past.conv, past.epoch, past.head - missed]])
    assert bob.missed == past.events[len(past.events) - missed :]
    past.check_live(bob)


@pytest.mark.parametrize("beyond", [1, 150])
def test_what_is_too_much_is_told_and_can_be_paged(past: Past, beyond: int) -> None:
    cursor = past.head - LIMIT - beyond
    bob = past.sign_in("bob", cursors=[[past.conv, past.epoch, cursor]])
    gap, *rest = bob.missed
    assert gap == {"t": "gap", "conv": past.conv, "from": cursor + 1, "to": cursor + beyond}
    assert rest == past.events[-LIMIT:]
    left_out = past.events[-LIMIT - beyond : -LIMIT]
    assert ids_before(bob, past.conv, rest[0]["id"], beyond) == [event["id"] for event in left_out]
    past.check_live(bob)


def ids_before(talker: Talker, conv: int, before: int, count: int) -> list[int]:
    """The ids of so many messages before this one, as pages show them."""
    ids: list[int] = []
    while len(ids) < count:
        page = talker.ask("history", conv=conv, before=ids[0] if ids else before, limit=min(100, count - len(ids)))
        ids = [message["id"] for message in page["messages"]] + ids
    return ids


@pytest.mark.parametrize("ahead", [1, 2**52])
@pytest.mark.parametrize("epochs", [-1, 0, 1])
def test_a_cursor_of_another_epoch_or_ahead_is_reset(past: Past, epochs: int, ahead: int) -> None:
    seq = past.head + ahead if epochs == 0 else past.head
    bob = past.sign_in("bob", cursors=[[past.conv, past.epoch + epochs, seq]])
    assert bob.missed == [{"t": "reset", "conv": past.conv, "epoch": past.epoch, "seq": past.head}]
    past.check_live(bob)


def test_cursors_of_conversations_one_is_not_in_are_left(past: Past) -> None:
    bob = past.sign_in("bob", cursors=[[past.left, past.epoch, 1], [10**9, past.epoch, 1]])
    assert bob.missed == [{"t": "left", "conv": past.left}, {"t": "left", "conv": 10**9}]
    past.check_live(bob)


def test_a_replay_shows_todays_content_and_the_changes_follow(past: Past) -> None:
    epoch = next(each["epoch"] for each in past.sign_in("bob").welcome["conversations"] if each["id"] == past.changed)
    bob = past.sign_in("bob", cursors=[[past.changed, epoch, 1]])
    kept, other, gone, edited, deleted = bob.missed
    assert (kept["body"], "edited" in kept, "deleted" in kept) == ("0", False, False)
    assert (other["body"], other["html"], other["edited"]) == (edited["body"], edited["html"], True)
    assert (gone["body"], gone.get("html", ""), gone["deleted"]) == ("", "", True)
    assert [(each["t"], each["id"]) for each in (edited, deleted)] == [("edited", other["id"]), ("deleted", gone["id"])]
    past.check_live(bob)


def test_every_kind_of_actors_that_a_hub_has_is_made_to_fail_in_the_tests(past: Past) -> None:
    """`test_handlers` reads from a hub in memory what there is to fail: it must have the kinds that a real one has."""
    names = {name for name in figures(past.hub.ready.http) if name.startswith("hubbub_actors{")}
    assert names == {f'hubbub_actors{{kind="{kind}"}}' for kind in ELSEWHERE.union(ACTORS)}


def test_fifty_random_disconnects_under_load_leave_no_hole_and_nothing_twice(tmp_path: Path) -> None:
    with HubProcess(tmp_path, provision=CAST, env=GENEROUS) as hub:
        asyncio.run(disconnect_at_random(hub))
        assert hub.stop() == 0
        assert "Traceback" not in hub.log_text(), hub.log_text()


async def disconnect_at_random(hub: HubProcess) -> None:
    """Cut publishers and listeners while they are at it; then everybody has everything, once and in order."""
    chance = random.Random(7)
    rooms = [hub.conversation(name) for name in ("ops", "tea")]
    members = [
        Member(hub.ready.ws, hub.token(name), f"{name}-{number}", seed=7)
        for number, name in enumerate(("alice", "bob", "carol", "carol", "dave"))
    ]
    for publisher in members[:2]:
        publisher.publish_in(rooms, window=8)
    async with asyncio.TaskGroup() as tasks:
        for member in members:
            tasks.create_task(member.run())
        await until(lambda: all(member.synced.is_set() for member in members), "all are in sync")
        for _ in range(DISCONNECTS):
            await asyncio.sleep(chance.uniform(0, 0.1))
            chance.choice(members).cut()
        for publisher in members[:2]:
            publisher.quiet()
        await until(lambda: not any(member.diary.waiting for member in members), "all is answered")
        # Looked up again each time: an edit that was under way may still come when all messages are answered.
        await until(lambda: all(cursors(m) == heads(hub, rooms) for m in members), "all have seen all")
        for member in members:
            member.leave()
    verdict, reasons = judge([m.diary for m in members], {conv: stored_log(hub.data, conv) for conv in rooms}, {})
    assert verdict.clean, (str(verdict), reasons)
    assert sum(member.connections - 1 for member in members) > DISCONNECTS / 2
    assert sum(heads(hub, rooms).values()) > DISCONNECTS


def heads(hub: HubProcess, rooms: list[int]) -> dict[int, int]:
    """Up to where the log of each goes."""
    return {conv: head(hub.data, conv) for conv in rooms}


def cursors(member: Member) -> dict[int, int]:
    """Up to where a member has each."""
    return {conv: seen.last for conv, seen in member.diary.seen.items()}
