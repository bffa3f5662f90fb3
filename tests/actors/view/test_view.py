"""Dialogues of AuroriaLink's clients with everything behind the door: real conversations, sessions, bots, keepers."""

from collections.abc import Iterator

import pytest
import trio

from actors.messages.bot import Say
from actors.messages.conversation import AddMembers, Delete, Edit, Publish, React, RemoveMembers
from actors.messages.outcomes import Published
from actors.runtime import RuntimeFault
from actors.values import Caller
from protocol.codes import CloseCode
from tests.fakes.stage import Stage
from tests.fakes.viewer import Viewer

OPS, TEA = 1, 2


class House(Stage):
    """Alice, bob and the bot ci are in both OPS and TEA; carol is in none."""

    def __init__(self) -> None:
        super().__init__(scripted=False, publish_burst=10_000, presence_members=100)
        store = self.store
        self.alice, self.bob, self.carol = (store.add_user(name) for name in ("alice", "bob", "carol"))
        self.ci = store.add_bot("ci", self.alice)
        for name in ("ops", "tea"):
            store.add_conversation("closed", [self.alice, self.bob, self.ci], name=name)
        self._said = 0

    async def post(self, *bodies: str, conv: int = OPS, by: Caller | None = None) -> Published:
        """Say something in a conversation; it is on disk when this returns. The clock goes on by 10 ms each."""
        for body in bodies:
            self._said += 1
            publish = Publish(by=by or self.bob, cid=f"c{self._said}", body=body)
            outcome = await self.tell(publish, conv)
            self.clock.at += 10
        assert isinstance(outcome, Published)
        return outcome

    async def flood(self, bodies: list[str]) -> None:
        """Have bob say a lot at once."""
        for start in range(0, len(bodies), 500):
            for body in bodies[start : start + 500]:
                self._said += 1
                publish = Publish(by=self.bob, cid=f"c{self._said}", body=body)
                self.system.ref("conversation", OPS).tell(publish)
            await trio.sleep(0.1)

    async def tell(self, message: object, conv: int = OPS) -> object:
        return await self.system.ref("conversation", conv).ask(message)

    async def later(self, seconds: float = 2.0) -> None:
        """Let some time pass, in which keepers write down what they know."""
        await trio.sleep(seconds)
        self.clock.at += int(seconds * 1_000)


@pytest.fixture
async def house(nursery: trio.Nursery) -> House:
    house = House()
    await nursery.start(house.system.run)
    return house


@pytest.fixture(autouse=True)
def nothing_fails(house: House) -> Iterator[None]:
    """No actor failed in any of these, but where a test expects it and clears `failures`."""
    yield
    assert [str(failure) for failure in house.failures] == []


# What is shown


async def test_what_a_bot_says_is_shown_as_the_document_has_it(house: House) -> None:
    alice = Viewer(house)
    await alice.sign_in("alice")
    login = await house.store.accounts.by_key_access("access-ci")
    assert login is not None
    say = Say(by=house.ci, credential_id=login.credential_id, body="**up**")
    await house.system.ref("bot", house.ci.id).ask(say)
    assert await alice.hears() == ["**up**", "**up**"]
    ops = next(data for data in alice.data if data["rel_id_conversations"] == OPS)
    assert set(ops) == {"id", "rel_id_conversations", "sender_rel_bot_id", "message", "created_datetime"}
    assert ops["sender_rel_bot_id"] == house.ci.id


async def test_what_people_say_is_shown_to_all_and_to_themselves(house: House) -> None:
    alice, bob = Viewer(house), Viewer(house)
    await alice.sign_in("alice")
    await bob.sign_in("bob")
    await house.post("hi", by=house.bob)
    assert await alice.hears() == ["hi"]
    assert await bob.hears() == ["hi"]
    assert [data["sender_rel_user_id"] for data in (*alice.data, *bob.data)] == [house.bob.id] * 2


