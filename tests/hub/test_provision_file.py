"""Provisioning files: what they may say, and where every complaint points."""

from __future__ import annotations

import json

import pytest

from hub.provision_file import ProvisionFileError, UserDraft, parse
from storage import NewAccount, NewBot, NewConversation, NewKey, NewUser

WHOLE = {
    "users": [
        {
            "username": "alice",
            "password": "pässword",
            "role": "admin",
            "fullname": "Alice A.",
            "email": "a@example.org",
        },
        {"username": "bob", "password": None},
    ],
    "bots": [{"name": "ci", "owner": "alice", "webhook_url": "http://127.0.0.1:9000/hook", "json_reply": "ignore"}],
    "conversations": [{"name": "ops", "kind": "closed", "members": ["alice", "bob"], "bots": ["ci"]}],
    "accounts": [
        {
            "name": "Example",
            "email": "example@example.com",
            "plan": "premium",
            "owner": "alice",
            "api_keys": [{"name": "main", "scopes": ["*"]}, {"name": "app", "scopes": ["flows:read", "flows:write"]}],
        },
        {"name": "Bare", "api_keys": [{"name": "all"}]},
    ],
}
TOML = """
[[users]]
username = "alice"

[[conversations]]
name = "ops"
kind = "open"
members = ["alice"]
"""
WRONG = {
    "nothing": ("", None),
    "no JSON": ("{", "is not JSON: "),
    "no TOML": ("users = ", "is not TOML: "),
    "a list": ("[]", "is not TOML: "),
    "a key twice": ('{"users": [], "users": []}', "is not JSON: the key 'users' stands twice in one object"),
    "nesting without end": ('{"users":' * 100_000, "is not JSON: "),
    "an unknown section": ('{"user": []}', "user: unknown key; the nearest one is users"),
    "companies that are no list": ('{"companies": {}}', "companies: expected a list"),
    "a company twice": (
        '{"companies": [{"company_id": "a"}, {"company_id": "a"}]}',
        "companies[1].company_id: 'a' stands in companies[0] already",
    ),
    "a company's mistake": (
        '{"companies": [{"company_id": "a", "zones": [{"name": "Yopougon", "fee": -1}]}]}',
        "companies[0].zones[0].fee: expected int >= 0",
    ),
    "a company's unknown key": (
        '{"companies": [{"company_id": "a", "deposits": 2000}]}',
        "companies[0].deposits: unknown key; the nearest one is deposit",
    ),
    "a time zone that there is not": (
        '{"companies": [{"company_id": "a", "timezone": "Africa/Nowhere"}]}',
        "companies[0].timezone: there is no time zone 'Africa/Nowhere'",
    ),
    "a text that there is not": (
        '{"companies": [{"company_id": "a", "texts": {"photo": "x"}}]}',
        "companies[0].texts.photo: there is no such text",
    ),
    "a section that is no list": ('{"users": {}}', "users: expected a list"),
    "an entry that is no table": ('{"users": ["alice"]}', "users[0]: expected a table"),
    "an unknown key": (
        '{"users": [{"username": "a"}, {"username": "b", "rôle": "admin"}]}',
        "users[1].rôle: unknown key; the nearest one is role",
    ),
    "a key that steers terminals": ('{"users": [{"\\u001b[2J": 1}]}', "users[0].?[2J: unknown key"),
    "a missing name": ('{"users": [{}]}', "users[0].username: is missing; expected a name of 1 to 100"),
    "an empty name": ('{"users": [{"username": ""}]}', "users[0].username: expected a name"),
    "a long name": (json.dumps({"users": [{"username": "x" * 101}]}), "users[0].username: expected a name"),
    "a name with spaces": ('{"users": [{"username": "a b"}]}', "users[0].username: expected a name"),
    "a name with a line break": ('{"bots": [{"name": "a\\nb"}]}', "bots[0].name: expected a name"),
    "half a character": ('{"users": [{"username": "a", "password": "\\ud800"}]}', "users[0].password: expected a text"),
    "an unknown role": (
        '{"users": [{"username": "a", "role": "boss"}]}',
        'users[0].role: expected one of "admin", "user"',
    ),
    "a number for a password": ('{"users": [{"username": "a", "password": 12345678}]}', "users[0].password: expected"),
    "an empty password": ('{"users": [{"username": "a", "password": ""}]}', "users[0].password: expected a text of 1"),
    "the same user twice": (
        '{"users": [{"username": "a"}, {"username": "a"}]}',
        "users[1].username: 'a' stands in users[0] already",
    ),
    "the same bot twice": ('{"bots": [{"name": "a"}, {"name": "a"}]}', "bots[1].name: 'a' stands in bots[0] already"),
    "a webhook elsewhere": (
        '{"bots": [{"name": "a", "webhook_url": "file:///etc/passwd"}]}',
        "bots[0].webhook_url: expected a URL that begins with http:// or https://",
    ),
    "a word for a flag": (
        '{"bots": [{"name": "a", "json_reply": "yes"}]}',
        'bots[0].json_reply: expected one of "attach", "ignore"',
    ),
    "a kind that is none": (
        '{"conversations": [{"name": "a", "kind": "group"}]}',
        'conversations[0].kind: expected one of "closed", "open", "direct"',
    ),
    "a member that is no name": (
        '{"conversations": [{"name": "a", "kind": "open", "members": ["x", 7]}]}',
        "conversations[0].members[1]: expected a name",
    ),
    "members that are no list": (
        '{"conversations": [{"name": "a", "kind": "open", "members": "alice"}]}',
        "conversations[0].members: expected a list",
    ),
    "a member twice": (
        '{"conversations": [{"name": "a", "kind": "open", "members": ["x", "x"]}]}',
        "conversations[0].members[1]: 'x' stands in the list already",
    ),
    "the same account twice": (
        '{"accounts": [{"name": "a"}, {"name": "a"}]}',
        "accounts[1].name: 'a' stands in accounts[0] already",
    ),
    "an unknown scope": (
        '{"accounts": [{"name": "a", "api_keys": [{"name": "k", "scopes": ["*", "flows:all"]}]}]}',
        'accounts[0].api_keys[0].scopes[1]: expected one of "*", "account:read"',
    ),
    "a scope twice": (
        '{"accounts": [{"name": "a", "api_keys": [{"name": "k", "scopes": ["*", "*"]}]}]}',
        "accounts[0].api_keys[0].scopes[1]: '*' stands in the list already",
    ),
    "scopes that are no list": (
        '{"accounts": [{"name": "a", "api_keys": [{"name": "k", "scopes": "*"}]}]}',
        "accounts[0].api_keys[0].scopes: expected a list",
    ),
    "the same key twice": (
        '{"accounts": [{"name": "a", "api_keys": [{"name": "k"}, {"name": "k"}]}]}',
        "accounts[0].api_keys[1].name: 'k' stands in accounts[0].api_keys[0] already",
    ),
    "a key without a name": (
        '{"accounts": [{"name": "a", "api_keys": [{"scopes": ["*"]}]}]}',
        "accounts[0].api_keys[0].name: is missing",
    ),
    "an unknown key of a key": (
        '{"accounts": [{"name": "a", "api_keys": [{"name": "k", "scope": ["*"]}]}]}',
        "accounts[0].api_keys[0].scope: unknown key; the nearest one is scopes",
    ),
    "keys that are no list": (
        '{"accounts": [{"name": "a", "api_keys": {"main": ["*"]}}]}',
        "accounts[0].api_keys: expected a list of tables",
    ),
}


