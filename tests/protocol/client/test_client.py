"""A program and a hub talk; the hub is scripted, the clock is virtual."""

from typing import Any

import pytest
import trio
import trio.testing
from trio.testing import MockClock

from protocol.client import (
    BadFrame,
    Client,
    Closed,
    Command,
    ConnectFailed,
    Cursor,
    Ended,
    EventsOverflowed,
    Gap,
    HoleFound,
    Interrupted,
    Item,
    Left,
    LogEvent,
    Overflow,
    RequestRefused,
    RequestTooLarge,
    Reset,
    SignInRefused,
    Synced,
    open_client,
)
from tests.fakes.hub import ALICE, BOB, FakeHub, client_of, hub_playing, message, room


async def take(client: Client, count: int) -> list[Item]:
    return [await anext(client) for _ in range(count)]


async def listen(hub: FakeHub, **options: Any) -> None:
    async with hub.client(**options) as client:
        async for _ in client:
            pass


async def take_seqs(client: Client, count: int) -> list[int]:
    """The numbers of the next events, everything else left out."""
    seqs: list[int] = []
    while len(seqs) < count:
        item = await anext(client)
        if isinstance(item, LogEvent):
            seqs.append(item.seq)
    return seqs


# ------------------------------------------------------------------------------------- signing in


async def test_hello_carries_the_token_the_device_and_the_cursors(autojump_clock: MockClock) -> None:
    async def script(hub: FakeHub) -> None:
        hello = await (peer := await hub.peer()).welcomes(room())
        assert {key: hello[key] for key in ("t", "token", "device", "cursors")} == {
            "t": "hello",
            "token": "secret",
            "device": "robot",
            "cursors": [[3, 7, 5]],
        }
        await peer.lingers()

    async with client_of(script, device="robot", cursors=[Cursor(3, 7, 5)]) as client:
        assert (client.me.kind, client.me.id, client.me.name) == ("user", 1, "alice")
        assert [conversation.id for conversation in client.conversations] == [3]


async def test_hello_carries_user_and_password(autojump_clock: MockClock) -> None:
    async def script(hub: FakeHub) -> None:
        hello = await (peer := await hub.peer()).welcomes()
        assert (hello["username"], hello["password"]) == ("alice", "pw")
        assert "token" not in hello
        await peer.lingers()

    async with client_of(script, token=None, username="alice", password="pw"):
        pass


@pytest.mark.parametrize(
    "credentials", [{}, {"username": "a"}, {"token": "t", "username": "a", "password": "b"}, {"password": "b"}]
)
async def test_half_configured_credentials_are_refused(autojump_clock: MockClock, credentials: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="either token"):
        async with open_client("ws://hub:1", **credentials):
            pass


async def test_a_buffer_needs_room(autojump_clock: MockClock) -> None:
    with pytest.raises(ValueError, match="buffer_limit"):
        async with open_client("ws://hub:1", token="t", buffer_limit=0):
            pass


@pytest.mark.parametrize("url", ["http://hub/", "hub:80", "ws://", "ws://hub:port/", ""])
async def test_what_is_no_websocket_url_is_refused(autojump_clock: MockClock, url: str) -> None:
    with pytest.raises(ValueError, match="not a WebSocket URL"):
        async with open_client(url, token="t"):
            pass


async def test_a_password_in_a_url_is_not_told(autojump_clock: MockClock) -> None:
    with pytest.raises(ValueError, match=r"not a WebSocket URL: 'http://…@hub/'") as refused:
        async with open_client("http://alice:s3@cret@hub/", token="t"):
            pass
    assert "cret" not in str(refused.value)


async def test_a_hub_that_is_down_is_no_reason_to_wait(autojump_clock: MockClock) -> None:
    async def script(hub: FakeHub) -> None:
        pass

    async with hub_playing(script) as hub:
        hub.down = True
        with pytest.raises(ConnectFailed, match="Connection refused"):
            async with hub.client():
                pass
        assert len(hub.dials) == 1


