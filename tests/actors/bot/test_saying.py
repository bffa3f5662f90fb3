"""What becomes of what a bot says in several conversations at once. Pure."""

from __future__ import annotations

import pytest

from actors.bot.saying import REPEAT_S, Unfinished, Words
from actors.bot.state import what_became_of
from actors.messages.outcomes import NotAssigned, Published, Refused, Said, forbidden, not_found
from actors.runtime.address import Address
from actors.runtime.errors import AskTimeout, Crashed, MailboxFull, Quarantined
from protocol.codes import ErrorCode

WHERE = Address("conversation", 1)
OK = Published(conv=1, seq=2, id=3, at=4)
AGAIN = Published(conv=1, seq=2, id=3, at=4, dup=True)
TOO_LONG = Refused(code=ErrorCode.TOO_LONG, message="m", field="body")
WORDS = Words(7, b"digest")


@pytest.mark.parametrize(
    ("outcomes", "became"),
    [
        ([OK], Said(count=1)),
        ([OK, AGAIN], Said(count=2)),
        ([OK, not_found("conversation")], Said(count=1)),
        ([forbidden("join first"), not_found("conversation")], NotAssigned()),
        ([OK, TOO_LONG, MailboxFull(WHERE)], TOO_LONG),
    ],
    ids=["one", "all", "put out of one", "put out of all", "never"],
)
def test_what_is_said(outcomes: list[object], became: object) -> None:
    assert what_became_of(outcomes) == became


@pytest.mark.parametrize(
    ("fault", "retry_ms"),
    [
        (MailboxFull(WHERE), 200),
        (Quarantined(WHERE, 4.0), 4_001),
        (Crashed(WHERE, "KeyError"), 1_000),
        (AskTimeout(WHERE, 5.0), 1_000),
        (Refused(code=ErrorCode.UNAVAILABLE, message="m", retry_ms=70), 70),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_failed_anywhere_may_be_repeated(fault: object, retry_ms: int) -> None:
    became = what_became_of([OK, fault, not_found("conversation")])
    assert isinstance(became, Refused)
    assert (became.code, became.retry_ms) == (ErrorCode.UNAVAILABLE, retry_ms)


def test_a_repetition_goes_on_with_the_same_id_once() -> None:
    unfinished = Unfinished()
    unfinished.put(WORDS, "cid", 0.0)
    assert unfinished.take(Words(8, b"digest"), 1.0) is None
    assert unfinished.take(Words(7, b"other"), 1.0) is None
    assert unfinished.take(WORDS, 1.0) == "cid"
    assert unfinished.take(WORDS, 1.0) is None


def test_a_late_repetition_is_something_new() -> None:
    unfinished = Unfinished()
    unfinished.put(WORDS, "cid", 0.0)
    assert unfinished.take(WORDS, REPEAT_S) is None


def test_what_is_unfinished_is_bounded() -> None:
    unfinished = Unfinished(bound=2)
    for number in range(3):
        unfinished.put(Words(number, b""), f"{number}", 0.0)
    assert len(unfinished) == 2
    assert [unfinished.take(Words(number, b""), 1.0) for number in range(3)] == [None, "1", "2"]
