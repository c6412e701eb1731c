"""The landmarks of videos that were tracked before, in the user's cache folder, by content: to count again at once."""

from __future__ import annotations

import hashlib
import zlib
from importlib.metadata import version
from pathlib import Path

from posecount.errors import SequenceError
from posecount.tracking.model import cache_folder
from posecount.tracking.sequence import SEQUENCE_SUFFIX, LandmarkSequence

_FORMAT = 2
"""Changes with what tracking a video yields."""


class CachedLandmarks:
    """Where the landmarks of one video are kept: by the content of video and model, MediaPipe's version and the rate.

    Args:
        file: the video.
        model: path of the pose model.
        fps: what the video is brought down to before tracking, or None.
    """

    def __init__(self, file: Path, model: Path, fps: float | None = None) -> None:
        parts = f"{_digest(file)} {_digest(model)} {version('mediapipe')} {fps} {_FORMAT}"
        key = hashlib.sha256(parts.encode()).hexdigest()
        self._path = cache_folder() / "landmarks" / f"{key}{SEQUENCE_SUFFIX}"

    def load(self) -> LandmarkSequence | None:
        """The landmarks, or None where the video was not tracked yet."""
        if not self._path.is_file():
            return None
        try:
            return LandmarkSequence.load(self._path)
        except (SequenceError, zlib.error):
            self._path.unlink(missing_ok=True)  # damaged: track again
            return None

    def save(self, sequence: LandmarkSequence) -> None:
        """Keep the landmarks of the video, as far as the file goes; never those of a cancelled tracking."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        sequence.save(self._path)


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
