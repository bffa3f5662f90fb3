"""A fleet of bots under kill -9: each command is done once, in order, and none is lost. And the judge of that."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from actors.times import iso
from tests.faults.fleet import Receipt, fleet, judge

KILLS = 2


def test_a_small_fleet_carries_out_what_it_is_told_whatever_dies(tmp_path: Path) -> None:
    outcome = fleet(tmp_path, commands=120, bots=12, kills=KILLS, seed=int.from_bytes(os.urandom(2)))
    print(outcome)
    assert not outcome.wrong, str(outcome)
    assert outcome.commands == 120


def row(id: str, number: int, *, status: str = "completed", at: int = 0) -> tuple[Any, ...]:
    return (id, 1, f'{{"number":{number}}}', status, "1", at)


def receipt(*order: str, **told: Any) -> Receipt:
    got = Receipt(told=told)
    for command in order:
        got.get(command)
    return got


ROWS = [row("a", 0), row("b", 1), row("c", 2)]


@pytest.mark.parametrize(
    ("rows", "got", "held", "wrong"),
    [
        (ROWS, receipt("a", "b", "c", a=(1, iso(0))), set(), []),
        (ROWS, receipt("b", "c", "a"), {"a"}, []),
        (ROWS, receipt("b", "c", "a"), set(), ["they came in another order"]),
        (ROWS, receipt("a", "b"), set(), ["not all are done"]),
        ([row("a", 0, status="pending")], receipt("a"), set(), ["not all are done"]),
        ([row("a", 1)], receipt("a"), set(), ["the queue is in another order"]),
        (ROWS, receipt("a", "b", "c", "b"), set(), ["1 came again while their lease ran"]),
        (ROWS, receipt("a", "b", "c", b=(2, iso(0))), set(), ["b was done twice"]),
        (ROWS, receipt("a", "b", "c", b=(1, iso(5))), set(), ["b was done twice"]),
    ],
)
def test_the_judge_sees_what_must_not_be(
    rows: list[tuple[Any, ...]], got: Receipt, held: set[str], wrong: list[str]
) -> None:
    assert list(judge(rows, got, held)) == wrong
