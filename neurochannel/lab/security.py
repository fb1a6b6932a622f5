"""Who may ask the designer anything: pages that it has written itself, and who knows its token."""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LARGEST_BODY = 10_000_000
"""Bytes of a request."""
HEADERS = {
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


def new_token() -> str:
    """Return a token that nobody guesses."""
    return secrets.token_urlsafe(24)


class Guard:
    """Lets requests through that come from here, know the token and are not too large.

    Parameters
    ----------
    app
        What answers them; it is told paths without the token.
    token
        The first part of every path.
    port
        Of the server: the only one that Host and Origin may name, with 127.0.0.1 or localhost.

    Notes
    -----
    The check of Host keeps other sites from reaching the server by a name of their own that they
    lead to 127.0.0.1, that of Origin keeps them from sending forms. No answer allows other origins
    to read it.
    """

    def __init__(self, app: App, token: str, port: int) -> None:
        self._app = app
        self._token = token
        self._hosts = {f"{name}:{port}" for name in ("127.0.0.1", "localhost")}
        self._origins = {f"http://{host}" for host in self._hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        headers = {
            key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]
        }
        status, sentence = self._refusal(scope, headers)
        body = b""
        if not sentence:
            body_or_none = await _body(receive)
            if body_or_none is None:
                status, sentence = 413, f"the request must be at most {LARGEST_BODY:,} bytes"
            else:
                body = body_or_none
        if sentence:
            await _refuse(send, status, sentence)
            return
        path = scope["path"][len(self._token) + 1 :] or "/"
        inner = {**scope, "path": path, "raw_path": path.encode()}
        await self._app(inner, _given(body, receive), _with_headers(send))

    def _refusal(self, scope: Scope, headers: dict[str, str]) -> tuple[int, str]:
        """Return status and sentence of a refusal, an empty sentence for none."""
        if headers.get("host", "") not in self._hosts:
            return 403, "the host must be 127.0.0.1; open the address that the terminal shows"
        origin = headers.get("origin")
        if origin is not None and origin not in self._origins:
            return 403, "the origin must be this page; open the address that the terminal shows"
        given = scope["path"].split("/")[1] if scope["path"].count("/") else ""
        if not secrets.compare_digest(given.encode(), self._token.encode()):
            return 404, "the address must hold the token that the terminal shows; copy it whole"
        if scope["method"] == "POST":
            kind = headers.get("content-type", "").partition(";")[0].strip().lower()
            if kind != "application/json":
                return 415, "the content type must be application/json"
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > LARGEST_BODY:
            return 413, f"the request must be at most {LARGEST_BODY:,} bytes"
        return 200, ""


async def _body(receive: Receive) -> bytes | None:
    """Return the body of a request, None if it is too large."""
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b""
        part = message.get("body", b"")
        size += len(part)
        if size > LARGEST_BODY:
            return None
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)


def _given(body: bytes, receive: Receive) -> Receive:
    told = False

    async def again() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _with_headers(send: Send) -> Send:
    async def more(message: Message) -> None:
        if message["type"] == "http.response.start":
            added = [(key.encode(), value.encode()) for key, value in HEADERS.items()]
            message = {**message, "headers": [*message.get("headers", ()), *added]}
        await send(message)

    return more


async def _refuse(send: Send, status: int, sentence: str) -> None:
    body = json.dumps({"error": sentence}).encode()
    headers = {"content-type": "application/json", "content-length": str(len(body)), **HEADERS}
    listed = [(key.encode(), value.encode()) for key, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": listed})
    await send({"type": "http.response.body", "body": body})
