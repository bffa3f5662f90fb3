"""Written dialogues: what is known of an order after each message of a customer. The data is beside this file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from .play import BARE, SHOP, Player

FILES: Final = sorted((Path(__file__).parent / "dialogues").glob("*.json"))
DIALOGUES: Final = [
    pytest.param(each, id=f"{file.stem}-{number}")
    for file in FILES
    for number, each in enumerate(msgspec.json.decode(file.read_bytes()), 1)
]


def test_there_are_two_hundred_dialogues() -> None:
    assert len(DIALOGUES) >= 200


@pytest.mark.parametrize("dialogue", DIALOGUES)
def test_after_each_message_the_order_is_what_the_customer_said(dialogue: dict[str, Any]) -> None:
    player = Player(BARE if dialogue.get("company") == "bare" else SHOP, tuple(dialogue.get("used", ())))
    for number, step in enumerate(dialogue["steps"], 1):
        player.play(step)
        where = f"{dialogue['title']}, message {number}: {step.get('say')!r} → {player.response!r}"
        assert player.stands() == step["order"], where
        _check_the_rest(player, step, where)


def _check_the_rest(player: Player, step: dict[str, Any], where: str) -> None:
    if "response" in step:
        assert player.response == step["response"], where
    if "issues" in step:
        assert [issue.message for issue in player.customer.issues] == step["issues"], where
    if "detail" in step:
        assert player.customer.issues[-1].detail == step["detail"], where
    for kind in step.get("effects", ()):
        assert kind in {type(each).__name__ for each in player.effects}, where
    for kind in step.get("no_effects", ()):
        assert kind not in {type(each).__name__ for each in player.effects}, where
