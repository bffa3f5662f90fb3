"""Log lines: one a record, no secrets, no floods, nothing that steers a terminal."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from hub import logs

SECRETS = [
    "Authorization: Bearer s3cr3t-token-value",
    "GET /bot?token=s3cr3t-token-value&x=1",
    '{"api_key": "s3cr3t-token-value"}',
    "password = s3cr3t-token-value",
    "http://alice:s3cr3t-token-value@example.org/",
    "whsec_s3cr3t-token-value",
    "cp_s3cr3t-token-value-that-is-long",
    "/cordless/12-s3cr3t-token-valueABCDEF",
    "KeyError: 's3cr3t-token-value" + "x" * 54 + "'",  # the length of a key_access
]


def test_a_bare_token_is_told_by_its_length(stream: io.StringIO) -> None:
    logging.getLogger("hubbub.x").info("no such thing: %s, %s, %s", "t0k" * 14 + "x", "a" * 42, "b" * 44)
    assert stream.getvalue().endswith(f"no such thing: {logs.HIDDEN}, {'a' * 42}, {'b' * 44}\n")


@pytest.fixture
def restored() -> Iterator[None]:
    """Put the root logger back as pytest had it."""
    root = logging.getLogger()
    handlers, level, raising = root.handlers[:], root.level, logging.raiseExceptions
    yield
    root.handlers[:], logging.raiseExceptions = handlers, raising
    root.setLevel(level)
    logging.captureWarnings(capture=False)


@pytest.fixture
def stream(restored: None) -> io.StringIO:
    stream = io.StringIO()
    logs.configure("info", "text", stream=stream)
    return stream


def test_a_line_has_time_level_logger_message_and_fields(stream: io.StringIO) -> None:
    logging.getLogger("hubbub.x").info("something happened", extra={"rows": 12, "file": "a b", "none": None})
    stamp, rest = stream.getvalue().split(" ", 1)
    assert rest == 'INFO hubbub.x something happened rows=12 file="a b" none=None\n'
    assert len(stamp) == len("2025-01-31T12:00:00.123Z")


@pytest.mark.parametrize("text", SECRETS)
def test_nothing_that_looks_like_a_credential_is_written(stream: io.StringIO, text: str) -> None:
    log = logging.getLogger("hubbub.x")
    log.info(text)
    log.info("field", extra={"detail": text})
    log.error("trace", exc_info=ValueError(text))
    assert "s3cr3t-token-value" not in stream.getvalue()
    assert stream.getvalue().count(logs.HIDDEN) == 3


def test_a_field_that_is_named_like_a_secret_is_hidden(stream: io.StringIO) -> None:
    logging.getLogger("hubbub.x").info("m", extra={"access_token": "abc", "bot_key": "def", "cookies": "ghi"})
    assert stream.getvalue().endswith("access_token=[hidden] bot_key=[hidden] cookies=[hidden]\n")


def test_no_value_starts_a_line_or_steers_a_terminal(stream: io.StringIO) -> None:
    logging.getLogger("hubbub.x").warning("m %s", "a\nERROR fake", extra={"name_": "\x1b[2J\u202eevil"})
    assert stream.getvalue().count("\n") == 1
    assert stream.getvalue().endswith("m a\\nERROR fake name_=\\x1b[2J\\u202eevil\n")


def test_a_trace_is_indented_below_its_record(stream: io.StringIO) -> None:
    logging.getLogger("hubbub.x").error("failed", exc_info=ValueError("one\ntwo"))
    first, *others = stream.getvalue().splitlines()
    assert first.endswith("ERROR hubbub.x failed")
    assert others
    assert all(line.startswith("    ") for line in others)


def test_long_values_are_cut(stream: io.StringIO) -> None:
    logging.getLogger("hubbub.x").info("m", extra={"body": "x" * 100_000})
    assert len(stream.getvalue()) < 700


def test_json_lines_hold_the_same(restored: None) -> None:
    stream = io.StringIO()
    logs.configure("debug", "json", stream=stream)
    logging.getLogger("hubbub.x").debug("m", extra={"rows": 1, "token": "abc", "wild": float("nan")})
    entry = json.loads(stream.getvalue())
    assert (entry["level"], entry["logger"], entry["message"]) == ("debug", "hubbub.x", "m")
    assert (entry["rows"], entry["token"], entry["wild"]) == (1, logs.HIDDEN, "nan")


def test_libraries_are_quiet(stream: io.StringIO) -> None:
    logging.getLogger("hypercorn.access").warning("GET /secret")
    logging.getLogger("trio-websocket").error("handler failed")
    logging.getLogger("sqlalchemy.engine.Engine").info("SELECT 1")
    assert stream.getvalue() == ""


def test_a_repeated_warning_becomes_a_count() -> None:
    now = [0.0]
    repeats = logs.RepeatFilter(burst=2, window_s=10, clock=lambda: now[0])
    record = logging.makeLogRecord({"name": "a", "levelno": logging.WARNING, "msg": "disk full"})
    other = logging.makeLogRecord({"name": "a", "levelno": logging.WARNING, "msg": "another"})
    assert [repeats.filter(record) for _ in range(5)] == [True, True, False, False, False]
    assert repeats.filter(other)
    now[0] = 11.0
    assert repeats.filter(record)
    assert record.__dict__["suppressed"] == 3


def test_what_is_no_warning_is_never_held_back() -> None:
    repeats = logs.RepeatFilter(burst=1)
    record = logging.makeLogRecord({"name": "a", "levelno": logging.INFO, "msg": "m"})
    assert all(repeats.filter(record) for _ in range(10))


def test_the_table_of_repeats_is_bounded() -> None:
    repeats = logs.RepeatFilter(burst=1, bound=3)
    for number in range(100):
        repeats.filter(logging.makeLogRecord({"name": "a", "levelno": logging.ERROR, "msg": f"m{number}"}))
    assert len(repeats._windows) == 3
