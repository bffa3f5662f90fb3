"""The program as operators run it: exit codes, and one line for whatever stops it."""

from __future__ import annotations

import base64
import io
import json
import logging
import os
import signal
import socket
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from hub.cli import main
from hub.datadir import hold
from tests.e2e.hub_process import HUBBUB, HubProcess

SMALL = {"users": [{"username": "alice", "password": "correct horse"}], "bots": [{"name": "ci", "owner": "alice"}]}
FREE_PORTS = ("--http", "127.0.0.1:0", "--ws", "127.0.0.1:0")


class Result(NamedTuple):
    code: int
    out: str
    err: str


class CommandLine:
    """Runs commands in this process, which is forty times faster than a new one."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys = capsys
        self._monkeypatch = monkeypatch
        for name in os.environ:
            if name.startswith("HUBBUB_"):
                monkeypatch.delenv(name)

    def __call__(self, *arguments: str | Path, stdin: str = "", **env: str) -> Result:
        with self._monkeypatch.context() as patch:
            patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
            for name, value in env.items():
                patch.setenv(name, value)
            try:
                code = main([str(argument) for argument in arguments])
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else -1
        return Result(code, *self._capsys.readouterr())


@pytest.fixture
def hubbub(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[CommandLine]:
    root = logging.getLogger()
    handlers, level, raising = root.handlers[:], root.level, logging.raiseExceptions
    yield CommandLine(capsys, monkeypatch)
    root.handlers[:], logging.raiseExceptions = handlers, raising
    root.setLevel(level)
    logging.captureWarnings(capture=False)


def assert_refused(result: Result, code: int, *parts: str) -> None:
    """Exactly one line on standard error, nothing on standard output."""
    assert result.code == code, result.err
    assert result.out == ""
    assert result.err.startswith("hubbub")
    assert result.err.count("\n") == 1, result.err
    assert result.err.endswith("\n")
    for part in parts:
        assert part in result.err


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["frob"], "invalid choice: 'frob'"),
        (["serve", "--port", "1"], "unrecognized arguments: --port 1"),
        (["serve", "--dat", "x"], "unrecognized arguments: --dat x"),
        (["send", "--url", "ws://x/ws", "--token", "t", "text"], "required: --conversation"),
        (
            ["send", "--url", "ws://x/ws", "--token", "t", "--conversation", "ops", "text"],
            "the number of a conversation",
        ),
        (["tail", "--url", "http://x/ws", "--token", "t"], "not a WebSocket URL"),
        (["serve", "--provision", "x"], "--provision FILE and --credentials OUT go together"),
        (["serve", "--credentials", "-"], "--provision FILE and --credentials OUT go together"),
    ],
)
def test_a_wrong_command_is_told_in_one_line(hubbub: CommandLine, arguments: list[str], part: str) -> None:
    assert_refused(hubbub(*arguments), 2, part)


def test_a_wrong_configuration_is_told_in_one_line(hubbub: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "hub.toml"
    file.write_text("devices = 3\n")
    data = ("--data", tmp_path / "data")
    assert_refused(hubbub("serve", *data, "--config", file), 2, "hub.toml: devices: unknown key; the nearest one is")
    assert_refused(hubbub("serve", *data, "--config", tmp_path / "none"), 2, "none: cannot be read: No such file")
    assert_refused(hubbub("serve", *data, "--http", "nowhere"), 2, "--http: http = 'nowhere': expected HOST:PORT")
    unknown = hubbub("serve", *data, HUBBUB_DEVICES="3")
    assert_refused(unknown, 2, "HUBBUB_DEVICES: unknown key; the nearest one is HUBBUB_DEVICES_PER_USER")
    certificate = hubbub("serve", *data, HUBBUB_TLS_CERTFILE="/nowhere.pem", HUBBUB_TLS_KEYFILE="/nowhere.key")
    assert_refused(certificate, 2, "expected a PEM certificate and its unencrypted key")


def test_a_wrong_provisioning_file_is_told_in_one_line_and_makes_nothing(hubbub: CommandLine, tmp_path: Path) -> None:
    file, data = tmp_path / "people.json", tmp_path / "data"
    file.write_text('{"users": [{"username": "alice", "role": "boss"}]}')
    assert_refused(hubbub("provision", file, "--data", data), 2, "people.json: users[0].role: expected one of")
    serve = hubbub("serve", "--data", data, "--provision", file, "--credentials", "-")
    assert_refused(serve, 2, "people.json: users[0].role: expected one of")
    assert_refused(hubbub("provision", tmp_path / "none", "--data", data), 2, "none: cannot be read: No such file")
    assert_refused(hubbub("provision", "-", "--data", data, stdin="{"), 2, "standard input: is not JSON")
    assert not data.exists()


def test_provisioning_is_whole_or_not_at_all(hubbub: CommandLine, tmp_path: Path) -> None:
    data = tmp_path / "data"
    broken = {**SMALL, "conversations": [{"name": "ops", "members": ["alice", "nobody"]}]}
    refused = hubbub("provision", "-", "--data", data, stdin=json.dumps(broken))
    assert_refused(refused, 2, "conversations[0].members", "nobody")
    made = json.loads(hubbub("provision", "-", "--data", data, stdin=json.dumps(SMALL)).out)
    assert made["users"]["alice"]["token"]


def test_credentials_are_told_once_and_rotated_on_demand(hubbub: CommandLine, tmp_path: Path) -> None:
    data = tmp_path / "data"
    first, second, rotated = (
        json.loads(hubbub("provision", "-", "--data", data, *more, stdin=json.dumps(SMALL)).out)
        for more in ((), (), ("--rotate",))
    )
    assert set(first["bots"]["ci"]) == {"id", "token", "key_access", "bot_key", "webhook_secret"}
    assert second == {"users": {"alice": {"id": 1}}, "bots": {"ci": {"id": 1}}, "conversations": {}}
    assert rotated["users"]["alice"]["token"] not in ("", first["users"]["alice"]["token"])
    assert rotated["bots"]["ci"]["bot_key"] != first["bots"]["ci"]["bot_key"]


def test_the_master_key_is_rotated_and_every_credential_survives(hubbub: CommandLine, tmp_path: Path) -> None:
    data = tmp_path / "data"
    made = json.loads(hubbub("provision", "-", "--data", data, stdin=json.dumps(SMALL)).out)
    rotation = json.loads(hubbub("rotate-master-key", "--data", data).out)
    assert (len(rotation["older"]), rotation["waiting"], rotation["ended"]) == (1, 2, 0)
    with HubProcess(tmp_path, provision=SMALL) as hub:
        address = ("--url", hub.ready.ws, "--conversation", "99")
        sent = hubbub("send", *address, "--token", made["users"]["alice"]["token"], "hello")
        assert "not_found" in sent.err  # signed in
        assert_refused(hubbub("rotate-master-key", "--data", data), 1, "in use by a hub that runs")
        assert_refused(hubbub("restored", "--data", data), 1, "in use by a hub that runs")
    forgotten = json.loads(hubbub("rotate-master-key", "--data", data, "--forget").out)
    assert (forgotten["key_id"], forgotten["older"], forgotten["ended"]) == (rotation["key_id"], [], 1)
    assert str((data / "master.key").read_text()).strip() not in json.dumps([rotation, forgotten])


def test_the_master_key_may_lie_elsewhere(hubbub: CommandLine, tmp_path: Path) -> None:
    data, key, config = tmp_path / "data", tmp_path / "hub.key", tmp_path / "hub.toml"
    config.write_text(f"master_key_file = {json.dumps(str(key))}\n")
    provision = ("provision", "-", "--data", data)
    assert_refused(hubbub(*provision, "--config", config, stdin="{}"), 1, "hub.key: missing: make it")
    key.write_text(base64.b64encode(bytes(32)).decode())
    key.chmod(0o644)
    assert_refused(hubbub(*provision, "--config", config, stdin="{}"), 1, "hub.key: others may access it: chmod 600")
    key.chmod(0o600)
    assert hubbub(*provision, stdin=json.dumps(SMALL), HUBBUB_MASTER_KEY_FILE=str(key)).code == 0
    assert not (data / "master.key").exists()
    assert hubbub("rotate-master-key", "--data", data, "--config", config).code == 0
    assert len(key.read_text().splitlines()) == 2


def test_restoring_begins_epochs_where_there_is_a_hub(hubbub: CommandLine, tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert_refused(hubbub("restored", "--data", data), 1, "data: there is no such directory")
    assert_refused(hubbub("rotate-master-key", "--data", data), 1, "data: there is no such directory")
    assert not data.exists()
    room = {**SMALL, "conversations": [{"name": "ops", "members": ["alice"]}]}
    hubbub("provision", "-", "--data", data, stdin=json.dumps(room))
    assert json.loads(hubbub("restored", "--data", data).out) == {"conversations": 1}


def test_administrators_are_made_where_no_hub_runs(hubbub: CommandLine, tmp_path: Path) -> None:
    data = str(tmp_path / "data")
    assert_refused(hubbub("admin", "alice", "--data", data), 1, "data: there is no such directory")
    hubbub("provision", "-", "--data", data, stdin=json.dumps(SMALL))
    assert json.loads(hubbub("admin", "ALICE", "--data", data).out) == {"username": "alice", "role": "admin"}
    assert json.loads(hubbub("admin", "alice", "--data", data, "--revoke").out) == {"username": "alice", "role": "user"}
    assert_refused(hubbub("admin", "nobody", "--data", data), 1, "there is no user 'nobody'")
    with hold(tmp_path / "data"):
        assert_refused(hubbub("admin", "alice", "--data", data), 1, "in use by a hub that runs")


def test_a_directory_that_cannot_be_is_told(hubbub: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert_refused(hubbub("serve", "--data", tmp_path / "file"), 1, "cannot be used as the data directory")


def test_a_directory_in_use_is_refused(hubbub: CommandLine, tmp_path: Path) -> None:
    with hold(tmp_path / "data") as data:
        in_use = f"{data}: in use by a hub that runs (pid {os.getpid()})"
        assert_refused(hubbub("serve", "--data", data, *FREE_PORTS), 1, in_use)
        assert_refused(hubbub("provision", "-", "--data", data, stdin=json.dumps(SMALL)), 1, in_use)


def test_a_port_that_is_taken_is_told_and_nothing_is_made(hubbub: CommandLine, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        result = hubbub("serve", "--data", tmp_path / "data", "--http", "127.0.0.1:0", "--ws", address)
    assert_refused(result, 1, f"cannot listen on {address}: ")
    assert not (tmp_path / "data" / "hubbub.db").exists()


def test_credentials_that_cannot_be_written_stop_the_start_before_anything_is_made(
    hubbub: CommandLine, tmp_path: Path
) -> None:
    file, data, out = tmp_path / "people.json", tmp_path / "data", tmp_path / "none" / "out"
    file.write_text(json.dumps(SMALL))
    result = hubbub("serve", "--data", data, *FREE_PORTS, "--provision", file, "--credentials", out)
    assert_refused(result, 1, "out: cannot be written")
    assert json.loads(hubbub("provision", file, "--data", data).out)["users"]["alice"]["token"]


def test_the_program_exits_with_what_its_commands_say(tmp_path: Path) -> None:
    result = subprocess.run([HUBBUB, "serve", "--http", "nowhere"], capture_output=True, text=True, check=False)
    assert_refused(Result(result.returncode, result.stdout, result.stderr), 2, "http = 'nowhere'")


def test_a_hub_starts_and_ends_and_starts_again(hubbub: CommandLine, tmp_path: Path) -> None:
    with HubProcess(tmp_path, provision=SMALL) as hub:
        assert set(hub.credentials) == {"users", "bots", "conversations"}
        assert stat.S_IMODE(hub.data.stat().st_mode) == 0o700
        assert_refused(
            hubbub("serve", "--data", hub.data, *FREE_PORTS), 1, f"in use by a hub that runs (pid {hub.ready.pid})"
        )
        assert hub.stop(signal.SIGTERM) == 0
        hub.credentials = {}
        hub.start()
        assert hub.credentials == {}
        assert hub.stop(signal.SIGINT) == 0
        assert "Traceback" not in hub.log_text()


def test_a_reader_that_is_gone_before_the_ready_line_stops_nothing(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [HUBBUB, "serve", "--data", str(tmp_path / "d"), *FREE_PORTS]
    with subprocess.Popen(command, stdout=writer, stderr=subprocess.PIPE, text=True) as process:
        os.close(writer)
        assert process.stderr is not None
        assert "standard output cannot be written" in process.stderr.readline()
        process.terminate()
        assert process.wait(15) == 0
        assert "Exception ignored" not in process.stderr.read()


def test_a_certificate_that_cannot_be_read_stops_the_start_and_leaves_nothing(
    hubbub: CommandLine, tmp_path: Path
) -> None:
    data, missing = tmp_path / "var", str(tmp_path / "none.pem")
    env = {"HUBBUB_TLS_CERTFILE": missing, "HUBBUB_TLS_KEYFILE": missing}
    assert_refused(hubbub("serve", "--data", data, *FREE_PORTS, **env), 2, "tls_certfile")
    assert not data.exists()