def test_everything_that_a_file_may_say_is_read() -> None:
    file = parse(json.dumps(WHOLE).encode())
    assert file.users == (
        UserDraft(NewUser(username="alice", role="admin", fullname="Alice A.", email="a@example.org"), "pässword"),
        UserDraft(NewUser(username="bob"), None),
    )
    assert file.bots == (
        NewBot(name="ci", owner="alice", webhook_url="http://127.0.0.1:9000/hook", json_reply="ignore"),
    )
    assert file.conversations == (NewConversation(name="ops", kind="closed", members=("alice", "bob"), bots=("ci",)),)
    keys = NewKey(name="main", scopes=("*",)), NewKey(name="app", scopes=("flows:read", "flows:write"))
    example = NewAccount(name="Example", email="example@example.com", plan="premium", owner="alice", api_keys=keys)
    assert file.accounts == (example, NewAccount(name="Bare", api_keys=(NewKey(name="all", scopes=("*",)),)))


def test_toml_says_the_same() -> None:
    file = parse(TOML.encode())
    assert file.users == (UserDraft(NewUser(username="alice"), None),)
    assert file.conversations == (NewConversation(name="ops", kind="open", members=("alice",)),)


def test_a_byte_order_mark_is_no_content() -> None:
    assert len(parse(b"\xef\xbb\xbf" + json.dumps(WHOLE).encode()).users) == 2


@pytest.mark.parametrize(("text", "complaint"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_file_is_told_in_one_line_with_the_place(text: str, complaint: str | None) -> None:
    if complaint is None:
        assert parse(text.encode()).users == ()
        return
    with pytest.raises(ProvisionFileError) as caught:
        parse(text.encode())
    assert str(caught.value).startswith(complaint)
    assert str(caught.value).isprintable()


def test_bytes_that_are_no_text_are_told() -> None:
    with pytest.raises(ProvisionFileError, match="is not UTF-8"):
        parse(b"\xff{}")


def test_a_password_is_never_shown() -> None:
    assert "pässword" not in repr(parse(json.dumps(WHOLE).encode()))
