"""Finds, fetches, checks and caches the files with which a browser tracks: npm's ``@mediapipe/tasks-vision``.

It looks in the folder that ``POSECOUNT_MODEL`` names, if it names one; in the user's cache folder; fetches each file
from a public CDN over HTTPS; or takes them from the package, which ``npm pack`` fetches. Each file has the sha256 that
is written here, wherever it comes from. Beside each lies a copy compressed with gzip, which is what browsers get.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import tempfile
from pathlib import Path

from posecount.errors import ModelError
from posecount.files import lock_file, replacing
from posecount.tracking.download import FetchProgress, download
from posecount.tracking.model import CACHE_VARIABLE, MODEL_VARIABLE, cache_folder
from posecount.tracking.npm import unpack

PACKAGE, VERSION = "@mediapipe/tasks-vision", "1.1.0"
FILES: dict[str, str] = {
    "vision_bundle.mjs": "9d5fc9ef74b22329cf9aa88dc543956d192b8c254210b187271614713eb5b10c",
    # On the page, where the browser cannot track in a worker.
    "wasm/vision_wasm_internal.js": "7c652617b5bef832f42878ce8c5f752b0724bca6054e4bc1013a37d4b1949723",
    "wasm/vision_wasm_internal.wasm": "782eda3ec1f414fdb4f1d66a8b59093eb4d5ab437e06117796abf05962d68eef",
    # In a worker.
    "wasm/vision_wasm_module_internal.js": "70eff3956521b7de058d7173a4935c95e4a223c26ea624b9f5a936d3a043dcb0",
    "wasm/vision_wasm_module_internal.wasm": "ee03b14a878e6c3c053a1bfa62e166dc45244be54dc0bbe61c578f710b771f6a",
}
"""The files that are served, and the sha256 of each."""
FOLDER = f"tasks-vision-{VERSION}"

_CDN_URL = f"https://cdn.jsdelivr.net/npm/{PACKAGE}@{VERSION}/{{file}}"
_WHAT = "browser tracker"


def find_browser_files(progress: FetchProgress | None = None) -> Path:
    """The folder with `FILES`, fetched into the user's cache if it is missing.

    Args:
        progress: called as bytes arrive.

    Raises:
        ModelError: with each source that was tried, why it failed, and what to try.
    """
    explicit = os.environ.get(MODEL_VARIABLE)
    if explicit and _is_complete(folder := Path(explicit).expanduser() / FOLDER):
        return folder
    cached = cache_folder() / FOLDER
    if _is_complete(cached):
        return cached
    try:
        cached.mkdir(parents=True, exist_ok=True)
        with lock_file(cached.with_name(f"{FOLDER}.lock")):  # a second process waits, then finds what the first fetched
            if not _is_complete(cached):
                _fetch(cached, progress)
    except OSError as error:
        raise ModelError(
            f"Cannot write the browser tracker to {cached}: {error}. Try: make the folder writable, or set "
            f"{CACHE_VARIABLE} to one that is."
        ) from error
    return cached


def compressed(file: Path) -> Path:
    """Where the copy of a file lies that is compressed with gzip."""
    return file.with_name(f"{file.name}.gz")


def _is_complete(folder: Path) -> bool:
    """Whether all files are there. What is written there was checked before, so this need not read 26 MB again."""
    return all((folder / name).is_file() and compressed(folder / name).is_file() for name in FILES)


def _fetch(folder: Path, progress: FetchProgress | None) -> None:
    tried: list[str] = []
    for source, what in ((_fetch_from_cdn, "the public CDN"), (_fetch_with_npm, "npm pack")):
        with tempfile.TemporaryDirectory(prefix="posecount-") as temporary:
            try:
                source(Path(temporary), progress)
                for name, sha256 in FILES.items():
                    _store(Path(temporary) / name, folder / name, sha256)
            except (ModelError, OSError) as error:
                tried.append(f"{what}: {getattr(error, 'reason', None) or error}")
                continue
            return
    raise ModelError(
        f"The browser tracker ({PACKAGE} {VERSION}) is not available.\n"
        + "".join(f"- tried {line}\n" for line in tried)
        + "Try: connect to the internet and start again; or install npm, which may reach a registry that this program "
        + f"cannot; or run `posecount model --browser` elsewhere, and copy the folder {FOLDER} to {folder.parent}."
    )


def _store(source: Path, target: Path, sha256: str) -> None:
    data = source.read_bytes()
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ModelError(f"{source.name} does not have the expected sha256")
    target.parent.mkdir(parents=True, exist_ok=True)
    for path, content in ((compressed(target), gzip.compress(data, 6, mtime=0)), (target, data)):
        with replacing(path) as file:
            file.write_bytes(content)


def _fetch_from_cdn(folder: Path, progress: FetchProgress | None) -> None:
    for name in FILES:
        target = folder / name
        target.parent.mkdir(exist_ok=True)
        download(_CDN_URL.format(file=name), target, _WHAT, progress)


def _fetch_with_npm(folder: Path, progress: FetchProgress | None) -> None:
    if progress:
        progress(f"{_WHAT} (12 MB)", 0, None)
    unpack(PACKAGE, VERSION, FILES, folder)
