from pathlib import Path

import pytest

from hub.config import Config, settings
from tests.docs.config_table import Row, rows, shown_default

DOCUMENT = Path(__file__).parents[2] / "docs/reference/configuration.md"
FOUND = rows(DOCUMENT.read_text(encoding="utf-8"))
BY_KEY = {row.key: row for row in FOUND}


def test_the_reference_has_every_key_once_and_no_other() -> None:
    assert sorted(row.key for row in FOUND) == sorted(settings())


@pytest.mark.parametrize("row", FOUND, ids=lambda row: row.key)
def test_the_reference_tells_what_a_key_takes_and_its_default(row: Row) -> None:
    assert row.takes == settings()[row.key].kind.expected
    if row.key == "max_connections":
        assert row.default.startswith("what the file limit allows")
    else:
        shown = shown_default(settings()[row.key], getattr(Config(), row.key))
        assert row.default.startswith(f"`{shown}`")


def test_keys_without_effect_stand_apart() -> None:
    without_effect = {row.key for row in FOUND if "without effect" in row.heading}
    assert without_effect == {key for key, what in settings().items() if what.dormant}
