"""Forms as PHP and others send them."""

import pytest

from http_edge.dialects.chatpion.errors import Failed
from http_edge.dialects.chatpion.fields import Fields
from http_edge.dialects.chatpion.forms import BadForm, read
from http_edge.dialects.chatpion.paging import Page, page_in


@pytest.mark.parametrize(
    ("pairs", "found"),
    [
        ([("a", "1")], {"a": "1"}),
        ([("tags[]", "a"), ("tags[]", "b")], {"tags": ["a", "b"]}),
        ([("tags[1]", "b"), ("tags[0]", "a")], {"tags": ["a", "b"]}),
        ([("tags", "a"), ("tags", "b")], {"tags": ["a", "b"]}),
        ([("target[tags][]", "a"), ("target[platforms][]", "hub")], {"target": {"tags": ["a"], "platforms": ["hub"]}}),
        ([("schedule[time]", "t"), ("schedule[timezone]", "UTC")], {"schedule": {"time": "t", "timezone": "UTC"}}),
        ([("a[b", "1")], {"a[b": "1"}),
        ([("", "1")], {}),
    ],
)
def test_brackets_and_repeated_names_make_lists_and_objects(pairs: list[tuple[str, str]], found: object) -> None:
    assert read(pairs) == found


@pytest.mark.parametrize("names", [["a", "a[b]"], ["a[b]", "a"], ["a[b][c]", "a[b]"], ["a[b][c][d][e][f][g]"]])
def test_names_that_contradict_each_other_are_refused(names: list[str]) -> None:
    with pytest.raises(BadForm):
        read([(name, "1") for name in names])


@pytest.mark.parametrize("tags", ['["a","b"]', ["a", "b"], ["b"]], ids=["JSON in a text", "a list", "one"])
def test_a_forms_list_is_a_list_or_the_text_of_one(tags: object) -> None:
    assert Fields({"tags": tags}, textual=True).texts("tags", most=3, each=9) in (("a", "b"), ("b",))


def test_one_value_of_a_form_is_a_list_of_one() -> None:
    assert Fields({"tags": "a"}, textual=True).texts("tags", most=3, each=9) == ("a",)
    with pytest.raises(Failed, match="tags must be a list of texts"):
        Fields({"tags": "a"}).texts("tags", most=3, each=9)


def test_numbers_and_booleans_of_forms_are_texts() -> None:
    fields = Fields({"n": "7", "yes": "true", "no": "0", "empty": ""}, textual=True)
    assert (fields.whole("n"), fields.flag("yes"), fields.flag("no")) == (7, True, False)
    assert (fields.whole("empty"), fields.flag("empty"), fields.object("empty")) == (None, False, None)


@pytest.mark.parametrize("value", [True, 1.5, -1, "x", "1.0", [], {}, 2**60])
def test_what_is_no_whole_number_is_refused_by_name(value: object) -> None:
    with pytest.raises(Failed, match="n must be a whole number"):
        Fields({"n": value}).whole("n")


@pytest.mark.parametrize(("args", "page"), [({}, Page(1, 10)), ({"page": "3", "limit": "100"}, Page(3, 100))])
def test_pages_begin_with_one_and_have_ten(args: dict[str, str], page: Page) -> None:
    assert page_in(Fields(args, textual=True)) == page


@pytest.mark.parametrize("args", [{"page": "0"}, {"page": "x"}, {"limit": "0"}, {"limit": "101"}, {"page": "-1"}])
def test_pages_that_are_none_are_refused(args: dict[str, str]) -> None:
    with pytest.raises(Failed) as caught:
        page_in(Fields(args, textual=True))
    assert caught.value.status == 400
