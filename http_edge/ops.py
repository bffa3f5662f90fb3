"""What operators ask: is it up, and how is it doing."""

from __future__ import annotations

from http import HTTPStatus
from typing import Literal, Protocol

from msgspec import Struct
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from quart import Blueprint, Response, jsonify
from quart_schema import document_response, tag_blueprint


class OpsPort(Protocol):
    """What the operations endpoints need to know of the hub."""

    @property
    def registry(self) -> CollectorRegistry:
        """The metrics to expose."""
        ...

    def health(self) -> str | None:
        """Return why the hub takes no writes at present, None when it does. Must not block."""
        ...


class Up(Struct):
    """The hub takes writes."""

    status: Literal["ok"]


class Down(Struct):
    """The hub takes no writes at present: disk full, database locked, draining."""

    status: Literal["unavailable"]
    reason: str


def blueprint(port: OpsPort) -> Blueprint:
    """Return `GET /up` and `GET /metrics` over `port`."""
    ops = Blueprint("ops", __name__)
    tag_blueprint(ops, ["operations"])

    @ops.get("/up")
    @document_response(Up, HTTPStatus.OK)
    @document_response(Down, HTTPStatus.SERVICE_UNAVAILABLE)
    async def up() -> Response:
        """Say whether the hub takes writes."""
        reason = port.health()
        response: Response
        if reason is None:
            response = jsonify(status="ok")
        else:
            response = jsonify(status="unavailable", reason=reason)
            response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
        response.headers["Cache-Control"] = "no-store"
        return response

    @ops.get("/metrics")
    async def metrics() -> Response:
        """Return every metric, as Prometheus reads it."""
        return Response(generate_latest(port.registry), content_type=CONTENT_TYPE_LATEST)

    return ops
