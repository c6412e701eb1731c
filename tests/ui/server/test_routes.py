"""The routes beside Streamlit's: who may ask, and files that a browser keeps for good."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from starlette.applications import Starlette

from posecount.tracking.browser import FILES, FOLDER, VERSION, compressed
from posecount.ui.server import files
from posecount.ui.server.files import SCRIPTS, model_version, scripts_version
from posecount.ui.server.routes import is_allowed, login_of, middleware, routes
from tests.ui.server.asgi import get


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Starlette]:
    """The server's own routes, with small files."""
    folder = tmp_path / FOLDER
    for name in FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode() * 100)
        compressed(folder / name).write_bytes(gzip.compress(name.encode() * 100))
    (tmp_path / "full.task").write_bytes(b"a model")
    monkeypatch.setattr(files, "find_browser_files", lambda: folder)
    monkeypatch.setattr(files, "model_path", lambda variant: tmp_path / f"{variant}.task")
    yield Starlette(routes=routes(), middleware=middleware())


def test_every_file_of_the_tracker_is_served_compressed_and_kept_for_good(app: Starlette) -> None:
    for name in FILES:
        status, headers, body = get(app, f"/device/tracker/{VERSION}/{name}", {"Accept-Encoding": "gzip, br"})
        assert (status, headers["content-encoding"]) == (200, "gzip")
        assert gzip.decompress(body) == name.encode() * 100
        assert "immutable" in headers["cache-control"]
        assert headers["content-type"].partition(";")[0] in ("text/javascript", "application/wasm")
    assert get(app, f"/device/tracker/{VERSION}/vision_bundle.mjs")[2] == b"vision_bundle.mjs" * 100


def test_the_model_is_served_under_its_own_version(app: Starlette, tmp_path: Path) -> None:
    version = model_version(tmp_path / "full.task")
    status, headers, body = get(app, f"/device/model/{version}/full.task")
    assert (status, body) == (200, b"a model")
    assert "immutable" in headers["cache-control"]
    (tmp_path / "full.task").write_bytes(b"another model")
    assert get(app, f"/device/model/{version}/full.task")[0] == 404


def test_every_script_of_the_component_is_served(app: Starlette) -> None:
    scripts = sorted(SCRIPTS.glob("*.js"))
    for script in scripts:
        status, headers, body = get(app, f"/device/scripts/{scripts_version()}/{script.name}")
        assert (status, body) == (200, script.read_bytes())
        assert headers["content-type"].startswith("text/javascript")


@pytest.mark.parametrize(
    "path",
    [
        "/device/scripts/{scripts}/component.py",
        "/device/scripts/{scripts}/..%2F..%2Faccess.py",
        "/device/scripts/0/main.js",
        f"/device/tracker/{VERSION}/wasm/../../../secrets.toml",
        f"/device/tracker/{VERSION}/wasm/vision_wasm_internal.js.gz",
        "/device/tracker/0.0.0/vision_bundle.mjs",
        "/device/model/0/full.task",
        "/device/model/0/..%2Ffull.task",
    ],
)
def test_nothing_else_is(app: Starlette, path: str) -> None:
    assert get(app, path.format(scripts=scripts_version()))[0] == 404


def test_logins_are_told_apart_by_their_cookie_with_all_its_parts() -> None:
    one, other = {"_streamlit_user": "a", "theme": "dark"}, {"_streamlit_user": "b", "theme": "dark"}
    assert login_of({"theme": "dark"}) == ""
    assert login_of(one) == login_of({"_streamlit_user": "a"}) != login_of(other)
    assert login_of(one) != login_of(one | {"_streamlit_user_1": "c"})
    assert login_of(one) == login_of(one | {"_streamlit_user_tokens": "renewed"})


def test_only_pages_of_this_server_and_of_those_that_are_listed_open_the_socket(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert is_allowed("https://count.example.org", "count.example.org")
    assert is_allowed("http://localhost:8501", "localhost:8501")
    for origin in ("https://evil.example", "null", "", None, "http://localhost:8502"):
        assert not is_allowed(origin, "localhost:8501")
    monkeypatch.setattr(st, "get_option", lambda name: ["https://other.example"])
    assert is_allowed("https://other.example", "localhost:8501")