async def test_nothing_but_new_messages_is_shown(house: House) -> None:
    said = await house.post("hi")
    alice, native = Viewer(house), house.client()
    assert await alice.sign_in("alice") == []
    await native.sign_in("bob")
    await house.tell(Edit(by=house.bob, id=said.id, body="ho"))
    await house.tell(React(by=house.bob, id=said.id, emoji="+", on=True))
    await house.tell(Delete(by=house.bob, id=said.id))
    await house.tell(AddMembers(by=house.alice, members=[house.carol.who]))
    await native.send(t="typing", conv=OPS, on=True)
    await native.send(t="bye")
    native.leave()
    await house.later(60)
    assert await alice.hears() == []
    assert not alice.outbox.pieces
    assert alice.pings == 0


async def test_native_sessions_see_what_they_always_saw(house: House) -> None:
    alice, native = Viewer(house), house.client()
    await alice.sign_in("alice")
    await native.sign_in("bob")
    await house.post("hi", by=house.alice)
    assert [frame["body"] for frame in await native.hears() if frame["t"] == "message"] == ["hi"]
    assert await alice.hears() == ["hi"]


async def test_other_words_of_a_client_pass(house: House) -> None:
    alice = Viewer(house)
    await alice.sign_in("alice")
    for payload in ('{"token": "token-bob"}', '{"t": "publish"}', "ping", b"\x00"):
        await alice.say(payload)
    await house.post("hi")
    assert await alice.hears() == ["hi"]
    assert alice.code is None


# Who comes in


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ('{"token": "wrong"}', CloseCode.NOT_AUTHENTICATED),
        ('{"token": "token-ci"}', CloseCode.NOT_AUTHENTICATED),
        ('{"t": "hello", "ref": 1}', CloseCode.MALFORMED),
        (b'{"token": "token-alice"}', CloseCode.WRONG_FRAME_KIND),
    ],
    ids=["wrong", "a bot's", "no token", "binary"],
)
async def test_who_is_no_user_does_not_come_in(house: House, payload: str | bytes, code: CloseCode) -> None:
    stranger = Viewer(house)
    await stranger.say(payload)
    assert (stranger.code, stranger.door.signed_in) == (code, False)
    assert house.switchboard.statistics()["sessions"] == 0


async def test_a_third_connection_closes_the_oldest_and_native_sessions_count_apart(house: House) -> None:
    natives = [house.client(), house.client()]
    for native, device in zip(natives, ("phone", "desk"), strict=True):
        await native.sign_in("alice", device=device)
    viewers = [Viewer(house) for _ in range(3)]
    for viewer in viewers:
        await viewer.sign_in("alice")
    assert [viewer.code for viewer in viewers] == [CloseCode.DEVICE_LIMIT, None, None]
    assert [native.code for native in natives] == [None, None]
    viewers[0].leave()
    await house.client().sign_in("alice", device="tablet")
    assert [native.code for native in natives] == [CloseCode.DEVICE_LIMIT, None]
    assert [viewer.code for viewer in viewers[1:]] == [None, None]
    await house.post("hi")
    assert [await viewer.hears() for viewer in viewers] == [[], ["hi"], ["hi"]]


async def test_a_dead_credential_ends_the_connection(house: House) -> None:
    alice = Viewer(house)
    await alice.sign_in("alice")
    house.doorman.revoke(house.alice.who, "token")
    assert alice.code == CloseCode.REVOKED


@pytest.mark.parametrize("broken", ["accounts", "views"])
async def test_a_store_that_cannot_be_read_sends_the_client_away_to_come_back(house: House, broken: str) -> None:
    getattr(house.store, broken).unreadable = True
    alice = Viewer(house)
    assert await alice.sign_in("alice") == []
    assert alice.code == CloseCode.GOING_AWAY


# What was missed


async def test_the_first_connection_begins_with_what_is_said_after_it_was_made(house: House) -> None:
    await house.post("old")
    alice = Viewer(house)
    await house.post("before the token, after the handshake")
    assert await alice.sign_in("alice") == ["before the token, after the handshake"]


