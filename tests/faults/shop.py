"""A hub without its doors that takes orders, killed in the middle, and what is to be true then.

    python -m tests.faults.shop 500           # a trial: how many orders
    python -m tests.faults.shop serve DIR URL ORDERS

Every answer that a customer got is a line; a customer whose hub was killed writes again from the beginning, under the
same requests, as n8n does that repeats.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter as Counts
from collections.abc import Sequence
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Final

import msgspec
import trio
from standardwebhooks import Webhook

from actors.messages.order import Answered, Handle
from actors.order.company import Company, Product
from actors.order.state import Customer
from actors.order.status import status_of
from actors.order.values import DOCUMENTED, Said, Shopper
from actors.runtime.system import System
from actors.switchboard import Switchboard
from hub.app import Hub, Postman, Urls
from hub.botlive import counter_of
from hub.clock import WallClock
from hub.config import Config
from hub.passwords import Argon2Passwords
from storage import Storage, open_storage
from tests.fakes.event_endpoint import Event, EventEndpoint

ROOT: Final = Path(__file__).parents[2]
PRICE: Final = 5_000
COMPANY: Final = Company(company_id="C", name="Chez Awa", catalogue=(Product(name="lingettes", price=PRICE),))
AT_A_TIME: Final = 50
PATIENCE_S: Final = 60.0


def texts(number: int) -> Sequence[str]:
    """What one customer writes."""
    paid = f"Transfert de 2000 FCFA vers 0700000000 réussi. Ref: REF{number:06}"
    return ("Je veux des lingettes", paid, "Yopougon", "0709876543")


MESSAGES: Final = len(texts(0))


async def serve(directory: Path, url: str, orders: int) -> None:
    """Take so many orders, and end when all are complete and told of."""
    config, postman = Config(outbound_allow=(ip_network("127.0.0.0/8"),), webhook_retry_s=(0.2,) * 20), Postman()
    async with open_storage(directory, report=postman.deliver) as storage:
        urls = Urls("http://127.0.0.1:1", "ws://127.0.0.1:1/ws")
        hub = Hub(config, storage, Argon2Passwords(), urls=urls, tls=None)
        postman.system = hub.system
        await storage.botlive.shops.save(COMPANY, 0)
        hook = await storage.botlive.hooks.register("C", url=url, events=DOCUMENTED, now=0)
        tell(f"secret {hook.secret}")
        async with trio.open_nursery() as nursery:
            await nursery.start(hub.system.run)
            await hub.resume()
            await take_all(storage, hub.system, orders)
            while await is_behind(storage):  # noqa: ASYNC110 - what is on disk sets no event
                await trio.sleep(0.05)
            nursery.cancel_scope.cancel()
    tell("end")


async def is_behind(storage: Storage) -> bool:
    """Whether something is still to be said or told."""
    return bool(await storage.outbox.lanes() or await storage.botlive.books.unfinished(-1, 1))


async def take_all(storage: Storage, system: System, orders: int) -> None:
    """Let all customers in, some at a time."""
    counter = counter_of(storage, WallClock(), system, Switchboard())
    turns = trio.Semaphore(AT_A_TIME)

    async def one(number: int) -> None:
        async with turns:
            shopper = (await counter.admit("C", str(number), None)).shopper
            for place, text in enumerate(texts(number)):
                await say(system, shopper, f"{number}-{place}", text)

    async with trio.open_nursery() as nursery:
        for number in range(orders):
            nursery.start_soon(one, number)


async def say(system: System, shopper: Shopper, request: str, text: str) -> None:
    """Write, and say that there is an answer."""
    outcome = await system.ref("order", shopper.conv).ask(Handle(said=Said(id=request, text=text)), timeout_s=30.0)
    assert isinstance(outcome, Answered), outcome
    tell(f"answered {request} {outcome.answer.order_status.completion_rate}")


def tell(line: str) -> None:
    """A line for whoever watches, at once and whole."""
    os.write(1, f"{line}\n".encode())


class ShopEndpoint(EventEndpoint):
    """Where the company's events go."""

    def take(self, headers: dict[str, str], body: bytes) -> None:
        """Check it, and write it down."""
        try:
            told: dict[str, Any] = Webhook(self.secret).verify(body.decode(), headers)
        except Exception as error:
            self.bad.append(repr(error))
            return
        self.events.append(Event(headers["webhook-id"], told["event"], int(told["data"]["user_id"]), told["data"]))


