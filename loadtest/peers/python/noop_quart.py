"""The least that hypercorn and quart-trio do about a POST: `noop_quart.py PORT`. It reads, stores and tells nothing."""

from __future__ import annotations

import sys

import trio
from hypercorn.config import Config
from hypercorn.trio import serve
from quart import Response
from quart_trio import QuartTrio

app = QuartTrio(__name__)


@app.post("/app/bot_api.php")
async def bot_api() -> Response:
    """Answer as a hub does that has committed."""
    return Response(b'{"return_code": 0}', content_type="application/json")


def main() -> None:
    """Serve on loopback until SIGTERM. hypercorn's access log stays off, as it is by default."""
    config = Config()
    config.bind = [f"127.0.0.1:{sys.argv[1]}"]
    config.errorlog = None
    trio.run(serve, app, config)


if __name__ == "__main__":
    main()
