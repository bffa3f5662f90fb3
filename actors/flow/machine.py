"""The state machine: a run, an event, and what comes of it. Pure.

    run | waits for | goes on with                                   | by way of
    ----+-----------+------------------------------------------------+---------------------------
        | reply     | Heard, Due (`timeout_s`)                       | option or `next`, `on_timeout`, `fallback`
        | time      | Due                                            | `next`
        | answer    | Answered, with the number of the call          | `next`, `on_error`
        | release   | Released, Due (`timeout_s`)                    | `next`, `on_timeout`

Any other event is late or meant for somebody else, and changes nothing: an answer to an older call, a deadline that is
not here yet, a text that nobody asked for. So events may be told twice, and in any order. `Begin` is always taken.

A step goes from node to node until one waits or the flow ends. It is all or nothing: whoever commits the effects
commits the run with them.
"""

from typing import Final

from msgspec.structs import replace

from actors.flow.answers import call, kept
from actors.flow.conditions import choose
from actors.flow.model import (
    Action,
    AnyDo,
    AnyNode,
    Condition,
    Delay,
    End,
    Handoff,
    Input,
    Jump,
    Message,
    Next,
    Question,
    SetField,
    Start,
    Webhook,
)
from actors.flow.replies import body, taken
from actors.flow.steps import (
    Answered,
    Begin,
    Due,
    Edition,
    Effect,
    Event,
    Flows,
    HandBack,
    HandOff,
    Heard,
    Released,
    Run,
    Say,
    Step,
    Waits,
)
from actors.flow.subscriber import after
from actors.flow.texts import View, expand, expand_within

MAX_WALK: Final = 100
"""So many nodes may stand between two waits: a way round that only leads through several flows may come about later."""


def advance(run: Run | None, event: Event, view: View, flows: Flows, now_ms: int) -> Step:
    """What comes of an event. `now_ms` is since the epoch; `view` is the subscriber as it was before the step.

    Whatever the texts and answers are, it does not raise for a flow that `validate.check` has let through. Raises
    ValueError if `flows.here` is not the edition that the run is in: then nothing was decided.
    """
    if isinstance(event, Begin):
        walk = _Walk(flows, view, now_ms)
        walk.effects += leave(run)
        return walk.go(flows.here.flow.start if event.node is None else event.node)
    if run is None or not _is_for(event, run, now_ms):
        return Step(run)
    if (run.flow, run.version) != (flows.here.id, flows.here.version):
        raise ValueError(f"the run is in version {run.version} of flow {run.flow}")
    return _Walk(flows, view, now_ms, run).resume(run, event)


def leave(run: Run | None) -> tuple[Effect, ...]:
    """What is to be done when a run is ended from outside: people who have the conversation let go of it."""
    return (HandBack(run.people),) if run is not None and run.handed_off else ()


def _is_for(event: Event, run: Run, now_ms: int) -> bool:
    """Whether the run waits for this."""
    match event:
        case Heard():
            return run.waits == "reply"
        case Due():
            return run.deadline_ms is not None and now_ms >= run.deadline_ms
        case Answered(number=number):
            return run.waits == "answer" and number == run.calls
        case _:
            return run.waits == "release"


class _Stopped(Exception):
    """The flow cannot go on; the text says why."""