async def test_a_wrong_token_is_named(autojump_clock: MockClock) -> None:
    async def script(hub: FakeHub) -> None:
        peer = await hub.peer()
        await peer.hears()
        await peer.closes(4403, "wrong token")

    async with hub_playing(script) as hub:
        with pytest.raises(SignInRefused, match="4403 wrong token"):
            async with hub.client():
                pass


async def test_a_refused_hello_is_raised(autojump_clock: MockClock) -> None:
    async def script(hub: FakeHub) -> None:
        peer = await hub.peer()
        hello = await peer.hears()
        error = {"t": "error", "ref": hello["ref"], "code": "bad_request", "message": "too long", "field": "device"}
        await peer.says(error)
        await peer.lingers()

    async with hub_playing(script) as hub:
        with pytest.raises(RequestRefused, match=r"bad_request: too long \(field: device\)"):
            async with hub.client():
                pass


async def test_a_hub_that_never_answers_is_given_up(autojump_clock: MockClock) -> None:
    async def script(hub: FakeHub) -> None:
        await (await hub.peer()).lingers()

    start = trio.current_time()
    async with hub_playing(script) as hub:
        with pytest.raises(ConnectFailed, match="no welcome in time"):
            async with hub.client(connect_timeout_s=10):
                pass
    assert trio.current_time() - start == pytest.approx(10)


async def test_a_handshake_that_never_ends_is_given_up(autojump_clock: MockClock) -> None:
    async def script(hub: FakeHub) -> None:
        stream = await hub.stream()
        while await stream.receive_some():
            pass

    async with hub_playing(script) as hub:
        with pytest.raises(ConnectFailed, match="no answer in time"):
            async with hub.client():
                pass


@pytest.mark.parametrize("heard", [False, True])
async def test_a_hang_up_in_the_handshake_is_noticed_at_once(heard: bool, autojump_clock: MockClock) -> None:
    async def script(hub: FakeHub) -> None:
        stream = await hub.stream()
        if heard:
            await stream.receive_some()
        await trio.aclose_forcefully(stream)

    start = trio.current_time()
    async with hub_playing(script) as hub:
        with pytest.raises(ConnectFailed, match="hung up"):
            async with hub.client():
                pass
    assert trio.current_time() == start


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno", "HTTP 403 no"),
        (b"\x00\xff not http at all\r\n\r\n", "."),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", "."),
    ],
)
async def test_whatever_answers_the_handshake_only_the_handshake_fails(
    autojump_clock: MockClock, answer: bytes, text: str
) -> None:
    async def script(hub: FakeHub) -> None:
        stream = await hub.stream()
        await stream.receive_some()
        await stream.send_all(answer)

    async with hub_playing(script) as hub:
        with pytest.raises(ConnectFailed, match=text):
            async with hub.client():
                pass


# ------------------------------------------------------------------------------------- events


async def test_events_come_in_order_and_once(autojump_clock: MockClock) -> None:
    async def script(hub: FakeHub) -> None:
        peer = await hub.peer()
        await peer.welcomes(room(seq=0))
        await peer.says(message(1), message(2), message(2), message(1), message(3))
        await peer.lingers()

    async with client_of(script) as client:
        assert await take_seqs(client, 3) == [1, 2, 3]
        assert client.cursors == [Cursor(3, 7, 3)]


async def test_cursors_tell_what_the_program_took_not_what_arrived(autojump_clock: MockClock) -> None:
    async def script(hub: FakeHub) -> None:
        peer = await hub.peer()
        await peer.welcomes(room(seq=10))
        await peer.says(message(11), message(12), message(13))
        await peer.lingers()

    async with client_of(script) as client:
        assert client.cursors == [Cursor(3, 7, 10)]
        assert await take_seqs(client, 2) == [11, 12]
        await trio.testing.wait_all_tasks_blocked()
        assert client.cursors == [Cursor(3, 7, 12)]


