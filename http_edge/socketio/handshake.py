"""What a session's first request says of its peer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from werkzeug.datastructures import Headers
from werkzeug.http import parse_cookie


@dataclass(frozen=True, slots=True)
class Handshake:
    """`network` is what sessions are counted by. `trusted`: no foreign page made the request, so that cookies count."""

    headers: Headers
    network: str
    trusted: bool

    @property
    def cookies(self) -> Mapping[str, str]:
        """The cookies that count."""
        return parse_cookie(self.headers.get("Cookie")) if self.trusted else {}
