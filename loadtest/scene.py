"""What happens in a run besides its messages: hubs die, sessions come and go, people type."""

from __future__ import annotations

from typing import Final

PATIENCE_S: Final = 3.0


class Scene:
    """Called in every turn of a run. This one is quiet; others override what they need.

    `poll_s` is how long a turn may wait for the sockets, `patience_s` how long nothing at all may arrive after the last
    message before what has not arrived is taken for lost.
    """

    poll_s: float = 1.0
    patience_s: float = PATIENCE_S

    def turn(self, now_ns: int) -> None:
        """Do what is due. It must be quick: the messages wait."""

    def pending(self) -> int:
        """Return how much must still come about before the run may end; what makes it fewer is progress."""
        return 0


QUIET: Final = Scene()