async def test_gap_reset_and_left_are_items_in_their_place(autojump_clock: MockClock) -> None:
    async def script(hub: FakeHub) -> None:
        peer = await hub.peer()
        await peer.welcomes(room(3, seq=900), room(4, seq=2), synced=False)
        await peer.says(
            {"t": "gap", "conv": 3, "from": 6, "to": 899},
            message(900),
            {"t": "reset", "conv": 4, "epoch": 8, "seq": 2},
            message(3, conv=4),
            {"t": "left", "conv": 5},
            {"t": "synced"},
        )
        await peer.lingers()

    cursors = [Cursor(3, 7, 5), Cursor(4, 7, 50), Cursor(5, 7, 1)]
    async with client_of(script, cursors=cursors) as client:
        items = await take(client, 6)
        assert items[0] == Gap(3, 6, 899)
        assert items[2] == Reset(4, 8, 2)
        assert items[4:] == [Left(5), Synced()]
        assert client.cursors == [Cursor(3, 7, 900), Cursor(4, 8, 3)]


async def test_a_hole_is_an_error_after_what_came_before_it(autojump_clock: MockClock) -> None:
    async def script(hub: FakeHub) -> None:
        peer = await hub.peer()
        await peer.welcomes(room(seq=4))
        await peer.says(message(5), message(7))
        await peer.lingers()

    async with client_of(script) as client:
        assert await take_seqs(client, 1) == [5]
        with pytest.raises(HoleFound) as raised:
            await anext(client)
        assert (raised.value.conv, raised.value.expected, raised.value.found) == (3, 6, 7)
        with pytest.raises(HoleFound):
            await client.publish(3, "nobody hears this")


@pytest.mark.parametrize(
    "payload", [b"\xc1", b"\x93\x01\x02\x03", "text", b"\x81\xa1t\x01", b"\x81\xa1t\xa6synced\x00", b"\x81\xa1t\xa3gap"]
)
async def test_what_is_no_frame_ends_the_session(autojump_clock: MockClock, payload: bytes | str) -> None:
    async def script(hub: FakeHub) -> None:
        peer = await hub.peer()
        await peer.welcomes(synced=False)
        await peer.says_raw(payload)
        await peer.lingers()

    async with client_of(script) as client:
        with pytest.raises(BadFrame):
            await anext(client)


async def test_frames_and_keys_from_a_newer_hub_are_no_problem(autojump_clock: MockClock) -> None:
    async def script(hub: FakeHub) -> None:
        peer = await hub.peer()
        await peer.welcomes(room(seq=0), synced=False)
        await peer.says({"t": "weather", "sun": True}, {**message(1), "mood": "fine"})
        await peer.says({"t": "pinned", "conv": 3, "seq": 2, "at": 5, "id": 101}, message(3))
        await peer.lingers()

    async with client_of(script) as client:
        assert await take_seqs(client, 3) == [1, 2, 3]


# ------------------------------------------------------------------------------------- reconnecting


async def test_after_a_cut_it_goes_on_where_it_was(autojump_clock: MockClock) -> None:
    async def script(hub: FakeHub) -> None:
        peer = await hub.peer()
        await peer.welcomes(room(seq=0))
        await peer.says(message(1), message(2))
        await trio.testing.wait_all_tasks_blocked()
        await peer.cuts()
        peer = await hub.peer()
        hello = await peer.welcomes(room(seq=4), synced=False)
        assert hello["cursors"] == [[3, 7, 2]]
        await peer.says(message(2), message(3), message(4), {"t": "synced"}, message(5))
        await peer.lingers()

    async with client_of(script) as client:
        assert await take_seqs(client, 5) == [1, 2, 3, 4, 5]