async def test_what_was_missed_comes_first_and_in_order_and_only_once(house: House) -> None:
    alice = Viewer(house)
    await alice.sign_in("alice")
    await house.post("had")
    assert await alice.hears() == ["had"]
    alice.leave()
    await house.post("a", "b", "c")
    await house.post("x", conv=TEA)
    alice = Viewer(house)
    missed = await alice.sign_in("alice")
    assert sorted(missed) == ["a", "b", "c", "x"]
    assert [body for body in missed if body != "x"] == ["a", "b", "c"]
    await house.post("new")
    assert await alice.hears() == ["new"]
    alice.leave()
    assert await Viewer(house).sign_in("alice") == []


async def test_who_only_fetches_what_was_missed_and_hangs_up_at_once_has_it(house: House) -> None:
    alice = Viewer(house)
    await alice.sign_in("alice")
    alice.leave()
    await house.post("a", "b", "c")
    alice = Viewer(house)
    await alice.say('{"token": "token-alice"}')
    assert await alice.hears_once() == ["a", "b", "c"]
    alice.leave()
    assert await Viewer(house).sign_in("alice") == []


async def test_what_was_deleted_meanwhile_is_left_out_and_what_was_edited_is_as_it_is_now(house: House) -> None:
    alice = Viewer(house)
    await alice.sign_in("alice")
    alice.leave()
    kept, gone = await house.post("kept"), await house.post("gone")
    await house.tell(Edit(by=house.bob, id=kept.id, body="edited"))
    await house.tell(Delete(by=house.bob, id=gone.id))
    assert await Viewer(house).sign_in("alice") == ["edited"]


async def test_a_first_connection_that_got_nothing_is_the_last_one_all_the_same(house: House) -> None:
    alice = Viewer(house)
    await alice.sign_in("alice")
    alice.leave()
    await house.post("missed")
    assert await Viewer(house).sign_in("alice") == ["missed"]


async def test_what_a_dead_network_swallowed_is_sent_again_under_the_same_ids(house: House) -> None:
    alice = Viewer(house)
    await alice.sign_in("alice")
    await house.post("had")
    await alice.hears()
    alice.alive = False
    await house.post("swallowed", "swallowed too")
    await house.later(60)
    swallowed = alice.outbox.pieces
    assert b"swallowed too" in b"".join(swallowed)
    again = Viewer(house)
    assert await again.sign_in("alice") == ["swallowed", "swallowed too"]
    alice.alive = True
    assert await alice.hears() == ["swallowed", "swallowed too"]
    assert [data["id"] for data in alice.data[1:]] == [data["id"] for data in again.data]


async def test_more_than_a_native_replay_holds_is_sent_whole_while_others_have_their_turn(house: House) -> None:
    alice = Viewer(house)
    await alice.sign_in("alice")
    alice.leave()
    bodies = [f"{n}" for n in range(1_050)]
    await house.flood(bodies)
    alice = Viewer(house)
    assert await alice.sign_in("alice") == bodies
    assert alice.turns == 2


async def test_a_slow_client_gets_all_of_it_too(house: House) -> None:
    alice = Viewer(house)
    await alice.sign_in("alice")
    alice.leave()
    bodies = [f"message number {n}" for n in range(700)]
    await house.flood(bodies)
    slow = Viewer(house, room=2_000)
    assert await slow.sign_in("alice") == bodies
    await house.post("new")
    assert await slow.hears() == ["new"]
    assert not slow.outbox.cut


async def test_a_slow_client_that_is_cut_gets_the_rest_from_where_it_was(house: House) -> None:
    slow = Viewer(house, room=2_000)
    await slow.sign_in("alice")
    bodies = [f"message number {n}" for n in range(100)]
    await house.flood(bodies)
    had = await slow.hears_some()
    assert 0 < len(had) < len(bodies)
    slow.leave()
    await house.later()
    assert had + await Viewer(house).sign_in("alice") == bodies


async def test_the_end_of_a_connection_writes_down_what_it_had(house: House) -> None:
    alice = Viewer(house)
    await alice.sign_in("alice")
    await house.post("had")
    await alice.hears()
    alice.leave()
    await house.settle()
    assert len(house.store.views.saves) == 1


