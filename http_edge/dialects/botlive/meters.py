"""What is counted of the API, by the templates of its routes: never by company or customer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, Protocol

Kind = Literal["internal", "unavailable", "image", "ocr", "webhook"]
KINDS: Final[tuple[Kind, ...]] = ("internal", "unavailable", "image", "ocr", "webhook")


class Meters(Protocol):
    """Counts calls; `hub.meters.BotliveCounts` is it."""

    def expect(self, endpoint: str, method: str, kinds: Iterable[Kind]) -> None:
        """There is such a route, where this may go wrong: it is shown from now on, with 0."""

    def answered(self, endpoint: str, method: str, status: int, seconds: float) -> None:
        """One call came to its end; a stream to its last byte."""

    def failed(self, endpoint: str, kind: Kind) -> None:
        """Something could not be done: a call, or an image, a receipt or a webhook in one that was answered."""
