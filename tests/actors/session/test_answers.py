"""Outcomes and faults on the wire."""

from typing import Any

import pytest

from actors.messages.outcomes import (
    BotSaved,
    Changed,
    Described,
    Done,
    NotMember,
    Published,
    Refused,
    UserSaved,
)
from actors.ports import LogBusy, LogUnavailable, StoreUnavailable
from actors.runtime.address import Address
from actors.runtime.errors import AskTimeout, Crashed, Interrupted, MailboxFull, NoSuchActor, Quarantined, Stopped
from actors.session.answers import answer_to
from protocol.codec import JSON, MSGPACK
from protocol.codes import ErrorCode
from protocol.frames import BotView, Error, Ok, Summary, UserView

WHERE = Address("conversation", 1)
BOT = BotView(id=1, name="ci", owner=None, webhook_url=None, avatar=None, description=None, created_at=1)
USER = UserView(id=1, name="a", username="a", role="user")
SUMMARY = Summary(id=1, kind="open", name=None, epoch=1, seq=1, read=0, unread=0, mentions=0)


@pytest.mark.parametrize(
    ("outcome", "ok"),
    [
        (
            Published(conv=1, seq=2, id=3, at=4, dup=True),
            Ok(ref=9, conv=1, seq=2, id=3, at=4, dup=True),
        ),
        (Changed(seq=2), Ok(ref=9, seq=2)),
        (Described(summary=SUMMARY, size=1, counted=True), Ok(ref=9, conversation=SUMMARY)),
        (BotSaved(bot=BOT), Ok(ref=9, bot=BOT)),
        (UserSaved(user=USER), Ok(ref=9, user=USER)),
        (Done(), Ok(ref=9)),
        (Ok(ref=9, more=False), Ok(ref=9, more=False)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_was_done_is_ok(outcome: object, ok: Ok) -> None:
    assert answer_to(9, outcome) == ok


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (Refused(code=ErrorCode.CONFLICT, message="m"), "conflict"),
        (NotMember(), "not_found"),
        (MailboxFull(WHERE), "busy"),
        (Stopped(WHERE), "unavailable"),
        (Quarantined(WHERE, 2.5), "unavailable"),
        (Interrupted(WHERE), "unavailable"),
        (NoSuchActor(WHERE), "not_found"),
        (Crashed(WHERE, "KeyError"), "internal"),
        (AskTimeout(WHERE, 5.0), "internal"),
        (LogBusy("m", 70), "busy"),
        (LogUnavailable("m", 70), "unavailable"),
        (StoreUnavailable("m", 70), "unavailable"),
        (None, "internal"),
        (RuntimeError("secret"), "internal"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_was_not_done_is_an_error(outcome: object, code: str) -> None:
    error = answer_to(9, outcome)
    assert isinstance(error, Error)
    assert (error.ref, error.code) == (9, code)
    assert (error.retry_ms is not None) == ErrorCode(code).temporary
    assert "KeyError" not in error.message
    assert "secret" not in error.message


@pytest.mark.parametrize(
    ("fault", "retry_ms"), [(Quarantined(WHERE, 2.5), 2_501), (LogBusy("m", 70), 70), (StoreUnavailable("m", 71), 71)]
)
def test_who_knows_when_says_when(fault: Exception, retry_ms: int) -> None:
    error = answer_to(9, fault)
    assert isinstance(error, Error)
    assert error.retry_ms == retry_ms


@pytest.mark.parametrize("codec", [MSGPACK, JSON])
def test_every_answer_can_be_encoded(codec: Any) -> None:
    for outcome in (
        Changed(seq=1),
        BotSaved(bot=BOT),
        MailboxFull(WHERE),
        Described(summary=SUMMARY, size=1, counted=True),
    ):
        assert codec.piece(answer_to(9, outcome))
