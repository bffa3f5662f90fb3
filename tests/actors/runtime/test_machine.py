"""Spawn, tell, ask, crash, passivate, stop in any order, against a plain model.

The model is a list of what was told to each key, and knows what each message may be answered. As long as nothing but
messages disturbs an actor, that is exactly one outcome, whatever the timing: crashes, restarts and sleep do not show.
"""

from collections import Counter
from dataclasses import dataclass, field
from math import inf

import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.runtime import (
    AskTimeout,
    Crashed,
    Doing,
    Interrupted,
    MailboxFull,
    NoSuchActor,
    Overflow,
    Quarantined,
    Refusal,
    RestartPolicy,
    RuntimeFault,
    System,
)
from tests.actors.runtime.puppet import (
    GHOST,
    AnyMessage,
    Boom,
    Doze,
    Fail,
    Give,
    Keep,
    Letterbox,
    Say,
    Stage,
    Take,
    Wake,
)

Key = int | str
KEYS: list[Key] = [1, 2, GHOST]


@dataclass(frozen=True)
class Tell:
    """One message; the first one to a key starts its actor."""

    key: Key
    message: AnyMessage


@dataclass(frozen=True)
class Ask:
    """Tell, and wait for so long; then a cancellation or the deadline ends the waiting."""

    key: Key
    message: AnyMessage
    patience_s: float
    cancelled: bool


@dataclass(frozen=True)
class Stop:
    """Ask for the end of the actor's life."""

    key: Key


@dataclass(frozen=True)
class Break:
    """Let the next call of a method fail."""

    method: str


@dataclass(frozen=True)
class Pass:
    """Let time pass; 0 is one turn for everybody."""

    seconds: float


Step = Tell | Ask | Stop | Break | Pass

keys = st.sampled_from([1, 1, 1, 2, GHOST])
messages = st.sampled_from([Say("?"), Say("?"), Fail(), Keep(), Give(), Take(0.4), Doze(), Wake(0.7)])
tells = st.builds(Tell, keys, messages)
steps = st.lists(
    st.one_of(
        tells,
        tells,
        tells,
        st.builds(Ask, keys, messages, st.sampled_from([0.0, 0.1, 5.0]), st.booleans()),
        st.builds(Stop, keys),
        st.builds(Break, st.sampled_from(["start", "wake", "may_sleep", "wind_down", "stop"])),
        st.builds(Pass, st.sampled_from([0.0, 0.0, 0.1, 1.0, 8.0])),
    ),
    max_size=40,
)

FOREVER = RestartPolicy(first_delay_s=0.2, max_delay_s=0.8, limit=1_000_000)


@dataclass
class Told:
    """A message that was taken, and what came of it."""

    key: Key
    message: AnyMessage
    box: Letterbox = field(default_factory=Letterbox)


