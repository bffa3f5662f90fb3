"""Events of accounts and messages to other platforms, as they leave the hub."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec
import pytest
import trio

from actors.chatpion.lanes import CONNECTOR, HOOK
from actors.chatpion.parcels import Parcel
from actors.chatpion.ports import Target
from actors.chatpion.signing import is_signed
from actors.messages.subscriber import Send
from actors.ports import Grant
from actors.values import Lane
from tests.actors.subscriber.parlour import Parlour
from tests.actors.webhook.post import Post
from tests.fakes.memory_attachments import MemoryLinks
from tests.fakes.memory_chatpion import SECRET
from tests.fakes.memory_outbox import Row
from tests.fakes.outbound import Answer


def wait(post: Post | Parlour, lane: Lane, id: str, *, about: int, body: str) -> None:
    post.store.outbox.rows.append(Row(id, lane, 2, about, 0, False, 0, 0, body=body))


def lower(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


async def test_an_event_is_posted_as_it_was_written_down_and_signed(post: Post) -> None:
    lane = Lane(HOOK, 1)
    post.chatpion.hooks.targets[1] = Target("http://a.example/in", SECRET)
    wait(post, lane, "evt_1", about=1, body='{"event":"x"}')
    async with post.open():
        await post.settle()
        (sent,) = post.outbound.sent
        assert (sent.url, sent.body, sent.id) == ("http://a.example/in", b'{"event":"x"}', "evt_1")
        assert is_signed(SECRET, lower(sent.headers), sent.body, post.clock.now_ms())
        assert post.states(HOOK) == [("done", "204")]


async def test_a_failing_event_holds_up_those_about_the_same_and_no_others(post: Post) -> None:
    lane = Lane(HOOK, 1)
    post.chatpion.hooks.targets[1] = Target("http://a.example", SECRET)
    for number, about in enumerate((1, 1, 2, 1, 3)):
        wait(post, lane, f"evt_{number}", about=about, body="{}")
    post.outbound.script += [Answer(500), Answer(302)]
    async with post.open():
        await trio.sleep(60)
        calls = [sent.id for sent in post.outbound.sent]
        assert calls == ["evt_0", "evt_2", "evt_4", "evt_0", "evt_2", "evt_1", "evt_3"]
        assert [sent.at for sent in post.outbound.sent[:3]] == [post.outbound.sent[0].at] * 3
        assert post.states(HOOK) == [("done", "204")] * 5


async def test_a_lane_that_is_behind_makes_several_calls_at_a_time_about_different_things(post: Post) -> None:
    post.chatpion.hooks.targets[1] = Target("http://a.example", SECRET)
    for number in range(200):
        wait(post, Lane(HOOK, 1), f"evt_{number}", about=number % 100, body="{}")
    post.outbound.otherwise = Answer(204, after=0.1)
    async with post.open():
        await trio.sleep(60)
        calls = [int(sent.id.removeprefix("evt_")) for sent in post.outbound.sent]
        assert sorted(calls) == list(range(200))
        assert post.outbound.most == 8
        assert all(calls.index(number) < calls.index(number + 100) for number in range(100))


async def test_events_for_an_endpoint_that_is_gone_are_not_kept(post: Post) -> None:
    wait(post, Lane(HOOK, 1), "evt_1", about=1, body="{}")
    async with post.open():
        await trio.sleep(1)
        assert post.states(HOOK) == [("dead", "no address")]


async def sending(parlour: Parlour, platform: str, **parcel: Any) -> list[Any]:
    """Have a letter go out by the account's connection to the platform; return what was posted."""
    account = parlour.chatpion.account()
    anna = parlour.chatpion.subscriber(account, "4711", platform=platform)
    social = parlour.chatpion.social.connect(account, platform, url="http://theirs.example/in")
    async with parlour.open():
        letter = await parlour.send(anna, "hi")
        given = {"letter": letter.id, "conv": anna.conv, "bot": account.bot, "platform_id": "4711", "body": "hi"}
        body = msgspec.json.encode(Parcel(**{**given, "type": "text", **parcel})).decode()
        wait(parlour, Lane(CONNECTOR, social.id), "msg_1", about=anna.id, body=body)
    async with parlour.open():
        await trio.sleep(60)
    return parlour.outbound.sent


