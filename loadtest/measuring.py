"""One scenario, run on a hub of its own."""

from __future__ import annotations

import gc
import platform
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from loadtest import machine
from loadtest.hub_process import HubProcess
from loadtest.results import Result
from loadtest.terms import Terms


class Scenario(Protocol):
    """A load that can be run. `settings` are the hub's variables, `provision` its provisioning file."""

    @property
    def settings(self) -> Mapping[str, str]: ...
    def provision(self) -> dict[str, Any]: ...
    def run(self, hub: HubProcess, terms: Terms) -> Result: ...


@dataclass(frozen=True, slots=True)
class Place:
    """The program that is measured, on which cores, and below which directory its data lies (None: a temporary one)."""

    command: Sequence[str]
    cores: machine.Cores
    data: Path | None = None

    def describe(self) -> dict[str, str]:
        """Return what a reader must know of it to believe the figures."""
        kind = machine.filesystem(self.data or Path(tempfile.gettempdir()))
        return {
            "python": platform.python_version(),
            "cores": "hub and generator share one core"
            if self.cores.shared
            else f"hub on {self.cores.hub}, generator on {self.cores.generator}",
            "data on": f"{kind}: nothing is ever synced to a disk" if kind in machine.UNSYNCED else kind,
        }


def measure(scenario: Scenario, terms: Terms, place: Place) -> Result:
    """Start a hub, run the scenario on it, end the hub. Raises BenchError when there are no figures."""
    with tempfile.TemporaryDirectory(prefix="hubbub-load-", dir=place.data) as directory:
        hub = HubProcess(
            Path(directory),
            scenario.provision(),
            settings=scenario.settings,
            command=place.command,
            cores=place.cores,
        )
        with hub, no_collections():
            return scenario.run(hub, terms)


@contextmanager
def no_collections() -> Iterator[None]:
    """Collect no garbage: what lives now lives to the end, and looking at it would only make the generator late."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()
