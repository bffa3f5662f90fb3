"""Passwords: right or wrong, present or not, off the loop."""

from __future__ import annotations

import threading

import pytest
import trio
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from actors.ports import PasswordsBusy
from hub.passwords import Argon2Passwords, hash_of_nobody

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture
def passwords() -> Argon2Passwords:
    return Argon2Passwords(hasher=CHEAP)


async def test_only_the_password_is_the_password(passwords: Argon2Passwords) -> None:
    stored = await passwords.hash("correct horse")
    assert stored.startswith("$argon2id$")
    assert await passwords.verify(stored, "correct horse")
    assert not await passwords.verify(stored, "correct horse ")
    assert stored != await passwords.hash("correct horse")


@pytest.mark.parametrize("stored", [None, "", "no hash", "$argon2id$v=19$m=8,t=1,p=1$broken"])
async def test_without_a_usable_hash_nothing_is_the_password(passwords: Argon2Passwords, stored: str | None) -> None:
    assert not await passwords.verify(stored, "")
    assert not await passwords.verify(stored, "anything")


async def test_a_missing_hash_costs_a_whole_verification() -> None:
    hasher = CountingHasher()
    await Argon2Passwords(hasher=hasher).verify(None, "anything")
    assert hasher.verified == 1


def test_the_hash_of_nobody_costs_what_a_real_one_does() -> None:
    made = hash_of_nobody(CHEAP)
    assert not CHEAP.check_needs_rehash(made)
    with pytest.raises(VerifyMismatchError):
        CHEAP.verify(made, "anything")
    assert len(made) == len(CHEAP.hash("anything"))


async def test_any_text_can_be_a_password(passwords: Argon2Passwords) -> None:
    for password in ("", "пароль", "\ud800", "x" * 1_024, "a\x00b"):
        assert await passwords.verify(await passwords.hash(password), password)
    assert not await passwords.verify(await passwords.hash("a\x00b"), "a")


async def test_few_run_at_a_time_and_none_on_the_loop() -> None:
    hasher = CountingHasher()
    passwords = Argon2Passwords(at_once=2, hasher=hasher)
    async with trio.open_nursery() as nursery:
        for _ in range(8):
            nursery.start_soon(passwords.verify, None, "x")
    assert hasher.most == 2
    assert threading.get_ident() not in hasher.threads


async def test_when_too_many_wait_the_next_one_is_told_to_come_back() -> None:
    passwords = Argon2Passwords(at_once=1, waiting=2, hasher=CountingHasher())
    refused = 0

    async def verify() -> None:
        nonlocal refused
        try:
            await passwords.verify(None, "x")
        except PasswordsBusy:
            refused += 1

    async with trio.open_nursery() as nursery:
        for _ in range(8):
            nursery.start_soon(verify)
    assert refused == 5
    assert not await passwords.verify(None, "x")
    assert await passwords.hash("x")


class CountingHasher(PasswordHasher):
    """Counts its verifications and how many of them overlap."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.verified = self.most = self._now = 0
        self.threads: set[int] = set()
        self._lock = threading.Lock()
        self._met = threading.Barrier(2)

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # type: ignore[override]
        with self._lock:
            self.verified += 1
            self._now += 1
            self.most = max(self.most, self._now)
            self.threads.add(threading.get_ident())
        try:
            # Two that meet here have overlapped; one alone goes on after a moment.
            self._met.wait(timeout=0.05)
        except threading.BrokenBarrierError:
            self._met.reset()
        try:
            return super().verify(hash, password)
        finally:
            with self._lock:
                self._now -= 1
