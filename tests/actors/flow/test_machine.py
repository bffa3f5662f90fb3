"""What each node does, rule by rule."""

from typing import Any

import pytest
from msgspec.structs import replace

from actors.flow.machine import MAX_WALK, advance, leave
from actors.flow.model import AddTag, Conversion, Flow, RemoveTag, SetField, UnsetField
from actors.flow.steps import (
    Answered,
    Begin,
    Call,
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
)
from actors.flow.texts import View
from tests.actors.flow.flows import Json, anna, flow_of

ASK: Json = {
    "id": "q",
    "type": "question",
    "content": "Which?",
    "options": [{"label": "Red", "value": "2", "next": "red"}, {"label": "Blue", "next": "blue"}],
}
RED: Json = {"id": "red", "type": "message", "content": "red"}
BLUE: Json = {"id": "blue", "type": "message", "content": "blue"}
LATE: Json = {"id": "late", "type": "message", "content": "late"}
WHICH = "Which?\n1. Red\n2. Blue"


class Talk:
    """A subscriber in a flow; what is said comes back as texts, everything else as it is."""

    def __init__(self, *nodes: Json, others: dict[int, Flow] | None = None, view: View | None = None) -> None:
        today = {number: Edition(number, 1, flow) for number, flow in (others or {}).items()}
        self.flows = Flows(Edition(1, 1, flow_of(*nodes, others=others)), today)
        self.view = view or anna()
        self.run: Run | None = None
        self.fault: str | None = None
        self.now_ms = 0
        self.begun = self.tell(Begin())

    def tell(self, event: Event) -> list[str | Effect]:
        step = advance(self.run, event, self.view, self.flows, self.now_ms)
        self.run, self.fault = step.run, step.fault
        return [effect.body if isinstance(effect, Say) else effect for effect in step.effects]

    def hear(self, text: str) -> list[str | Effect]:
        return self.tell(Heard(text))

    def at(self, now_ms: int) -> list[str | Effect]:
        self.now_ms = now_ms
        return self.tell(Due())


def test_a_question_is_its_text_and_a_line_for_each_option() -> None:
    assert Talk(ASK, RED, BLUE).begun == [WHICH]


@pytest.mark.parametrize(
    ("said", "answer"), [("2", "red"), (" 2 ", "red"), ("RED", "red"), ("1", "red"), ("blue", "blue"), ("Blue", "blue")]
)
def test_an_option_is_chosen_by_value_then_label_then_number(said: str, answer: str) -> None:
    assert Talk(ASK, RED, BLUE).hear(said) == [answer]


def test_the_value_of_an_answer_is_stored_and_its_label_where_there_is_none() -> None:
    stored = {**ASK, "save_as": "colour"}
    assert Talk(stored, RED, BLUE).hear("red") == [SetField(field="colour", value="2"), "red"]
    assert Talk(stored, RED, BLUE).hear("blue") == [SetField(field="colour", value="Blue"), "blue"]


def test_a_wrong_answer_is_asked_again_three_times_and_then_the_flow_ends() -> None:
    talk = Talk(ASK, RED, BLUE)
    assert [talk.hear("huh") for _ in range(4)] == [[WHICH], [WHICH], [WHICH], []]
    assert talk.run is None


def test_the_retry_text_replaces_the_content_and_the_fallback_comes_after_the_retries() -> None:
    talk = Talk({**ASK, "retries": 1, "retry": "Sorry?", "fallback": "late"}, RED, BLUE, LATE)
    assert talk.hear("huh") == ["Sorry?\n1. Red\n2. Blue"]
    assert talk.hear("huh") == ["late"]


def test_a_question_times_out_at_its_deadline_and_not_before() -> None:
    talk = Talk({**ASK, "timeout_s": 5, "on_timeout": "late"}, RED, BLUE, LATE)
    assert talk.at(4_999) == []
    assert talk.run is not None
    assert talk.at(5_000) == ["late"]


def test_the_time_to_answer_counts_from_the_last_asking() -> None:
    talk = Talk({**ASK, "timeout_s": 5, "on_timeout": "late"}, RED, BLUE, LATE)
    talk.now_ms = 3_000
    assert talk.hear("huh") == [WHICH]
    assert talk.at(5_000) == []
    assert talk.at(8_000) == ["late"]


def test_an_input_stores_what_was_typed_and_later_nodes_of_the_step_see_it() -> None:
    thanks = {"id": "ok", "type": "message", "content": "{{fields.age}}, thanks"}
    asked = {"id": "i", "type": "input", "content": "Age?", "input_type": "number", "save_as": "age", "next": "ok"}
    talk = Talk(asked, thanks)
    assert talk.hear("old") == ["Age?"]
    assert talk.hear("41") == [SetField(field="age", value=41), "41, thanks"]


