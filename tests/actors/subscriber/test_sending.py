"""What is said to a subscriber: once, in order, whatever happens in between."""

import trio
from msgspec.structs import replace

from actors.chatpion.ports import NewLetter
from actors.messages.outcomes import Refused
from actors.messages.subscriber import LetterSaved, Remove, Send
from actors.ports import TookTooLong
from protocol.codes import ErrorCode
from tests.actors.subscriber.parlour import Parlour
from tests.fakes.outbound import Answer

PNG = b"\x89PNG\r\n\x1a\n"


async def test_a_letter_is_sent_once_it_stands_in_the_conversation(parlour: Parlour) -> None:
    anna = parlour.chatpion.subscriber(parlour.chatpion.account())
    async with parlour.open():
        letter = await parlour.send(anna, "Hello, **world**!")
        (message,) = parlour.said(anna)
        assert (letter.state, letter.seq, letter.message, letter.sent_at) == (
            "sent",
            message.seq,
            message.id,
            message.at,
        )
        assert (message.sender.kind, message.cid, message.html) == ("bot", f"cp-{letter.id}", None)
        assert parlour.chatpion.letters.events == [("sent", letter.id)]


async def test_what_one_run_queued_the_next_one_says_once(parlour: Parlour) -> None:
    account = parlour.chatpion.account()
    anna = parlour.chatpion.subscriber(account)
    said = await parlour.chatpion.letters.queue(
        NewLetter(account=1, subscriber=anna.id, platform="hub", at=0, text="a", body="a")
    )
    async with parlour.open():
        await trio.sleep(1)
    # It was published, and the hub was killed before that was noted.
    parlour.chatpion.letters.rows[said.id] = replace(said, state="queued")
    async with parlour.open():
        await trio.sleep(1)
        assert parlour.bodies(anna) == ["a"]
        assert parlour.states() == ["sent"]


async def test_a_broadcast_is_said_once_however_often_it_is_asked_for(parlour: Parlour) -> None:
    anna = parlour.chatpion.subscriber(parlour.chatpion.account())
    async with parlour.open():
        first, second = [await parlour.send(anna, "news", broadcast=7) for _ in range(2)]
        assert first.id == second.id
        assert parlour.bodies(anna) == ["news"]


async def test_who_got_a_broadcast_does_not_stay_in_memory_for_it(parlour: Parlour) -> None:
    anna = parlour.chatpion.subscriber(parlour.chatpion.account())
    async with parlour.open():
        await trio.sleep(60)
        await parlour.send(anna, "news", broadcast=7)
        await trio.sleep(0.1)
        assert parlour.system.statistics()["subscriber"].actors == 0
        await parlour.send(anna, "a letter")
        await trio.sleep(0.1)
        assert parlour.system.statistics()["subscriber"].actors == 1


async def test_while_the_log_takes_nothing_the_sender_is_told_so_and_it_is_said_later(parlour: Parlour) -> None:
    anna = parlour.chatpion.subscriber(parlour.chatpion.account())
    async with parlour.open():
        parlour.store.log.unavailable = True
        began = trio.current_time()
        refused = await parlour.tell(anna, Send(text="patience"))
        assert isinstance(refused, Refused)
        assert refused.code is ErrorCode.UNAVAILABLE
        assert 7 < trio.current_time() - began < 10
        parlour.store.log.unavailable = False
        await trio.sleep(2)
        assert parlour.bodies(anna) == ["patience"]
        assert parlour.states() == ["sent"]


async def test_without_a_connection_or_a_connector_it_has_failed_from_the_beginning(parlour: Parlour) -> None:
    account = parlour.chatpion.account()
    anna = parlour.chatpion.subscriber(account, "1", platform="facebook")
    bert = parlour.chatpion.subscriber(account, "2", platform="telegram")
    async with parlour.open():
        letter = await parlour.send(anna, "hi")
        assert (letter.state, letter.error) == ("failed", "No connected account for platform facebook")
        parlour.chatpion.social.connect(account, "telegram")
        letter = await parlour.send(bert, "hi")
        assert (letter.state, letter.error) == ("failed", "No connector for platform telegram")
        assert parlour.bodies(anna) == parlour.bodies(bert) == []


async def test_an_attachment_is_fetched_and_goes_with_the_message(parlour: Parlour) -> None:
    anna = parlour.chatpion.subscriber(parlour.chatpion.account())
    parlour.files.script.append(Answer(200, "image/png", [PNG]))
    async with parlour.open():
        letter = await parlour.send(anna, "look", type="image", attachment="http://files/cat.png")
        (message,) = parlour.said(anna)
        assert letter.state == "sent"
        assert [file.name for file in message.attachments or ()] == ["cat.png"]


async def test_an_attachment_that_cannot_be_had_fails_the_letter_with_the_reason(parlour: Parlour) -> None:
    anna = parlour.chatpion.subscriber(parlour.chatpion.account())
    parlour.files.script += [Answer(404), TookTooLong(), Answer(200, "text/plain", [b"text"])]
    async with parlour.open():
        letters = [await parlour.send(anna, "x", type="image", attachment="http://files/x") for _ in range(3)]
        assert [letter.state for letter in letters] == ["failed"] * 3
        assert [letter.error for letter in letters] == [
            "The attachment could not be fetched: the server answered 404",
            "The attachment could not be fetched: the server took too long",
            "The attachment is text/plain, which is no image",
        ]
        assert parlour.bodies(anna) == []


async def test_a_slow_file_holds_up_what_follows_it_and_no_marks(parlour: Parlour) -> None:
    anna = parlour.chatpion.subscriber(parlour.chatpion.account())
    parlour.files.script.append(Answer(200, "image/png", [PNG], after=5))
    async with parlour.open(), trio.open_nursery() as nursery:
        first = await parlour.send(anna, "before")
        nursery.start_soon(lambda: parlour.send(anna, "slow", type="image", attachment="http://files/x.png"))
        await trio.sleep(1)
        nursery.start_soon(lambda: parlour.send(anna, "behind"))
        await trio.sleep(1)
        await parlour.mark(anna, received=first.seq or 0)
        assert parlour.states() == ["delivered", "queued", "queued"]
        await trio.sleep(4)
        assert parlour.bodies(anna) == ["before", "slow", "behind"]


async def test_links_and_variables_are_seen_as_the_subscriber_sees_them(parlour: Parlour) -> None:
    anna = parlour.chatpion.subscriber(parlour.chatpion.account(), name="Anna")
    async with parlour.open():
        letter = await parlour.send(anna, "{{name}}: http://a.example", personalize=True, track_links=True)
        assert letter.text == "{{name}}: http://a.example"
        assert letter.body.startswith("Anna: https://hub.example/l/")
        assert parlour.bodies(anna) == [letter.body]


async def test_who_is_deleted_is_written_to_no_more(parlour: Parlour) -> None:
    anna = parlour.chatpion.subscriber(parlour.chatpion.account())
    async with parlour.open():
        await parlour.send(anna, "before")
        await parlour.tell(anna, Remove())
        await trio.sleep(1)
        refused = await parlour.tell(anna, Send(text="after"))
        assert isinstance(refused, Refused)
        assert refused.code is ErrorCode.NOT_FOUND
        late = await parlour.tell(anna, Send(text="news", broadcast=1))
        assert isinstance(late, LetterSaved)
        assert (late.letter.state, late.letter.error) == ("failed", "The subscriber was deleted")
        assert [who.id for who in parlour.revoked] == [anna.user]
        room = parlour.store.rooms.get(anna.conv)
        assert room is not None
        assert not room.members
