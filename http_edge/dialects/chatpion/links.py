"""Links that lead through the hub, so that clicks on them are counted. No key: subscribers follow them.

Where one leads stands in the hub: nobody can have it lead anywhere else by what is asked.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from quart import Blueprint, Response, request
from quart_schema import hide
from werkzeug.urls import iri_to_uri

from actors.chatpion.ports import Links
from actors.ports import Clock, StoreUnavailable
from http_edge.dialects.chatpion import wire
from http_edge.dialects.chatpion.errors import Failed, expected
from http_edge.gateway import Gateway

log = logging.getLogger("hubbub.chatpion")

RULE: Final = "/l/<token>"
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{22}")
# Programs that fetch what somebody only wrote, to show what it leads to.
_PREVIEWS: Final = re.compile(
    r"facebookexternalhit|facebot|twitterbot|slackbot|slack-imgproxy|whatsapp|telegrambot|discordbot|linkedinbot"
    r"|skypeuripreview|viber|embedly|pinterest|googlebot|google-pagerenderer|bingbot|bingpreview|applebot|mattermost",
    re.IGNORECASE,
)
_PURPOSES: Final = ("sec-purpose", "purpose", "x-purpose", "x-moz")


def is_click(method: str, headers: Mapping[str, str]) -> bool:
    """Whether somebody follows the link, and no program looks ahead."""
    looks_ahead = any(
        word in headers.get(name, "").lower() for name in _PURPOSES for word in ("prefetch", "prerender", "preview")
    )
    return method == "GET" and not looks_ahead and not _PREVIEWS.search(headers.get("user-agent", ""))


def blueprint(links: Links, gateway: Gateway, clock: Clock) -> Blueprint:
    """Return the one route, for GET and HEAD."""
    routes = Blueprint("links", __name__)

    @routes.get(RULE)
    @hide
    async def follow(token: str) -> Response:
        """Lead on, and count the click."""
        try:
            url = expected(await gateway.read(links.url(token))) if _TOKEN.fullmatch(token) else None
        except Failed as problem:
            return wire.failure(problem)
        if url is None:
            return wire.error(HTTPStatus.NOT_FOUND)
        if is_click(request.method, {name.lower(): value for name, value in request.headers.items()}):
            await _count(links, token, clock.now_ms())
        return Response("", HTTPStatus.FOUND, {"Location": iri_to_uri(url), "Cache-Control": "no-store"})

    return routes


async def _count(links: Links, token: str, now: int) -> None:
    """Count it, if that can be done now: whoever follows a link wants to get there all the same."""
    try:
        await links.clicked(token, now)
    except StoreUnavailable as error:
        log.warning("a click was not counted", extra={"reason": str(error)})
