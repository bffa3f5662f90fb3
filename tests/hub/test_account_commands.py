"""Accounts and keys from the command line: the same whether a hub runs on the directory or not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.hub_process import HubProcess
from tests.hub.test_cli import CommandLine, assert_refused, hubbub

__all__ = ["hubbub"]

ALICE = {"users": [{"username": "alice"}]}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The data directory of a hub that runs."""
    with HubProcess(tmp_path_factory.mktemp("hub"), provision=ALICE) as hub:
        yield hub.data


@pytest.fixture(params=["running", "stopped"])
def data(request: pytest.FixtureRequest, tmp_path: Path, hubbub: CommandLine) -> Path:
    if request.param == "running":
        directory: Path = request.getfixturevalue("running")
        return directory
    hubbub("provision", "-", "--data", tmp_path / "data", stdin=json.dumps(ALICE))
    return tmp_path / "data"


def told(hubbub: CommandLine, *arguments: str | Path) -> dict[str, Any]:
    result = hubbub(*arguments)
    assert (result.code, result.err) == (0, "")
    assert result.out.count("\n") == 1
    answer: dict[str, Any] = json.loads(result.out)
    return answer


def test_from_an_account_to_a_revoked_key(hubbub: CommandLine, data: Path) -> None:
    made = told(hubbub, "account", "add", "Example", "--email", "e@x.example", "--owner", "alice", "--data", data)
    assert (made["name"], made["email"], made["plan"]) == ("Example", "e@x.example", "free")
    assert told(hubbub, "account", "list", "--data", data)["accounts"] == [made]

    whose = ("--account", "Example", "--data", data)
    key = told(hubbub, "key", "add", *whose, "--name", "main", "--scopes", "messages:read,messages:write", "flows:read")
    assert key["scopes"] == ["messages:read", "messages:write", "flows:read"]
    assert key["key"].startswith("cp_")
    assert len(key["key"]) == 46
    assert told(hubbub, "key", "add", *whose, "--name", "all")["scopes"] == ["*"]
    listed = told(hubbub, "key", "list", *whose)["keys"]
    assert [(each["name"], each["revoked_at"]) for each in listed] == [("main", None), ("all", None)]
    assert key["key"] not in json.dumps(listed)

    assert told(hubbub, "key", "revoke", *whose, "--name", "main")["revoked"] is True
    assert told(hubbub, "key", "list", *whose)["keys"][0]["revoked_at"] is not None
    assert_refused(hubbub("key", "revoke", *whose, "--name", "main"), 1, "'Example' has no key 'main'")
    assert_refused(hubbub("key", "add", *whose, "--name", "all"), 1, "'Example' has a key 'all' already")
    assert_refused(hubbub("account", "add", "Example", "--data", data), 1, "there is an account 'Example' already")


def test_what_is_not_there_is_told_in_one_line(hubbub: CommandLine, data: Path) -> None:
    for arguments in (("list",), ("add", "--name", "k"), ("revoke", "--name", "k")):
        refused = hubbub("key", *arguments, "--account", "Nobody", "--data", data)
        assert_refused(refused, 1, "there is no account 'Nobody'")
    refused = hubbub("account", "add", "Orphan", "--owner", "nobody", "--data", data)
    assert_refused(refused, 1, "there is no user 'nobody'")


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["account"], "the following arguments are required: COMMAND"),
        (["account", "add"], "account add needs a NAME"),
        (["account", "add", "a\tb"], "expected a name of 1 to 100 printable characters"),
        (["key", "add", "--name", "k"], "the following arguments are required: --account"),
        (["key", "add", "--account", "a"], "the following arguments are required: --name"),
        (["key", "add", "--account", "a", "--name", "k", "--scopes", "flows"], "there is no scope 'flows'"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_done(
    hubbub: CommandLine, tmp_path: Path, arguments: list[str], part: str
) -> None:
    assert_refused(hubbub(*arguments, *(["--data", str(tmp_path / "none")] if len(arguments) > 1 else [])), 2, part)
    assert not (tmp_path / "none").exists()


def test_the_command_line_names_an_account_by_option_too(hubbub: CommandLine, tmp_path: Path) -> None:
    assert told(hubbub, "account", "add", "--name", "Example", "--data", tmp_path / "data")["id"] == 1
