"""What `smtp_url` may say."""

from __future__ import annotations

import pytest

from hub.config import ConfigError, load
from hub.config.smtp import SmtpServer


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", SmtpServer("mail.example", 25)),
        ("smtps://mail.example", SmtpServer("mail.example", 465, "tls")),
        ("smtp://[::1]:2525/", SmtpServer("::1", 2_525)),
        ("smtp://u%40x:p%3Aw@h:587?starttls=1", SmtpServer("h", 587, "starttls", "u@x", "p:w")),
        ("smtp://h:1?from=hub%40x.org&starttls=0", SmtpServer("h", 1, sender="hub@x.org")),
    ],
)
def test_a_server_is_read(url: str, server: SmtpServer) -> None:
    assert load(env={"HUBBUB_SMTP_URL": url}).smtp_url == server


@pytest.mark.parametrize(
    "url",
    [
        "mail.example:25",
        "http://mail.example",
        "smtp://",
        "smtp://h:x",
        "smtp://h/path",
        "smtp://h#f",
        "smtp://h?tls=1",
        "smtp://h?starttls=yes",
        "smtps://h?starttls=1",
        "smtp://h?from=nobody",
        "smtp://h?starttls",
    ],
)
def test_what_is_no_server_stops_the_start_without_a_word_of_its_secret(url: str) -> None:
    with pytest.raises(ConfigError) as error:
        load(env={"HUBBUB_SMTP_URL": url.replace("//", "//user:secret@", 1)})
    assert "secret" not in str(error.value)


def test_a_password_is_shown_by_nothing() -> None:
    config = load(env={"HUBBUB_SMTP_URL": "smtp://user:secret@h"})
    assert "secret" not in f"{config!r} {config.smtp_url!r}"
