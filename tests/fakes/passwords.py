"""Passwords whose hash is `hash of PASSWORD`, and wall clocks."""

import trio


class FakePasswords:
    """The `Passwords` port. `verified` keeps what was compared; each comparison takes `takes_s`."""

    def __init__(self, takes_s: float = 0.1) -> None:
        self.takes_s = takes_s
        self.verified: list[tuple[str | None, str]] = []

    async def hash(self, password: str) -> str:
        await trio.sleep(self.takes_s)
        return f"hash of {password}"

    async def verify(self, password_hash: str | None, password: str) -> bool:
        self.verified.append((password_hash, password))
        await trio.sleep(self.takes_s)
        return password_hash == f"hash of {password}"


class FakeClock:
    """The `Clock` port: one millisecond later with each look."""

    def __init__(self, at: int = 1_000_000) -> None:
        self.at = at

    def now_ms(self) -> int:
        self.at += 1
        return self.at


class TrioClock:
    """The `Clock` port: the wall goes as trio's clock does, which a test may let jump."""

    def now_ms(self) -> int:
        return 1_700_000_000_000 + round(trio.current_time() * 1_000)
