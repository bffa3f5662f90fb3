"""The request that an address asks for. Pure. Loads httpx, which is why only the first call imports it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Final

import httpcore
import httpx

from actors.ports import NotAllowed

USER_AGENT: Final = "Hubbub"
PORTS: Final = {"http": 80, "https": 443}


def request_for(
    url: str, headers: Mapping[str, str], body: bytes, timeout_s: float, method: str = "POST"
) -> httpcore.Request:
    """The request to send. Raises `NotAllowed` for what is no URL of a web server."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, TypeError) as error:
        raise NotAllowed("that is no URL") from error
    if parsed.scheme not in PORTS or not parsed.raw_host:
        raise NotAllowed("that is no URL of a web server")
    target = httpcore.URL(
        scheme=parsed.raw_scheme,
        host=parsed.raw_host,
        port=parsed.port or PORTS[parsed.scheme],
        target=parsed.raw_path,
    )
    fields = {
        "Host": parsed.netloc.decode("ascii"),
        "User-Agent": USER_AGENT,
        "Accept": "*/*",
        "Accept-Encoding": "gzip, deflate",
        "Connection": "close",
        **({"Content-Length": str(len(body))} if method == "POST" else {}),
        **_credentials(parsed),
        **headers,
    }
    timeouts = dict.fromkeys(("connect", "read", "write"), timeout_s)
    return httpcore.Request(
        method, target, headers=list(fields.items()), content=body, extensions={"timeout": timeouts}
    )


def _credentials(url: httpx.URL) -> dict[str, str]:
    if not url.userinfo:
        return {}
    secret = b64encode(f"{url.username}:{url.password}".encode()).decode()
    return {"Authorization": f"Basic {secret}"}