async def test_two_devices_see_the_same_and_share_what_was_got(house: House) -> None:
    phone, desk = Viewer(house), Viewer(house)
    await phone.sign_in("alice")
    await desk.sign_in("alice")
    await house.post("one")
    assert [await viewer.hears() for viewer in (phone, desk)] == [["one"], ["one"]]
    phone.leave()
    await house.post("two")
    assert await desk.hears() == ["two"]
    assert await Viewer(house).sign_in("alice") == []


# Conversations that come and go


async def test_a_conversation_that_one_is_let_into_is_live_from_then_on(house: House) -> None:
    carol = Viewer(house)
    await carol.sign_in("carol")
    await house.post("not for carol")
    await house.tell(AddMembers(by=house.alice, members=[house.carol.who]))
    await house.post("welcome")
    assert await carol.hears() == ["welcome"]
    await house.tell(RemoveMembers(by=house.alice, members=[house.carol.who]))
    await house.post("she is gone")
    assert await carol.hears() == []


async def test_a_conversation_that_one_was_let_into_meanwhile_begins_there(house: House) -> None:
    carol = Viewer(house)
    await carol.sign_in("carol")
    carol.leave()
    await house.post("not for carol")
    await house.tell(AddMembers(by=house.alice, members=[house.carol.who]))
    await house.post("hi carol")
    assert await Viewer(house).sign_in("carol") == ["hi carol"]


async def test_a_conversation_that_was_left_shows_nothing_of_what_was_missed(house: House) -> None:
    bob = Viewer(house)
    await bob.sign_in("bob")
    bob.leave()
    await house.post("missed", by=house.alice)
    await house.tell(RemoveMembers(by=house.alice, members=[house.bob.who]))
    assert await Viewer(house).sign_in("bob") == []


# Failures


async def test_a_keeper_that_fails_repeats_and_loses_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    alice = Viewer(house)
    await alice.sign_in("alice")
    await house.post("one")
    with monkeypatch.context() as patch:
        patch.setattr(house.store.views, "save", broken)
        assert await alice.hears() == ["one"]
        await house.later()
    assert [failure.address.kind for failure in house.failures] == ["view"]
    house.failures.clear()
    alice.leave()
    await house.post("two")
    assert await Viewer(house).sign_in("alice") == ["one", "two"]


async def broken(*_args: object) -> None:
    raise RuntimeError("injected")


async def test_a_conversation_that_fails_goes_on_for_the_view_as_well(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = Viewer(house)
    await alice.sign_in("alice")
    await house.post("one")
    with monkeypatch.context() as patch:
        patch.setattr(house.store.library, "message", broken)
        with pytest.raises(RuntimeFault):
            await house.tell(Edit(by=house.bob, id=1, body="x"))
    assert [failure.address.kind for failure in house.failures] == ["conversation"]
    house.failures.clear()
    await trio.sleep(10)
    await house.post("two")
    assert await alice.hears() == ["one", "two"]


async def test_an_outbox_that_fails_amid_a_replay_has_taken_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = Viewer(house)
    await alice.sign_in("alice")
    alice.leave()
    await house.post("missed")
    alice = Viewer(house)
    with monkeypatch.context() as patch:
        patch.setattr(alice.outbox, "push", broken_push)
        assert await alice.sign_in("alice") == []
    assert [failure.address.kind for failure in house.failures] == ["conversation"]
    house.failures.clear()
    await trio.sleep(10)
    assert await alice.hears() == ["missed"]


def broken_push(_: bytes) -> bool:
    raise RuntimeError("injected")


async def test_comings_and_goings_leave_nothing_behind(house: House) -> None:
    async def come_and_go(number: int) -> None:
        viewer = Viewer(house)
        await trio.sleep(number % 17 / 100)
        await viewer.say('{"token": "token-alice"}')
        await trio.sleep(number % 13 / 100)
        viewer.leave()

    async with trio.open_nursery() as nursery:
        for number in range(50):
            nursery.start_soon(come_and_go, number)
            await house.post(f"{number}")
    await trio.sleep(300)
    assert house.switchboard.statistics() == {"sessions": 0, "owners": 0, "rooms": 0}
    awake = {kind for kind, statistics in house.system.statistics().items() if statistics.actors}
    assert awake == {"presence"}
