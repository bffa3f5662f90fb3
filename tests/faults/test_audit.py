"""The audit itself: it finds what it is there to find."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from tests.faults.audit import Verdict, judge
from tests.faults.diary import Change, Diary, Frame, Seen, Sent, fact_of
from tests.faults.stored import StoredLog

CONV = 3
BOB = {"kind": "user", "id": 2, "name": "bob"}
SPOTLESS = Verdict(**{each.name: 0 for each in fields(Verdict)})


def message(seq: int, **other: Any) -> Frame:
    """An event as a client gets it."""
    said = {"t": "message", "conv": CONV, "id": 100 + seq, "from": BOB, "cid": f"c{seq}", "body": "hi"}
    return {**said, "seq": seq, "at": seq, **other}


def edited(seq: int) -> Frame:
    return {"t": "edited", "conv": CONV, "seq": seq, "id": 101, "at": seq, "by": BOB, "body": "changed"}


def log_of(*frames: Frame, head: int | None = None, twice: int = 0) -> StoredLog:
    return StoredLog(frames[-1]["seq"] if head is None else head, [(f["seq"], fact_of(f)) for f in frames], twice)


def diary_of(*frames: Frame) -> Diary:
    """Of a client that saw these events, the first of which is event 1, and sent and got told of none."""
    diary = Diary(seen={CONV: Seen(epoch=1, last=0)})
    for frame in frames:
        diary.seen[CONV].event(frame)
    return diary


def verdict(diary: Diary, log: StoredLog, history: list[Frame] | None = None) -> Verdict:
    found, reasons = judge([diary], {CONV: log}, {} if history is None else {CONV: history})
    assert found.clean == (found == SPOTLESS)
    assert found.clean or reasons or found.holes or found.duplicated or found.behind or found.unanswered
    return found


def test_what_is_in_order_is_clean() -> None:
    frames = [message(1), edited(2), message(3)]
    diary = diary_of(*frames)
    diary.publishes(Sent(CONV, "c1", "hi"))
    diary.acknowledged("c1", message(1))
    diary.acknowledged("c1", message(1))
    diary.changes.append(Change(CONV, 2, "edited", 101))
    stored = log_of(message(1, edited=True), edited(2), message(3))
    assert verdict(diary, stored, [message(1, edited=True), message(3)]) == SPOTLESS


def test_an_acknowledged_message_that_is_not_there_is_lost() -> None:
    for receipt in (message(2), message(1, id=7), message(1, at=7)):
        diary = diary_of(message(1))
        diary.acknowledged("c1", receipt)
        assert verdict(diary, log_of(message(1))) == replace(SPOTLESS, lost=1)


def test_an_acknowledged_change_that_is_not_there_is_lost() -> None:
    diary = diary_of(message(1), message(2))
    diary.changes.append(Change(CONV, 2, "edited", 101))
    assert verdict(diary, log_of(message(1), message(2))) == replace(SPOTLESS, lost=1)


def test_two_answers_that_differ_contradict() -> None:
    diary = diary_of(message(1))
    diary.acknowledged("c1", message(1))
    diary.acknowledged("c1", message(2))
    assert verdict(diary, log_of(message(1))) == replace(SPOTLESS, contradicted=1)


def test_what_was_never_answered_is_counted() -> None:
    diary = diary_of(message(1))
    diary.publishes(Sent(CONV, "c9", "hi"))
    assert verdict(diary, log_of(message(1))) == replace(SPOTLESS, unanswered=1)


def test_an_event_that_comes_twice_is_a_duplicate() -> None:
    assert verdict(diary_of(message(1), message(1)), log_of(message(1))) == replace(SPOTLESS, duplicated=1)


def test_a_cid_that_is_stored_twice_is_a_duplicate() -> None:
    frames = [message(1), message(2, cid="c1")]
    assert verdict(diary_of(*frames), log_of(*frames, twice=1)) == replace(SPOTLESS, duplicated=1)


def test_an_event_that_is_left_out_is_a_hole_unless_a_gap_tells() -> None:
    log = log_of(message(1), message(2), message(3))
    assert verdict(diary_of(message(1), message(3)), log) == replace(SPOTLESS, holes=1)
    diary = diary_of(message(1))
    diary.seen[CONV].gap({"from": 2, "to": 2})
    diary.seen[CONV].event(message(3))
    assert verdict(diary, log) == SPOTLESS
    diary = diary_of(message(1))
    diary.seen[CONV].gap({"from": 3, "to": 3})
    assert verdict(diary, log) == replace(SPOTLESS, holes=1)


@pytest.mark.parametrize(
    "log", [log_of(message(1), head=2), log_of(message(1), message(2), head=1), log_of(message(2), head=1)]
)
def test_a_log_with_a_hole_or_beyond_its_head_is_found(log: StoredLog) -> None:
    diary = Diary(seen={CONV: Seen(epoch=1, last=log.head)})
    assert verdict(diary, log).holes > 0


def test_a_history_that_leaves_something_out_has_a_hole() -> None:
    frames = [message(1), message(2)]
    assert verdict(diary_of(*frames), log_of(*frames), [message(2)]) == replace(SPOTLESS, holes=1)


@pytest.mark.parametrize(
    "other", [{"id": 7}, {"cid": "other"}, {"body": "other"}, {"at": 7}, {"from": {**BOB, "id": 9}}]
)
def test_an_event_that_is_not_stored_as_it_was_seen_has_vanished(other: Frame) -> None:
    assert verdict(diary_of(message(1)), log_of(message(1, **other))) == replace(SPOTLESS, vanished=1)


def test_a_reset_that_nobody_asked_for_is_a_hole_and_being_behind_is_told() -> None:
    diary = diary_of(message(1))
    diary.seen[CONV].reset({"epoch": 2, "seq": 2})
    assert verdict(diary, log_of(message(1), message(2))) == replace(SPOTLESS, holes=1)
    assert verdict(diary_of(message(1)), log_of(message(1), message(2))) == replace(SPOTLESS, behind=1)
