"""A hub with two accounts, and programs that hold keys of them."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any, Final, NamedTuple

import requests

from http_edge.dialects import chatpion
from http_edge.dialects.chatpion.routes import Endpoint
from tests.e2e.hub_process import HubProcess

TIGHT: Final = 5
"""What the keys of a tight hub may be used in a minute."""
PROVISION: Final = {
    "accounts": [
        {
            "name": "acme",
            "email": "acme@example.com",
            "plan": "premium",
            "api_keys": [
                {"name": "main"},
                {"name": "reader", "scopes": ["account:read"]},
                {"name": "writer", "scopes": ["subscribers:write"]},
            ],
        },
        {"name": "beta", "api_keys": [{"name": "main"}]},
    ]
}


class Reply(NamedTuple):
    """An answer."""

    status: int
    body: bytes
    json: Any
    headers: Any

    @property
    def data(self) -> Any:
        assert self.status == 200, self
        assert self.json["status"] == "success"
        return self.json["data"]

    @property
    def fault(self) -> tuple[int, str]:
        """The status and the message of a failure, which is in the envelope of the document."""
        assert self.json == {"status": "error", "message": self.json["message"], "code": self.status}, self
        return self.status, self.json["message"]


class Program:
    """A client with one key."""

    def __init__(self, url: str, key: str | None) -> None:
        self._url = url
        self._session = requests.Session()
        if key is not None:
            self._session.headers["X-API-Key"] = key

    def send(self, method: str, path: str, **options: Any) -> Reply:
        """Send a request."""
        answer = self._session.request(method, self._url + path, **options)
        is_json = answer.headers.get("Content-Type") == "application/json"
        return Reply(answer.status_code, answer.content, answer.json() if is_json else None, answer.headers)

    def get(self, path: str, **query: Any) -> Reply:
        """Ask for something."""
        return self.send("GET", path, params=query)

    def post(self, path: str, body: Any = None) -> Reply:
        """Send JSON."""
        return self.send("POST", path, json=body)


class Shop:
    """The hub, and everybody who calls it."""

    def __init__(self, hub: HubProcess) -> None:
        self.hub = hub
        self.url = hub.ready.http
        self.keys = {name: account["api_keys"] for name, account in hub.credentials["accounts"].items()}
        self.acme, self.beta = self.program(self.keys["acme"]["main"]), self.program(self.keys["beta"]["main"])
        self.nobody = self.program(None)

    def program(self, key: str | None) -> Program:
        """A client with this key."""
        return Program(self.url, key)


def hub_in(directory: Path, **options: Any) -> HubProcess:
    """A hub with these accounts."""
    return HubProcess(directory, provision=PROVISION, **options)


def table() -> list[Endpoint]:
    """Every route that takes a key."""
    parts: dict[str, Any] = dict.fromkeys(field.name for field in fields(chatpion.Parts))
    return chatpion.assemble(chatpion.Parts(**parts)).endpoints
