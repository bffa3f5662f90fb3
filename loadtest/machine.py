"""What the kernel tells about cores, processor time, memory and disks. Linux only: it reads /proc."""

from __future__ import annotations

import os
import platform
import resource
from pathlib import Path
from typing import NamedTuple

TICK_S = 1 / os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")
UNSYNCED = frozenset({"tmpfs", "ramfs", "devtmpfs"})


class Cores(NamedTuple):
    """Which core the hub runs on and which the generator; the same one on a machine that has no second.

    `more` are left for further processes of the generator.
    """

    hub: int
    generator: int
    more: tuple[int, ...] = ()

    @property
    def shared(self) -> bool:
        """Whether the two get in each other's way."""
        return self.hub == self.generator

    @property
    def generators(self) -> tuple[int, ...]:
        """Those that the generator's processes are spread over."""
        return (self.generator, *self.more)


class CpuTime(NamedTuple):
    """Processor time, by whether it went to the program or to the kernel on its behalf."""

    user_s: float
    system_s: float


def choose_cores() -> Cores:
    """Return the first core this process may use for the hub, and the others, from the last on, for the generator."""
    allowed = sorted(os.sched_getaffinity(0))
    return Cores(allowed[0], allowed[-1], tuple(allowed[-2:0:-1]))


def pin(core: int) -> None:
    """Bind this process, and what it starts from now on, to one core."""
    os.sched_setaffinity(0, {core})


def own_core() -> int:
    """Return the core this process runs on; the first of them where it may use several."""
    return min(os.sched_getaffinity(0))


def raise_file_limit() -> None:
    """Let this process, and what it starts, open as many sockets as it may."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def cpu_time(pid: int) -> CpuTime:
    """Return the processor time of a process and all its children that live, to a hundredth of a second."""
    fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    user, system = int(fields[11]) * TICK_S, int(fields[12]) * TICK_S
    below = [cpu_time(child) for child in children(pid)]
    return CpuTime(user + sum(each.user_s for each in below), system + sum(each.system_s for each in below))


def cpu_seconds(pid: int) -> float:
    """Return user and system time together, as `cpu_time` tells them."""
    return sum(cpu_time(pid))


def core_busy_seconds(core: int) -> float:
    """Return how long a core has run processes so far, whosever they are; interrupts are left out."""
    name = f"cpu{core}"
    for line in (PROC / "stat").read_text().splitlines():
        label, *fields = line.split()
        if label == name:
            user, nice, system = map(int, fields[:3])
            return (user + nice + system) * TICK_S
    raise OSError(f"no core {core}")


def resident_bytes(pid: int) -> int:
    """Return the memory a process and its children hold in RAM, shared pages counted by their share."""
    for line in (PROC / str(pid) / "smaps_rollup").read_text().splitlines():
        name, _, rest = line.partition(":")
        if name == "Pss":
            return int(rest.split()[0]) * 1024 + sum(resident_bytes(child) for child in children(pid))
    raise OSError(f"no Pss of process {pid}")


def quick_resident_bytes(pid: int) -> int:
    """Return the memory a process and its children hold in RAM, shared pages counted in full; cheap to ask."""
    pages = int((PROC / str(pid) / "statm").read_text().split()[1])
    return pages * resource.getpagesize() + sum(quick_resident_bytes(child) for child in children(pid))


def describe() -> dict[str, str]:
    """Return what a reader must know of the machine to place a figure: processor, cores, memory, kernel, Python."""
    cpu = _first_value(PROC / "cpuinfo", "model name") or platform.machine()
    return {
        "cpu": cpu,
        "cores": f"{len(os.sched_getaffinity(0))} of {os.cpu_count()}",
        "memory": _first_value(PROC / "meminfo", "MemTotal") or "unknown",
        "kernel": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def _first_value(table: Path, wanted: str) -> str | None:
    for line in table.read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == wanted:
            return value.strip()
    return None


def children(pid: int) -> list[int]:
    """Return the processes that a process has started and that live."""
    found: list[int] = []
    for task in (PROC / str(pid) / "task").iterdir():
        found += map(int, (task / "children").read_text().split())
    return found


def filesystem(path: Path) -> str:
    """Return the type of the file system that holds `path`, such as `ext4`."""
    best, kind = "", "unknown"
    target = str(path.resolve())
    for line in (PROC / "mounts").read_text().splitlines():
        _, mount, what, *_ = line.split()
        inside = target == mount or target.startswith(mount.rstrip("/") + "/")
        if inside and len(mount) >= len(best):
            best, kind = mount, what
    return kind
