"""When a call is made again."""

from __future__ import annotations

import pytest

from protocol import chatpion
from protocol.chatpion.retries import Attempts

FAILED = chatpion.ServerError("No", 500)
LOST = chatpion.Unreachable("No")


def attempts(*, safe: bool = True, retries: int = 2, rate_wait_s: float = 0.0) -> Attempts:
    return Attempts(safe=safe, retries=retries, rate_wait_s=rate_wait_s, random=lambda: 1.0)


@pytest.mark.parametrize("error", [FAILED, LOST])
def test_what_is_safe_is_tried_again_ever_later(error: chatpion.ChatPionError) -> None:
    tried = attempts(retries=3)
    assert [tried.after(error) for _ in range(3)] == [0.5, 1.0, 2.0]
    with pytest.raises(type(error)) as caught:
        tried.after(error)
    assert caught.value is error


@pytest.mark.parametrize("error", [FAILED, LOST])
def test_what_may_have_been_done_is_not_done_twice(error: chatpion.ChatPionError) -> None:
    with pytest.raises(type(error)):
        attempts(safe=False).after(error)


@pytest.mark.parametrize("kind", [chatpion.BadRequest, chatpion.InvalidKey, chatpion.NotFound, chatpion.BadAnswer])
def test_what_will_not_change_is_not_tried_again(kind: type[chatpion.ChatPionError]) -> None:
    with pytest.raises(kind):
        attempts().after(kind("No", 400))


@pytest.mark.parametrize("safe", [True, False])
def test_a_limit_is_waited_for_only_if_that_is_wanted(safe: bool) -> None:
    with pytest.raises(chatpion.RateLimited):
        attempts(safe=safe).after(chatpion.RateLimited("No", 1))
    assert attempts(safe=safe, rate_wait_s=60).after(chatpion.RateLimited("No", 60)) == 60


def test_no_more_is_waited_for_a_limit_than_is_wanted_in_all() -> None:
    tried = attempts(rate_wait_s=60)
    assert tried.after(chatpion.RateLimited("No", 40)) == 40
    with pytest.raises(chatpion.RateLimited):
        tried.after(chatpion.RateLimited("No", 21))
    assert tried.after(chatpion.RateLimited("No", 20)) == 20


@pytest.mark.parametrize("retry_after_s", [None, 0])
def test_a_limit_that_does_not_say_when_ends_at_last(retry_after_s: int | None) -> None:
    tried = attempts(rate_wait_s=2)
    limited = chatpion.RateLimited("No", retry_after_s)
    assert [tried.after(limited), tried.after(limited)] == [1, 1]
    with pytest.raises(chatpion.RateLimited):
        tried.after(limited)


def test_waiting_for_a_limit_takes_no_attempt_away() -> None:
    tried = attempts(retries=1, rate_wait_s=60)
    tried.after(chatpion.RateLimited("No", 1))
    assert tried.after(FAILED) == 0.5
