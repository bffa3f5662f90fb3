"""Settings of bots: merged key by key, bounded, and gone with the bot."""

from __future__ import annotations

import pytest

from actors.ports import SettingsTooLarge
from tests.storage.subject import RealSubject

LIMIT = 100


async def test_keys_are_merged_and_null_takes_one_away(real: RealSubject) -> None:
    bot = (await real.bot("ci", await real.user("alice"))).id
    settings = real.storage.bot_settings
    assert await settings.settings(bot) == {}
    assert await settings.change(bot, {"a": {"x": 1}, "b": 2}, LIMIT) == {"a": {"x": 1}, "b": 2}
    assert await settings.change(bot, {"a": [], "b": None, "c": None}, LIMIT) == {"a": []}
    assert await settings.settings(bot) == {"a": []}


async def test_what_would_be_too_large_changes_nothing(real: RealSubject) -> None:
    bot = (await real.bot("ci", await real.user("alice"))).id
    settings = real.storage.bot_settings
    await settings.change(bot, {"a": "x" * 80}, LIMIT)
    with pytest.raises(SettingsTooLarge):
        await settings.change(bot, {"b": "x" * 80}, LIMIT)
    assert await settings.change(bot, {"a": None, "b": "x" * 80}, LIMIT) == {"b": "x" * 80}


async def test_a_bot_that_is_gone_has_none(real: RealSubject) -> None:
    bot = (await real.bot("ci", await real.user("alice"))).id
    await real.accounts.delete_bot(bot)
    assert await real.storage.bot_settings.settings(bot) is None
    assert await real.storage.bot_settings.change(bot, {"a": 1}, LIMIT) is None
