"""How often anybody may guess, and what counts."""

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from actors.auth.guesses import Guesses, TooManyGuesses
from actors.ports import PasswordsBusy
from actors.values import Who
from tests.fakes.passwords import FakePasswords

ALICE, BOB = Who("user", 1), Who("user", 2)
HASH = "hash of right"


# A clock that only a fixture names stays real: pytest-trio looks at what the test itself takes.
@pytest.fixture
def guesses() -> Guesses:
    return Guesses(FakePasswords(), per_address=4, per_account=2)


async def wrong(guesses: Guesses, address: str, account: Who | str) -> float | None:
    """Guess wrong; how long to wait, if it was one too many."""
    try:
        assert not await guesses.verify(HASH, "wrong", address=address, account=account)
    except TooManyGuesses as error:
        return error.wait_s
    return None


async def test_an_account_is_guessed_at_so_often_from_all_addresses_together(
    guesses: Guesses, autojump_clock: MockClock
) -> None:
    waits = [await wrong(guesses, f"192.0.2.{n}", ALICE) for n in range(3)]
    assert waits[:2] == [None, None]
    assert waits[2] == pytest.approx(30, abs=1)
    assert await wrong(guesses, "192.0.2.9", BOB) is None


async def test_an_address_guesses_so_often_at_all_accounts_together(
    guesses: Guesses, autojump_clock: MockClock
) -> None:
    waits = [await wrong(guesses, "192.0.2.1", Who("user", n)) for n in range(5)]
    assert waits[:4] == [None] * 4
    assert waits[4] == pytest.approx(15, abs=1)


async def test_networks_of_ipv6_count_as_one_address(guesses: Guesses, autojump_clock: MockClock) -> None:
    waits = [await wrong(guesses, f"2001:db8::{n}", Who("user", n)) for n in range(5)]
    assert waits[4] is not None


async def test_a_guess_that_the_account_refuses_costs_the_address_nothing(
    guesses: Guesses, autojump_clock: MockClock
) -> None:
    for _ in range(10):
        await wrong(guesses, "192.0.2.1", ALICE)
    assert [await wrong(guesses, "192.0.2.1", BOB) for _ in range(2)] == [None, None]


async def test_right_ones_count_for_nothing(guesses: Guesses, autojump_clock: MockClock) -> None:
    for _ in range(20):
        assert await guesses.verify(HASH, "right", address="192.0.2.1", account=ALICE)


async def test_one_that_could_not_be_looked_at_counts_for_nothing(autojump_clock: MockClock) -> None:
    passwords = FakePasswords()
    guesses = Guesses(passwords, per_address=1, per_account=1)

    async def busy(password_hash: str | None, password: str) -> bool:
        raise PasswordsBusy("too many", 1_000)

    verify, passwords.verify = passwords.verify, busy  # type: ignore[method-assign]
    for _ in range(5):
        with pytest.raises(PasswordsBusy):
            await guesses.verify(HASH, "right", address="192.0.2.1", account=ALICE)
    passwords.verify = verify  # type: ignore[method-assign]
    assert await guesses.verify(HASH, "right", address="192.0.2.1", account=ALICE)


async def test_one_that_is_given_up_counts(guesses: Guesses, autojump_clock: MockClock) -> None:
    for _ in range(2):
        with trio.move_on_after(0.01):
            await guesses.verify(HASH, "right", address="192.0.2.1", account=ALICE)
    assert await wrong(guesses, "192.0.2.1", ALICE) is not None


async def test_who_gives_up_waiting_for_the_account_leaves_the_address_as_it_was(
    guesses: Guesses, autojump_clock: MockClock
) -> None:
    async with trio.open_nursery() as nursery:
        for _ in range(2):
            nursery.start_soon(lambda: guesses.verify(HASH, "right", address="198.51.100.1", account=ALICE))
        await wait_all_tasks_blocked()
        with trio.move_on_after(0.01):
            await guesses.verify(HASH, "right", address="192.0.2.1", account=ALICE)
    assert [await wrong(guesses, "192.0.2.1", Who("user", n)) for n in range(3, 7)] == [None] * 4
