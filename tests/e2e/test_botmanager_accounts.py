"""Bot Manager's people and bots on a real hub, as `requests` and a native client see them."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.e2e.hub_process import HubProcess
from tests.e2e.peers import MSGPACK, PythonPeer
from tests.e2e.talker import Talker

PASSWORD = "correct horse"
LINK = re.compile(r'event=password_reset_link user=(\S+) link="(\S+)/reset-password\?token=([A-Za-z0-9_-]+)"')
REVOKED = 4411


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    with HubProcess(tmp_path_factory.mktemp("hub"), provision={}) as hub:
        yield hub
        assert hub.alive(), hub.log_text()
        assert hub.stop() == 0
    assert "Traceback" not in hub.log_text(), hub.log_text()


class Browser(requests.Session):
    """A client at the hub, with its cookies."""

    def __init__(self, hub: HubProcess) -> None:
        super().__init__()
        self._base = hub.ready.http

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The answer's content; it must be 200."""
        with self.request(method, f"{self._base}/api{path}", json=body, headers=headers, timeout=20) as answer:
            assert answer.status_code == 200, (answer.status_code, answer.text)
            return answer.json()

    def status(self, method: str, path: str, body: Any = None, **headers: str) -> int:
        """The answer's status."""
        with self.request(method, f"{self._base}/api{path}", json=body, headers=headers, timeout=20) as answer:
            return answer.status_code


@pytest.fixture(scope="module")
def root(hub: HubProcess) -> Iterator[Browser]:
    """The first to register."""
    with registered(hub, "root") as browser:
        yield browser


def registered(hub: HubProcess, name: str) -> Browser:
    """Somebody new, who is signed in."""
    browser = Browser(hub)
    account = {"username": name, "email": f"{name}@mail.example", "password": PASSWORD, "fullname": name.title()}
    browser.call("POST", "/auth/register", account)
    browser.call("POST", "/auth/login", {"username": name, "password": PASSWORD})
    return browser


def native(hub: HubProcess, **credentials: Any) -> Talker:
    """A native client."""
    return Talker(PythonPeer(hub.ready.ws, MSGPACK)).hello(**credentials)


def test_people_and_bots_are_the_hubs_own(hub: HubProcess, root: Browser) -> None:
    assert root.call("GET", "/auth/me")["user"]["role"] == "admin"
    with registered(hub, "alice") as alice:
        person = native(hub, username="alice", password=PASSWORD)
        me = person.welcome["self"]
        assert me["name"] == "Alice"
        made = alice.call("POST", "/my-bots", {"name": "ci"})
        bot, token = int(made["bot_id"]), made["token"]
        room = person.ask("conversation.create", kind="closed", name="ops", bots=[bot])["conversation"]["id"]
        key = person.ask("bot.rotate", bot=bot, credential="bot_key")["bot"]["bot_key"]
        with requests.post(f"{hub.ready.http}/rooms/{room}/{key}/messages", data="built", timeout=20) as posted:
            assert posted.status_code == 201
        key = person.ask("bot.rotate", bot=bot, credential="key_access")["bot"]["key_access"]
        said = {"key_access": key, "type_action": "add_message", "content_message": "deployed"}
        url = f"{hub.ready.http}/app/bot_api.php?route=api_messenger"
        with requests.post(url, data=said, timeout=20) as posted:
            assert posted.json() == {"return_code": 0}
        machine = native(hub, token=token)
        machine.ask("publish", conv=room, cid="c", body="and tested")
        page = person.ask("history", conv=room)
        assert [message["body"] for message in page["messages"]] == ["built", "deployed", "and tested"]
        renewed = alice.call("POST", f"/my-bots/{bot}/regenerate-token")["token"]
        assert machine.end().code == REVOKED
        assert alice.call("GET", f"/my-bots/{bot}/token") == {"token": renewed}
        _leave(hub, alice, person, room, renewed)


def _leave(hub: HubProcess, alice: Browser, person: Talker, room: int, token: str) -> None:
    """Deleting the account ends everything at once, and what was said stays."""
    machine = native(hub, token=token)
    reader_name = "reader"
    with registered(hub, reader_name) as reader:
        watcher = native(hub, username=reader_name, password=PASSWORD)
        person.ask("members.add", conv=room, users=[watcher.welcome["self"]["id"]])
        alice.call("POST", "/auth/delete-account", {"password": PASSWORD})
        assert person.end().code == machine.end().code == REVOKED
        assert reader.status("GET", "/bots", **{"X-Bot-Token": token}) == 401
        assert alice.status("GET", "/auth/me") == 401
        page = watcher.ask("history", conv=room)
        assert {message["from"]["name"] for message in page["messages"]} == {"ci"}


def test_a_forgotten_password_is_set_by_the_link_in_the_log(hub: HubProcess, root: Browser) -> None:
    with registered(hub, "forgetful") as browser:
        person = native(hub, username="forgetful", password=PASSWORD)
        browser.call("POST", "/auth/forgot-password", {"email": "Forgetful@mail.example"}, Host="evil.example")
        user, base, token = _link(hub)
        assert (user, base) == ("forgetful", hub.ready.http)
        browser.call("POST", "/auth/reset-password", {"token": token, "new_password": "battery staple"})
        assert browser.status("GET", "/auth/me") == 401
        assert person.end().code == REVOKED
        assert browser.status("POST", "/auth/login", {"username": "forgetful", "password": PASSWORD}) == 401
        browser.call("POST", "/auth/login", {"username": "forgetful", "password": "battery staple"})


def test_sessions_and_tokens_outlive_a_crash(hub: HubProcess, root: Browser) -> None:
    token = root.call("POST", "/my-bots", {"name": "survivor"})["token"]
    hub.kill()
    hub.start()
    assert root.call("GET", "/auth/me")["user"]["username"] == "root"
    assert Browser(hub).call("GET", "/bots", **{"X-Bot-Token": token})["count"] == 1


def test_secrets_are_in_no_log(hub: HubProcess, root: Browser) -> None:
    token = root.call("POST", "/my-bots", {"name": "quiet"})["token"]
    root.call("GET", "/my-bots")
    secrets = [PASSWORD, token, *(cookie.value or "" for cookie in root.cookies)]
    assert all(secret and secret not in hub.log_text() for secret in secrets)


def _link(hub: HubProcess, patience_s: float = 10.0) -> tuple[str | Any, ...]:
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        found = LINK.search(hub.log_text())
        if found is not None:
            return found.groups()
        time.sleep(0.02)
    raise AssertionError(hub.log_text())