async def test_waits_grow_to_30_s_and_are_jittered_down_to_nothing(autojump_clock: MockClock) -> None:
    async def script(hub: FakeHub) -> None:
        peer = await hub.peer()
        await peer.welcomes()
        hub.down = True
        await peer.cuts()
        await trio.sleep(200)
        hub.down = False
        await (await hub.peer()).welcomes()
        waits = [later - sooner for sooner, later in zip(hub.dials, hub.dials[1:], strict=False)]
        assert [round(wait) for wait in waits[:8]] == [1, 2, 4, 8, 16, 30, 30, 30]

    async with client_of(script) as client:
        assert await take(client, 2) == [Synced(), Synced()]

    async def impatient(hub: FakeHub) -> None:
        for _ in range(4):
            peer = await hub.peer()
            await peer.welcomes()
            await peer.cuts()
        await (peer := await hub.peer()).welcomes()
        assert hub.dials[-1] == hub.dials[0]
        await peer.lingers()

    async with client_of(impatient, random=lambda: 0.0) as client:
        await take(client, 5)


async def test_a_connection_that_held_well_makes_the_next_wait_short(autojump_clock: MockClock) -> None:
    async def script(hub: FakeHub) -> None:
        for lived_s in (0, 0, 0, 60, 0):
            peer = await hub.peer()
            await peer.welcomes()
            with trio.move_on_after(lived_s):
                await peer.lingers()
            await peer.cuts()
        await (peer := await hub.peer()).welcomes()
        waits = [later - sooner for sooner, later in zip(hub.dials, hub.dials[1:], strict=False)]
        assert [round(wait) for wait in waits] == [1, 2, 4, 60 + 1, 2]
        await peer.lingers()

    async with client_of(script) as client:
        await take(client, 6)


async def test_a_connection_that_works_stays(autojump_clock: MockClock) -> None:
    async def script(hub: FakeHub) -> None:
        peer = await hub.peer()
        await peer.welcomes()
        await peer.lingers()
        assert len(hub.dials) == 1

    async with client_of(script):
        await trio.sleep(1_000)


async def test_goaway_says_when_to_come_back(autojump_clock: MockClock) -> None:
    async def script(hub: FakeHub) -> None:
        peer = await hub.peer()
        await peer.welcomes()
        await peer.says({"t": "goaway", "retry_ms": 4_200})
        await peer.closes(1012, "restart")
        await (peer := await hub.peer()).welcomes()
        assert hub.dials[1] - hub.dials[0] == pytest.approx(4.2)
        await peer.lingers()

    async with client_of(script) as client:
        assert await take(client, 2) == [Synced(), Synced()]


@pytest.mark.parametrize("code", [4408, 4429, 1012, 1009, 1002])
async def test_it_comes_back_after(autojump_clock: MockClock, code: int) -> None:
    async def script(hub: FakeHub) -> None:
        peer = await hub.peer()
        await peer.welcomes()
        await peer.closes(code)
        await (peer := await hub.peer()).welcomes()
        await peer.lingers()

    async with client_of(script) as client:
        assert await take(client, 2) == [Synced(), Synced()]


@pytest.mark.parametrize("code", [4400, 4401, 4403, 4409, 4410, 4411, 1000])
async def test_it_does_not_come_back_after(autojump_clock: MockClock, code: int) -> None:
    async def script(hub: FakeHub) -> None:
        peer = await hub.peer()
        await peer.welcomes()
        await peer.closes(code, "because")

    async with client_of(script) as client:
        await anext(client)
        with pytest.raises(Ended, match=f"{code} because") as raised:
            await anext(client)
        assert raised.value.code == code
        with pytest.raises(Ended):
            await client.request("history", conv=1)


async def test_a_silent_hub_is_left(autojump_clock: MockClock) -> None:
    async def script(hub: FakeHub) -> None:
        peer = await hub.peer()
        await peer.welcomes()
        peer.goes_deaf()
        await peer.says({"t": "typing", "conv": 3, "from": BOB, "on": True})
        peer = await hub.peer()
        assert hub.dials[1] - hub.dials[0] <= 46
        await peer.welcomes()
        await peer.lingers()

    async with client_of(script) as client:
        assert [type(item).__name__ for item in await take(client, 3)] == ["Synced", "Typing", "Synced"]


