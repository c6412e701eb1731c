"""Security headers: on every answer, and none that a setting could break."""

import asyncio

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import Message

from posecount import PosecountError
from posecount.ui.server.headers import FRAME_ANCESTORS_VARIABLE, SecurityHeaders, security_headers
from tests.ui.server.asgi import get


def policy(environment: dict[str, str]) -> dict[str, str]:
    directives = security_headers(environment)["Content-Security-Policy"].split("; ")
    return dict(each.split(" ", 1) for each in directives)


def test_every_answer_has_them_also_one_that_is_not_found_and_an_answer_keeps_its_own() -> None:
    async def own(_: object) -> PlainTextResponse:
        return PlainTextResponse("", headers={"Referrer-Policy": "no-referrer"})

    app = Starlette(routes=[Route("/own", own)], middleware=[Middleware(SecurityHeaders, environment={})])
    for path, referrer in (("/own", "no-referrer"), ("/missing", "same-origin")):
        _, headers, _ = get(app, path)
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == referrer
        assert headers["permissions-policy"].startswith("camera=(self), microphone=()")


def test_no_script_comes_from_elsewhere_and_wasm_workers_and_the_app_s_own_frames_may_run() -> None:
    found = policy({})
    assert found["default-src"] == found["frame-src"] == found["base-uri"] == "'self'"
    assert "'wasm-unsafe-eval'" in found["script-src"] and "blob:" in found["worker-src"]
    assert "'unsafe-inline'" not in found["script-src"] and "'unsafe-eval'" not in found["script-src"]
    assert "http" not in found["script-src"] + found["connect-src"]
    assert found["object-src"] == "'none'"
    # Streamlit's own page has a script inside, which is allowed by its hash.
    assert "'sha256-" in found["script-src"]


def test_other_sites_frame_the_app_only_where_the_operator_says_so() -> None:
    assert policy({})["frame-ancestors"] == "'self'"
    allowed = "'self' https://example.org https://*.example.com:8443"
    assert policy({FRAME_ANCESTORS_VARIABLE: f" {allowed} "})["frame-ancestors"] == allowed
    for wrong in ("example.org; script-src *", "https://a\nX: y", "'unsafe-inline'", "javascript:"):
        with pytest.raises(PosecountError, match="Try: set it"):
            security_headers({FRAME_ANCESTORS_VARIABLE: wrong})


def test_what_is_not_http_passes_as_it_is() -> None:
    sent: list[Message] = []

    async def app(scope: object, receive: object, send: object) -> None:
        await send({"type": "websocket.close"})  # type: ignore[operator]

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {}

    asyncio.run(SecurityHeaders(app, {})({"type": "websocket"}, receive, send))
    assert sent == [{"type": "websocket.close"}]
