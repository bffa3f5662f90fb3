"""The wire contract names everything that the frames, the codes and the limits have."""

import re
from typing import get_args

import msgspec
import pytest

from protocol import frames
from protocol.codes import CloseCode, ErrorCode, may_reconnect
from tests.docs.documents import ROOT

TEXT = (ROOT / "docs/reference/protocol.md").read_text(encoding="utf-8")
WORDS = set(re.findall(r"[a-z_]+(?:\.[a-z_]+)*", " ".join(re.findall(r"`[^`]*`|\{[^}]*\}", TEXT))))
Structs = list[type[msgspec.Struct]]
FRAMES: Structs = [*get_args(frames.AnyRequest), *get_args(frames.AnyOutbound)]
PARTS: Structs = [frames.Actor, frames.Self, frames.Attachment, frames.Reaction, frames.Summary, frames.Limits]
VIEWS: Structs = [frames.StoredMessage, frames.BotView, frames.UserView]
STRUCTS = [*FRAMES, *PARTS, *VIEWS]


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: frame.__name__)
def test_every_frame_is_named(frame: type[msgspec.Struct]) -> None:
    assert frame.__struct_config__.tag in WORDS


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda struct: struct.__name__)
def test_every_key_is_named(struct: type[msgspec.Struct]) -> None:
    assert {field.encode_name for field in msgspec.structs.fields(struct)} <= WORDS


@pytest.mark.parametrize("code", ErrorCode)
def test_every_error_code_is_explained_and_whether_to_try_again(code: ErrorCode) -> None:
    row = re.search(rf"^\| `{code}` \|.*\| (.*) \|$", TEXT, re.MULTILINE)
    assert row is not None
    assert (row[1] == "after `retry_ms`") == code.temporary


@pytest.mark.parametrize("code", CloseCode)
def test_every_close_code_tells_whether_to_come_back(code: CloseCode) -> None:
    row = re.search(rf"^\| [\d, ]*{code.value}\b[\d, ]* \|.*\| (yes|no)\b.* \|$", TEXT, re.MULTILINE)
    assert row is not None
    assert (row[1] == "yes") == may_reconnect(code)