class Player:
    """Plays steps to a system of puppets and keeps what it told them."""

    def __init__(self, system: System, stage: Stage, nursery: trio.Nursery) -> None:
        self._system = system
        self._stage = stage
        self._nursery = nursery
        self._numbers = iter(range(1_000_000))
        self.told: list[Told] = []
        self.refusals: list[Refusal] = []
        self.asked: list[object] = []
        self.asks = 0

    async def play(self, step: Step) -> None:
        match step:
            case Tell(key, message):
                self.tell(key, message)
            case Ask():
                self._nursery.start_soon(self._ask, step)
            case Stop(key):
                self._nursery.start_soon(self._system.stop, "puppet", key)
            case Break(method):
                self._stage.fail_at[method] += 1
            case Pass(0.0):
                await trio.lowlevel.checkpoint()
            case Pass(seconds):
                await trio.sleep(seconds)

    def tell(self, key: Key, message: AnyMessage) -> None:
        told = Told(key, self._numbered(message))
        try:
            # `Give` continues work that was admitted: without it an actor could never stop.
            self._system.ref("puppet", key).tell(told.message, told.box, urgent=isinstance(message, Give))
        except Refusal as refusal:
            self.refusals.append(refusal)
            assert told.box.outcomes == []
        else:
            self.told.append(told)

    async def _ask(self, ask: Ask) -> None:
        cancel_s, timeout_s = (ask.patience_s, inf) if ask.cancelled else (inf, ask.patience_s)
        self.asks += 1
        with trio.move_on_after(cancel_s):
            try:
                ref = self._system.ref("puppet", ask.key)
                self.asked.append(await ref.ask(self._numbered(ask.message), timeout_s=timeout_s))
            except RuntimeFault as fault:
                self.asked.append(fault)

    def _numbered(self, message: AnyMessage) -> AnyMessage:
        return Say(str(next(self._numbers))) if isinstance(message, Say) else message

    async def settle_all(self) -> None:
        """Have every kept reply given, and wait until nobody waits for anything."""
        for _ in range(10):
            for key in KEYS:
                self.tell(key, Give())
            await trio.sleep(30.0)
            if self._settled():
                return
        raise AssertionError(f"{self._system.tree()}\n{[told for told in self.told if not told.box.outcomes]}")

    def _settled(self) -> bool:
        nodes = [node for branch in self._system.tree().branches for node in branch.actors]
        return not self._nursery.child_tasks and not any(node.owed or node.depth for node in nodes)


PLAIN: dict[type[AnyMessage], set[object]] = {
    Fail: {Crashed},
    Keep: {"given", "wound down", Interrupted},
    Give: {"gave"},
    Take: {"took"},
    Doze: {"dozing"},
    Wake: {"set"},
}


def kind_of(outcome: object) -> object:
    return type(outcome) if isinstance(outcome, RuntimeFault) else outcome


def allowed(told: Told, faults: set[object]) -> set[object]:
    """What the message may be answered."""
    if told.key == GHOST:
        return {NoSuchActor} | (faults & {MailboxFull})
    if isinstance(told.message, Say):
        return {told.message.text} | faults
    return PLAIN[type(told.message)] | faults


def predicted(told: list[Told]) -> list[object]:
    """What messages to one key are answered when only messages disturb its actor."""
    outcomes: list[object] = []
    kept: list[int] = []
    for number, each in enumerate(told):
        match each.message:
            case Say(text):
                outcomes.append(text)
            case Keep():
                outcomes.append(None)
                kept.append(number)
            case Give():
                outcomes.append("gave")
                outcomes = ["given" if at in kept else was for at, was in enumerate(outcomes)]
                kept = []
            case Fail():
                outcomes.append(Crashed)
                outcomes = [Interrupted if at in kept else was for at, was in enumerate(outcomes)]
                kept = []
            case message:
                outcomes.append(*PLAIN[type(message)])
    return outcomes


def check_lives(stage: Stage, key: Key) -> None:
    """Every life that began ended in one way, and none had a second actor beside it."""
    said = Counter(line.split(": ")[1] for line in stage.seen if line.startswith(f"{key}: "))
    failures = [failure for failure in stage.failures if failure.address.key == key]
    assert all(isinstance(failure.error, Boom) for failure in failures), failures
    crashed = sum(failure.doing is not Doing.STOP for failure in failures)
    assert said["start"] == said["stop"] + crashed


def check_order(stage: Stage, key: Key) -> None:
    """Handled at most once, in the order of telling."""
    said = [int(line.split()[-1]) for line in stage.seen if line.startswith(f"{key}: say ")]
    assert said == sorted(set(said))


def check_books(system: System, player: Player) -> None:
    """Every message is accounted for."""
    figures = system.statistics()["puppet"]
    turned_away = sum(isinstance(kind_of(told.box.only), type) for told in player.told)
    assert figures.unhandled + figures.dropped <= turned_away + player.asks
    assert figures.told <= len(player.told) + player.asks
    assert figures.told >= len(player.told)
    assert (figures.actors, figures.depth) == (0, 0)