class _Walk:
    """One step: from a node to the next wait, or to the end."""

    __slots__ = ("_calls", "_flows", "_here", "_now_ms", "_view", "_walked", "effects")

    def __init__(self, flows: Flows, view: View, now_ms: int, run: Run | None = None) -> None:
        self.effects: list[Effect] = []
        self._flows = flows
        self._here = flows.here
        self._view = view
        self._now_ms = now_ms
        self._calls = 0 if run is None else run.calls
        self._walked = 0 if run is None else run.walked

    def resume(self, run: Run, event: Event) -> Step:
        """Go on from the node where the run waits, with what it waits for."""
        self.effects += leave(run)
        node = self._here.flow.nodes[run.node]
        match node, event:
            case (Question() | Input(), Heard(text=text)):
                return self._hear(run, node, text)
            case (Webhook(), Answered()):
                return self.go(self._take(node, event))
            case (Question() | Input() | Handoff(), Due()):
                return self.go(node.on_timeout)
            case (Delay(), Due()):
                return self.go(node.next)
            case (Handoff(), Released()):
                return self.go(node.next)
            case _:
                raise ValueError(f"nothing waits for {run.waits} at a node of type {type(node).__name__}")

    def go(self, to: Next) -> Step:
        """Go from this node to the next wait, or to the end."""
        at: Next | Run = to
        try:
            while isinstance(at, str):
                at = self._pass(self._node(at))
        except _Stopped as stopped:
            return Step(None, tuple(self.effects), str(stopped))
        return Step(at, tuple(self.effects))

    def _node(self, id: str) -> AnyNode:
        if self._walked == MAX_WALK:
            raise _Stopped(f"node '{id}': more than {MAX_WALK} nodes without a wait")
        self._walked += 1
        node = self._here.flow.nodes.get(id)
        if node is None:
            raise _Stopped(f"node '{id}': not in flow {self._here.id} any more")
        return node

    def _pass(self, node: AnyNode) -> Next | Run:
        """Do what the node does: which one is next, or how the run waits here."""
        match node:
            case Start():
                return node.next
            case Message():
                return self._message(node)
            case Condition():
                return choose(node, self._view, self._here.flow.patterns)
            case Action():
                return self._act(node)
            case Jump():
                return self._jump(node)
            case End():
                return None
            case _:
                return self._rest(node)

    def _rest(self, node: Question | Input | Delay | Webhook | Handoff) -> Run:
        match node:
            case Question() | Input():
                return self._ask(node, tries=0)
            case Delay():
                return self._wait(node.id, "time", node.seconds)
            case Webhook():
                self._calls += 1
                self.effects.append(call(node, self._here.id, self._calls, self._view))
                return self._wait(node.id, "answer", None)
            case Handoff():
                self._say(expand(node.content or "", self._view))
                self.effects.append(HandOff(node.to))
                return replace(self._wait(node.id, "release", node.timeout_s), people=node.to)

    def _wait(self, node: str, waits: Waits, seconds: int | None) -> Run:
        return Run(
            flow=self._here.id,
            version=self._here.version,
            node=node,
            waits=waits,
            deadline_ms=None if seconds is None else self._now_ms + seconds * 1_000,
            calls=self._calls,
            # A round of webhooks never rests: they count on.
            walked=self._walked if waits == "answer" else 0,
        )

    def _message(self, node: Message) -> Next:
        said = expand(node.content, self._view)
        if said.strip() or node.attachment is not None:
            self.effects.append(
                Say(body=said, type=node.message_type, attachment=node.attachment, track_links=node.track_links)
            )
        return node.next

    def _say(self, said: str) -> None:
        """Say it; what came to nothing once its variables were expanded is not said."""
        if said.strip():
            self.effects.append(Say(body=said))

    def _act(self, node: Action) -> Next:
        for do in node.actions:
            self._change(replace(do, value=expand_within(do.value, self._view)) if isinstance(do, SetField) else do)
        return node.next

    def _change(self, change: AnyDo) -> None:
        self.effects.append(change)
        self._view = after(self._view, change)

    def _jump(self, node: Jump) -> Next:
        if node.flow_id is not None and node.flow_id != self._here.id:
            self._here = self._other(node.flow_id, node.id)
        return self._here.flow.start if node.node is None else node.node

    def _other(self, flow: int, node: str) -> Edition:
        edition = self._flows.others.get(flow)
        if edition is None or not edition.flow.active:
            raise _Stopped(f"node '{node}': flow {flow} is not {'there any more' if edition is None else 'active'}")
        return edition

    def _ask(self, node: Question | Input, tries: int) -> Run:
        self._say(body(node, self._view, again=tries > 0))
        return replace(self._wait(node.id, "reply", node.timeout_s), tries=tries)

    def _hear(self, run: Run, node: Question | Input, text: str) -> Step:
        reply = taken(node, text)
        if reply is not None:
            if node.save_as is not None:
                self._change(SetField(field=node.save_as, value=reply.value))
            return self.go(reply.next)
        if run.tries < node.retries:
            return Step(self._ask(node, run.tries + 1), tuple(self.effects))
        return self.go(node.fallback)

    def _take(self, node: Webhook, answer: Answered) -> Next:
        if not answer.ok:
            return node.failing
        for field in kept(node, answer.json):
            self._change(field)
        return node.next
