"""What people type, how it reads in texts, and what conditions make of it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.flow.conditions import holds
from actors.flow.inputs import normalised
from actors.flow.model import Case, InputType
from actors.flow.pattern import Pattern
from actors.flow.texts import expand
from tests.actors.flow.flows import anna


@pytest.mark.parametrize(
    ("typed", "said", "value"),
    [
        ("text", " hello ", "hello"),
        ("text", "  ", None),
        ("email", " Anna.B+c@Example.org ", "Anna.B+c@Example.org"),
        ("email", "anna@example", None),
        ("email", "anna example.org", None),
        ("email", "a@b@c.de", None),
        ("phone", "+49 (30) 123-4567", "+49301234567"),
        ("phone", "0049 30/1234567", "+49301234567"),
        ("phone", "+49 (0)30 1234567", "+49301234567"),
        ("phone", "1 555 123 4567", "+15551234567"),
        ("phone", "030 1234567", None),
        ("phone", "123456", None),
        ("phone", "+1234567", "+1234567"),
        ("phone", "+123456789012345", "+123456789012345"),
        ("phone", "+1234567890123456", None),
        ("phone", "call me", None),
        ("number", "42", 42),
        ("number", "-3,5", -3.5),
        ("number", "3.50", 3.5),
        ("number", "1.234,5", None),
        ("number", "3 apples", None),
        ("date", "2026-03-01", "2026-03-01"),
        ("date", "2026/3/1", "2026-03-01"),
        ("date", "1.3.2026", "2026-03-01"),
        ("date", "25/12/2026", "2026-12-25"),
        ("date", "12/25/2026", "2026-12-25"),
        ("date", "3/3/2026", "2026-03-03"),
        ("date", "1/3/2026", None),
        ("date", "1 March 2026", "2026-03-01"),
        ("date", "Mar 1st, 2026", "2026-03-01"),
        ("date", "29.2.2026", None),
        ("date", "tomorrow", None),
    ],
)
def test_what_is_typed_is_stored_in_one_form_or_not_at_all(typed: InputType, said: str, value: Any) -> None:
    found = normalised(said, typed)
    assert (found, type(found)) == (value, type(value))


@given(said=st.text(max_size=40), typed=st.sampled_from(["text", "email", "phone", "number", "date"]))
def test_nothing_that_is_typed_breaks_it(said: str, typed: InputType) -> None:
    normalised(said, typed)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Hi {{name}}!", "Hi Anna!"),
        ("{{ name }}", "Anna"),
        ("{{email}}|{{platform_id}}", "|a-1"),
        ("{{tags}}", "vip, new"),
        ("{{fields.n}} {{fields.f}} {{fields.t}} {{fields.none}}.", "3 2.5 true ."),
        ("{{fields.city|your town}}", "your town"),
        ("{{fields.whole|x}}", "4"),
        ("{{nobody}}{{platform}}", ""),
        ("{{fields.trick}}", "{{name}}"),
        ("{{{name}}} {name} {{ {{name}}", "{Anna} {name} {{ Anna"),
    ],
)
def test_variables_become_values_and_values_are_left_alone(text: str, said: str) -> None:
    fields = {"n": 3, "f": 2.5, "t": True, "none": None, "city": "", "whole": 4.0, "trick": "{{name}}"}
    assert expand(text, anna(tags=("vip", "new"), fields=fields)) == said


def test_a_text_never_grows_past_its_limit() -> None:
    assert expand("{{fields.x}}" * 500, anna(fields={"x": "y" * 9_999})) == "y" * 10_000
    assert expand("ab{{name}}cd", anna(), 4) == "abAn"


@pytest.mark.parametrize(
    ("variable", "op", "value", "true"),
    [
        ("name", "eq", "Anna", True),
        ("name", "eq", "anna", False),
        ("name", "eq", "{{name}}", True),
        ("name", "ne", "Bob", True),
        ("email", "eq", None, True),
        ("email", "exists", None, False),
        ("email", "not_exists", None, True),
        ("platform", "eq", "hub", True),
        ("tags", "exists", None, True),
        ("tags", "contains", "vip", True),
        ("tags", "contains", "vi", False),
        ("name", "has_tag", "vip", True),
        ("tags", "not_has_tag", "vip", False),
        ("fields.age", "eq", "41.0", True),
        ("fields.age", "gt", 9, True),
        ("fields.age", "gt", "9", True),
        ("fields.age", "le", 41, True),
        ("fields.age", "lt", "zebra", False),
        ("fields.day", "lt", "2026-03-02", True),
        ("fields.day", "ge", "2026-03-02", False),
        ("fields.none", "lt", 5, False),
        ("fields.none", "ne", 5, True),
        ("fields.yes", "eq", True, True),
        ("fields.yes", "eq", 1, False),
        ("name", "contains", "nn", True),
        ("name", "matches", "^A.*a$", True),
        ("fields.age", "matches", "^4", True),
        ("fields.none", "matches", ".*", False),
    ],
)
def test_a_case_is_true_or_not(variable: str, op: Any, value: Any, true: bool) -> None:
    case = Case(variable=variable, op=op, value=value, next=None)
    patterns = {value: Pattern(value)} if op == "matches" else {}
    view = anna(tags=("vip",), fields={"age": 41, "day": "2026-03-01", "yes": True})
    assert holds(case, view, patterns) is true