def test_an_action_does_all_in_order_and_conditions_after_it_see_it() -> None:
    actions = [
        {"do": "add_tag", "tag": "vip"},
        {"do": "set_field", "field": "hi", "value": "Hi {{name}}"},
        {"do": "unset_field", "field": "old"},
        {"do": "remove_tag", "tag": "new"},
        {"do": "conversion", "name": "sale", "value": 9.5},
    ]
    case = {"variable": "tags", "op": "has_tag", "value": "vip", "next": "red"}
    done = Talk(
        {"id": "a", "type": "action", "actions": actions, "next": "c"},
        {"id": "c", "type": "condition", "cases": [case], "else": "blue"},
        {"id": "red", "type": "message", "content": "{{fields.hi}} [{{tags}}] [{{fields.old}}]"},
        BLUE,
        view=anna(tags=("new",), fields={"old": 1}),
    ).begun
    assert done == [
        AddTag(tag="vip"),
        SetField(field="hi", value="Hi Anna"),
        UnsetField(field="old"),
        RemoveTag(tag="new"),
        Conversion(name="sale", value=9.5),
        "Hi Anna [vip] []",
    ]


def test_a_delay_is_over_when_its_time_has_come() -> None:
    talk = Talk({"id": "d", "type": "delay", "seconds": 60, "next": "late"}, LATE)
    assert talk.hear("hello?") == []
    assert talk.at(59_999) == []
    assert talk.at(60_000) == ["late"]


HOOK: Json = {"id": "w", "type": "webhook", "url": "https://example.org/", "next": "red", "on_error": "late"}


def test_a_webhook_posts_the_subscriber_and_goes_on_with_its_answer() -> None:
    talk = Talk({**HOOK, "save": {"x": "/a/0", "none": "/b", "list": "/a"}}, RED, LATE)
    (call,) = talk.begun
    assert isinstance(call, Call)
    assert (call.number, call.method, call.timeout_s) == (1, "POST", 10)
    assert call.body is not None
    assert call.body["node_id"] == "w"
    assert call.body["subscriber"]["platform_id"] == "a-1"
    assert talk.tell(Answered(1, True, {"a": ["X"]})) == [SetField(field="x", value="X"), "red"]


def test_a_failed_webhook_leads_to_on_error_or_on_as_if_it_had_not_failed() -> None:
    assert Talk(HOOK, RED, LATE).tell(Answered(1, False)) == ["late"]
    plain = {key: value for key, value in HOOK.items() if key != "on_error"}
    assert Talk(plain, RED).tell(Answered(1, False)) == ["red"]
    assert Talk({**HOOK, "on_error": None}, RED).tell(Answered(1, False)) == []


def test_each_call_has_a_number_of_its_own_and_an_older_answer_changes_nothing() -> None:
    talk = Talk({**HOOK, "next": "again"}, {**HOOK, "id": "again"}, RED, LATE)
    (second,) = talk.tell(Answered(1, True))
    assert isinstance(second, Call)
    assert second.number == 2
    assert talk.tell(Answered(1, True)) == []
    assert talk.tell(Answered(2, True)) == ["red"]


def test_people_have_the_conversation_until_they_let_go() -> None:
    handoff = {"id": "h", "type": "handoff", "to": ["alice"], "content": "One moment", "next": "red"}
    talk = Talk(handoff, RED)
    assert talk.begun == ["One moment", HandOff(("alice",))]
    assert talk.run is not None
    assert talk.run.handed_off
    assert talk.hear("thank you") == []
    assert talk.tell(Released()) == [HandBack(("alice",)), "red"]


def test_people_who_do_not_let_go_in_time_are_let_out() -> None:
    handoff = {"id": "h", "type": "handoff", "timeout_s": 10, "on_timeout": "late", "next": "red"}
    talk = Talk(handoff, RED, LATE)
    assert talk.at(10_000) == [HandBack(()), "late"]


def test_a_new_beginning_ends_what_is_under_way_and_lets_people_out() -> None:
    talk = Talk({"id": "h", "type": "handoff", "to": ["alice"]})
    assert leave(talk.run) == (HandBack(("alice",)),)
    assert talk.tell(Begin()) == [HandBack(("alice",)), HandOff(("alice",))]


def test_a_jump_goes_on_in_the_other_flow_within_the_step() -> None:
    talk = Talk({"id": "j", "type": "jump", "flow_id": 2}, others={2: flow_of(ASK, RED, BLUE)})
    assert talk.begun == [WHICH]
    assert talk.run is not None
    assert (talk.run.flow, talk.run.version, talk.run.node) == (2, 1, "q")


def test_a_jump_within_the_flow_goes_to_the_node() -> None:
    jump = {"id": "j", "type": "jump", "node": "red"}
    assert Talk(jump, RED).begun == ["red"]


@pytest.mark.parametrize("status", ["gone", "inactive"])
def test_a_jump_to_a_flow_that_does_not_run_ends_with_a_fault_and_what_was_done_stays(status: str) -> None:
    other = flow_of(RED)
    talk = Talk({**BLUE, "next": "j"}, {"id": "j", "type": "jump", "flow_id": 2}, others={2: other})
    today = {} if status == "gone" else {2: Edition(2, 2, replace(other, status="inactive"))}
    step = advance(None, Begin(), anna(), replace(talk.flows, others=today), 0)
    assert step.run is None
    assert step.effects == (Say(body="blue"),)
    assert step.fault is not None
    assert step.fault.startswith("node 'j': flow 2 is not ")


