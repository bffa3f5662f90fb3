"""What operators set, in every way that they can, and every way in which it can be wrong."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

import pytest

from hub.config import Address, ConfigError, load

WRONG_IN_FILE = {
    "not TOML": ("devices_per_user = = 3", "is not TOML: "),
    "an unknown key": ("devices_per_users = 3", "devices_per_users: unknown key; the nearest one is devices_per_user"),
    "a table that is none": ("[server]\nport = 1", "server: unknown key; the nearest one is "),
    "a text for a number": ('devices_per_user = "3"', "devices_per_user = '3': expected a whole number from 1 to 1000"),
    "true for a number": ("devices_per_user = true", "devices_per_user = True: expected a whole number"),
    "a fraction for a whole number": ("devices_per_user = 2.5", "devices_per_user = 2.5: expected a whole number"),
    "too few": ("devices_per_user = 0", "devices_per_user = 0: expected a whole number from 1 to 1000"),
    "too many": ("publish_burst = 10000000", "publish_burst = 10000000: expected a whole number from 1 to 1000000"),
    "not a number": ("publish_rate_per_s = nan", "publish_rate_per_s = nan: expected a number from 0.01 to 1e+06"),
    "a number for a flag": ("open_bot_endpoints = 1", "open_bot_endpoints = 1: expected true or false"),
    "a word that is none": ('log_level = "loud"', 'log_level = \'loud\': expected one of "debug", "info"'),
    "a port beyond ports": ('ws = "127.0.0.1:70000"', "ws = '127.0.0.1:70000': expected HOST:PORT"),
    "an address without port": ('http = "localhost"', "http = 'localhost': expected HOST:PORT"),
    "a bare IPv6 address": ('http = "::1:8080"', "http = '::1:8080': expected HOST:PORT"),
    "a text for a list": ('allowed_origins = "*"', "allowed_origins = '*': expected a list"),
    "an origin with a path": ('allowed_origins = ["https://a.example/x"]', "expected a list, each entry an origin"),
    "a network with host bits": ('trusted_proxies = ["10.0.0.1/8"]', "expected a list, each entry an address or CIDR"),
    "a URL of another scheme": (
        'public_url = "ftp://x"',
        "public_url = 'ftp://x': expected a URL that begins with http",
    ),
    "an unknown dialect": ('dialect_bind = { irc = "127.0.0.1:1" }', "expected a table of aurorialink, botlive"),
    "a line break in a value": ('data = "a\\nb"', "data = 'a\\nb': expected a directory"),
    "half of a certificate": ('tls_certfile = "a.pem"', "tls_certfile is set but tls_keyfile is not"),
    "the other half": ('tls_keyfile = "a.pem"', "tls_keyfile is set but tls_certfile is not"),
    "a timeout before the ping": ("heartbeat_timeout_s = 20", "heartbeat_timeout_s = 20: expected more than heartbeat"),
    "one address for two": ('http = "[::1]:80"\nws = "[::1]:80"', "http and ws are both [::1]:80"),
    "one address for two dialects": (
        'dialect_bind = { cordless = "[::1]:80", aurorialink = "[::1]:80" }',
        "aurorialink and cordless are both [::1]:80",
    ),
    "a dialect at the hub's address": (
        'dialect_bind = { aurorialink = "127.0.0.1:8080" }',
        "http and aurorialink are both 127.0.0.1:8080",
    ),
}


def test_everything_has_a_default() -> None:
    config = load()
    assert (config.data, str(config.http), str(config.ws)) == ("./var", "127.0.0.1:8080", "127.0.0.1:8081")
    assert (config.devices_per_user, config.publish_rate_per_s, config.publish_burst) == (2, 50.0, 200)
    assert (config.outbox_bytes, config.max_connections_per_address) == (1_048_576, 5_000)
    assert config.explicit == frozenset()


def test_a_flag_beats_a_variable_beats_the_file(tmp_path: Path) -> None:
    file = tmp_path / "hub.toml"
    file.write_text('data = "file"\nhttp = "127.0.0.1:1"\nws = "127.0.0.1:2"\n')
    env = {"HUBBUB_HTTP": "127.0.0.1:11", "HUBBUB_WS": "127.0.0.1:12", "PATH": "/bin"}
    config = load(file=file, env=env, flags={"ws": "127.0.0.1:22", "http": None})
    assert (config.data, config.http.port, config.ws.port) == ("file", 11, 22)
    assert config.explicit == {"data", "http", "ws"}


@pytest.mark.parametrize(("text", "complaint"), WRONG_IN_FILE.values(), ids=WRONG_IN_FILE.keys())
def test_a_wrong_file_is_told_in_one_line(tmp_path: Path, text: str, complaint: str) -> None:
    file = tmp_path / "hub.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(file=file)
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_message_names_the_file(tmp_path: Path) -> None:
    file = tmp_path / "hub.toml"
    with pytest.raises(ConfigError, match=r"hub\.toml: cannot be read: No such file"):
        load(file=file)
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=r"hub\.toml: is not UTF-8"):
        load(file=file)
    file.write_text("devices_per_user = 0")
    with pytest.raises(ConfigError, match=r"hub\.toml: devices_per_user = 0"):
        load(file=file)


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("HUBBUB_DEVICES", "2", "HUBBUB_DEVICES: unknown key; the nearest one is HUBBUB_DEVICES_PER_USER"),
        ("HUBBUB_devices_per_user", "2", None),
        ("HUBBUB_Devices_Per_User", "2", "HUBBUB_Devices_Per_User: unknown key; the nearest one is HUBBUB_DEVICES_PER"),
        ("HUBBUB_", "", "HUBBUB_: unknown key"),
        (
            "HUBBUB_DEVICES_PER_USER",
            "two",
            "HUBBUB_DEVICES_PER_USER: devices_per_user = 'two': expected a whole number",
        ),
        ("HUBBUB_DEVICES_PER_USER", "", "devices_per_user = '': expected a whole number"),
        ("HUBBUB_OPEN_BOT_ENDPOINTS", "maybe", "open_bot_endpoints = 'maybe': expected true or false"),
        ("HUBBUB_TRUSTED_PROXIES", "[[[", "trusted_proxies = '[[[': expected a list"),
        ("HUBBUB_DIALECT_BIND", "botlive", "dialect_bind = 'botlive': expected a table"),
    ],
)
def test_a_wrong_variable_is_told_in_one_line(name: str, value: str, complaint: str | None) -> None:
    if complaint is None:
        assert load(env={name: value}).devices_per_user == 2
        return
    with pytest.raises(ConfigError) as caught:
        load(env={name: value})
    assert complaint in str(caught.value)


def test_variables_carry_every_kind_of_value() -> None:
    config = load(
        env={
            "HUBBUB_DEVICES_PER_USER": "5",
            "HUBBUB_PUBLISH_RATE_PER_S": "0.5",
            "HUBBUB_OPEN_BOT_ENDPOINTS": "YES",
            "HUBBUB_ALLOWED_ORIGINS": "https://a.example, http://b.example:8000",
            "HUBBUB_TRUSTED_PROXIES": '["10.0.0.0/8", "::1"]',
            "HUBBUB_OUTBOUND_ALLOW": "",
            "HUBBUB_DIALECT_BIND": "botlive=127.0.0.1:5000,cordless=[::1]:5001",
            "HUBBUB_PUBLIC_URL": "https://chat.example/",
            "HUBBUB_TLS_CERTFILE": "",
        }
    )
    assert (config.devices_per_user, config.publish_rate_per_s, config.open_bot_endpoints) == (5, 0.5, True)
    assert config.allowed_origins == ("https://a.example", "http://b.example:8000")
    assert config.trusted_proxies == (ip_network("10.0.0.0/8"), ip_network("::1"))
    assert (config.outbound_allow, config.tls_certfile) == ((), None)
    assert config.dialect_bind == (("botlive", Address("127.0.0.1", 5000)), ("cordless", Address("::1", 5001)))
    assert config.public_url == "https://chat.example"


def test_a_secret_is_never_shown() -> None:
    with pytest.raises(ConfigError) as caught:
        load(env={"HUBBUB_BOTLIVE_API_KEY": "hunter2"})
    assert str(caught.value) == (
        "HUBBUB_BOTLIVE_API_KEY: botlive_api_key = <hidden>: expected a text of 16 characters or more"
    )
    assert "a-long-enough-secret" not in repr(load(env={"HUBBUB_BOTLIVE_API_KEY": "a-long-enough-secret"}))


def test_the_connection_caps_fit_the_file_limit() -> None:
    small = load(file_limit=1_024)
    assert small.max_connections + small.http_connections == 1_024 - 128
    assert load(file_limit=10).max_connections == 1
    assert load(env={"HUBBUB_MAX_CONNECTIONS": "20000"}, file_limit=1_024).max_connections == 20_000


def test_every_key_has_an_effect() -> None:
    assert load(env={"HUBBUB_BOTLIVE_RATE_PER_MIN": "9", "HUBBUB_LOG_LEVEL": "debug"}).unused_keys() == ()


def test_the_hubs_own_origins_are_always_allowed() -> None:
    config = load(env={"HUBBUB_ALLOWED_ORIGINS": "https://a.example"})
    assert config.origins("http://127.0.0.1:8080", "ws://127.0.0.1:8081/ws") == {
        "https://a.example",
        "http://127.0.0.1:8080",
        "http://127.0.0.1:8081",
    }
    public = load(env={"HUBBUB_PUBLIC_URL": "https://chat.example/app"})
    assert "https://chat.example" in public.origins("https://[::1]:443", "wss://[::1]:8081/ws")
    assert "https://[::1]" in public.origins("https://[::1]:443", "wss://[::1]:8081/ws")
