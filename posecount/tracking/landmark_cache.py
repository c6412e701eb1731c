"""The landmarks of tracked videos, in the user's cache folder by content, so that a video is tracked once only."""

from __future__ import annotations

import hashlib
import logging
import zlib
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from posecount.errors import ModelError, SequenceError
from posecount.tracking.model import cache_folder
from posecount.tracking.sequence import SEQUENCE_SUFFIX, LandmarkSequence
from posecount.tracking.sequence_file import MAX_FRAMES

_FORMAT = 2
"""It changes whenever tracking a video gives other results."""
MAX_BYTES = 1_000_000_000
"""Of all landmarks in the cache: some twenty hours of video. Those that were not used for longest go first."""

_logger = logging.getLogger(__name__)


class CachedLandmarks:
    """The cached landmarks of one video, keyed by the content of video and model, MediaPipe's version and the rate.

    A cache that cannot be read or written is logged and passed over.

    Args:
        file: the video.
        model: path of the pose model.
        fps: the rate that the video is reduced to before tracking, or None.
    """

    def __init__(self, file: Path, model: Path, fps: float | None = None) -> None:
        self._path: Path | None = None
        try:
            parts = f"{_digest(file)} {_digest(model)} {version('mediapipe')} {fps} {_FORMAT}"
            key = hashlib.sha256(parts.encode()).hexdigest()
            self._path = cache_folder() / "landmarks" / f"{key}{SEQUENCE_SUFFIX}"
        except (OSError, ModelError) as error:
            _logger.warning("the landmarks of %s are not cached: %s", file, error)

    def load(self) -> LandmarkSequence | None:
        """The landmarks, or None if the video is not tracked yet."""
        if self._path is None:
            return None
        try:
            if not self._path.is_file():
                return None
            sequence = LandmarkSequence.load(self._path)
        except (SequenceError, zlib.error, OSError) as error:
            _logger.warning("cached landmarks cannot be used, the video is tracked again: %s", error)
            with suppress(OSError):
                self._path.unlink(missing_ok=True)
            return None
        with suppress(OSError):
            self._path.touch()  # pruning goes by the last use
        return sequence

    def save(self, sequence: LandmarkSequence) -> None:
        """Store the landmarks of the whole file, if a file can hold them; never those of a cancelled run."""
        if self._path is None or len(sequence) > MAX_FRAMES:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            sequence.save(self._path)
            _prune(self._path.parent, self._path)
        except OSError as error:
            _logger.warning("landmarks are not cached: %s", error)


def _prune(folder: Path, newest: Path) -> None:
    """Delete what was not used for longest until the folder keeps to `MAX_BYTES`; never the newest."""
    found = []
    for file in folder.iterdir():
        with suppress(OSError):  # another process may prune too
            known = file.stat()
            found.append((file != newest, known.st_mtime, known.st_size, file))
    left = sum(size for _, _, size, _ in found)
    for is_older, _, size, file in sorted(found, key=lambda each: each[1]):
        if left <= MAX_BYTES:
            return
        if is_older:
            with suppress(OSError):
                file.unlink()
                left -= size


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
