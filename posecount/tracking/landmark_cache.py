"""The landmarks of tracked videos, in the user's cache folder by content, so that a video is tracked once only."""

from __future__ import annotations

import hashlib
import logging
import zlib
from importlib.metadata import version
from pathlib import Path

from posecount.errors import SequenceError
from posecount.tracking.model import cache_folder
from posecount.tracking.sequence import SEQUENCE_SUFFIX, LandmarkSequence
from posecount.tracking.sequence_file import MAX_FRAMES

_logger = logging.getLogger(__name__)

_FORMAT = 2
"""It changes whenever tracking a video gives other results."""


class CachedLandmarks:
    """The cached landmarks of one video, keyed by the content of video and model, MediaPipe's version and the rate.

    Args:
        file: the video.
        model: path of the pose model.
        fps: the rate that the video is reduced to before tracking, or None.
    """

    def __init__(self, file: Path, model: Path, fps: float | None = None) -> None:
        parts = f"{_digest(file)} {_digest(model)} {version('mediapipe')} {fps} {_FORMAT}"
        key = hashlib.sha256(parts.encode()).hexdigest()
        self._path = cache_folder() / "landmarks" / f"{key}{SEQUENCE_SUFFIX}"

    def load(self) -> LandmarkSequence | None:
        """The landmarks, or None if the video is not tracked yet."""
        if not self._path.is_file():
            return None
        try:
            return LandmarkSequence.load(self._path)
        except (SequenceError, zlib.error):
            self._path.unlink(missing_ok=True)  # damaged: track again
            return None

    def save(self, sequence: LandmarkSequence) -> None:
        """Store the landmarks of the whole file, if a file can hold them; never those of a cancelled run."""
        if len(sequence) > MAX_FRAMES:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            sequence.save(self._path)
        except OSError as error:  # a cache only saves time: the landmarks themselves are not lost
            _logger.warning("landmarks are not cached: %s", error)


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
