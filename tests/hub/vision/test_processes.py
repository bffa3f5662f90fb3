"""Programs are held to their limits, and their deaths are told."""

import sys
import time

import pytest
import trio

from hub.vision.processes import Failed, Late, confined, run

EATER = "data = bytearray(3 * 2**30)"
WRITER = "import os; os.write(os.open('{path}', os.O_CREAT | os.O_WRONLY), b'x')"
DEATH = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"


def python(program: str) -> tuple[str, ...]:
    return (sys.executable, "-I", "-S", "-c", program)


async def test_it_gets_its_input_and_gives_its_output() -> None:
    program = "import sys; sys.stdout.write(sys.stdin.read().upper())"
    assert await confined(python(program), b"hub" * 50_000, wall_s=10) == b"HUB" * 50_000


@pytest.mark.parametrize("program", [EATER, DEATH, "raise SystemExit(3)"])
async def test_death_by_limits_signals_or_errors_is_a_failure(program: str) -> None:
    with pytest.raises(Failed):
        await confined(python(program), b"", wall_s=10)


async def test_it_cannot_write_files(tmp_path: object) -> None:
    with pytest.raises(Failed):
        await confined(python(WRITER.format(path=f"{tmp_path}/file")), b"", wall_s=10)


async def test_it_is_ended_when_it_takes_too_long_and_when_nobody_waits_any_more() -> None:
    started = time.monotonic()
    with pytest.raises(Late):
        await confined(python("import time; time.sleep(30)"), b"", wall_s=0.2)
    with trio.move_on_after(0.2):
        await confined(python("import time; time.sleep(30)"), b"", wall_s=30)
    assert time.monotonic() - started < 5


async def test_a_program_that_is_not_there_is_a_failure() -> None:
    with pytest.raises(Failed):
        await confined(["no-such-program"], b"", wall_s=10)
    with pytest.raises(Failed):
        await run(["/no/such/program"], b"", wall_s=10)


async def test_secrets_of_the_hub_are_not_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUBBUB_BOTLIVE_API_KEY", "secret of sixteen")
    shown = await confined(python("import os; print(*os.environ)"), b"", wall_s=10)
    assert b"HUBBUB" not in shown
