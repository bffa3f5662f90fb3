"""What becomes of a test that hangs, and of those after it."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
CONFIGURATION = """
[pytest]
trio_mode = true
filterwarnings = error
"""
CONFTEST = "from tests.deadline import pytest_runtest_call, pytest_timeout_set_timer"
TESTS = """
import gc
import trio

async def test_hangs():
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.sleep_forever)
        await trio.Event().wait()

async def test_never_rests():
    while True:
        await trio.sleep(0.001)

def test_comes_after():
    gc.collect()
"""


def test_a_test_that_hangs_fails_alone_and_tells_where_it_was(tmp_path: Path) -> None:
    for name, content in {"pytest.ini": CONFIGURATION, "conftest.py": CONFTEST, "test_it.py": TESTS}.items():
        (tmp_path / name).write_text(content)
    command = [sys.executable, "-m", "pytest", "--timeout", "0.5", "-o", f"pythonpath={ROOT}"]
    ended = subprocess.run(
        [*command, str(tmp_path)], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert "2 failed, 1 passed" in ended.stdout, ended.stdout
    assert "took more than 0.5 s" in ended.stdout
    assert "test_it.py:8" in ended.stdout
    assert "test_it.py:12" in ended.stdout
