"""Random flows that may be saved, as JSON; several that jump into each other. For any test that needs flows.

Nodes are numbered over all flows. Those that do not wait lead to later ones or to ones that wait, and so there is no
round without a wait; those that wait lead anywhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from actors.flow.model import Flow
from actors.flow.steps import Edition, Flows
from actors.flow.texts import View
from actors.flow.validate import check

Json = dict[str, Any]

FIELDS = ["city", "age", "mood"]
TAGS = ["vip", "new"]
TEXTS = [
    "Hello",
    "Hi {{name}}, {{fields.city|somewhere}}!",
    "{{fields.nothing}}",
    "{{tags}} / {{ fields.age }} / {{unknown}} / {{email}}",
    "{{platform_id}} {{fields.mood}}",
]
REPLIES = [
    "",
    "1",
    "2",
    "9",
    "red",
    " RED ",
    "7,5",
    "+49 (30) 123-4567",
    "anna@example.org",
    "1.3.2026",
    "blue {{name}}",
]
PASSING = ["message", "condition", "action", "webhook", "jump", "end"]
WAITING = ["question", "input", "delay", "handoff"]


def at_most(*strategies: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    """Some of these keys, or none."""
    return st.tuples(*(st.one_of(st.just({}), one) for one in strategies)).map(merged)


def merged(parts: Sequence[Json]) -> Json:
    return {key: value for part in parts for key, value in part.items()}


def key(name: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Json]:
    return values.map(lambda value: {name: value})


@dataclass(frozen=True)
class Slot:
    """A node that is to be: where it stands, and where it may lead to within its flow and by a jump."""

    id: str
    type: str
    nexts: list[str]
    jumps: list[Json]

    @property
    def next(self) -> st.SearchStrategy[str | None]:
        return st.sampled_from([None, *self.nexts])

    def node(self) -> st.SearchStrategy[Json]:
        more: st.SearchStrategy[Json] = getattr(self, f"_{self.type}")()
        return more.map(lambda keys: {"id": self.id, "type": self.type, **keys})

    def _lead(self) -> st.SearchStrategy[Json]:
        return at_most(key("next", self.next))

    def _asking(self) -> st.SearchStrategy[Json]:
        content = key("content", st.sampled_from(TEXTS))
        more = at_most(key("retries", st.integers(0, 3)), key("retry", st.just("Again?")), key("fallback", self.next))
        return st.tuples(content, more, self._timed()).map(merged)

    def _timed(self) -> st.SearchStrategy[Json]:
        timeout = st.tuples(key("timeout_s", st.integers(1, 60)), at_most(key("on_timeout", self.next))).map(merged)
        return st.one_of(st.just({}), timeout)

    def _start(self) -> st.SearchStrategy[Json]:
        return key("next", self.next)

    def _message(self) -> st.SearchStrategy[Json]:
        image = st.just({"message_type": "image", "attachment": "https://example.org/cat.png"})
        tracked = key("track_links", st.booleans())
        return st.tuples(key("content", st.sampled_from(TEXTS)), at_most(image, tracked), self._lead()).map(merged)

    def _question(self) -> st.SearchStrategy[Json]:
        options = [
            st.fixed_dictionaries({"label": st.just("Red"), "next": self.next}),
            st.fixed_dictionaries({"label": st.just("Two"), "value": st.just("9"), "next": self.next}),
            st.fixed_dictionaries({"label": st.just("Blue"), "value": st.just("b"), "next": self.next}),
        ]
        offered = st.integers(1, 3).flatmap(lambda count: st.tuples(*options[:count]).map(list))
        saved = at_most(key("save_as", st.sampled_from(FIELDS)))
        return st.tuples(self._asking(), key("options", offered), saved).map(merged)

    def _input(self) -> st.SearchStrategy[Json]:
        saved = key("save_as", st.sampled_from(FIELDS))
        typed = at_most(key("input_type", st.sampled_from(["text", "email", "phone", "number", "date"])))
        return st.tuples(self._asking(), saved, typed, self._lead()).map(merged)

    def _condition(self) -> st.SearchStrategy[Json]:
        variable = st.sampled_from(["name", "email", *(f"fields.{field}" for field in FIELDS)])
        case = st.one_of(
            st.fixed_dictionaries(
                {"variable": variable, "op": st.sampled_from(["exists", "not_exists"]), "next": self.next}
            ),
            st.fixed_dictionaries(
                {
                    "variable": variable,
                    "op": st.sampled_from(["eq", "ne"]),
                    "value": st.sampled_from(["Red", "{{name}}"]),
                    "next": self.next,
                }
            ),
            st.fixed_dictionaries(
                {
                    "variable": st.just("tags"),
                    "op": st.sampled_from(["has_tag", "not_has_tag"]),
                    "value": st.sampled_from(TAGS),
                    "next": self.next,
                }
            ),
        )
        cases = key("cases", st.lists(case, min_size=1, max_size=3))
        return st.tuples(cases, at_most(key("else", self.next))).map(merged)

    def _delay(self) -> st.SearchStrategy[Json]:
        return st.tuples(key("seconds", st.integers(1, 60)), self._lead()).map(merged)

    def _action(self) -> st.SearchStrategy[Json]:
        tag, field = st.sampled_from(TAGS), st.sampled_from(FIELDS)
        value = st.sampled_from(["Red", "{{name}}", 3, 2.5, True, None])
        action = st.one_of(
            st.fixed_dictionaries({"do": st.sampled_from(["add_tag", "remove_tag"]), "tag": tag}),
            st.fixed_dictionaries({"do": st.just("set_field"), "field": field, "value": value}),
            st.fixed_dictionaries({"do": st.just("unset_field"), "field": field}),
            st.just({"do": "conversion", "name": "sale", "value": 10}),
        )
        return st.tuples(key("actions", st.lists(action, min_size=1, max_size=3)), self._lead()).map(merged)

    def _webhook(self) -> st.SearchStrategy[Json]:
        body = key("body", st.just({"who": "{{name}}", "list": [1, "{{fields.city}}"]}))
        more = at_most(key("method", st.sampled_from(["GET", "POST"])), body, key("on_error", self.next))
        save = at_most(key("save", st.dictionaries(st.sampled_from(FIELDS), st.sampled_from(["/a", "/b/0", "/none"]))))
        return st.tuples(st.just({"url": "https://example.org/hook"}), more, save, self._lead()).map(merged)

    def _jump(self) -> st.SearchStrategy[Json]:
        return st.sampled_from(self.jumps)

    def _handoff(self) -> st.SearchStrategy[Json]:
        people = at_most(key("to", st.just(["alice", "bob"])), key("content", st.sampled_from(TEXTS)))
        return st.tuples(people, self._timed(), self._lead()).map(merged)

    def _end(self) -> st.SearchStrategy[Json]:
        return st.just({})


@st.composite
def worlds(draw: st.DrawFn, max_flows: int = 3, max_nodes: int = 9) -> dict[int, Json]:
    """The flows of an account, by their ids; any of them may be checked against the others."""
    kinds = {
        flow: ["start", *draw(st.lists(st.sampled_from(PASSING + WAITING * 2), min_size=1, max_size=max_nodes))]
        for flow in range(1, draw(st.integers(1, max_flows)) + 1)
    }
    return {flow: draw(flows_of(flow, kinds)) for flow in kinds}


def valid_flows() -> st.SearchStrategy[Json]:
    """One flow, valid by itself."""
    return worlds(max_flows=1).map(lambda world: world[1])


def flows_of(flow: int, kinds: dict[int, list[str]]) -> st.SearchStrategy[Json]:
    nodes = st.tuples(*(slot(flow, place, kinds).node() for place in range(len(kinds[flow]))))
    triggers = st.sampled_from([{}, {"triggers": {"keywords": ["Hello", " menü "], "on_subscribe": True}}])
    return st.tuples(nodes, triggers).map(lambda parts: {"name": f"Flow {flow}", "nodes": list(parts[0]), **parts[1]})


def slot(flow: int, place: int, kinds: dict[int, list[str]]) -> Slot:
    kind = "end" if kinds[flow][place] == "jump" and not jumps(flow, place, kinds) else kinds[flow][place]
    own = [f"n{other}" for other in range(len(kinds[flow])) if may_lead(flow, place, flow, other, kinds)]
    return Slot(f"n{place}", kind, own, jumps(flow, place, kinds))


def jumps(flow: int, place: int, kinds: dict[int, list[str]]) -> list[Json]:
    """Where a jump from there may lead: with a flow or without, at a node or at the start."""
    found: list[Json] = []
    for other, others in kinds.items():
        where: Json = {} if other == flow else {"flow_id": other}
        places = [there for there in range(len(others)) if may_lead(flow, place, other, there, kinds)]
        found += [{**where, "node": f"n{there}"} for there in places]
        found += [where] if 0 in places else []
    return found


def may_lead(flow: int, place: int, other: int, there: int, kinds: dict[int, list[str]]) -> bool:
    return kinds[flow][place] in WAITING or kinds[other][there] in WAITING or (flow, place) < (other, there)


def saved(world: dict[int, Json]) -> dict[int, Flow]:
    """The flows as they are saved: those that are jumped to may be younger, so first without their jumps."""
    flows: dict[int, Flow] = {}
    for flow, given in world.items():
        flows[flow] = check({**given, "nodes": [harmless(node) for node in given["nodes"]]}, flows, flow)
    for flow, given in world.items():
        flows[flow] = check(given, flows, flow)
    return flows


def harmless(node: Json) -> Json:
    return {"id": node["id"], "type": "end"} if node["type"] == "jump" else node


def editions(flows: dict[int, Flow], here: int, version: int = 1) -> Flows:
    """What a step in flow `here` is given."""
    today = {number: Edition(number, version, flow) for number, flow in flows.items()}
    return Flows(today[here], today)


def anna(**more: Any) -> View:
    """A subscriber."""
    return View(**{"id": 1, "platform": "hub", "platform_id": "a-1", "name": "Anna", **more})


def flow_of(*nodes: Json, others: dict[int, Flow] | None = None, **more: Any) -> Flow:
    """A flow of these nodes, after a start that leads to the first of them."""
    start = {"id": "start", "type": "start", "next": nodes[0]["id"] if nodes else None}
    return check({"name": "A flow", "nodes": [start, *nodes], **more}, others or {})