async def test_a_conversation_joined_on_the_way_is_resumed_too(autojump_clock: MockClock) -> None:
    joined = {"t": "members", "conv": 9, "seq": 40, "at": 1, "added": [ALICE], "removed": [], "by": BOB}

    async def script(hub: FakeHub) -> None:
        peer = await hub.peer()
        await peer.welcomes(synced=False)
        await peer.says(joined, message(41, conv=9))
        asked = await peer.hears()
        assert asked["t"] == "conversations"
        await peer.says({"t": "ok", "ref": asked["ref"], "conversations": [room(9, epoch=5, seq=41)]})
        await peer.says(message(42, conv=9))
        await trio.testing.wait_all_tasks_blocked()
        await peer.cuts()
        peer = await hub.peer()
        hello = await peer.welcomes(room(9, epoch=5, seq=43), synced=False)
        assert hello["cursors"] == [[9, 5, 42]]
        await peer.says(message(43, conv=9))
        await peer.lingers()

    async with client_of(script) as client:
        assert await take_seqs(client, 4) == [40, 41, 42, 43]
        assert client.cursors == [Cursor(9, 5, 43)]


async def test_a_conversation_met_just_before_a_cut_leaves_a_gap_not_a_hole(autojump_clock: MockClock) -> None:
    async def script(hub: FakeHub) -> None:
        peer = await hub.peer()
        await peer.welcomes(synced=False)
        await peer.says(message(41, conv=9))
        await peer.hears()
        await peer.cuts()
        peer = await hub.peer()
        assert (await peer.welcomes(room(9, epoch=5, seq=50), room(8, seq=6), synced=False))["cursors"] == []
        await peer.says(message(51, conv=9), message(7, conv=8))
        await peer.lingers()

    async with client_of(script) as client:
        assert (await take(client, 3))[1:] == [Gap(9, 42, 50), Gap(8, 1, 6)]
        assert await take_seqs(client, 2) == [51, 7]
        assert client.cursors == [Cursor(9, 5, 51), Cursor(8, 7, 7)]


async def test_put_out_and_let_in_again_is_no_hole(autojump_clock: MockClock) -> None:
    def members(seq: int, added: list[object], removed: list[object]) -> dict[str, object]:
        return {"t": "members", "conv": 3, "seq": seq, "at": 1, "added": added, "removed": removed, "by": BOB}

    async def script(hub: FakeHub) -> None:
        peer = await hub.peer()
        await peer.welcomes(room(seq=4), synced=False)
        await peer.says(members(5, [], [ALICE]), members(20, [ALICE], []))
        await peer.lingers()

    async with client_of(script) as client:
        assert await take_seqs(client, 1) == [5]
        assert client.cursors == []
        assert await take_seqs(client, 1) == [20]


# ------------------------------------------------------------------------------------- requests


async def test_publish_returns_where_the_message_stands(autojump_clock: MockClock) -> None:
    async def script(hub: FakeHub) -> None:
        peer = await hub.peer()
        await peer.welcomes(room())
        asked = await peer.hears()
        ref = asked.pop("ref")
        about = {"reply_to": 101, "attachments": [7, 8]}
        assert asked == {"t": "publish", "conv": 3, "body": "hi", "cid": "mine", **about}
        await peer.says({"t": "ok", "ref": ref, "conv": 3, "seq": 9, "id": 109, "at": 5, "dup": False})
        await peer.lingers()

    async with client_of(script) as client:
        published = await client.publish(3, "hi", cid="mine", reply_to=101, attachments=(7, 8))
        assert (published.seq, published.id, published.at, published.dup) == (9, 109, 5, False)


async def test_publish_repeats_the_same_cid_over_a_cut_and_temporary_errors(autojump_clock: MockClock) -> None:
    async def script(hub: FakeHub) -> None:
        cids = set()
        peer = await hub.peer()
        await peer.welcomes(room())
        cids.add((await peer.hears())["cid"])
        await peer.cuts()
        peer = await hub.peer()
        await peer.welcomes(room())
        for code in ("busy", "unavailable", "rate_limited"):
            asked = await peer.hears()
            cids.add(asked["cid"])
            before = trio.current_time()
            await peer.says({"t": "error", "ref": asked["ref"], "code": code, "message": "later", "retry_ms": 3_000})
        asked = await peer.hears()
        assert trio.current_time() - before >= 3
        cids.add(asked["cid"])
        assert len(cids) == 1
        await peer.says({"t": "ok", "ref": asked["ref"], "conv": 3, "seq": 9, "id": 109, "at": 5, "dup": True})
        await peer.lingers()

    async with client_of(script) as client:
        assert (await client.publish(3, "hi")).dup


