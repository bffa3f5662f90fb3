"""A broadcast over kills, with few subscribers; `python -m tests.faults.broadcast` has many."""

from __future__ import annotations

from pathlib import Path

from tests.faults.broadcast import Ordeal


def test_kills_neither_lose_nor_repeat_a_message_of_a_broadcast(tmp_path: Path) -> None:
    outcome = Ordeal(tmp_path, subscribers=200, kills=2, seed=7, per_s=400).run()
    assert outcome.faults == []
