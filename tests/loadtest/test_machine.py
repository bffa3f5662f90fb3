import mmap
import os
import subprocess
import sys
import time
from pathlib import Path

from loadtest import machine

BURN = """
import time
end = time.process_time() + 0.3
while time.process_time() < end:
    pass
print("burnt", flush=True)
input()
"""


def test_processor_time_counts_children() -> None:
    before = machine.cpu_seconds(os.getpid())
    with subprocess.Popen([sys.executable, "-c", BURN], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        assert child.pid in machine.children(os.getpid())
        assert machine.cpu_seconds(os.getpid()) - before > 0.25
        child.kill()


def test_a_core_is_busy_with_what_is_pinned_to_it() -> None:
    core = machine.choose_cores().generator
    before = machine.core_busy_seconds(core)
    code = f"import os\nos.sched_setaffinity(0, {{{core}}})\n{BURN}"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        child.kill()
    time.sleep(0.02)  # the kernel accounts in ticks
    assert machine.core_busy_seconds(core) - before > 0.2


def test_memory_grows_by_what_is_held() -> None:
    before = machine.resident_bytes(os.getpid())
    with mmap.mmap(-1, 32 * 2**20) as held:  # new pages for certain: an allocator may hand out what is resident already
        held.write(b"x" * len(held))
        assert machine.resident_bytes(os.getpid()) - before > 24 * 2**20


def test_the_file_system_of_proc_is_proc() -> None:
    assert machine.filesystem(Path("/proc/self")) == "proc"