class Trial:
    """One shop, killed now and then. `answered` is what customers know: their requests, and how far they were then."""

    def __init__(self, directory: Path, endpoint: ShopEndpoint, orders: int) -> None:
        self.directory = directory
        self.answered: dict[str, int] = {}
        self._endpoint = endpoint
        self._orders = orders

    def run(self, *, kill_after: int | None = None) -> None:
        """Serve until the end, or kill it after so many new answers."""
        command = [sys.executable, "-m", "tests.faults.shop", "serve"]
        command += [str(self.directory), self._endpoint.url, str(self._orders)]
        fresh, ended = 0, False
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            for line in child.stdout:
                fresh += self._take(line.split())
                ended = line == "end\n"
                if kill_after is not None and fresh >= kill_after:
                    child.send_signal(signal.SIGKILL)
                    kill_after = None
        assert ended or child.returncode == -signal.SIGKILL, child.returncode

    def _take(self, words: list[str]) -> bool:
        """Whether it is an answer that nobody had."""
        if words[0] == "secret":
            self._endpoint.secret = words[1]
        if words[0] != "answered":
            return False
        is_new = words[1] not in self.answered
        assert self.answered.setdefault(words[1], int(words[2])) == int(words[2]), words
        return is_new

    def check_states(self) -> None:
        """Each state is that of the last answer, and every answer that somebody got is on disk."""
        kept = {
            request: msgspec.json.decode(text) for request, text in self._rows("SELECT id, order_status FROM answers")
        }
        assert {request: kept[request]["completion_rate"] for request in self.answered} == self.answered
        last = self._rows("SELECT customer, order_status FROM answers ORDER BY position")
        shown = {customer: msgspec.json.decode(status) for customer, status in last}
        for number, text in self._rows("SELECT id, state FROM customers"):
            order = msgspec.json.decode(text, type=Customer).order
            status = msgspec.to_builtins(status_of(order, "FCFA"))
            assert status == shown.get(number, msgspec.to_builtins(status_of(Customer().order, "FCFA"))), number

    def check_end(self) -> None:
        """All orders are complete, counted once, said once, and told of under one id."""
        assert len(self.answered) == self._orders * MESSAGES
        (figures,) = self._rows("SELECT sum(turnover), sum(orders), sum(clients) FROM periods WHERE span = 'month'")
        assert figures == (self._orders * PRICE, self._orders, self._orders)
        said = self._rows("SELECT conv, count(*) FROM messages WHERE cid LIKE 'bl-%' GROUP BY conv")
        assert Counts(count for _, count in said) == {2 * MESSAGES: self._orders}
        assert self._endpoint.bad == []
        for name in ("payment_validated", "order_completed"):
            ids = {(event.about, event.id) for event in self._endpoint.events if event.name == name}
            assert sorted(about for about, _ in ids) == list(range(self._orders)), name

    def _rows(self, sql: str) -> list[Any]:
        connection = sqlite3.connect(self.directory / "hubbub.db")
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()


def trial(directory: Path, orders: int, kills: int) -> Trial:
    """Take so many orders with so many kills between them, and check all that is to be true."""
    with ShopEndpoint() as endpoint:
        run = Trial(directory, endpoint, orders)
        for _ in range(kills):
            run.run(kill_after=orders * MESSAGES // (kills + 1))
            run.check_states()
        run.run()
        run.check_states()
        run.check_end()
    return run


def main() -> None:
    """See the head of this file."""
    if sys.argv[1] == "serve":
        trio.run(serve, Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
        return
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as directory:
        done = trial(Path(directory), int(sys.argv[1]), 3)
    print(f"{len(done.answered)} answers, 3 kills, {time.monotonic() - began:.1f} s")


if __name__ == "__main__":
    main()
