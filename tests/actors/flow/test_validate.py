"""What may be saved, what is refused, and with which words."""

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.flow.errors import BadFlow
from actors.flow.machine import advance
from actors.flow.model import Flow
from actors.flow.reading import read
from actors.flow.steps import Answered, Begin, Due, Edition, Event, Flows, Heard, Released, Run, Say
from actors.flow.validate import check
from tests.actors.flow.flows import Json, anna, flow_of, saved, valid_flows, worlds

START: Json = {"id": "start", "type": "start", "next": "a"}
END: Json = {"id": "a", "type": "end"}
WELCOME: Json = {
    "id": 1,
    "name": "Welcome Flow",
    "description": "Welcome message for new subscribers",
    "status": "active",
    "nodes": [
        {"id": "start", "type": "start", "next": "message1"},
        {"id": "message1", "type": "message", "content": "Welcome to our chatbot!", "next": "question1"},
        {
            "id": "question1",
            "type": "question",
            "content": "How can I help you today?",
            "options": [
                {"label": "Learn more", "value": "learn", "next": "message2"},
                {"label": "Contact support", "value": "support", "next": "message3"},
            ],
        },
        {
            "id": "message2",
            "type": "message",
            "content": "Here's more information about our product...",
            "next": None,
        },
        {
            "id": "message3",
            "type": "message",
            "content": "Please contact our support team at support@example.com",
            "next": None,
        },
    ],
    "created_at": "2023-01-01T00:00:00Z",
    "updated_at": "2023-01-01T00:00:00Z",
}


def refusal(*nodes: Any, others: dict[int, Flow] | None = None, number: int | None = None, **more: Any) -> str:
    with pytest.raises(BadFlow) as refused:
        check({"name": "A flow", "nodes": list(nodes), **more}, others or {}, number)
    return str(refused.value)


def asks(**more: Any) -> Json:
    return {"id": "a", "type": "question", "content": "?", "options": [{"label": "A", "next": None}], **more}


def test_the_documents_flow_is_shown_as_it_was_given_and_runs() -> None:
    flow = check(WELCOME, {})
    times = ("id", "created_at", "updated_at")
    assert list(flow.shown().items()) == [(key, value) for key, value in WELCOME.items() if key not in times]
    assert flow.warnings == ()
    flows = Flows(Edition(1, 1, flow))
    begun = advance(None, Begin(), anna(), flows, 0)
    asked = "How can I help you today?\n1. Learn more\n2. Contact support"
    assert begun.effects == (Say(body="Welcome to our chatbot!"), Say(body=asked))
    answered = advance(begun.run, Heard("contact SUPPORT"), anna(), flows, 0)
    assert answered.effects == (Say(body="Please contact our support team at support@example.com"),)
    assert answered.run is None


def test_keys_that_mean_nothing_are_kept() -> None:
    flow = check({"name": "x", "nodes": [START, {**END, "colour": [1, None]}], "x": {"y": 1}}, {})
    assert flow.shown()["nodes"][1] == {**END, "colour": [1, None]}
    assert flow.shown()["x"] == {"y": 1}
    assert (flow.shown()["description"], flow.shown()["status"]) == (None, "active")


def test_the_flow_is_apart_from_what_it_was_read_from() -> None:
    given = copy.deepcopy(WELCOME)
    flow = check(given, {})
    given["nodes"].clear()
    assert len(flow.shown()["nodes"]) == 5


