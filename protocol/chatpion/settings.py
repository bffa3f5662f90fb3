"""What a client is told when it is made, and what it says of itself with every request."""

from dataclasses import dataclass, field
from random import random
from urllib.parse import urlsplit

from protocol.chatpion.requests import Request
from protocol.chatpion.retries import Attempts


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Raises ValueError for what cannot work. The key is shown nowhere, and stands in no URL."""

    api_key: str = field(repr=False)
    base_url: str
    timeout_s: float
    retries: int
    rate_wait_s: float

    def __post_init__(self) -> None:
        if not self.api_key or not self.api_key.isascii() or not self.api_key.isprintable():
            raise ValueError("api_key must be a key as the hub has shown it")
        if not _is_root(self.base_url):
            # Said without showing it: a password may stand in it.
            raise ValueError(
                "base_url must be the hub's address, such as https://chat.example.com, without a user or a query"
            )
        if self.timeout_s <= 0 or self.retries < 0 or self.rate_wait_s < 0:
            raise ValueError("timeout_s must be above 0, retries and rate_wait_s not below")

    def url(self, request: Request) -> str:
        """Where a request goes."""
        return self.base_url.rstrip("/") + request.path

    def headers(self, request: Request) -> dict[str, str]:
        """What goes with it."""
        own = {"X-API-Key": self.api_key, "Accept": "application/json"}
        return own if request.body is None else own | {"Content-Type": "application/json"}

    def attempts(self, request: Request) -> Attempts:
        """How often it may be sent."""
        return Attempts(safe=request.safe, retries=self.retries, rate_wait_s=self.rate_wait_s, random=random)


def _is_root(url: str) -> bool:
    parts = urlsplit(url)
    plain = not (parts.query or parts.fragment or "@" in parts.netloc)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and plain
