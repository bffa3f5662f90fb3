"""A client of ChatPion's API, sync and async, on httpx alone.

```python
client = chatpion.Client(api_key="…", base_url="https://chat.example.com")
client.send_message(subscriber_id=1, message="Hello, world!")
```

`Client` and `AsyncClient` are shells of `Endpoints`: each method returns the `data` of the answer, or raises
ChatPionError. The JavaScript client, with the same methods, lies in `js`.
"""

from protocol.chatpion.async_client import AsyncClient
from protocol.chatpion.client import Client
from protocol.chatpion.endpoints import Endpoints, Object, Schedule, SubscriberChanges, Target
from protocol.chatpion.errors import (
    BadAnswer,
    BadRequest,
    BadSignature,
    ChatPionError,
    Forbidden,
    InvalidKey,
    NotFound,
    RateLimited,
    ServerError,
    Unreachable,
)
from protocol.chatpion.requests import Request
from protocol.chatpion.webhooks import Event, sign_webhook, verify_webhook

__all__ = [
    "AsyncClient",
    "BadAnswer",
    "BadRequest",
    "BadSignature",
    "ChatPionError",
    "Client",
    "Endpoints",
    "Event",
    "Forbidden",
    "InvalidKey",
    "NotFound",
    "Object",
    "RateLimited",
    "Request",
    "Schedule",
    "ServerError",
    "SubscriberChanges",
    "Target",
    "Unreachable",
    "sign_webhook",
    "verify_webhook",
]
