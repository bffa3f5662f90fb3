"""Which web pages may act with a person's cookies. Pure.

A browser sends cookies along with whatever page asks it to. What tells the pages apart is the `Origin` that it adds, in
older cases the `Referer`; programs that are no browsers send neither, and are nobody's puppet.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from werkzeug.datastructures import Headers

from actors.addresses import origin_of

ANY: Final = "*"
METHODS: Final = "GET, HEAD, POST, PUT, PATCH, DELETE"
HEADERS: Final = "Authorization, Content-Type, Idempotency-Key, Last-Event-ID, X-API-Key, X-Bot-Token"
PREFLIGHT_S: Final = 600


class Origins:
    """What `allowed_origins`, `cors_origins` and `public_url` say. Immutable.

    `allowed` and `cors` are origins as browsers send them. `*` in `cors` lets every page read what needs no cookie; it
    lets none act with one.
    """

    __slots__ = ("_allowed", "_cors")

    def __init__(self, allowed: Iterable[str] = (), cors: Iterable[str] = (), public_url: str | None = None) -> None:
        own = () if public_url is None else (origin_of(public_url),)
        self._cors = frozenset(cors)
        self._allowed = frozenset((*allowed, *own)) | self._cors - {ANY}

    def allow(self, origin: str, base: str) -> bool:
        """Whether pages of this origin may use cookies. `base` is the hub's URL as the request's `Host` has it."""
        return origin in self._allowed or origin == _origin(base)

    def forged(self, headers: Headers, base: str) -> bool:
        """Whether a page that may not has made this request. What says nothing of a page comes from none."""
        if headers.get("Sec-Fetch-Site", "").lower() == "cross-site":
            return True
        origin = headers.get("Origin")
        if origin is None:
            referer = headers.get("Referer")
            origin = None if referer is None else _origin(referer)
        return origin is not None and not self.allow(origin, base)

    def cors(self, headers: Headers, *, with_cookies: bool = True) -> dict[str, str]:
        """The headers that let the page read the answer, if it is one of `cors_origins`."""
        origin = headers.get("Origin")
        if origin in self._cors and origin != ANY:
            cookies = {"Access-Control-Allow-Credentials": "true"} if with_cookies else {}
            who = {"Access-Control-Allow-Origin": origin, **cookies, "Vary": "Origin"}
        elif ANY in self._cors:
            who = {"Access-Control-Allow-Origin": ANY}
        else:
            return {}
        if "Access-Control-Request-Method" not in headers:
            return who
        may = {"Access-Control-Allow-Methods": METHODS, "Access-Control-Allow-Headers": HEADERS}
        return who | may | {"Access-Control-Max-Age": str(PREFLIGHT_S)}


def _origin(url: str) -> str:
    """The origin of a URL; `null` for what has none, which is allowed nothing."""
    try:
        return origin_of(url)
    except ValueError:
        return "null"
