"""Letters by SMTP, against a real server."""

from __future__ import annotations

import email
import email.policy
import logging
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio
import trustme

from actors.ports import Letter
from hub.config.smtp import SmtpServer, SmtpUrl
from hub.mailer import LogMailer, SmtpMailer, mailer_for
from tests.hub.mailer.post_office import PostOffice

LINK = "https://hub.example/reset-password?token=Ab1_-" + "x" * 60
LETTER = Letter("alice@mail.example", "alice", LINK)
PATIENCE_S = 10.0


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.fixture(scope="module")
def client_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@asynccontextmanager
async def sending(url: str, **options: Any) -> AsyncIterator[SmtpMailer]:
    server = SmtpUrl().read(url)
    mailer = SmtpMailer(server, sender=server.sender or "hub@hub.example", retry_s=[0.01, 0.01], step_s=5, **options)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(mailer.run)
        yield mailer
        nursery.cancel_scope.cancel()


def reasons(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Why letters were not sent, in order."""
    return [vars(record)["reason"] for record in caplog.records if record.levelno == logging.WARNING]


async def eventually(holds: Callable[[], object]) -> None:
    with trio.fail_after(PATIENCE_S):
        while not holds():  # noqa: ASYNC110 — a server in a thread tells nobody
            await trio.sleep(0.01)


async def test_the_link_stands_on_a_line_of_its_own_in_plain_text() -> None:
    with PostOffice() as office:
        async with sending(f"smtp://127.0.0.1:{office.port}?from=hubbub@board.example") as mailer:
            mailer.post(LETTER)
            await eventually(lambda: office.taken)
    message = email.message_from_bytes(office.taken[0], policy=email.policy.default)
    assert (message["To"], message["From"]) == ("alice@mail.example", "hubbub@board.example")
    assert office.receivers == ["alice@mail.example"]
    assert message.get_content_type() == "text/plain"
    assert LINK in message.get_content().splitlines()
    assert LINK.encode() in office.taken[0].splitlines()
    assert {"Date", "Message-ID", "Subject", "Auto-Submitted"} <= set(message)


async def test_a_name_of_any_script_is_base64() -> None:
    with PostOffice() as office:
        async with sending(f"smtp://127.0.0.1:{office.port}") as mailer:
            mailer.post(LETTER._replace(username="Émile"))
            await eventually(lambda: office.taken)
    message = email.message_from_bytes(office.taken[0], policy=email.policy.default)
    assert message["Content-Transfer-Encoding"] == "base64"
    assert "Hello Émile," in message.get_content()
    assert LINK in message.get_content().splitlines()


async def test_it_signs_in_over_tls(server_tls: ssl.SSLContext, client_tls: ssl.SSLContext) -> None:
    with PostOffice(tls=server_tls) as office:
        async with sending(f"smtps://127.0.0.1:{office.port}", tls=client_tls) as mailer:
            mailer.post(LETTER)
            await eventually(lambda: office.taken)


async def test_it_signs_in_once_starttls_is_done(server_tls: ssl.SSLContext, client_tls: ssl.SSLContext) -> None:
    with PostOffice(starttls=server_tls, auth_required=True) as office:
        async with sending(f"smtp://hub%40x:p%40ss@127.0.0.1:{office.port}?starttls=1", tls=client_tls) as mailer:
            mailer.post(LETTER)
            await eventually(lambda: office.taken)
    assert office.logins == [(b"hub@x", b"p@ss")]
    assert office.encrypted == [True]


async def test_a_certificate_that_does_not_hold_gets_nothing(
    server_tls: ssl.SSLContext, caplog: pytest.LogCaptureFixture
) -> None:
    with PostOffice(starttls=server_tls) as office:
        async with sending(f"smtp://127.0.0.1:{office.port}?starttls=1") as mailer:
            mailer.post(LETTER)
            await eventually(lambda: "given up" in caplog.text)
    assert office.taken == []


async def test_what_a_server_does_not_take_now_it_gets_again(caplog: pytest.LogCaptureFixture) -> None:
    with PostOffice() as office:
        office.says = ["451 not now", "421 going away"]
        async with sending(f"smtp://127.0.0.1:{office.port}") as mailer:
            mailer.post(LETTER)
            await eventually(lambda: office.taken)
    assert reasons(caplog) == ["SMTPDataError 451", "SMTPDataError 421"]


async def test_what_a_server_will_never_take_is_given_up_at_once(caplog: pytest.LogCaptureFixture) -> None:
    with PostOffice() as office:
        office.says = ["550 nobody here"]
        async with sending(f"smtp://127.0.0.1:{office.port}") as mailer:
            mailer.post(LETTER)
            await eventually(lambda: reasons(caplog))
            mailer.post(LETTER._replace(email="bob@mail.example"))
            await eventually(lambda: office.taken)
    assert office.receivers == ["bob@mail.example"]
    assert reasons(caplog) == ["SMTPDataError 550"]
    assert caplog.text.count("a letter was given up") == 1


async def test_a_server_that_is_not_there_holds_up_nobody_and_its_letters_are_given_up(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    async with sending(f"smtp://127.0.0.1:{port}") as mailer:
        for _ in range(300):
            mailer.post(LETTER)
        await eventually(lambda: "ConnectionRefusedError Connection refused" in reasons(caplog))
    assert reasons(caplog).count("too many wait for the mail server") == 100
    shown = str([vars(record) for record in caplog.records])
    assert "alice" not in shown
    assert "Ab1_-" not in shown


async def test_a_server_that_says_nothing_is_left_in_time(caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = SmtpServer("127.0.0.1", silent.getsockname()[1])
        mailer = SmtpMailer(server, sender="hub@hub.example", retry_s=[], step_s=0.05)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(mailer.run)
            mailer.post(LETTER)
            await eventually(lambda: "given up" in caplog.text)
            nursery.cancel_scope.cancel()


@pytest.mark.parametrize("address", ["a\r\nBcc: b@c", "a\nb@c", '"@c', "a b@c", "(@)"])
async def test_an_address_that_is_none_costs_its_own_letter_only(
    address: str, caplog: pytest.LogCaptureFixture
) -> None:
    with PostOffice() as office:
        async with sending(f"smtp://127.0.0.1:{office.port}") as mailer:
            mailer.post(LETTER._replace(email=address))
            mailer.post(LETTER)
            await eventually(lambda: "alice@mail.example" in office.receivers)
    assert all(b"Bcc" not in content for content in office.taken)


def test_without_a_server_letters_go_to_the_log() -> None:
    assert isinstance(mailer_for(None, "https://hub.example"), LogMailer)
    for url, sender in (("https://hub.example", "hubbub@hub.example"), ("http://127.0.0.1:1", "hubbub@localhost")):
        mailer = mailer_for(SmtpServer("127.0.0.1", 25), url)
        assert isinstance(mailer, SmtpMailer)
        assert mailer.sender == sender
