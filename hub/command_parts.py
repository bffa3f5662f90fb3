"""What the commands of the command line share."""

from __future__ import annotations

import argparse
import contextlib
import gc
from collections.abc import Iterator
from pathlib import Path

from hub.config import Config


@contextlib.contextmanager
def loading() -> Iterator[None]:
    """Seek no garbage while a hub's modules come in: two hundred thousand objects, nearly all of which stay."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def add_directory(parser: argparse.ArgumentParser) -> None:
    """Let a command be told which data directory it is about."""
    parser.add_argument("--data", metavar="DIR", help=f"the data directory of the hub [{Config().data}]")
    parser.add_argument("--config", metavar="FILE", type=Path, help="the TOML file that the hub is started with")
