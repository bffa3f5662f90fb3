"""Structured logs on standard error: text for people, JSON for machines, without secrets and without floods.

A record is a constant message plus `extra=` fields: `log.warning("commit failed", extra={"rows": 12})`. Values may come
from anybody, so nothing in them can start a new line or steer a terminal. What looks like a credential is blotted out
here as the last line of defence: it should not have been logged in the first place.
"""

from __future__ import annotations

import json
import logging
import math
import re
import sys
import time
from collections.abc import Callable
from typing import Any, TextIO

# What a LogRecord has of its own; anything else on it came from `extra`.
STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

SECRETS = re.compile(
    r"""
    (?P<bearer>\b(?:Bearer|Basic)\s+)[^\s"',;]+
    | (?P<named>(?:token|_key|apikey|key_access|secret|password|passwd)["']?\s*[=:]\s*["']?) [^\s"'&,;)}\]]+
    | (?P<userinfo>://[^\s/:@"']*:)[^\s/@"']+(?=@)
    | \bwhsec_[A-Za-z0-9_+/=-]+
    | \bcp_[A-Za-z0-9_-]{20,}
    | \b\d+-[A-Za-z0-9_-]{20,}
    | (?<![A-Za-z0-9_-])(?:[A-Za-z0-9]{43}|[A-Za-z0-9_-]{72})(?![A-Za-z0-9_-])  # what `storage.vault` mints
    """,
    re.VERBOSE | re.IGNORECASE,
)
SECRET_FIELDS = re.compile(r"token|secret|passw|credential|authorization|cookie|_key$|key_access", re.IGNORECASE)
HIDDEN = "[hidden]"
MAX_VALUE = 500
MAX_TRACE = 8_000

MAIL = "hubbub.mailer"
"""The logger of letters: what it says at level info is said whatever `log_level` is, for nobody else says it."""

QUIET_LOGGERS = {
    "hypercorn": logging.WARNING,
    "hypercorn.access": logging.CRITICAL,
    "httpcore": logging.WARNING,
    "httpx": logging.WARNING,
    "quart": logging.WARNING,
    "http_edge.app": logging.WARNING,
    "sqlalchemy": logging.WARNING,
    "alembic": logging.WARNING,
    "aiosqlite": logging.WARNING,
    "asyncio": logging.WARNING,
    "trio-websocket": logging.CRITICAL,
    "markdown_it": logging.WARNING,
}


class Shown(str):
    """A text that may be read although it holds a secret: somebody is to pass it on. Control characters are escaped."""

    __slots__ = ()


def configure(level: str = "info", form: str = "text", *, stream: TextIO | None = None) -> None:
    """Send every logger to `stream` (standard error by default), replacing handlers that were there.

    `level` is one of debug, info, warning, error; `form` text or json. Loggers of libraries are quieted: access logs
    stay off because request paths hold keys.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    handler.addFilter(RepeatFilter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name, least in QUIET_LOGGERS.items():
        logger = logging.getLogger(name)
        logger.handlers[:] = []
        logger.propagate = True
        logger.setLevel(least)
    logging.getLogger(MAIL).setLevel(logging.INFO)
    logging.captureWarnings(capture=True)
    # A broken pipe on standard error must not print a traceback into that same pipe.
    logging.raiseExceptions = False
    _spare_what_no_line_shows()


def _spare_what_no_line_shows() -> None:
    """Have no record look up its thread, process and caller: a third of what an access line costs."""
    logging._srcfile = None  # the logging HOWTO's own advice
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False


def redact(text: str) -> str:
    """Return `text` with everything that has the shape of a credential blotted out."""
    return SECRETS.sub(_blot, text)


def clean(text: str) -> str:
    """Return `text` on one line, control, bidi and other unprintable characters escaped (`\\n`, `\\x1b`, `\\u202e`)."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


class TextFormatter(logging.Formatter):
    """`2025-01-31T12:00:00.123Z WARNING hubbub.accept cannot accept connections error="too many files"`."""

    def format(self, record: logging.LogRecord) -> str:
        words = [_stamp(record.created), record.levelname, record.name, _safe(record.getMessage(), MAX_VALUE)]
        words += [f"{clean(name)}={_quoted(value)}" for name, value in _extras(record)]
        trace = _trace(self, record)
        # Each line of a traceback is indented: a line at the margin always begins a record.
        return " ".join(words) + "".join(f"\n    {clean(line)}" for line in trace.splitlines())


class JsonFormatter(logging.Formatter):
    """One JSON object a line: `at`, `level`, `logger`, `message`, the extras, `trace` when there is one."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = dict(_extras(record))
        entry |= {
            "at": _stamp(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _safe(record.getMessage(), MAX_VALUE),
        }
        trace = _trace(self, record)
        if trace:
            entry["trace"] = trace
        return json.dumps(entry)


class RepeatFilter(logging.Filter):
    """Lets the same warning through a few times per window, then only a count of what was held back.

    Same means: the same logger, level and message before its arguments, so that a full disk with a thousand publishers
    prints a line, not a thousand. The table is bounded; the oldest window is forgotten first.
    """

    def __init__(
        self, *, burst: int = 5, window_s: float = 10.0, bound: int = 512, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__()
        self._burst = burst
        self._window_s = window_s
        self._bound = bound
        self._clock = clock
        self._windows: dict[tuple[str, int, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING:
            return True
        key = (record.name, record.levelno, str(record.msg))
        now = self._clock()
        started, seen = self._windows.get(key, (now, 0))
        if now - started >= self._window_s:
            self._windows.pop(key, None)
            if seen > self._burst:
                record.suppressed = seen - self._burst
            started, seen = now, 0
        self._windows[key] = (started, seen + 1)
        if len(self._windows) > self._bound:
            del self._windows[next(iter(self._windows))]
        return seen < self._burst


def _blot(match: re.Match[str]) -> str:
    return (match["bearer"] or match["named"] or match["userinfo"] or "") + HIDDEN


def _stamp(created: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(created)) + f".{int(created * 1000) % 1000:03d}Z"


def _safe(text: str, limit: int) -> str:
    text = clean(redact(text[: 4 * limit]))
    return text if len(text) <= limit else text[:limit] + "…"


def _extras(record: logging.LogRecord) -> list[tuple[str, Any]]:
    return [(name, _value(name, value)) for name, value in vars(record).items() if name not in STANDARD]


def _value(name: str, value: object) -> object:
    if value is None or isinstance(value, (bool, int)) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if isinstance(value, Shown):
        return clean(value)
    if SECRET_FIELDS.search(name):
        return HIDDEN
    return _safe(value if isinstance(value, str) else repr(value), MAX_VALUE)


def _quoted(value: object) -> str:
    text = str(value)
    plain = text and not any(char in text for char in ' "=')
    return text if plain else json.dumps(text, ensure_ascii=False)


def _trace(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    if not record.exc_info:
        return ""
    text = redact(formatter.formatException(record.exc_info))
    # The end tells what happened, so it is the beginning that goes when a trace is too long.
    return text if len(text) <= MAX_TRACE else "…" + text[-MAX_TRACE:]