async def test_a_webhook_gets_a_signed_event(parlour: Parlour) -> None:
    (sent,) = await sending(parlour, "webhook", type="image", attachment="http://files/cat.png")
    assert sent.url == "http://theirs.example/in"
    assert sent.json == {
        "event": "message",
        "data": {
            "id": 1,
            "platform_id": "4711",
            "message": "hi",
            "type": "image",
            "attachment": "http://files/cat.png",
        },
    }
    assert is_signed(SECRET, lower(sent.headers), sent.body, parlour.clock.now_ms())
    assert parlour.states() == ["delivered"]


async def test_facebook_gets_the_request_of_the_send_api(parlour: Parlour) -> None:
    (sent,) = await sending(parlour, "facebook")
    assert sent.url == "https://graph.example/v1/me/messages"
    assert sent.headers["Authorization"] == f"Bearer {SECRET}"
    assert sent.json == {"recipient": {"id": "4711"}, "messaging_type": "RESPONSE", "message": {"text": "hi"}}
    assert parlour.states() == ["delivered"]


async def test_facebook_gets_a_file_and_its_text_one_after_the_other(parlour: Parlour) -> None:
    sent = await sending(parlour, "facebook", type="image", attachment="http://files/cat.png")
    assert [each.json["message"] for each in sent] == [
        {"attachment": {"type": "image", "payload": {"url": "http://files/cat.png"}}},
        {"text": "hi"},
    ]


async def test_a_file_of_the_hub_is_offered_by_a_link(parlour: Parlour) -> None:
    bot = parlour.store.add_bot("Acme")

    async def chunks() -> AsyncIterator[bytes]:
        yield b"content"

    file = await parlour.store.attachments.save(chunks(), name="a.txt", content_type=None, owner=bot.who)
    (sent,) = await sending(parlour, "webhook", type="file", file=file.id, bot=bot.id)
    url = urlsplit(sent.json["data"]["attachment"])
    assert (url.netloc, url.path) == ("hub.example", file.url)
    query = dict(parse_qsl(url.query))
    grant = Grant(file.id, bot.who, int(query["expires"]))
    assert query["viewer"] == f"bot-{bot.id}"
    assert MemoryLinks().holds(grant, query["signature"])


@pytest.mark.parametrize("status", [500, 404, 302])
async def test_what_nobody_takes_has_failed_after_the_last_attempt(parlour: Parlour, status: int) -> None:
    parlour.outbound.otherwise = Answer(status)
    sent = await sending(parlour, "webhook")
    assert [each.id for each in sent] == ["msg_1"] * 3
    (letter,) = parlour.chatpion.letters.rows.values()
    assert (letter.state, letter.error) == ("failed", f"The platform did not take it: {status}")


async def test_a_secret_that_is_none_fails_the_letter_and_nothing_else(parlour: Parlour) -> None:
    account = parlour.chatpion.account()
    anna = parlour.chatpion.subscriber(account, "1", platform="webhook")
    social = parlour.chatpion.social.connect(account, "webhook", url="http://a.example", token="whsec_é")
    async with parlour.open():
        letter = await parlour.tell(anna, Send(text="hi"))
        parcel = Parcel(letter=letter.letter.id, conv=anna.conv, bot=1, platform_id="1", body="hi", type="text")
        wait(parlour, Lane(CONNECTOR, social.id), "msg_1", about=1, body=msgspec.json.encode(parcel).decode())
    async with parlour.open():
        await trio.sleep(60)
        assert parlour.states() == ["failed"]
