"""What peers need, installed once below a cache directory: a directory for each set of versions."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from hashlib import sha256
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

from loadtest.contest.contestant import PeerMissing

SOURCES: Final = files("loadtest") / "peers"
STAMP: Final = "installed"
TIMEOUT_S: Final = 600.0
ALSO_IN: Final = ("/usr/sbin", "/usr/local/sbin")  # where daemons are, and not on everybody's PATH


def default_cache() -> Path:
    """Return where things that can be had again belong, by the XDG base directories."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hubbub-load"


def program(name: str) -> str:
    """Return the path of a program. Raises PeerMissing."""
    found = shutil.which(name, path=os.pathsep.join((os.environ.get("PATH", ""), *ALSO_IN)))
    if found is None:
        raise PeerMissing(f"{name} is not installed")
    return found


def first_line(*command: str) -> str:
    """Return the first line that a command says of itself, on either output. Raises PeerMissing when it fails."""
    return run(command, Path.cwd()).partition("\n")[0].strip()


def installed(cache: Path, kind: str, pinned: str, steps: Sequence[Sequence[str]]) -> Path:
    """Return a directory below `cache` with the sources of `kind`, in which `steps` have been run once.

    `pinned` is what decides whether that must be done anew, and `{target}` in a step stands for the directory. Raises
    PeerMissing when a step fails.
    """
    target = _home(cache, kind, pinned)
    with as_file(SOURCES / kind) as sources:
        shutil.copytree(sources, target, dirs_exist_ok=True)
    if not is_installed(cache, kind, pinned):
        print(f"… installing the peers in {kind} below {cache}", file=sys.stderr)  # noqa: T201
        for step in steps:
            run([part.replace("{target}", str(target)) for part in step], target)
        (target / STAMP).touch()
    return target


def is_installed(cache: Path, kind: str, pinned: str) -> bool:
    """Whether all steps have been taken."""
    return (_home(cache, kind, pinned) / STAMP).exists()


def run(command: Sequence[str], directory: Path) -> str:
    """Return what a command says. Raises PeerMissing with its last line when it fails."""
    try:
        done = subprocess.run(  # noqa: S603
            command,
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PeerMissing(f"{command[0]}: {error}") from error
    if done.returncode:
        last = done.stdout.strip().rpartition("\n")[2]
        raise PeerMissing(f"{' '.join(command[:3])} failed: {last}")
    return done.stdout


def _home(cache: Path, kind: str, pinned: str) -> Path:
    return cache / f"{kind}-{sha256(pinned.encode()).hexdigest()[:12]}"
