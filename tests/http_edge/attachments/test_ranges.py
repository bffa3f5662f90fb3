"""What RFC 9110 says of ranges and conditions."""

from http import HTTPStatus

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import Headers

from http_edge.attachments.ranges import Cut, Version, cut

VERSION = Version.of("a" * 64, 1_700_000_000_999)
TAG = f'"{"a" * 32}"'
DATE = "Tue, 14 Nov 2023 22:13:20 GMT"
EARLIER = "Tue, 14 Nov 2023 22:13:19 GMT"
WHOLE = Cut(HTTPStatus.OK, 0, 1_000)
NOTHING_THERE = Cut(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, 0, 0)


def asked(size: int = 1_000, **headers: str) -> Cut:
    return cut(Headers({name.replace("_", "-"): value for name, value in headers.items()}), size, VERSION)


def part(start: int, stop: int) -> Cut:
    return Cut(HTTPStatus.PARTIAL_CONTENT, start, stop)


def test_a_version_is_a_strong_tag_and_whole_seconds() -> None:
    assert VERSION.tag == TAG
    assert VERSION.date == DATE


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("bytes=0-0", part(0, 1)),
        ("bytes=0-999", part(0, 1_000)),
        ("bytes=0-", part(0, 1_000)),
        ("bytes=500-", part(500, 1_000)),
        ("bytes=999-", part(999, 1_000)),
        ("bytes=999-5000", part(999, 1_000)),
        ("bytes=-1", part(999, 1_000)),
        ("bytes=-1000", part(0, 1_000)),
        ("bytes=-5000", part(0, 1_000)),
        ("BYTES=1-2", part(1, 3)),
        ("bytes = 1-2 ", part(1, 3)),
        ("bytes=00001-00002", part(1, 3)),
        ("bytes=1000-", NOTHING_THERE),
        ("bytes=1000-2000", NOTHING_THERE),
        ("bytes=9999999999999999999-", NOTHING_THERE),
        ("bytes=-0", NOTHING_THERE),
    ],
)
def test_a_range_is_cut_out(given: str, expected: Cut) -> None:
    assert asked(Range=given) == expected


@pytest.mark.parametrize(
    "given",
    [
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=2-1",
        "bytes=a-b",
        "bytes=1-2,4-5",
        "bytes=0-0,-1",
        "bytes=0-,0-,0-,0-",
        "bytes=1-2;q=1",
        "bytes=-1-2",
        "bytes=+1-2",
        "bytes=1.0-2",
        "bytes=١-٢",
        "bytes=99999999999999999999-",
        "seconds=1-2",
        "none=",
        "bytes=1-2\x00",
    ],
)
def test_what_is_no_single_range_gets_the_whole(given: str) -> None:
    assert asked(Range=given) == WHOLE


def test_of_a_file_without_bytes_no_range_can_be_had() -> None:
    assert asked(0) == Cut(HTTPStatus.OK, 0, 0)
    assert asked(0, Range="bytes=0-") == NOTHING_THERE
    assert asked(0, Range="bytes=-5") == NOTHING_THERE


@pytest.mark.parametrize(
    ("given", "is_met"),
    [
        (TAG, True),
        (DATE, True),
        (f"W/{TAG}", False),
        ('"other"', False),
        (EARLIER, False),
        ("Wed, 15 Nov 2023 22:13:20 GMT", False),
        ("nonsense", False),
        (TAG.strip('"'), False),
    ],
)
def test_if_range_is_met_by_exactly_this_version(given: str, is_met: bool) -> None:
    assert asked(Range="bytes=1-2", If_Range=given) == (part(1, 3) if is_met else WHOLE)


@pytest.mark.parametrize("given", [TAG, f"W/{TAG}", f'"x", {TAG}', "*", f"{TAG},"])
def test_what_the_client_has_is_not_sent_again(given: str) -> None:
    assert asked(If_None_Match=given).status is HTTPStatus.NOT_MODIFIED
    assert asked(If_None_Match=given, Range="bytes=0-1").status is HTTPStatus.NOT_MODIFIED


@pytest.mark.parametrize("given", ['"x"', "", "nonsense", TAG.strip('"')])
def test_another_version_is_sent(given: str) -> None:
    assert asked(If_None_Match=given) == WHOLE


def test_dates_count_only_where_there_is_no_tag() -> None:
    assert asked(If_Modified_Since=DATE).status is HTTPStatus.NOT_MODIFIED
    assert asked(If_Modified_Since=EARLIER) == WHOLE
    assert asked(If_Modified_Since="nonsense") == WHOLE
    assert asked(If_Modified_Since=DATE, If_None_Match='"x"') == WHOLE


def test_preconditions_fail_for_another_version() -> None:
    assert asked(If_Match=TAG) == asked(If_Match="*") == WHOLE
    assert asked(If_Match='"x"').status is HTTPStatus.PRECONDITION_FAILED
    assert asked(If_Match=f"W/{TAG}").status is HTTPStatus.PRECONDITION_FAILED
    assert asked(If_Unmodified_Since=DATE) == WHOLE
    assert asked(If_Unmodified_Since=EARLIER).status is HTTPStatus.PRECONDITION_FAILED
    assert asked(If_Match=TAG, If_Unmodified_Since=EARLIER) == WHOLE


@given(st.text("0123456789-, =x", max_size=40), st.integers(0, 50))
def test_whatever_is_asked_what_is_cut_is_inside(given: str, size: int) -> None:
    answer = asked(size, Range=f"bytes={given}")
    assert 0 <= answer.start <= answer.stop <= size
    assert answer.stop > answer.start or answer.status is not HTTPStatus.PARTIAL_CONTENT
