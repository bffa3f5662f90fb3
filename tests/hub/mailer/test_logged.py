"""Reset links in the log: one line each, whatever is quiet and whatever is hidden there."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from actors.ports import Letter
from hub import logs
from hub.mailer import LogMailer

TOKEN = "A" * 43
LETTER = Letter("alice@mail.example", "alice", f"https://hub.example/reset-password?token={TOKEN}")


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)


@pytest.mark.parametrize("level", ["debug", "error"])
def test_each_letter_is_a_line_with_the_whole_link(level: str) -> None:
    stream = io.StringIO()
    logs.configure(level, "text", stream=stream)
    for _ in range(20):
        LogMailer().post(LETTER)
    lines = stream.getvalue().splitlines()
    assert len(lines) == 20
    assert all(f'event=password_reset_link user=alice link="{LETTER.link}"' in line for line in lines)


def test_as_json_it_is_an_event() -> None:
    stream = io.StringIO()
    logs.configure("error", "json", stream=stream)
    LogMailer().post(LETTER._replace(link=LETTER.link + "\n\x1b"))
    line = json.loads(stream.getvalue())
    assert (line["event"], line["link"]) == ("password_reset_link", LETTER.link + "\\n\\x1b")


def test_only_what_is_meant_to_be_read_is() -> None:
    stream = io.StringIO()
    logs.configure("info", "text", stream=stream)
    logging.getLogger("hubbub.test").info("a link", extra={"link": LETTER.link, "letter": LETTER})
    assert TOKEN not in stream.getvalue()
