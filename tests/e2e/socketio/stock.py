"""A stock client, `python-socketio`'s as it comes, driven line by line: what `socket.mjs` is for `socket.io-client`.

In a process of its own, since it leaves sockets behind for the garbage collector.
"""

from __future__ import annotations

import base64
import json
import os
import sys
from typing import Any

import socketio  # type: ignore[import-untyped]
import socketio.exceptions  # type: ignore[import-untyped]


def say(**report: Any) -> None:
    """Report something. It is called by several threads: a line is written in one piece."""
    os.write(sys.stdout.fileno(), json.dumps(report).encode() + b"\n")


def binary(value: dict[str, Any]) -> Any:
    """Read binary as `{"$base64": …}`."""
    return base64.b64decode(value["$base64"]) if "$base64" in value else value


def message(data: Any) -> str:
    """What the hub says, or the client itself when the hub is not there."""
    return str(data["message"] if isinstance(data, dict) else data)


def main(url: str, options: str, namespace: str) -> None:
    """Connect, and do as ordered until the input ends."""
    given = json.loads(options)
    client = socketio.Client(reconnection_delay=0.05, reconnection_delay_max=0.2)
    client.on("connect", lambda: say(connect=client.transport()), namespace)
    client.on("connect_error", lambda data: say(connect_error=message(data)), namespace)
    client.on("disconnect", lambda reason: say(disconnect=reason), namespace)
    client.on("*", lambda *event: say(event=event), namespace)
    try:
        client.connect(url, given["extraHeaders"], given["auth"], given["transports"], [namespace])
    except socketio.exceptions.ConnectionError:
        return  # it was reported
    for line in sys.stdin:
        order = json.loads(line, object_hook=binary)
        if "emit" in order:
            client.emit(*order["emit"], namespace)
        else:
            answer = client.call(*order["call"], namespace)
            say(ack=[] if answer is None else [answer])


if __name__ == "__main__":
    main(*sys.argv[1:])