@pytest.mark.parametrize(
    ("node", "fault"),
    [
        (asks(options=[{"label": "A", "next": None}, {"label": "B", "next": "no"}]), "option 2: unknown next 'no'"),
        (asks(options=[{"label": "A", "next": None}, {"label": "a ", "next": None}]), "option 2: duplicate value 'a '"),
        (asks(options=[{"label": "A"}]), "option 1: next is missing"),
        (asks(options=[{"label": "A" * 81, "next": None}]), "option 1: label: expected str of length <= 80"),
        (asks(options=[]), "options: expected array of length >= 1"),
        (asks(retries=4), "retries: expected int <= 3"),
        (asks(fallback="no"), "unknown fallback 'no'"),
        (asks(timeout_s=1, on_timeout="no"), "unknown on_timeout 'no'"),
        (asks(on_timeout="a"), "on_timeout without timeout_s"),
        (asks(timeout_s=2_592_001), "timeout_s: expected int <= 2592000"),
        ({"id": "a", "type": "dance"}, "unknown type 'dance'"),
        ({"id": "a"}, "type is missing"),
        ({"id": "a", "type": "message"}, "content is missing"),
        ({"id": "a", "type": "message", "content": "x" * 10_001}, "content: expected str of length <= 10000"),
        (
            {"id": "a", "type": "message", "content": "x", "message_type": "image"},
            "attachment is missing: message_type is image",
        ),
        ({"id": "a", "type": "input", "content": "?"}, "save_as is missing"),
        ({"id": "a", "type": "delay", "seconds": 0}, "seconds: expected int >= 1"),
        ({"id": "a", "type": "delay", "seconds": True}, "seconds: expected int, got bool"),
        ({"id": "a", "type": "jump", "flow_id": 7}, "unknown flow_id 7"),
        ({"id": "a", "type": "jump", "node": "no"}, "unknown node 'no'"),
        ({"id": "a", "type": "jump", "flow_id": 2, "node": "no"}, "unknown node 'no' of flow 2"),
        ({"id": "a", "type": "handoff", "on_timeout": "a"}, "on_timeout without timeout_s"),
        ({"id": "a", "type": "action", "actions": [{"do": "dance"}]}, "action 1: do: invalid value 'dance'"),
        ({"id": "a", "type": "webhook", "url": "ftp://example.org"}, "url: expected an http or https URL"),
        (
            {"id": "a", "type": "webhook", "url": "http://x", "headers": {"Host": "y"}},
            "headers: 'Host' is set by the hub",
        ),
        ({"id": "a", "type": "webhook", "url": "http://x", "headers": {"a": "b\r\n"}}, "headers: 'a' is no header"),
        ({"id": "a", "type": "webhook", "url": "http://x", "save": {"f": "a"}}, "save: f: 'a' is no JSON pointer"),
        ({"id": "a", "type": "webhook", "url": "http://x", "on_error": "no"}, "unknown on_error 'no'"),
    ],
)
def test_a_fault_is_told_with_the_nodes_id(node: Json, fault: str) -> None:
    assert refusal(START, node, others={2: flow_of()}) == f"node 'a': {fault}"


@pytest.mark.parametrize(
    ("case", "fault"),
    [
        ({"variable": "name", "op": "matches", "value": "(", "next": None}, "case 1: value: unbalanced parenthesis"),
        ({"variable": "name", "op": "matches", "value": 5, "next": None}, "case 1: value: expected str for matches"),
        ({"variable": "name", "op": "eq", "next": "no"}, "case 1: unknown next 'no'"),
        (
            {"variable": "nme", "op": "eq", "next": None},
            "case 1: variable: expected name, email, platform, tags or fields.KEY",
        ),
    ],
)
def test_a_case_is_counted_from_one(case: Json, fault: str) -> None:
    assert refusal(START, {"id": "a", "type": "condition", "cases": [case]}) == f"node 'a': {fault}"


def test_the_first_fault_by_the_order_of_nodes_is_told() -> None:
    nodes = [
        {**START, "next": "b"},
        {"id": "b", "type": "message", "content": "x", "next": "no"},
        {"id": "c", "type": "?"},
    ]
    assert refusal(*nodes) == "node 'b': unknown next 'no'"
    assert refusal(nodes[0], nodes[2], nodes[1]) == "node 'c': unknown type '?'"


def test_ids_are_unique_and_well_formed() -> None:
    assert refusal(START, END, END) == "node 'a': duplicate id"
    assert refusal(START, {"type": "end"}) == "node 'start': unknown next 'a'"
    assert refusal({**START, "next": None}, {"type": "end"}) == "node 2: id is missing"
    assert refusal({**START, "id": "a b"}).startswith("node 'a b': id: expected 1 to 64 letters")
    assert refusal({**START, "id": "a\n"}).startswith("node 'a\n': id: ")


def test_there_is_one_start() -> None:
    assert refusal(END) == "nodes: none of them is the start"
    assert refusal({**START, "next": None}, {"id": "b", "type": "start"}) == "node 'b': a second start, after 'start'"


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        ({"name": ""}, "name: expected str of length >= 1"),
        ({"status": "paused"}, "status: invalid enum value 'paused'"),
        ({"nodes": []}, "nodes: expected array of length >= 1"),
        ({"nodes": [END] * 1_001}, "nodes: expected array of length <= 1000"),
        ({"triggers": {"keywords": ["a", ""]}}, "triggers: keyword 2: expected str of length >= 1"),
    ],
)
def test_what_is_wrong_with_the_whole_is_told_by_its_key(more: Json, fault: str) -> None:
    with pytest.raises(BadFlow) as refused:
        check({"name": "x", "nodes": [START, END], **more}, {})
    assert str(refused.value) == fault