async def test_publish_raises_what_repeating_does_not_mend(autojump_clock: MockClock) -> None:
    async def script(hub: FakeHub) -> None:
        peer = await hub.peer()
        await peer.welcomes()
        asked = await peer.hears()
        await peer.says({"t": "error", "ref": asked["ref"], "code": "not_found", "message": "no such conversation"})
        await peer.lingers()

    async with client_of(script) as client:
        with pytest.raises(RequestRefused, match="not_found: no such conversation") as raised:
            await client.publish(3, "hi")
        assert not raised.value.temporary


async def test_what_is_too_large_is_not_sent(autojump_clock: MockClock) -> None:
    async def script(hub: FakeHub) -> None:
        peer = await hub.peer()
        await peer.welcomes(room())
        assert [frame["t"] for frame in await peer.lingers()] == ["bye"]

    async with client_of(script) as client:
        with pytest.raises(RequestTooLarge):
            await client.publish(3, "x" * 70_000)


async def test_answers_find_their_requests_in_any_order(autojump_clock: MockClock) -> None:
    async def script(hub: FakeHub) -> None:
        peer = await hub.peer()
        await peer.welcomes(room())
        asked = [await peer.hears() for _ in range(20)]
        for frame in reversed(asked):
            await peer.says({"t": "ok", "ref": frame["ref"], "echo": frame["q"]})
        await peer.lingers()

    answers = {}

    async def ask(client: Client, q: str) -> None:
        answers[q] = (await client.request("search", q=q))["echo"]

    async with client_of(script) as client, trio.open_nursery() as nursery:
        for number in range(20):
            nursery.start_soon(ask, client, str(number))
    assert answers == {str(number): str(number) for number in range(20)}


async def test_a_change_that_a_cut_leaves_open_is_not_repeated_in_secret(autojump_clock: MockClock) -> None:
    async def script(hub: FakeHub) -> None:
        peer = await hub.peer()
        await peer.welcomes(room())
        await peer.hears()
        await peer.cuts()
        peer = await hub.peer()
        await peer.welcomes(room())
        assert [frame["t"] for frame in await peer.lingers()] == ["bye"]

    async with client_of(script) as client:
        with pytest.raises(Interrupted):
            await client.edit(3, 101, "better")
        assert await take(client, 2) == [Synced(), Synced()]


async def test_a_page_is_asked_for_again_after_a_cut(autojump_clock: MockClock) -> None:
    async def script(hub: FakeHub) -> None:
        peer = await hub.peer()
        await peer.welcomes(room())
        await peer.hears()
        await peer.cuts()
        peer = await hub.peer()
        await peer.welcomes(room())
        asked = await peer.hears()
        assert (asked["t"], asked["conv"], asked["after"], asked["limit"]) == ("history", 3, 100, 2)
        stored = [{**message(1), "reactions": [{"emoji": "👍", "by": ALICE}], "edited": True}, message(2)]
        await peer.says({"t": "ok", "ref": asked["ref"], "messages": stored, "more": True})
        await peer.lingers()

    async with client_of(script) as client:
        page = await client.history(3, after=100, limit=2)
        assert [stored.seq for stored in page.messages] == [1, 2]
        assert page.messages[0].reactions[0].emoji == "👍"
        assert page.more


