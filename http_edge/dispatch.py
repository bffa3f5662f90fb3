"""Who answers for a path: an explicit table, never the order in which routes were registered.

Routes find their handlers by themselves; what is decided here is whose words a failure is said in, and, for paths that
two dialects share, which of the two is meant.
"""

from __future__ import annotations

from collections.abc import Sequence

from http_edge.dialect import Complain, Dialect


class Dispatcher:
    """Immutable. Raises ValueError when two dialects claim the same path."""

    __slots__ = ("_complaints",)

    def __init__(self, dialects: Sequence[Dialect]) -> None:
        claims = [(prefix, dialect.complain) for dialect in dialects for prefix in dialect.prefixes]
        # The longest prefix first: it is the most particular claim.
        self._complaints = sorted(claims, key=lambda claim: -len(claim[0]))
        if len(dict(claims)) < len(claims):
            raise ValueError(f"a path is claimed twice: {sorted(prefix for prefix, _ in claims)}")

    def complaint(self, path: str) -> Complain | None:
        """Return how failures at this path are said; None when it belongs to no dialect."""
        path = "/" + path.lstrip("/")  # as Werkzeug reads it
        for prefix, complain in self._complaints:
            if path == prefix or path.startswith(prefix if prefix.endswith("/") else prefix + "/"):
                return complain
        return None
