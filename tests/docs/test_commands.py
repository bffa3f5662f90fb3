"""Every command that a document shows is one that the programs take."""

import re
from pathlib import Path

import pytest

from hub.cli import parser as hubbub_parser
from loadtest.__main__ import parser as loadtest_parser
from tests.docs.documents import DOCUMENTS, ROOT, commands, name

TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
SHOWN = [(document, words) for document in DOCUMENTS for words in commands(document)]
KNOWN_PROGRAMS = {"make", "hubbub", "hubbub-load", "python", "curl", "echo"}


def program(words: list[str]) -> str:
    return Path(words[0]).name


def of(wanted: str) -> list[object]:
    return [
        pytest.param(words, id=f"{name(document)}: {' '.join(words)}")
        for document, words in SHOWN
        if program(words) == wanted
    ]


@pytest.mark.parametrize("words", of("hubbub"))
def test_hubbub_takes_what_is_shown(words: list[str]) -> None:
    hubbub_parser().parse_args(words[1:])


@pytest.mark.parametrize("words", of("make"))
def test_make_has_the_target_that_is_shown(words: list[str]) -> None:
    assert words[1] in TARGETS


@pytest.mark.parametrize("words", of("python"))
def test_the_load_test_takes_what_is_shown(words: list[str]) -> None:
    if words[1:3] == ["-m", "loadtest"]:
        loadtest_parser().parse_args(words[3:])
    else:
        assert words[1] in ("hello.py", "pong.py")  # the programs of the tutorial, which tests/e2e runs


@pytest.mark.parametrize("words", of("hubbub-load"))
def test_hubbub_load_takes_what_is_shown(words: list[str]) -> None:
    loadtest_parser().parse_args(words[1:])


def test_no_command_goes_untested() -> None:
    assert {program(words) for _, words in SHOWN} == KNOWN_PROGRAMS