async def perform(script: list[Step], **options: object) -> tuple[System, Stage, Player]:
    async with trio.open_nursery() as nursery:
        stage = Stage(nursery)
        system = await stage.play(**options)
        async with trio.open_nursery() as players:
            player = Player(system, stage, players)
            for step in script:
                await player.play(step)
            await player.settle_all()
        assert await system.drain(deadline=trio.current_time() + 1000) == []
    return system, stage, player


def run(script: list[Step], **options: object) -> tuple[System, Stage, Player]:
    async def main() -> tuple[System, Stage, Player]:
        # What would wait for ever is to fail instead.
        with trio.fail_after(1e6):
            return await perform(script, **options)

    result: tuple[System, Stage, Player] = trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    return result


@given(steps, st.sampled_from([None, 0.5, 3.0]))
@settings(deadline=None, max_examples=300)
def test_nothing_is_lost_whatever_happens(script: list[Step], idle_after_s: float | None) -> None:
    system, stage, player = run(script, restart=FOREVER, idle_after_s=idle_after_s)
    for told in player.told:
        assert kind_of(told.box.only) in allowed(told, set())
    assert player.refusals == []
    for key in (1, 2):
        check_lives(stage, key)
        check_order(stage, key)
    check_books(system, player)


@given(
    st.lists(st.one_of(tells, tells, st.builds(Pass, st.sampled_from([0.0, 0.1, 1.0, 8.0]))), max_size=40),
    st.sampled_from([None, 0.5, 3.0]),
)
@settings(deadline=None, max_examples=300)
def test_crashes_and_sleep_do_not_show_in_the_outcomes(script: list[Step], idle_after_s: float | None) -> None:
    _, _, player = run(script, restart=FOREVER, idle_after_s=idle_after_s)
    for key in (1, 2):
        told = [each for each in player.told if each.key == key]
        assert [kind_of(each.box.only) for each in told] == predicted(told)


@given(
    steps,
    st.sampled_from([1, 3, 100]),
    st.sampled_from(Overflow),
    st.integers(0, 2),
    st.sampled_from([None, 0.5]),
)
@settings(deadline=None, max_examples=300)
def test_bounds_turn_messages_away_and_everybody_is_told(
    script: list[Step], mailbox_limit: int, overflow: Overflow, limit: int, idle_after_s: float | None
) -> None:
    policy = RestartPolicy(first_delay_s=0.2, limit=limit, window_s=10.0)
    system, stage, player = run(
        script,
        restart=policy,
        mailbox_limit=mailbox_limit,
        overflow=overflow,
        idle_after_s=idle_after_s,
        quarantine_s=2.0,
    )
    faults: set[object] = {Quarantined} if overflow is Overflow.REFUSE else {Quarantined, MailboxFull}
    for told in player.told:
        assert kind_of(told.box.only) in allowed(told, faults)
    refusals = {type(refusal) for refusal in player.refusals}
    assert refusals <= ({Quarantined, MailboxFull} if overflow is Overflow.REFUSE else {Quarantined})
    for key in (1, 2):
        check_lives(stage, key)
        check_order(stage, key)
    check_books(system, player)


def test_an_ask_ends_in_one_way() -> None:
    script: list[Step] = [
        Ask(1, Say("?"), 5.0, cancelled=False),
        Ask(1, Keep(), 0.1, cancelled=True),
        Pass(1.0),
        Ask(1, Keep(), 0.1, cancelled=False),
        Pass(1.0),
        Ask(1, Keep(), 5.0, cancelled=False),
        Pass(1.0),
        Ask(1, Fail(), 5.0, cancelled=False),
        Ask(GHOST, Say("?"), 5.0, cancelled=False),
        Pass(1.0),
    ]
    _, _, player = run(script, restart=FOREVER)
    assert player.asks == 6
    assert Counter(kind_of(outcome) for outcome in player.asked) == Counter(
        ["0", AskTimeout, Interrupted, Crashed, NoSuchActor]
    )
