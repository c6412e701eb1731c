"""The routes beside Streamlit's own, and the one registry of who may use the socket."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from urllib.parse import urlsplit

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from posecount.device.socket import DeviceSocket
from posecount.device.tickets import Tickets
from posecount.ui.server import files
from posecount.ui.server.garbage import set_aside_what_is_loaded
from posecount.ui.server.headers import SecurityHeaders

TICKETS = Tickets()
"""Of this server. Pages issue tickets, and the socket asks for them."""

_LOGIN_COOKIE = "_streamlit_user"
"""Streamlit's, signed; where it is long, its parts are called ``_streamlit_user_1`` and so on."""


def routes() -> list[BaseRoute]:
    """The routes, below the server's base path."""
    base = f"{base_path()}/device"
    socket = DeviceSocket(TICKETS, login_of, is_allowed)

    async def serve(websocket: WebSocket) -> None:
        set_aside_what_is_loaded()  # by now the first page is shown
        await socket.serve(websocket)

    return [
        WebSocketRoute(f"{base}/socket/{{token}}", serve),
        Route(f"{base}/scripts/{{version}}/{{name}}", files.script),
        Route(f"{base}/tracker/{{version}}/{{name:path}}", files.tracker_file),
        Route(f"{base}/model/{{version}}/{{variant}}.task", files.model),
    ]


def middleware() -> list[Middleware]:
    """What every answer passes through."""
    return [Middleware(SecurityHeaders)]


def base_path() -> str:
    """The path below which the server answers: empty, or with a slash before it and none after it."""
    path = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}" if path else ""


def login_of(cookies: Mapping[str, str]) -> str:
    """Tells logins apart by their cookie; empty without a login. A ticket ends with the login it was issued to."""
    parts = [f"{name}={value}" for name, value in sorted(cookies.items()) if _is_login(name)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest() if parts else ""


def _is_login(name: str) -> bool:
    base, _, number = name.rpartition("_")
    return name == _LOGIN_COOKIE or (base.rstrip("_") == _LOGIN_COOKIE and number.isdecimal())


def is_allowed(origin: str | None, host: str | None) -> bool:
    """Whether a page of this origin may open the socket: one of this server, or of one that the operator lists."""
    if not origin or not host:
        return False
    others: list[str] = st.get_option("server.corsAllowedOrigins") or []
    return urlsplit(origin).netloc == host or origin in others