def message(number: int) -> Json:
    return {"id": f"m{number}", "type": "message", "content": "x", "next": f"m{number + 1}"}


def test_a_run_stops_with_a_fault_after_100_nodes_without_a_wait() -> None:
    fits = Talk(*(message(number) for number in range(98)), {"id": "m98", "type": "end"})
    assert (len(fits.begun), fits.fault) == (98, None)
    long = Talk(*(message(number) for number in range(100)), {"id": "m100", "type": "end"})
    assert len(long.begun) == MAX_WALK - 1
    assert long.fault == "node 'm99': more than 100 nodes without a wait"


def test_a_round_that_came_about_later_through_other_flows_stops_as_well() -> None:
    other = flow_of(RED)
    talk = Talk(BLUE | {"next": "j"}, {"id": "j", "type": "jump", "flow_id": 2}, others={2: other})
    back = flow_of(RED | {"next": "j"}, {"id": "j", "type": "jump", "flow_id": 1}, others={1: other})
    flows = Flows(talk.flows.here, {1: talk.flows.here, 2: Edition(2, 2, back)})
    step = advance(None, Begin(), anna(), flows, 0)
    assert step.run is None
    assert step.fault is not None
    assert len(step.effects) <= MAX_WALK


def test_webhooks_are_no_rest_on_the_way_to_100() -> None:
    talk = Talk({**HOOK, "next": None, "on_error": None})
    assert talk.run is not None
    assert talk.run.walked == 2


def test_what_says_nothing_once_expanded_is_not_said_and_the_flow_goes_on() -> None:
    empty = {"id": "m", "type": "message", "content": "{{fields.none}} ", "next": "red"}
    assert Talk(empty, RED).begun == ["red"]
    assert Talk({**empty, "message_type": "image", "attachment": "https://example.org/a.png"}, RED).begun == [
        " ",
        "red",
    ]


def test_a_long_text_is_cut_and_the_options_of_a_question_are_not() -> None:
    view = anna(fields={"long": "x" * 9_999})
    (said,) = Talk({**ASK, "content": "{{fields.long}}{{fields.long}}"}, RED, BLUE, view=view).begun
    assert isinstance(said, str)
    assert len(said) == 10_000
    assert said.endswith("x\n1. Red\n2. Blue")


def test_a_message_carries_its_type_attachment_and_whether_links_are_tracked() -> None:
    picture: Json = {"message_type": "image", "attachment": "https://example.org/a.png", "track_links": True}
    flow = flow_of({**RED, **picture})
    step = advance(None, Begin(), anna(), Flows(Edition(1, 1, flow)), 0)
    assert step.effects == (Say(body="red", type="image", attachment="https://example.org/a.png", track_links=True),)


@pytest.mark.parametrize("event", [Released(), Answered(0, True), Due()])
def test_what_a_question_does_not_wait_for_changes_nothing(event: Event) -> None:
    talk = Talk(ASK, RED, BLUE)
    before = talk.run
    assert talk.tell(event) == []
    assert talk.run == before


@pytest.mark.parametrize("event", [Heard("x"), Released(), Answered(1, True), Due()])
def test_nothing_moves_a_subscriber_who_is_in_no_flow(event: Event) -> None:
    flows = Flows(Edition(1, 1, flow_of(RED)))
    assert advance(None, event, anna(), flows, 0) == Step(None)


def test_a_run_is_never_continued_in_another_version() -> None:
    talk = Talk(ASK, RED, BLUE)
    newer = Flows(replace(talk.flows.here, version=2))
    with pytest.raises(ValueError, match="version 1 of flow 1"):
        advance(talk.run, Heard("red"), anna(), newer, 0)


def test_a_flow_can_begin_at_any_node_and_only_at_one_that_there_is() -> None:
    flows = Flows(Edition(1, 1, flow_of(ASK, RED, BLUE)))
    assert advance(None, Begin("blue"), anna(), flows, 0).effects == (Say(body="blue"),)
    assert advance(None, Begin("none"), anna(), flows, 0).fault == "node 'none': not in flow 1 any more"


def test_ten_thousand_runs_are_under_way_at_once() -> None:
    flows = Flows(
        Edition(1, 1, flow_of({**ASK, "timeout_s": 60, "on_timeout": "late", "save_as": "c"}, RED, BLUE, LATE))
    )
    views = [anna(platform_id=str(number)) for number in range(10_000)]
    steps = [advance(None, Begin(), view, flows, number) for number, view in enumerate(views)]
    steps = [advance(step.run, Heard("huh"), view, flows, 1_000) for step, view in zip(steps, views, strict=True)]
    ends: list[Any] = [
        advance(step.run, Heard("red") if number % 2 else Due(), views[number], flows, 61_000)
        for number, step in enumerate(steps)
    ]
    assert {end.run for end in ends} == {None}
    assert {end.effects[-1].body for end in ends[::2]} == {"late"}
    assert {end.effects[-1].body for end in ends[1::2]} == {"red"}