def say(node: str, to: str | None) -> Json:
    return {"id": node, "type": "message", "content": "x", "next": to}


def test_a_loop_without_a_wait_is_refused_and_named() -> None:
    assert refusal(START, say("a", "b"), say("b", "a")) == "node 'a': a loop without a wait: a → b → a"
    assert refusal(START, {"id": "a", "type": "jump"}) == "node 'start': a loop without a wait: start → a → start"


@pytest.mark.parametrize(
    "wait",
    [
        {"type": "delay", "seconds": 1},
        {"type": "input", "content": "?", "save_as": "x"},
        {"type": "handoff"},
    ],
)
def test_a_loop_with_a_wait_is_none(wait: Json) -> None:
    check({"name": "x", "nodes": [START, say("a", "b"), {"id": "b", "next": "a", **wait}]}, {})


def test_a_webhook_is_no_wait() -> None:
    hook = {"id": "b", "type": "webhook", "url": "https://example.org", "on_error": "a"}
    assert refusal(START, say("a", "b"), hook) == "node 'a': a loop without a wait: a → b → a"


def test_a_loop_through_other_flows_is_refused() -> None:
    first = flow_of(say("a", None))
    second = flow_of({"id": "j", "type": "jump", "flow_id": 1}, others={1: first})
    back = {"id": "a", "type": "jump", "flow_id": 2}
    fault = refusal(START, back, others={1: first, 2: second}, number=1)
    assert fault == "node 'start': a loop without a wait: start → a → start of flow 2 → j of flow 2 → start"


def test_a_flow_may_jump_to_itself_by_its_id() -> None:
    nodes = [
        {**START, "next": "d"},
        {"id": "d", "type": "delay", "seconds": 5, "next": "a"},
        {"id": "a", "type": "jump", "flow_id": 1},
    ]
    flow = check({"name": "x", "nodes": nodes}, {}, 1)
    assert flow.jumps_to() == {1}


def test_a_node_that_no_way_leads_to_is_only_warned_of() -> None:
    assert flow_of(say("a", None), say("b", "a")).warnings == ("node 'b': no way leads here",)


def test_a_keyword_wakes_by_the_whole_text_whatever_its_case() -> None:
    flow = flow_of(END, triggers={"keywords": ["Menü", " Start me "]})
    assert [flow.wakes(text) for text in ("MENÜ ", "start ME", "the menü", "", " ")] == [
        True,
        True,
        False,
        False,
        False,
    ]


JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.sampled_from(["a", "start"])
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=5), inner, max_size=4)),
    max_leaves=10,
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Everything inside a JSON value, as container and key."""
    keys = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, inner in keys for place in [(value, key), *places(inner)]]


@given(JSON)
def test_rubbish_is_refused_and_nothing_worse(rubbish: Any) -> None:
    for given_ in (rubbish, {"name": "x", "nodes": rubbish}, {"name": "x", "nodes": [START, rubbish]}):
        with pytest.raises(BadFlow):
            check(given_, {})


@given(flow=valid_flows(), which=st.integers(0), rubbish=JSON, said=st.text(max_size=8))
@settings(max_examples=80, deadline=None)
def test_a_flow_with_a_piece_of_rubbish_in_it_is_refused_or_runs(
    flow: Json, which: int, rubbish: Any, said: str
) -> None:
    inside = places(flow)
    container, key = inside[which % len(inside)]
    container[key] = rubbish
    try:
        flows = Flows(Edition(1, 1, check(flow, {})))
    except BadFlow:
        return
    run: Run | None = None
    events: list[Event] = [Begin(), Heard(said), Due(), Answered(1, True, rubbish), Released(), Heard(said), Due()]
    for event in events:
        run = advance(run, event, anna(), flows, 10**12).run


@given(worlds())
@settings(max_examples=40, deadline=None)
def test_a_saved_flow_reads_the_same_from_what_is_shown(world: dict[int, Json]) -> None:
    for flow in saved(world).values():
        again = read(flow.shown())
        assert (again.nodes, again.triggers) == (flow.nodes, flow.triggers)
        assert again.shown() == flow.shown()


@pytest.mark.parametrize("bad", [{"x": "\ud800"}, {"x": object()}])
def test_what_is_no_json_is_refused(bad: Json) -> None:
    with pytest.raises(BadFlow, match="no JSON"):
        check({"name": "x", "nodes": [START, END], **bad}, {})


def test_what_is_too_deep_is_refused() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(BadFlow, match="64 levels"):
        check({"name": "x", "nodes": [START, END], "x": deep}, {})