async def test_a_cancelled_request_leaves_the_connection_in_order(autojump_clock: MockClock) -> None:
    async def script(hub: FakeHub) -> None:
        peer = await hub.peer()
        await peer.welcomes(room())
        first, second = await peer.hears(), await peer.hears()
        await peer.says({"t": "ok", "ref": first["ref"], "seq": 1}, {"t": "ok", "ref": second["ref"], "seq": 2})
        await peer.lingers()

    async with client_of(script) as client:
        with trio.move_on_after(1):
            await client.delete(3, 101)
        assert await client.delete(3, 102) == 2


async def test_signals_are_sent_without_a_ref(autojump_clock: MockClock) -> None:
    async def script(hub: FakeHub) -> None:
        peer = await hub.peer()
        await peer.welcomes(room())
        assert (await peer.lingers())[:3] == [
            {"t": "received", "conv": 3, "seq": 5},
            {"t": "read", "conv": 3, "seq": 5},
            {"t": "typing", "conv": 3, "on": True},
        ]

    async with client_of(script) as client:
        await client.received(3, 5)
        await client.read(3, 5)
        await client.typing(3)


# ------------------------------------------------------------------------------------- a slow program


async def test_what_does_not_fit_comes_again_once_there_is_room(autojump_clock: MockClock) -> None:
    async def script(hub: FakeHub) -> None:
        peer = await hub.peer()
        await peer.welcomes(room(seq=0), synced=False)
        await peer.says(*(message(seq) for seq in range(1, 31)))
        asked = await peer.hears()
        await peer.says({"t": "ok", "ref": asked["ref"], "conv": 3, "seq": 31, "id": 1, "at": 1, "dup": False})
        while {"t": "bye"} not in await peer.lingers():
            peer = await hub.peer()
            last = (await peer.welcomes(room(seq=30), synced=False))["cursors"][0][2]
            await peer.says(*(message(seq) for seq in range(last + 1, 31)))

    async with client_of(script, buffer_limit=10) as client:
        # The answer gets through although the buffer is full.
        await client.publish(3, "busy")
        assert client.statistics().waiting == 10
        assert await take_seqs(client, 30) == list(range(1, 31))
        assert client.statistics().overflows > 0


async def test_or_the_session_fails_if_the_program_wants_that(autojump_clock: MockClock) -> None:
    async def script(hub: FakeHub) -> None:
        peer = await hub.peer()
        await peer.welcomes(room(seq=0), synced=False)
        await peer.says(*(message(seq) for seq in range(1, 12)))
        await peer.lingers()

    async with client_of(script, buffer_limit=10, overflow=Overflow.FAIL) as client:
        await trio.sleep(1)
        assert await take_seqs(client, 10) == list(range(1, 11))
        with pytest.raises(EventsOverflowed):
            await anext(client)


async def test_ephemeral_items_are_dropped_first(autojump_clock: MockClock) -> None:
    async def script(hub: FakeHub) -> None:
        peer = await hub.peer()
        await peer.welcomes(room(seq=0), synced=False)
        await peer.says(*({"t": "presence", "who": BOB, "online": True, "at": at} for at in range(8)))
        await peer.lingers()

    async with client_of(script, buffer_limit=5) as client:
        await trio.sleep(1)
        statistics = client.statistics()
        assert (statistics.waiting, statistics.dropped, statistics.overflows) == (5, 3, 0)


# ------------------------------------------------------------------------------------- leaving


async def test_leaving_says_bye_after_what_was_sent_before(autojump_clock: MockClock) -> None:
    async def script(hub: FakeHub) -> None:
        peer = await hub.peer()
        await peer.welcomes(room())
        assert [frame["t"] for frame in await peer.lingers()] == ["typing", "bye"]

    async with client_of(script) as client:
        await client.typing(3)


async def test_leaving_takes_two_seconds_at_most(autojump_clock: MockClock) -> None:
    async def script(hub: FakeHub) -> None:
        peer = await hub.peer()
        await peer.welcomes(room())
        await trio.sleep(100)

    async with hub_playing(script) as hub:
        async with hub.client():
            start = trio.current_time()
        assert trio.current_time() - start == pytest.approx(2)


