"""What follows from an attempt."""

import pytest

from actors.ports import NotAllowed, OutboundError, TlsFailed, TookTooLong, TooLarge, Unreachable
from actors.values import Call, Verdict
from actors.webhook import state
from actors.webhook.state import Answered, Failed, Reply, Trouble

WAITS = (5.0, 30.0)


def call(attempts: int = 0) -> Call:
    return Call("msg_1", 1, 2, attempts, 3)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (TookTooLong(), "Failed to respond (timeout)"),
        (TlsFailed(), "Failed to respond (SSL error)"),
        (Unreachable(), "Failed to respond (connection error)"),
        (TooLarge(), "Response too large"),
        (NotAllowed(), "Failed to respond (error)"),
        (OutboundError(), "Failed to respond (error)"),
    ],
)
def test_people_see_the_texts_of_the_document(error: OutboundError, text: str) -> None:
    assert state.to_say(Failed(state.trouble(error))) == Reply(text)


@pytest.mark.parametrize("status", [200, 204, 302, 404, 500])
def test_statuses_are_silent(status: int) -> None:
    assert state.to_say(Answered(status)) is None


def test_a_call_that_is_made_once_is_over_either_way() -> None:
    assert state.once(Answered(204)) == Verdict("done", "204")
    assert state.once(Answered(404)) == Verdict("dead", "404")
    assert state.once(Failed(Trouble.TIMEOUT)) == Verdict("dead", "timeout")


def test_a_call_that_is_repeated_waits_longer_each_time_and_is_given_up_at_last() -> None:
    failed = Answered(503)
    assert state.again(call(0), failed, WAITS, 1_000, 0.5) == Verdict("pending", "503", 6_000)
    assert state.again(call(1), failed, WAITS, 1_000, 0.5) == Verdict("pending", "503", 31_000)
    assert state.again(call(2), failed, WAITS, 1_000, 0.5) == Verdict("dead", "503")
    assert state.again(call(2), Answered(200), WAITS, 1_000, 0.5) == Verdict("done", "200")


@pytest.mark.parametrize(("jitter", "wait_ms"), [(0.0, 4_000), (1.0, 6_000)])
def test_waits_are_spread(jitter: float, wait_ms: int) -> None:
    assert state.again(call(), Failed(Trouble.CONNECTION), WAITS, 0, jitter).next_at == wait_ms


def test_what_is_not_wanted_any_more_is_not_repeated() -> None:
    assert state.again(call(), Answered(410), WAITS, 0, 0.5) == Verdict("dead", "410")


@pytest.mark.parametrize(
    ("attempted", "label"),
    [(Answered(200), "ok"), (Answered(299), "ok"), (Answered(302), "status"), (Failed(Trouble.TLS), "tls")],
)
def test_attempts_are_counted_by_what_they_came_to(attempted: state.Attempted, label: str) -> None:
    assert state.label(attempted) == label
