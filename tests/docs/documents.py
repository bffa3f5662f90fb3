"""The documents, and what is in them: commands, links, programs."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])

_SHELL = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_PROGRAM = re.compile(r"^<!-- run: (\w+) -->\n```(?:python|javascript|php)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


def name(document: Path) -> str:
    """Return the path as a test's id."""
    return str(document.relative_to(ROOT))


def commands(document: Path) -> list[list[str]]:
    """Return every command line of a shell block, in words, comments left out; a pipe's parts stand alone."""
    shell = "".join(_SHELL.findall(document.read_text(encoding="utf-8")))
    lines = shell.replace("\\\n", "").splitlines()
    parts = [part for line in lines for part in re.split(r" \| ", line)]
    return [words for part in parts if (words := shlex.split(part, comments=True))]


def programs(document: Path) -> dict[str, str]:
    """Return the programs that are marked to be run, by their mark."""
    return dict(_PROGRAM.findall(document.read_text(encoding="utf-8")))


def links(document: Path) -> list[str]:
    """Return the targets of links that are no URLs."""
    found = _LINK.findall(document.read_text(encoding="utf-8"))
    return [target for target in found if "://" not in target]


def anchors(document: Path) -> set[str]:
    """Return the fragments by which the document's headings are reached."""
    headings = _HEADING.findall(document.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}
