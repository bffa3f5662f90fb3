"""The programs of docs/dialects/chatpion.md, and what they print."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.docs.documents import ROOT, programs
from tests.protocol.chatpion.node import SDK

PROGRAMS = programs(ROOT / "docs/dialects/chatpion.md")
HOST, KEY = "http://127.0.0.1:8080", "your_api_key_here"


def outcome(command: Sequence[str], name: str, url: str, key: str, folder: Path) -> str:
    """What a program prints in this folder, run as it stands there but for the host and the key."""
    program = folder / f"program.{name}"
    program.write_text(PROGRAMS[name].replace(HOST, url).replace(KEY, key), encoding="utf-8")
    packages = folder / "node_modules"
    packages.mkdir()
    (packages / "chatpion").symlink_to(SDK)
    ours = {"PYTHONPATH": str(ROOT), "CHATPION_URL": url, "CHATPION_KEY": key}
    run = subprocess.run(
        [*command, program], env=os.environ | ours, capture_output=True, text=True, timeout=20, check=True
    )
    assert run.stderr == ""
    return run.stdout
