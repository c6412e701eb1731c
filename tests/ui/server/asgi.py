"""Asks an application for a path, without a server."""

import asyncio
from urllib.parse import unquote

from starlette.types import ASGIApp, Message


def get(app: ASGIApp, path: str, headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body."""
    sent: list[Message] = []
    asked = False

    async def receive() -> Message:
        nonlocal asked
        if asked:
            await asyncio.Event().wait()  # the browser waits too
        asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()],
        "http_version": "1.1",
        "scheme": "http",
        "server": ("testserver", 80),
        "client": ("127.0.0.1", 1),
        "root_path": "",
    }

    async def ask() -> None:
        await app(scope, receive, send)

    asyncio.run(ask())
    start = sent[0]
    found = {name.decode(): value.decode() for name, value in start["headers"]}
    return int(start["status"]), found, b"".join(message.get("body", b"") for message in sent[1:])
