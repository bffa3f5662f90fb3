"""Kill -9 while orders are taken: each state is that of the last answer, and nothing is said, counted or told twice."""

from pathlib import Path

from tests.faults.shop import trial


def test_kills_neither_lose_nor_repeat_anything_of_an_order(tmp_path: Path) -> None:
    trial(tmp_path, orders=40, kills=1)
