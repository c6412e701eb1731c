"""Fetches a file over HTTPS, with its progress."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable
from pathlib import Path

from posecount.errors import ModelError

FetchProgress = Callable[[str, int, int | None], None]
"""Called with (what is being fetched, bytes so far, total bytes or None if unknown)."""

_TIMEOUT_S = 15.0
_MAX_BYTES = 200_000_000


def download(url: str, target: Path, what: str, progress: FetchProgress | None = None) -> None:
    """Fetch a file; `what` it is goes to the progress.

    Raises:
        ModelError: if it is too large, or breaks off.
        OSError: if it cannot be fetched or written.
    """
    with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as response, target.open("wb") as file:
        length = response.headers.get("Content-Length")
        total = int(length) if length else None
        done = 0
        while chunk := response.read(1 << 16):
            done += len(chunk)
            if done > _MAX_BYTES:
                raise ModelError(f"{url} is larger than {_MAX_BYTES} bytes")
            file.write(chunk)
            if progress:
                progress(what, done, total)
        if total is not None and done != total:
            raise ModelError(f"{url} broke off after {done} of {total} bytes")
