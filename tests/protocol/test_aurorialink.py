"""The AuroriaLink view on the wire, against its document."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.aurorialink import AURORIALINK, TokenFrame, token_frame
from protocol.codec import CODECS
from protocol.codes import CloseCode
from protocol.errors import Close
from protocol.frames import Actor, ActorKind, Edited, Message, Synced

AT = 1_768_660_200_999
"""The document's 2026-01-17 14:30:00, UTC, and 999 ms."""


def message(kind: ActorKind = "bot", body: str = "Your bot message content", *, deleted: bool = False) -> Message:
    sender = Actor(kind, 2, "ci")
    return Message(conv=789, seq=4, at=AT, id=12_345, sender=sender, body=body, cid="c", html="<b>", deleted=deleted)


def test_a_bot_s_message_is_the_document_s_example_to_the_byte() -> None:
    assert AURORIALINK.encode(message()) == (
        b'{"service":"messenger","message":"new_message","data":{"id":12345,"rel_id_conversations":789,'
        b'"sender_rel_bot_id":2,"message":"Your bot message content","created_datetime":"2026-01-17 14:30:00"}}'
    )


def test_a_user_s_message_names_a_user() -> None:
    assert AURORIALINK.encode(message("user", "grüß\n")) == (
        '{"service":"messenger","message":"new_message","data":{"id":12345,"rel_id_conversations":789,'
        '"sender_rel_user_id":2,"message":"grüß\\n","created_datetime":"2026-01-17 14:30:00"}}'.encode()
    )


def test_every_kind_of_sender_has_a_form() -> None:
    assert set(get_args(ActorKind)) == {"bot", "user"}


def test_a_message_is_one_text_frame() -> None:
    payload = AURORIALINK.encode(message("user", "hi"))
    assert AURORIALINK.piece(message("user", "hi")) == b"\x81\x7e" + len(payload).to_bytes(2) + payload


@pytest.mark.parametrize(
    "frame",
    [
        message(body="", deleted=True),
        Edited(conv=1, seq=2, at=3, id=4, by=Actor("user", 1, "a"), body="new"),
        Synced(),
    ],
    ids=["deleted", "edited", "synced"],
)
def test_all_else_has_no_bytes(frame: Message | Edited | Synced) -> None:
    assert AURORIALINK.piece(frame) == b""


def test_it_is_no_native_subprotocol() -> None:
    assert not AURORIALINK.native
    assert all(codec.native for codec in CODECS.values())


@given(st.text(min_size=1, max_size=512).filter(lambda text: text.isprintable()))
def test_a_token_is_read_as_it_was_written(token: str) -> None:
    hello = AURORIALINK.decode(token_frame(token))
    assert (hello.token, hello.cursors) == (token, [])  # type: ignore[union-attr]


def test_unknown_keys_of_a_token_frame_are_passed_over() -> None:
    assert AURORIALINK.decode('{"service": "messenger", "token": "t"}').token == "t"  # type: ignore[union-attr]


NO_TOKENS = [
    "",
    "token",
    "{}",
    "[]",
    '{"token": 1}',
    '{"token": ""}',
    '{"token": null}',
    '{"t": "hello"}',
    "[" * 50_000,
]
TOO_LONG = '{"token": "' + "x" * 513 + '"}'


@pytest.mark.parametrize("payload", [*NO_TOKENS, TOO_LONG], ids=range(len(NO_TOKENS) + 1))
def test_what_is_no_token_frame_ends_the_connection(payload: str) -> None:
    with pytest.raises(Close) as caught:
        AURORIALINK.decode(payload)
    assert caught.value.code == CloseCode.MALFORMED


def test_a_binary_message_is_the_wrong_kind() -> None:
    with pytest.raises(Close) as caught:
        AURORIALINK.decode(b'{"token": "t"}')
    assert caught.value.code == CloseCode.WRONG_FRAME_KIND


def test_a_token_shows_in_no_text() -> None:
    assert "secret" not in repr(TokenFrame("secret"))
    assert "secret" not in repr(AURORIALINK.decode(token_frame("secret")))
