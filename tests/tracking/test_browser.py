"""Where the files of the browser's tracker come from, with a local server as the CDN and a script as npm."""

import gzip
import hashlib
import http.server
import io
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from posecount.errors import ModelError
from posecount.tracking import browser
from posecount.tracking.browser import FOLDER, compressed, find_browser_files

CONTENT = {"vision_bundle.mjs": b"a module", "wasm/vision.wasm": b"\0asm" * 100}


@pytest.fixture
def cdn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, bytes]]:
    """What the CDN has; nothing at first. No npm is installed."""
    served: dict[str, bytes] = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = served.get(self.path[1:])
            self.send_response(404 if body is None else 200)
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *args: object) -> None:
            pass

    monkeypatch.setattr(browser, "FILES", {name: hashlib.sha256(data).hexdigest() for name, data in CONTENT.items()})
    monkeypatch.setenv("POSECOUNT_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("POSECOUNT_MODEL", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        monkeypatch.setattr(browser, "_CDN_URL", f"http://127.0.0.1:{server.server_port}/{{file}}")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield served
        server.shutdown()


def install_npm(folder: Path, content: dict[str, bytes]) -> None:
    """An npm that packs this, and knows no other command."""
    with tarfile.open(folder / "packed.tgz", "w:gz") as package:
        for name, data in content.items():
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(data)
            package.addfile(member, io.BytesIO(data))
    npm = folder / "bin" / "npm"
    npm.parent.mkdir()
    npm.write_text(f'#!/bin/sh\n[ "$1" = pack ] && /bin/cp {folder}/packed.tgz .\n')
    npm.chmod(0o755)


def is_whole(folder: Path) -> bool:
    read = {name: (folder / name).read_bytes() for name in CONTENT}
    return read == CONTENT == {name: gzip.decompress(compressed(folder / name).read_bytes()) for name in CONTENT}


def test_they_come_from_the_cdn_once_and_then_from_the_cache(cdn: dict[str, bytes]) -> None:
    cdn |= CONTENT
    told: list[str] = []
    folder = find_browser_files(progress=lambda what, done, total: told.append(what))
    assert is_whole(folder) and told
    cdn.clear()
    assert find_browser_files() == folder


def test_where_the_cdn_cannot_be_reached_or_lies_npm_is_asked(cdn: dict[str, bytes], tmp_path: Path) -> None:
    install_npm(tmp_path, CONTENT)
    cdn |= CONTENT | {"wasm/vision.wasm": b"something else"}
    assert is_whole(find_browser_files())


def test_what_is_not_as_it_should_be_is_never_stored(cdn: dict[str, bytes], tmp_path: Path) -> None:
    install_npm(tmp_path, {"vision_bundle.mjs": b"something else"})
    with pytest.raises(ModelError, match=r"(?s)CDN.*npm pack.*has no wasm/vision.wasm.*Try: connect") as caught:
        find_browser_files()
    assert "sha256" not in str(caught.value)
    assert not [each for each in (tmp_path / "cache" / FOLDER).rglob("*") if each.is_file()]


def test_a_folder_of_models_may_hold_them(
    cdn: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cdn |= CONTENT
    find_browser_files().rename(tmp_path / FOLDER)
    cdn.clear()
    monkeypatch.setenv("POSECOUNT_MODEL", str(tmp_path))
    assert is_whole(find_browser_files()) and find_browser_files() == tmp_path / FOLDER


def test_without_the_cdn_and_without_npm_the_error_says_what_to_do(cdn: dict[str, bytes]) -> None:
    with pytest.raises(ModelError, match=r"npm is not installed(?s:.*)Try: connect to the internet"):
        find_browser_files()
