"""Values that hold secrets do not show them."""

from actors.values import BotSecrets, Caller, Receiver


def test_secrets_do_not_show_in_a_repr() -> None:
    bot = Caller("bot", 7, "ci", "bot")
    receiver = Receiver(bot=bot, url="http://h/hush-url", secret="hush-1", bot_key="7-hush", ignores_json=False)
    for value in (BotSecrets("7-hush", "whsec_hush"), receiver):
        assert "hush" not in repr(value)
