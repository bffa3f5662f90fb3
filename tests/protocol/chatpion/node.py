"""The JavaScript client, in a program of its own that does as it is told."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from tests.docs.documents import ROOT
from tests.e2e.peers import NODE

SDK = ROOT / "protocol/chatpion/js"


class Failed(Exception):
    """What the client threw."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error["message"])
        self.name = error["name"]
        self.status = error.get("status")
        self.retry_after = error.get("retryAfter")
        self.ours = error["ours"]


class Node:
    """A program that calls the client. Raises Failed."""

    def __init__(self) -> None:
        command = [NODE or "node", str(ROOT / "tests/protocol/chatpion/caller.js"), str(SDK)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

    def make(self, key: str, url: str, **options: Any) -> None:
        """Make a client for the calls to come."""
        self._does(make={"apiKey": key, "baseUrl": url, **options})

    def __call__(self, name: str, *args: Any) -> Any:
        return self._does(call=name, args=args)

    def leave(self) -> None:
        self._process.communicate(timeout=20)
        assert self._process.returncode == 0

    def _does(self, **order: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        answer = json.loads(self._process.stdout.readline())
        if "error" in answer:
            raise Failed(answer["error"])
        return answer.get("data")
