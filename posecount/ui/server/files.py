"""The files with which a browser tracks: our scripts, MediaPipe's tracker, and the pose model.

Each address contains a version, so a browser keeps the file for good: a visit after the first loads nothing again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import get_args

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from posecount.errors import ModelError
from posecount.tracking.browser import FILES, VERSION, compressed, find_browser_files
from posecount.tracking.model import model_path
from posecount.tracking.variant import Variant

SCRIPTS = Path(__file__).resolve().parents[1] / "live" / "device"
"""The folder of the component's scripts."""

_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm"}
_FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}


@cache
def scripts_version() -> str:
    """Changes whenever one of our scripts does."""
    digest = hashlib.sha256()
    for file in sorted(SCRIPTS.glob("*.js")):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]


async def script(request: Request) -> Response:
    """One of our scripts; only the files of that folder are looked at, whatever the address says."""
    name = request.path_params["name"]
    files = {file.name: file for file in SCRIPTS.glob("*.js")}
    if request.path_params["version"] != scripts_version() or name not in files:
        raise HTTPException(404)
    return FileResponse(files[name], headers=_FOREVER, media_type=_TYPES[".js"])


async def tracker_file(request: Request) -> Response:
    """One of MediaPipe's files; the page has fetched them before it offers to track on the device."""
    name = request.path_params["name"]
    if request.path_params["version"] != VERSION or name not in FILES:
        raise HTTPException(404)
    file = await _found(lambda: find_browser_files() / name)
    headers = {**_FOREVER, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return FileResponse(compressed(file), headers=headers, media_type=_TYPES[file.suffix])
    return FileResponse(file, headers={**headers, "Content-Encoding": "identity"}, media_type=_TYPES[file.suffix])


async def model(request: Request) -> Response:
    """A pose model, the same that the server itself uses."""
    variant: Variant = request.path_params["variant"]
    if variant not in get_args(Variant):
        raise HTTPException(404)
    file = await _found(lambda: model_path(variant))
    if request.path_params["version"] != model_version(file):
        raise HTTPException(404)
    # Compressed it is no smaller, as weights are.
    headers = {**_FOREVER, "Content-Encoding": "identity"}
    return FileResponse(file, headers=headers, media_type="application/octet-stream")


def model_version(file: Path) -> str:
    """Changes whenever the model does."""
    return _model_version(file, file.stat().st_mtime_ns)


@cache
def _model_version(file: Path, _modified: int) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()[:16]


async def _found(find: Callable[[], Path]) -> Path:
    try:
        return await run_in_threadpool(find)
    except (ModelError, OSError) as error:
        raise HTTPException(503) from error