async def test_what_the_program_raises_comes_out_in_no_group(autojump_clock: MockClock) -> None:
    async def script(hub: FakeHub) -> None:
        for _ in range(2):
            await (peer := await hub.peer()).welcomes(room())
            await peer.lingers()

    async with hub_playing(script) as hub:
        with pytest.raises(KeyError, match="mine") as raised:
            async with hub.client():
                raise KeyError("mine")
        assert raised.value.__context__ is None
        mine = ExceptionGroup("mine", [ExceptionGroup("nested", [KeyError("a")]), ValueError("b")])
        with pytest.raises(ExceptionGroup) as group:
            async with hub.client():
                raise mine
        assert group.value is mine


def test_a_bug_in_the_background_is_not_hidden() -> None:
    async def script(hub: FakeHub) -> None:
        peer = await hub.peer()
        await peer.welcomes(room())
        await peer.cuts()

    async def program() -> None:
        async with hub_playing(script) as hub:
            await listen(hub, random=lambda: 1 / 0)

    # With a run of its own: a stray Cancelled would end a test of pytest-trio as if it had passed.
    with pytest.raises(ExceptionGroup) as raised:
        trio.run(program, clock=MockClock(autojump_threshold=0))
    assert raised.group_contains(ZeroDivisionError)


async def test_cancelling_the_program_ends_everything(autojump_clock: MockClock) -> None:
    async def script(hub: FakeHub) -> None:
        await (peer := await hub.peer()).welcomes(room())
        assert await peer.lingers() == []

    async with hub_playing(script) as hub:
        with trio.move_on_after(5) as scope:
            await listen(hub)
        assert scope.cancelled_caught
        assert trio.current_time() == scope.deadline


async def test_a_client_that_was_left_is_of_no_use(autojump_clock: MockClock) -> None:
    async def script(hub: FakeHub) -> None:
        await (peer := await hub.peer()).welcomes(room(), synced=False)
        await peer.lingers()

    async with client_of(script) as client:
        pass
    with pytest.raises(Closed):
        await client.publish(3, "too late")
    with pytest.raises(Closed):
        await anext(client)


# ------------------------------------------------------------------------------------- commands


async def test_a_bot_that_asks_gets_commands_and_says_what_became_of_them(autojump_clock: MockClock) -> None:
    async def script(hub: FakeHub) -> None:
        peer = await hub.peer()
        assert (await peer.welcomes())["commands"] is True
        await peer.says({"t": "command", "id": "cmd_1", "type": "do", "payload": {"n": [1]}, "at": 5})
        asked = await peer.hears()
        assert asked == {"t": "command.ack", "ref": asked["ref"], "id": "cmd_1", "status": "failed", "result": "why"}
        await peer.cuts()
        peer = await hub.peer()
        await peer.welcomes()
        again = await peer.hears()
        assert again == {**asked, "ref": again["ref"]}
        await peer.says({"t": "ok", "ref": again["ref"]})
        await peer.lingers()

    async with client_of(script, commands=True) as client:
        assert (await take(client, 2))[1] == Command("cmd_1", "do", {"n": [1]}, 5)
        await client.ack_command("cmd_1", failed=True, result="why")


async def test_commands_that_do_not_fit_are_left_to_the_hub(autojump_clock: MockClock) -> None:
    def command(number: int) -> dict[str, Any]:
        return {"t": "command", "id": f"c{number}", "type": "do", "payload": {}, "at": 5}

    async def script(hub: FakeHub) -> None:
        peer = await hub.peer()
        assert "commands" in await peer.welcomes(synced=False)
        await peer.says(*(command(number) for number in range(6)))
        await peer.lingers()
        peer = await hub.peer()
        await peer.welcomes(synced=False)
        await peer.says(*(command(number) for number in range(4, 6)))
        await peer.lingers()

    async with client_of(script, commands=True, buffer_limit=4) as client:
        await trio.sleep(1)
        items = await take(client, 6)
    assert [item.id for item in items if isinstance(item, Command)] == [f"c{number}" for number in range(6)]
