"""Any flow that may be saved, whatever is said to it and in whatever order: it does what the reference does."""

from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.flow.machine import MAX_WALK, advance
from actors.flow.model import AddTag, Conversion, Flow, RemoveTag, SetField, UnsetField
from actors.flow.steps import Answered, Begin, Call, Due, Effect, Event, HandBack, HandOff, Heard, Released, Run, Say
from actors.flow.subscriber import after
from actors.flow.texts import View
from tests.actors.flow.flows import REPLIES, Json, anna, editions, saved, worlds
from tests.actors.flow.reference import Reference

ANSWERS: list[Any] = [None, {"a": "Red", "b": [4]}, {"a": None, "b": ["x"]}]
HAPPENINGS = st.lists(
    st.one_of(
        st.tuples(st.just("hear"), st.sampled_from(REPLIES)),
        st.tuples(st.just("time"), st.integers(0, 70)),
        st.tuples(st.just("answer"), st.tuples(st.integers(-1, 0), st.booleans(), st.sampled_from(ANSWERS))),
        st.tuples(st.just("release"), st.none()),
        st.tuples(st.just("what it waits for"), st.sampled_from(REPLIES)),
        st.tuples(st.just("begin"), st.integers(1, 3)),
    ),
    max_size=25,
)


def plainly(effect: Effect) -> Any:
    """An effect in the words of the reference."""
    match effect:
        case Say():
            return "say", effect.body, effect.attachment
        case AddTag():
            return "add tag", effect.tag
        case RemoveTag():
            return "remove tag", effect.tag
        case SetField():
            return "store", effect.field, effect.value
        case UnsetField():
            return "forget", effect.field
        case Conversion():
            return "conversion", effect.name, effect.value
        case Call():
            return "call", effect.number, effect.node, effect.body
        case HandOff():
            return "hand off", list(effect.people)
        case HandBack():
            return "hand back", list(effect.people)


class Played:
    """The machine and the reference, side by side; the machine's run is stored and read again after each step."""

    def __init__(self, world: dict[int, Json]) -> None:
        self.flows: dict[int, Flow] = saved(world)
        self.view: View = anna(tags=("vip",), fields={"age": 30})
        self.reference = Reference(world, msgspec.to_builtins(self.view))
        self.run: Run | None = None
        self.now_ms = 0
        self.effects = 0

    def tell(self, event: Event, flow: int | None = None) -> None:
        here = flow or (1 if self.run is None else self.run.flow)
        step = advance(self.run, event, self.view, editions(self.flows, here), self.now_ms)
        assert step.fault is None
        self.effects += len(step.effects)
        for effect in step.effects:
            if isinstance(effect, AddTag | RemoveTag | SetField | UnsetField):
                self.view = after(self.view, effect)
        self.run = msgspec.json.decode(msgspec.json.encode(step.run), type=Run | None)
        assert self.run == step.run
        assert [plainly(effect) for effect in step.effects] == self.reference.done
        self.reference.done.clear()
        self.compare()

    def compare(self) -> None:
        run, reference = self.run, self.reference
        if run is None:
            assert reference.node is None
            return
        assert reference.node is not None
        assert (run.flow, run.node, run.deadline_ms) == (reference.flow, reference.node["id"], reference.until)
        assert (run.tries, run.calls) == (reference.tries, reference.calls)
        assert run.walked <= MAX_WALK

    def happen(self, what: str, with_: Any) -> None:
        match what:
            case "begin":
                flow = min(with_, len(self.flows))
                self.reference.begin(flow)
                self.tell(Begin(), flow)
            case "hear":
                self.reference.hear(with_)
                self.tell(Heard(with_))
            case "time":
                self.now_ms = self.reference.now = self.now_ms + with_ * 1_000
                self.reference.due()
                self.tell(Due())
            case "answer":
                since, ok, json = with_
                number = self.reference.calls + since
                self.reference.answer(number, ok, json)
                self.tell(Answered(number, ok, json))
            case "release":
                self.reference.release()
                self.tell(Released())
            case _:
                self.happen(*self.awaited(with_))

    def awaited(self, reply: str) -> tuple[str, Any]:
        """What the run waits for; without one, that it begins."""
        if self.run is None:
            return "begin", 1
        match self.run.waits:
            case "reply":
                return "hear", reply
            case "time":
                assert self.run.deadline_ms is not None, "a delay always ends"
                return "time", (self.run.deadline_ms - self.now_ms) // 1_000
            case "answer":
                return "answer", (0, True, ANSWERS[1])
            case "release":
                return "release", None


@given(world=worlds(), happenings=HAPPENINGS)
@settings(max_examples=120, deadline=None)
def test_a_flow_does_what_the_reference_does(world: dict[int, Json], happenings: list[tuple[str, Any]]) -> None:
    played = Played(world)
    played.happen("begin", 1)
    for what, with_ in happenings:
        played.happen(what, with_)


@given(world=worlds(), replies=st.lists(st.sampled_from(REPLIES), max_size=30))
@settings(max_examples=50, deadline=None)
def test_a_saved_flow_never_deadlocks(world: dict[int, Json], replies: list[str]) -> None:
    """What a run waits for always moves it: to another state, or on to say something."""
    played = Played(world)
    played.happen("begin", 1)
    for reply in replies:
        if played.run is None:
            return
        before, effects = played.run, played.effects
        played.happen(*played.awaited(reply))
        assert played.run != before or played.effects > effects


@given(world=worlds(max_flows=1), reply=st.sampled_from(REPLIES))
@settings(max_examples=25, deadline=None)
def test_a_step_that_is_repeated_after_a_crash_is_the_same_step(world: dict[int, Json], reply: str) -> None:
    flows = editions(saved(world), 1)
    begun = advance(None, Begin(), anna(), flows, 5)
    assert advance(None, Begin(), anna(), flows, 5) == begun
    assert advance(begun.run, Heard(reply), anna(), flows, 6) == advance(begun.run, Heard(reply), anna(), flows, 6)
