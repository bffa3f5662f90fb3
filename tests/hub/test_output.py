"""Where credentials go."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from hub.output import CredentialsSink, OutputError

ANSWER = {"users": {"älice": {"id": 1, "token": "t"}}}


def test_standard_output_gets_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    CredentialsSink("-").check()
    CredentialsSink("-").write(ANSWER)
    line = capsys.readouterr().out
    assert json.loads(line) == ANSWER
    assert line.count("\n") == 1
    assert not CredentialsSink("-").is_missing


def test_a_file_is_private_and_replaced_as_a_whole(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    sink = CredentialsSink(str(out))
    sink.check()
    assert sink.is_missing
    out.write_text("x" * 10_000)
    out.chmod(0o644)
    sink.write(ANSWER)
    assert json.loads(out.read_text()) == ANSWER
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [out]
    assert not sink.is_missing


def test_what_cannot_be_written_is_known_beforehand(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none" / "out"):
        with pytest.raises(OutputError, match="cannot be written"):
            CredentialsSink(str(path)).check()
        with pytest.raises(OutputError, match="cannot be written"):
            CredentialsSink(str(path)).write(ANSWER)
    assert list(tmp_path.iterdir()) == []
