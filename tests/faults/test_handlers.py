"""An exception in each handler of each kind of actors: only that actor restarts, and nobody is left without an answer.

What there is to handle is read from the kinds themselves: a new message, request or kind without a cue here fails.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from inspect import isawaitable
from typing import Any, get_args

import pytest
import trio
from trio.testing import MockClock

from actors.messages import bot, presence, session, view
from actors.messages import conversation as to
from actors.runtime.errors import Crashed
from actors.session.desk import HANDLERS
from actors.session.state import Listening
from actors.values import Counts
from protocol import frames
from protocol.codes import CloseCode
from tests.faults.drama import ACTORS, BOT, ELSEWHERE, OTHER, ROOM, SIDE, Drama, Injected, is_message
from tests.faults.orders import AT_ACCOUNTS, AT_BOTS, AT_DESKS, AT_THE_HELPDESK, Cue

Moment = str


def all_handled() -> dict[str, tuple[type, ...]]:
    """What each kind of actors handles, as the kinds themselves say."""
    supervisors = Drama().stage.system._supervisors
    found = {name: each.kind.messages for name, each in supervisors.items() if name not in ELSEWHERE}
    handled = {name: get_args(messages) or (messages,) for name, messages in found.items()}
    handled["desk"] = tuple(HANDLERS)
    # The one frame that a session is sent is hello; all others go to the desk.
    handled["session"] = (*(each for each in handled["session"] if each is not session.Frame), frames.Hello)
    return handled


KINDS = all_handled()
FRESH_BOT = 50
# Where handlers begin: a session notes first what it is about to do, so that its next life can do it.
BEGINS = {"session": "_handle"}
LIVES: dict[tuple[str, str], tuple[type, str]] = {("session", "wake"): (Listening, "again")}


def told(kind: str, key: int | str, message: Callable[[Drama], Any]) -> Cue:
    """Tell the actor this; the outcome is what the sender is answered."""
    return lambda drama: drama.tell(kind, key, message(drama))


def room(message: Callable[[Drama], Any]) -> Cue:
    return told("conversation", ROOM, message)


def tablet(message: Callable[[Drama], Any]) -> Cue:
    return lambda drama: drama.tell("session", drama.clients["tablet"].session, message(drama))


def everywhere(message: Callable[[Drama], Any]) -> Cue:
    return told("presence", "hub", message)


def robot(message: Callable[[Drama], Any], key: int = BOT) -> Cue:
    return told("bot", key, message)


def asked(**frame: Any) -> Cue:
    """Have the tablet ask this at its desk."""
    return lambda drama: drama.ask("tablet", **frame)


async def publish(drama: Drama) -> object:
    return await drama.ask("alice", t="publish", conv=ROOM, cid="meanwhile", body="meanwhile")


async def publish_in_vain(drama: Drama) -> object:
    drama.stage.store.log.fail_next()
    return await publish(drama)


async def sign_in(drama: Drama) -> object:
    """What a client is told whose session fails over its hello: an error, a close, and that it may come again."""
    await drama.sign_in("late", "bob")
    await trio.sleep(5)
    drama.listen()
    late = drama.clients.pop("late")
    heard = [frame for frame in drama.heard.pop("late") if frame["t"] in ("welcome", "error")]
    assert [frame["t"] for frame in heard] in (["error"], ["welcome", "error"])
    assert late.code == CloseCode.GOING_AWAY
    late.leave()
    return heard[-1]


async def admit(drama: Drama) -> object:
    conv = drama.stage.store.add_conversation("closed", [drama.alice])
    key = drama.clients["tablet"].session
    return await drama.tell("session", key, session.Admitted(conv=conv, epoch=1, seq=1))


async def close(drama: Drama) -> object:
    guest = await drama.sign_in("guest", "dave")
    outcome = await drama.tell("session", guest.session, session.Close(code=CloseCode.REVOKED, reason="gone"))
    await trio.sleep(5)
    assert guest.code == CloseCode.REVOKED
    guest.leave()
    del drama.clients["guest"], drama.heard["guest"]
    return outcome


CUES: dict[str, dict[type, Cue]] = {
    "conversation": {
        to.Publish: room(lambda d: to.Publish(by=d.alice, cid="c", body="x")),
        to.Edit: room(lambda d: to.Edit(by=d.alice, id=d.said, body="x")),
        to.Delete: room(lambda d: to.Delete(by=d.alice, id=d.said)),
        to.React: room(lambda d: to.React(by=d.alice, id=d.said, emoji="x", on=True)),
        to.Advance: room(lambda d: to.Advance(by=d.caller(2), received=2, read=2)),
        to.Type: room(lambda d: to.Type(by=d.alice, on=True)),
        to.Found: told("conversation", 99, lambda d: to.Found(by=d.alice, kind="open", name="new", members=[])),
        to.Rename: room(lambda d: to.Rename(by=d.alice, name="new")),
        to.Join: room(lambda d: to.Join(by=d.caller(3))),
        to.Leave: room(lambda d: to.Leave(by=d.caller(4))),
        to.AddMembers: room(lambda d: to.AddMembers(by=d.alice, members=[d.caller(3).who])),
        to.RemoveMembers: room(lambda d: to.RemoveMembers(by=d.alice, members=[d.caller(4).who])),
        to.Describe: room(lambda d: to.Describe(by=d.alice)),
        to.Subscribe: room(lambda d: to.Subscribe(by=d.alice, session=d.clients["tablet"].session)),
        to.CatchUp: room(lambda d: to.CatchUp(session=d.clients["tablet"].session)),
        to.Unsubscribe: room(lambda _: to.Unsubscribe(session="gone")),
        to.Counted: room(lambda d: to.Counted(who=d.alice.who, count_mark=1, counts=Counts(1, 1))),
        to.Renamed: room(lambda d: to.Renamed(who=d.alice.who, name="alice")),
        to.Committed: publish,
        to.CommitFailed: publish_in_vain,
    },
    "session": {
        frames.Hello: sign_in,
        session.CaughtUp: tablet(lambda _: session.CaughtUp(conv=ROOM)),
        session.Admitted: admit,
        session.Placed: tablet(lambda _: session.Placed(conv=ROOM, size=3)),
        session.Unplaced: tablet(lambda _: session.Unplaced(conv=99)),
        session.Setback: tablet(lambda _: session.Setback(conv=ROOM)),
        session.Drained: tablet(lambda _: session.Drained(convs=[ROOM])),
        session.Close: close,
    },
    "desk": {
        frames.Publish: lambda d: d.ask("tablet", t="publish", conv=ROOM, cid="file", body="see", attachments=[d.file]),
        frames.History: asked(t="history", conv=ROOM, limit=1),
        frames.Search: asked(t="search", q="hi", limit=1),
        frames.ListConversations: asked(t="conversations"),
        frames.FindConversations: asked(t="conversation.search", q="o", limit=1),
        frames.SearchUsers: asked(t="user.search", q="a", limit=1),
        frames.ListBots: asked(t="bot.list"),
        frames.CreateConversation: asked(t="conversation.create", kind="closed", name="new", members=[2]),
        frames.UpdateConversation: asked(t="conversation.update", conv=ROOM, name="new"),
        frames.JoinConversation: asked(t="conversation.join", conv=ROOM),
        frames.LeaveConversation: asked(t="conversation.leave", conv=SIDE),
        frames.AddMembers: asked(t="members.add", conv=ROOM, users=[3]),
        frames.RemoveMembers: asked(t="members.remove", conv=ROOM, users=[4]),
        frames.CreateBot: asked(t="bot.create", name="new"),
        frames.UpdateBot: asked(t="bot.update", bot=BOT, description="new"),
        frames.DeleteBot: asked(t="bot.delete", bot=BOT),
        frames.RotateBot: asked(t="bot.rotate", bot=BOT, credential="key_access"),
        frames.UpdateUser: asked(t="user.update", name="alice"),
        **AT_DESKS,
    },
    "presence": {
        presence.Arrived: everywhere(
            lambda d: presence.Arrived(session=d.clients["tablet"].session, actor=d.alice.actor, convs=[ROOM, OTHER])
        ),
        presence.Entered: everywhere(lambda d: presence.Entered(session=d.clients["tablet"].session, conv=OTHER)),
        presence.Exited: everywhere(lambda d: presence.Exited(session=d.clients["tablet"].session, conv=ROOM)),
        presence.Departed: everywhere(lambda _: presence.Departed(session="gone", convs=[ROOM])),
    },
    "bot": {
        bot.CreateBot: robot(lambda d: bot.CreateBot(by=d.alice, name="new"), key=FRESH_BOT),
        bot.UpdateBot: robot(lambda d: bot.UpdateBot(by=d.alice, name="renamed")),
        bot.DeleteBot: robot(lambda d: bot.DeleteBot(by=d.alice)),
        bot.RotateBot: robot(lambda d: bot.RotateBot(by=d.alice, credential="token")),
        bot.Say: robot(lambda d: bot.Say(by=d.login.caller, credential_id=d.login.credential_id, body="x")),
        bot.Act: robot(
            lambda d: bot.Act(
                by=d.login.caller,
                credential_id=d.login.credential_id,
                conv=ROOM,
                deed=to.Publish(by=d.login.caller, cid="c", body="x"),
            )
        ),
        **AT_BOTS,
    },
    "view": {
        view.Resume: told("view", 1, lambda _: view.Resume(since=0)),
        view.Got: told("view", 1, lambda _: view.Got(positions={ROOM: 2})),
        view.Ended: told("view", 1, lambda _: view.Ended()),
    },
    "account": AT_ACCOUNTS,
    "helpdesk": AT_THE_HELPDESK,
}


@pytest.fixture
async def drama(nursery: trio.Nursery) -> Drama:
    drama = Drama()
    await nursery.start(drama.stage.system.run)
    await drama.begin()
    return drama


@pytest.fixture(params=["before", "after"])
def moment(request: pytest.FixtureRequest) -> Moment:
    """When the handler fails: before it has done anything, or once it has done everything."""
    chosen: Moment = request.param
    return chosen


def fail_once(patch: pytest.MonkeyPatch, kind: str, of: type, moment: Moment) -> Callable[[], bool]:
    """Let an actor of this kind fail over the next message of this type. Returns whether it has."""
    actor, method = ACTORS[kind], BEGINS.get(kind, "receive")
    healthy, matches, left = getattr(actor, method), is_message(of), [True]

    async def flaky(self: Any, message: Any, *reply: Any) -> Any:
        fails = left[0] and matches(message)
        left[0] = left[0] and not fails
        if fails and moment == "before":
            raise Injected
        outcome = await healthy(self, message, *reply)
        if fails:
            raise Injected
        return outcome

    patch.setattr(actor, method, flaky)
    return lambda: not left[0]


def handlers() -> Iterator[Any]:
    """Everything that any actor handles."""
    for kind, types in KINDS.items():
        for each in types:
            yield pytest.param(kind, each, id=f"{kind}-{each.__name__}")


@pytest.mark.parametrize(("kind", "of"), list(handlers()))
async def test_a_failing_handler_restarts_its_own_actor_and_its_sender_gets_an_answer(
    drama: Drama, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch, kind: str, of: type, moment: Moment
) -> None:
    cue = CUES[kind][of]
    failed = fail_once(monkeypatch, kind, of, moment)
    answer = await cue(drama)
    await trio.sleep(10)
    assert failed()
    if moment == "before" and isinstance(answer, Exception):
        assert isinstance(answer, Crashed)
    elif moment == "before" and isinstance(answer, dict):
        assert (answer["t"], answer["code"]) in (("error", "internal"), ("error", "unavailable")), answer
    assert [(failure.address.kind, type(failure.error)) for failure in drama.stage.failures] == [(kind, Injected)]
    await check_all_is_well(drama)


async def check_all_is_well(drama: Drama) -> None:
    """Everybody is connected, has seen every event once and in order, and whatever is asked for still works."""
    assert {name: client.code for name, client in drama.clients.items()} == dict.fromkeys(drama.clients)
    again = await drama.ask("alice", t="publish", conv=ROOM, cid="first", body="hi")
    assert (again["id"], again["dup"]) == (drama.said, True)
    for conv in (ROOM, OTHER):
        said = await drama.ask("alice", t="publish", conv=conv, cid="last", body="last")
        stored = drama.stage.store.rooms.get(conv)
        assert stored is not None
        assert (said["t"], said["seq"]) == ("ok", len(stored.log))
    await trio.sleep(1)
    check_seen(drama, "alice", ROOM, OTHER)
    check_seen(drama, "bob", ROOM, OTHER)
    check_seen(drama, "tablet", ROOM)
    assert (await drama.ask("tablet", t="history", conv=ROOM, limit=1))["messages"][0]["body"] == "last"
    assert (await drama.ask("alice", t="bot.create", name="another"))["t"] == "ok"
    await check_presence(drama)


def check_seen(drama: Drama, name: str, *convs: int) -> None:
    """A client has every event since it signed in, once each and in order."""
    welcome = next(frame for frame in drama.heard[name] if frame["t"] == "welcome")
    for summary in welcome["conversations"]:
        if summary["id"] in convs:
            stored = drama.stage.store.rooms.get(summary["id"])
            assert stored is not None
            drama.listen()
            assert drama.seqs(name, summary["id"]) == list(range(summary["seq"] + 1, len(stored.log) + 1)), name


async def check_presence(drama: Drama) -> None:
    """Somebody who comes is seen, and sees who is there."""
    await drama.sign_in("carol", "carol")
    await trio.sleep(1)
    drama.listen()
    assert ("carol", True) in online(drama, "bob")
    assert {name for name, _ in online(drama, "carol")} >= {"alice", "bob"}
    drama.clients["carol"].leave()


def online(drama: Drama, name: str) -> list[tuple[str, bool]]:
    """What a client was told of presence."""
    return [(each["who"]["name"], each["online"]) for each in drama.heard[name] if each["t"] == "presence"]


def lives() -> Iterator[Any]:
    """What each actor does apart from handling messages."""
    for kind, actor in ACTORS.items():
        for method in ("start", "wake", "wind_down", "stop"):
            if method in vars(actor):
                yield pytest.param(kind, method, id=f"{kind}-{method}")


@pytest.mark.parametrize(("kind", "method"), list(lives()))
async def test_a_failure_at_another_moment_of_its_life_does_as_little(
    drama: Drama, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch, kind: str, method: str, moment: Moment
) -> None:
    await spend_a_day(drama)
    failed = fail_once_at(monkeypatch, *LIVES.get((kind, method), (ACTORS[kind], method)), moment)
    await spend_a_day(drama)
    await drama.stage.system.stop("presence", "hub")
    await spend_a_day(drama)
    assert failed()
    assert [(failure.address.kind, type(failure.error)) for failure in drama.stage.failures] == [(kind, Injected)]
    await check_all_is_well(drama)


def fail_once_at(patch: pytest.MonkeyPatch, of: type, method: str, moment: Moment) -> Callable[[], bool]:
    """Let a method fail once. Returns whether it has."""
    healthy, left = getattr(of, method), [True]

    def flaky(self: Any) -> Any:
        fails, left[0] = left[0], False
        if fails and moment == "before":
            raise Injected
        done = healthy(self)
        if not fails:
            return done
        if not isawaitable(done):
            raise Injected
        return fail_after(done)

    patch.setattr(of, method, flaky)
    return lambda: not left[0]


async def fail_after(done: Awaitable[object]) -> None:
    await done
    raise Injected


async def spend_a_day(drama: Drama) -> None:
    """Chat, type, read, ask, come and go, a bot too, and then nothing for so long that all who may fall asleep."""
    await drama.clients["alice"].send(t="typing", conv=ROOM, on=True)
    await drama.tell("session", drama.clients["tablet"].session, session.Setback(conv=ROOM))
    await drama.tell("view", drama.alice.id, view.Got(positions={ROOM: 1}))
    await trio.sleep(0.5)
    await drama.ask("alice", t="publish", conv=ROOM, cid=f"day {trio.current_time()}", body="good morning")
    await drama.clients["bob"].send(t="read", conv=ROOM, seq=drama.seqs("bob", ROOM)[-1])
    await drama.ask("bob", t="history", conv=ROOM, limit=1)
    dave = await drama.sign_in("dave", "dave")
    await trio.sleep(1)
    dave.leave()
    del drama.clients["dave"], drama.heard["dave"]
    drama.stage.attendance.seen(BOT)
    await trio.sleep(5)
    assert drama.stage.attendance.count() == 1
    await trio.sleep(600)
    assert drama.stage.attendance.count() == 0


def test_every_handler_has_its_cue() -> None:
    assert set(ACTORS) == set(KINDS)
    assert {kind: set(types) for kind, types in KINDS.items()} == {kind: set(cues) for kind, cues in CUES.items()}
