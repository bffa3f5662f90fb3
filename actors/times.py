"""Times as the web's APIs write them. Pure."""

from datetime import UTC, datetime


def iso(at: int) -> str:
    """Milliseconds since the epoch as `2024-02-29T12:00:00.000Z`."""
    return datetime.fromtimestamp(at / 1_000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def whole_seconds(at: int) -> str:
    """Milliseconds since the epoch as `2024-02-29T12:00:00Z`."""
    return datetime.fromtimestamp(at // 1_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
