"""An exception in each handler of a webhook: its calls are made all the same, and what was answered is said once."""

from __future__ import annotations

from typing import Any, get_args

import pytest
import trio
from trio.testing import MockClock

from actors.messages.webhook import AnyWebhookMessage, Wake
from actors.webhook.actor import WebhookActor
from tests.actors.webhook.post import Post
from tests.fakes.outbound import Answer, text
from tests.faults.drama import Injected


@pytest.fixture(params=["before", "after"])
def moment(request: pytest.FixtureRequest) -> str:
    """When the handler fails: before it has done anything, or once it has done everything."""
    chosen: str = request.param
    return chosen


def fail_once(patch: pytest.MonkeyPatch, method: str, moment: str) -> None:
    """Let a method of the actor fail the next time that it is called."""
    healthy, left = getattr(WebhookActor, method), [True]

    async def flaky(self: Any, *arguments: Any) -> None:
        fails, left[0] = left[0], False
        if fails and moment == "before":
            raise Injected
        await healthy(self, *arguments)
        if fails:
            raise Injected

    patch.setattr(WebhookActor, method, flaky)


def test_there_is_one_message() -> None:
    """A second one needs a test of its own below."""
    assert (get_args(AnyWebhookMessage) or (AnyWebhookMessage,)) == (Wake,)


@pytest.mark.parametrize("method", [name for name in ("start", "receive", "stop") if name in vars(WebhookActor)])
async def test_a_failing_handler_restarts_its_own_actor_and_costs_no_call(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch, method: str, moment: str
) -> None:
    post = Post()
    alice, bot, other = post.user("alice"), await post.bot(), await post.bot("ciao")
    room, elsewhere = post.room("direct", alice, bot), post.room("direct", alice, other)
    post.outbound.script += [text("one"), text("two"), text("three")]
    async with post.open():
        fail_once(monkeypatch, method, moment)
        await room.say(alice)
        await trio.sleep(120)
        assert room.said_by(bot) == ["one"]
        await room.say(alice)
        await trio.sleep(120)
        assert room.said_by(bot) == ["one", "two"]
        await elsewhere.say(alice)
        await trio.sleep(120)
        assert elsewhere.said_by(other) == ["three"]
        assert [(failure.address.kind, type(failure.error)) for failure in post.failures] == [("webhook", Injected)]
        post.failures.clear()


async def test_a_failure_when_a_call_is_due_again_costs_no_call(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    post = Post()
    alice, bot = post.user("alice"), await post.bot(events_url="http://help/events", webhook_url=None)
    room = post.room("direct", alice, bot)
    post.outbound.script += [Answer(503)]
    async with post.open():
        fail_once(monkeypatch, "wake", moment)
        await room.say(alice)
        await trio.sleep(600)
        assert post.states("events") == [("done", "204")]
        assert len(post.outbound.sent) == 2
        assert [(failure.address.kind, type(failure.error)) for failure in post.failures] == [("webhook", Injected)]
        post.failures.clear()
