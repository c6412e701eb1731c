"""Security headers on every answer of the server, Streamlit's own included; a proxy adds only HSTS, if it does TLS."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Mapping
from pathlib import Path

import streamlit
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from posecount.errors import PosecountError

FRAME_ANCESTORS_VARIABLE = "POSECOUNT_FRAME_ANCESTORS"
"""Which sites may show the app in a frame, as in the header: ``'self'``, ``'none'``, or addresses with spaces between
them. The app's own components are frames too, so without ``'self'`` there is no video over WebRTC."""

_SOURCE = re.compile(r"'self'|'none'|\*|https?://(\*\.)?[A-Za-z0-9.-]+(:\d+|:\*)?|https?:")
_INLINE = re.compile(rb"<script>(.*?)</script>", re.DOTALL)


class SecurityHeaders:
    """Sets the headers of every answer over HTTP; what sets one of them itself keeps its own.

    Args:
        app: the rest of the server.
        environment: where `FRAME_ANCESTORS_VARIABLE` is looked up.

    Raises:
        PosecountError: if the variable is not as expected.
    """

    def __init__(self, app: ASGIApp, environment: Mapping[str, str] = os.environ) -> None:
        self._app = app
        self._headers = security_headers(environment)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


def security_headers(environment: Mapping[str, str]) -> dict[str, str]:
    """The headers by name.

    Raises:
        PosecountError: if `FRAME_ANCESTORS_VARIABLE` is not as expected.
    """
    ancestors = environment.get(FRAME_ANCESTORS_VARIABLE, "").strip() or "'self'"
    if not all(_SOURCE.fullmatch(source) for source in ancestors.split()):
        raise PosecountError(
            f"{FRAME_ANCESTORS_VARIABLE} is {ancestors[:40]!r}. Try: set it to 'self', 'none', or addresses such as "
            "https://example.org with spaces between them, or unset it."
        )
    policy = {
        "default-src": "'self'",
        # Streamlit imports the scripts of components from blob: addresses; MediaPipe compiles WebAssembly.
        "script-src": f"'self' blob: 'wasm-unsafe-eval' {_inline_scripts()}".rstrip(),
        "worker-src": "'self' blob:",
        "style-src": "'self' 'unsafe-inline'",  # as Streamlit makes its styles while it runs
        "img-src": "'self' data: blob: https://fonts.gstatic.com",  # the icon in the browser's tab
        "media-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": "'self' data: blob:",
        "frame-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": ancestors,
    }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        # The camera for this page and its components; nothing else is needed.
        "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), payment=(), usb=()",
    }


def _inline_scripts() -> str:
    """The hashes of the scripts inside Streamlit's own page, which differ from version to version."""
    page = Path(streamlit.__file__).parent / "static" / "index.html"
    scripts = _INLINE.findall(page.read_bytes()) if page.is_file() else []
    return " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(each).digest()).decode()}'" for each in scripts)
