"""Hundreds of streams at the same time, on a real hub: each is whole, and begins before it is decided what it says.

    python -m tests.e2e.test_botlive_streams [STREAMS]

prints how long first events took when so many streams are opened at the same instant.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import trio

from tests.e2e.hub_process import HubProcess

STREAMS = 200
PATIENCE_S = 60.0
ENV = {"HUBBUB_BOTLIVE_RATE_PER_MIN": "1000000"}
PROVISION = {"companies": [{"company_id": "awa", "name": "Chez Awa"}]}
PATH = "/botlive/message/stream"


class Streamed:
    """One answer: when its first event came, in s from the request, and all its events."""

    def __init__(self) -> None:
        self.first_s = 0.0
        self.events: list[dict[str, Any]] = []

    @property
    def is_whole(self) -> bool:
        """Whether the pieces are the answer, and nothing is missing around them."""
        first, *tokens, last = self.events
        said = "".join(each["content"] for each in tokens)
        return (first["event"], last["event"], said) == ("start", "done", last["response"])


async def stream(address: str, number: int) -> Streamed:
    """Say something as customer `number`, and read the answer to its end."""
    host, port = address.split(":")
    body = json.dumps({"company_id": "awa", "user_id": f"u{number}", "message": "Bonjour, livrez à Cocody"}).encode()
    head = f"POST {PATH} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nConnection: close\r\n"
    answer, data = Streamed(), b""
    async with await trio.open_tcp_stream(host, int(port)) as connection:
        began = trio.current_time()
        await connection.send_all(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        async for chunk in connection:
            data += chunk
            if not answer.first_s and b"data: " in data:
                answer.first_s = trio.current_time() - began
    answer.events = [json.loads(line[6:]) for line in data.decode().splitlines() if line.startswith("data: ")]
    return answer


async def stream_all(address: str, count: int) -> list[Streamed]:
    """Open so many at the same instant."""
    answers: list[Streamed] = []

    async def one(number: int) -> None:
        answers.append(await stream(address, number))

    with trio.fail_after(PATIENCE_S):
        async with trio.open_nursery() as nursery:
            for number in range(count):
                nursery.start_soon(one, number)
    return answers


def run(directory: Path, count: int) -> list[Streamed]:
    """Do it on a hub in this directory."""
    with HubProcess(directory, provision=PROVISION, env=ENV) as hub:
        answers = trio.run(stream_all, hub.ready.http.split("/")[2], count)
        assert hub.stop() == 0
    assert "Traceback" not in hub.log_text(), hub.log_text()
    return answers


def test_streams_at_the_same_time_are_all_whole(tmp_path: Path) -> None:
    answers = run(tmp_path, STREAMS)
    assert len(answers) == STREAMS
    assert all(answer.is_whole for answer in answers)


def main() -> None:
    """Run it, and say how long first events took."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    with tempfile.TemporaryDirectory() as directory:
        answers = run(Path(directory), count)
    first = sorted(answer.first_s * 1_000 for answer in answers)
    whole = sum(answer.is_whole for answer in answers)
    print(f"{whole} of {count} whole; first event p50 {statistics.median(first):.0f}, max {first[-1]:.0f} ms")


if __name__ == "__main__":
    main()
