"""What a bot's answer leaves in the conversation."""

import pytest

from actors.ports import OutboundError, TlsFailed, TookTooLong, TooLarge, Unreachable
from actors.values import Caller
from actors.webhook.answers import extension
from protocol.frames import Message
from tests.actors.webhook.post import Post, RoomUnderTest
from tests.fakes.outbound import Answer, text

PNG = b"\x89PNG\r\n\x1a\n..."


async def answered(post: Post, answer: Answer | OutboundError, **bot_changes: str | None) -> list[Message]:
    """What the bot has said in a direct conversation where somebody said one thing."""
    alice, bot = post.user("alice"), await post.bot(**bot_changes)
    room = post.room("direct", alice, bot)
    async with post.open():
        await said(post, room, alice, answer)
    return room.answers(bot)


async def said(post: Post, room: RoomUnderTest, by: Caller, answer: Answer | OutboundError) -> None:
    post.outbound.script.append(answer)
    await room.say(by, "hello")
    await post.settle()


async def test_text_is_said_as_the_bot(post: Post) -> None:
    (message,) = await answered(post, text("It is sunny."))
    assert (message.body, message.html, message.attachments) == ("It is sunny.", None, None)


@pytest.mark.parametrize("kind", ["text/html", "text/plain", "Text/HTML; charset=utf-8"])
async def test_html_is_said_cleaned(post: Post, kind: str) -> None:
    (message,) = await answered(post, text("<b>hi</b><script>x()</script> 1 < 2", kind))
    assert (message.body, message.html) == ("hi 1 < 2", "<b>hi</b> 1 &lt; 2")


async def test_text_is_read_in_its_charset(post: Post) -> None:
    (message,) = await answered(post, Answer(200, 'text/plain; charset="iso-8859-1"', ["Zoé".encode("latin-1")]))
    assert message.body == "Zoé"


@pytest.mark.parametrize("charset", ["no-such-thing", "hex", "idna"])
async def test_a_charset_that_is_none_is_taken_for_utf_8(post: Post, charset: str) -> None:
    (message,) = await answered(post, text("Zoé", f"text/plain; charset={charset}"))
    assert message.body == "Zoé"


async def test_bytes_that_are_no_text_are_shown_as_such(post: Post) -> None:
    (message,) = await answered(post, Answer(200, "text/plain", [b"a\xff\x00b"]))
    assert message.body == "a\N{REPLACEMENT CHARACTER}b"


@pytest.mark.parametrize(
    ("kind", "name"), [("image/png", "attachment.png"), ("application/x-nobody-knows", "attachment.bin")]
)
async def test_any_other_type_is_a_file(post: Post, kind: str, name: str) -> None:
    (message,) = await answered(post, Answer(200, kind, [PNG[:4], PNG[4:]]))
    assert message.attachments is not None
    (attachment,) = message.attachments
    assert (message.body, attachment.name, attachment.content_type, attachment.size) == ("", name, kind, len(PNG))
    assert post.store.attachments.files[attachment.id].content == PNG


async def test_text_that_no_message_holds_is_a_file(post: Post) -> None:
    (message,) = await answered(post, text("x" * 10_001))
    assert message.attachments is not None
    assert (message.attachments[0].name, message.attachments[0].size) == ("attachment.txt", 10_001)


@pytest.mark.parametrize("kind", ["application/json", "application/problem+json; charset=utf-8"])
async def test_json_is_a_file_unless_the_bot_is_one_whose_json_is_ignored(post: Post, kind: str) -> None:
    assert len(await answered(post, text("{}", kind))) == 1
    assert await answered(Post(), text("{}", kind), json_reply="ignore") == []


@pytest.mark.parametrize(
    "answer",
    [
        Answer(204),
        Answer(200, "text/plain", []),
        Answer(200, "text/plain", [b""]),
        Answer(200, "image/png", [b"", b""]),
        Answer(200, "text/plain", [b" \n\t "]),
        Answer(200, "text/html", [b"<p></p><script>x</script>"]),
        Answer(200, None, [b"no type"]),
        Answer(200, "  ", [b"no type"]),
        Answer(201, "text/plain", [b"created"]),
        Answer(302, "text/html", [b"elsewhere"]),
        Answer(404, "text/plain", [b"not here"]),
        Answer(500, "text/plain", [b"broken"]),
    ],
    ids=lambda answer: f"{answer.status} {answer.content_type} {answer.body}",
)
async def test_all_else_is_silence(post: Post, answer: Answer) -> None:
    assert await answered(post, answer) == []
    (row,) = post.rows()
    assert row.outcome == str(answer.status)


@pytest.mark.parametrize(
    ("error", "body"),
    [
        (TookTooLong(), "Failed to respond (timeout)"),
        (TlsFailed(), "Failed to respond (SSL error)"),
        (Unreachable(), "Failed to respond (connection error)"),
        (OutboundError(), "Failed to respond (error)"),
    ],
)
async def test_what_kept_the_bot_from_answering_is_said(post: Post, error: OutboundError, body: str) -> None:
    assert [message.body for message in await answered(post, error)] == [body]


@pytest.mark.parametrize("kind", ["text/plain", "image/png"])
async def test_what_breaks_off_in_the_middle_leaves_its_text_and_no_file(post: Post, kind: str) -> None:
    (message,) = await answered(post, Answer(200, kind, [b"abc", TooLarge()]))
    assert (message.body, message.attachments) == ("Response too large", None)
    assert post.store.attachments.files == {}


async def test_a_file_that_the_hub_does_not_take_is_too_large(post: Post) -> None:
    post.store.attachments.max_bytes = 2
    (message,) = await answered(post, Answer(200, "image/png", [b"abc"]))
    assert message.body == "Response too large"


@pytest.mark.parametrize(
    ("kind", "ending"),
    [("image/jpeg", "jpg"), ("image/webp", "webp"), ("audio/mpeg", "mp3"), ("application/pdf", "pdf"), ("x/y", "bin")],
)
def test_files_end_with_what_they_are(kind: str, ending: str) -> None:
    assert extension(kind) == ending
