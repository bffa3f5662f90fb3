"""What a bot reads of a message that mentions it."""

import time

import pytest

from actors.webhook.plain import plain


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("Hey @bot, what's the weather?", "what's the weather?"),
        ("hey @bot what's the weather?", "what's the weather?"),
        ("Hey, @bot: what's the weather?", "what's the weather?"),
        ("@bot, what's the weather?", "what's the weather?"),
        ("@bot: go", "go"),
        ("@BOT go", "go"),
        ("@bot go @bot, now", "go now"),
        ("hello @bot", "hello"),
        ("hello  @bot  you", "hello you"),
        ("hello", "hello"),
        ("hello\n@bot\nyou", "hello\nyou"),
        ("They @bot go", "They go"),
        ("Hey @bot", "Hey"),
        ("Hey @bot!", "!"),
        ("Hey you, @bot", "Hey you,"),
        ("@bot", ""),
        ("\u2003@bot\u00a0hello\u3000", "hello"),
        ("a@bot.example", "a@bot.example"),
        ("@bots go", "@bots go"),
        ("@bot-2 go", "@bot-2 go"),
        ("mail @bot.", "mail ."),
        ("\u00a0 spaced  out \u2003", "spaced  out"),
    ],
)
def test_the_bots_own_name_goes(body: str, expected: str) -> None:
    assert plain(body, "bot", ["bot"]) == expected


def test_names_with_spaces_accents_and_dots_go_too() -> None:
    assert plain("Hey @Zoé D. Bot, hi", "Zoé D. Bot", []) == "hi"
    assert plain("@zoe\u0301 d. bot: hi", "Zoé D. Bot", []) == "hi"


def test_other_names_stay() -> None:
    assert plain("@bot two and @bot, go", "bot", ["bot two", "bot"]) == "@bot two and go"
    assert plain("@bot ask @alice", "bot", ["bot", "alice"]) == "ask @alice"


@pytest.mark.parametrize(
    "body",
    [
        "@bot " * 2_000,
        "hey " * 2_499 + "@bot",
        " " * 9_990 + "x@bot",
        "hey" + " " * 9_980 + "x @bot",
        "@" * 9_990 + "@bot",
    ],
)
def test_a_long_text_takes_no_long_time(body: str) -> None:
    began = time.process_time()
    plain(body, "bot", ["bot"])
    assert time.process_time() - began < 0.1
