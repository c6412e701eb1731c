"""Landmark sequences: the poses of a whole video in one ``.npz``, to count without tracking again."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from posecount.errors import SequenceError
from posecount.files import replacing_output
from posecount.pose import LANDMARK_COUNT, FloatArray, Image, Pose
from posecount.tracking import sequence_file
from posecount.tracking.sequence_file import numbers, shown, unpacking, whole_size

SEQUENCE_SUFFIX = ".npz"
MAX_SIDE = 65_535
"""Pixels of the width and height: no picture in any common format is larger."""

_FARTHEST = 1_000_000.0
"""Pixels: a landmark may be out of the picture, but not as far as this."""
_LATEST = 1e10
"""Seconds, either way: three hundred years, so that any clock fits."""
_LONGEST_REASON = 500
_SAME_FRAME_S = 0.0005
"""Seconds by which the timestamps of a frame may differ."""
_BLOCK = 4096
"""Frames that are checked at a time, so that checking takes no memory to speak of."""


@dataclass(frozen=True, slots=True, eq=False)
class LandmarkSequence:
    """The poses of T frames.

    Attributes:
        landmarks: float32 (T, 33, 3), image pixels; NaN where no pose was found.
        visibility: float32 (T, 33), 0 to 1.
        timestamps: float64 (T,), seconds, never decreasing.
        size: (width, height) of the images in pixels; (0, 0) if no frame has a pose.
        broke_off: why frames of the video are missing, or None.

    Raises:
        SequenceError: if the shapes do not match, time runs backwards, or a number is out of bounds.
    """

    landmarks: FloatArray
    visibility: FloatArray
    timestamps: NDArray[np.float64]
    size: tuple[int, int]
    broke_off: str | None = None

    def __post_init__(self) -> None:
        frames = len(self.timestamps)
        if self.landmarks.shape != (frames, LANDMARK_COUNT, 3) or self.visibility.shape != (frames, LANDMARK_COUNT):
            raise SequenceError(
                f"landmarks {self.landmarks.shape} and visibility {self.visibility.shape} must have shapes "
                f"({frames}, 33, 3) and ({frames}, 33), because there are {frames} timestamps"
            )
        if not np.isfinite(self.timestamps).all() or (np.diff(self.timestamps) < 0).any():
            raise SequenceError("timestamps must be finite and must not decrease")
        if frames and max(-self.timestamps[0], self.timestamps[-1]) > _LATEST:
            raise SequenceError(f"timestamps must be seconds, at most {_LATEST:.0e}")
        found = False
        for start in range(0, frames, _BLOCK):
            block = slice(start, start + _BLOCK)
            landmarks, visibility = self.landmarks[block], self.visibility[block]
            if (np.abs(landmarks) > _FARTHEST).any():
                raise SequenceError(f"landmarks must be finite, and at most {_FARTHEST:.0e} pixels from the corner")
            if ((visibility < 0) | (visibility > 1)).any():
                raise SequenceError("visibility must be from 0 to 1")
            found = found or bool(np.isfinite(landmarks).all(axis=(1, 2)).any())
        sensible = all(isinstance(side, int | np.integer) and 0 < side <= MAX_SIDE for side in self.size)
        if not sensible and (self.size != (0, 0) or found):
            raise SequenceError(f"the size {shown(self.size)} must be two whole numbers of pixels from 1 to {MAX_SIDE}")

    def __len__(self) -> int:
        return len(self.timestamps)

    @property
    def duration(self) -> float:
        """Seconds from the first to the last frame."""
        return float(self.timestamps[-1] - self.timestamps[0]) if len(self) else 0.0

    def pose(self, index: int) -> Pose | None:
        """The pose of a frame; None where no pose was found."""
        if not np.isfinite(self.landmarks[index]).all():
            return None
        return Pose(self.landmarks[index], self.visibility[index], self.size)

    def poses(self) -> Iterator[tuple[float, Pose | None]]:
        """(timestamp, pose) of each frame; None where no pose was found."""
        for index, timestamp in enumerate(self.timestamps):
            yield float(timestamp), self.pose(index)

    def replay(self) -> ReplayTracker:
        """A tracker that returns these poses, each for the timestamp of its frame."""
        return ReplayTracker(self)

    @classmethod
    def from_poses(cls, frames: Iterable[tuple[float, Pose | None]]) -> LandmarkSequence:
        """Collect (timestamp, pose) pairs; poses of another image size are scaled to the size of the first."""
        collected = SequenceBuilder()
        for timestamp, pose in frames:
            collected.add(timestamp, pose)
        return collected.sequence()

    @classmethod
    def joined(cls, parts: Sequence[LandmarkSequence]) -> LandmarkSequence:
        """Join sequences that follow each other; poses are scaled to the size of the first sequence that has any."""
        size = next((part.size for part in parts if part.size != (0, 0)), (0, 0))
        scales = [np.float32(size[0] / part.size[0] if part.size[0] else 1.0) for part in parts]
        return cls(
            np.concatenate([part.landmarks * scale for part, scale in zip(parts, scales, strict=True)]),
            np.concatenate([part.visibility for part in parts]),
            np.concatenate([part.timestamps for part in parts]),
            size,
            next((part.broke_off for part in parts if part.broke_off), None),
        )

    def fitting(self) -> LandmarkSequence:
        """As much of it as a file holds: where frames are left out, `broke_off` says so."""
        if len(self) <= sequence_file.MAX_FRAMES:
            return self
        kept = slice(sequence_file.MAX_FRAMES)
        broke_off = f"a landmark sequence holds at most {sequence_file.MAX_FRAMES:,} frames"
        return LandmarkSequence(
            self.landmarks[kept], self.visibility[kept], self.timestamps[kept], self.size, broke_off
        )

    @classmethod
    def load(cls, path: str | Path) -> LandmarkSequence:
        """Read a ``.npz``.

        Raises:
            SequenceError: if the file is missing or no such archive, its arrays do not match, a number is out of
                bounds, or it holds more than `sequence_file.MAX_FRAMES`.
        """
        with unpacking(path) as arrays:
            sequence = cls(
                numbers(arrays["landmarks"], 3).astype(np.float32, copy=False),
                numbers(arrays["visibility"], 2).astype(np.float32, copy=False),
                numbers(arrays["timestamps"], 1).astype(np.float64, copy=False),
                whole_size(numbers(arrays["size"], 1)),
                str(arrays["broke_off"])[:_LONGEST_REASON] or None if "broke_off" in arrays else None,
            )
        sequence_file.check_length(len(sequence), str(path))
        return sequence

    def save(self, path: str | Path) -> None:
        """Write a ``.npz``; an existing file is replaced only once it is complete.

        Raises:
            SequenceError: if there are more than `sequence_file.MAX_FRAMES`, which `load` would refuse.
        """
        sequence_file.check_length(len(self), str(path))
        with replacing_output(Path(path)) as temporary, temporary.open("wb") as file:
            self.write(file)

    def write(self, file: IO[bytes]) -> None:
        """Write what a ``.npz`` holds, without a check of its length."""
        np.savez_compressed(
            file,
            landmarks=self.landmarks,
            visibility=self.visibility,
            timestamps=self.timestamps,
            size=np.array(self.size),
            broke_off=np.array(self.broke_off or ""),
        )


class SequenceBuilder:
    """Collects the poses of a stream: 528 bytes a frame, 57 MB an hour at 30 frames a second."""

    def __init__(self) -> None:
        self._timestamps = array("d")
        self._landmarks = array("f")
        self._visibility = array("f")
        self._size: tuple[int, int] | None = None

    def add(self, timestamp: float, pose: Pose | None) -> None:
        """Add a frame; a pose of another image size is scaled to the size of the first."""
        self._timestamps.append(timestamp)
        if pose is None:
            self._landmarks.frombytes(_NO_LANDMARKS)
            self._visibility.frombytes(_NO_VISIBILITY)
            return
        self._size = self._size or pose.size
        landmarks = pose.landmarks
        if pose.size != self._size:
            landmarks = landmarks * np.float32(self._size[0] / pose.size[0])
        self._landmarks.frombytes(landmarks.astype(np.float32, copy=False).tobytes())
        self._visibility.frombytes(pose.visibility.astype(np.float32, copy=False).tobytes())

    def sequence(self, broke_off: str | None = None) -> LandmarkSequence:
        """The frames collected; nothing can be added afterwards."""
        return LandmarkSequence(
            np.frombuffer(self._landmarks, np.float32).reshape(-1, LANDMARK_COUNT, 3),
            np.frombuffer(self._visibility, np.float32).reshape(-1, LANDMARK_COUNT),
            np.frombuffer(self._timestamps, np.float64),
            self._size or (0, 0),
            broke_off,
        )


_NO_LANDMARKS = np.full((LANDMARK_COUNT, 3), np.nan, np.float32).tobytes()
_NO_VISIBILITY = np.zeros(LANDMARK_COUNT, np.float32).tobytes()


class ReplayTracker:
    """Stands in for a tracker on a video that is already tracked: each image gets the pose of its timestamp."""

    def __init__(self, sequence: LandmarkSequence) -> None:
        self._sequence = sequence
        self._next = 0

    def track(self, image: Image, timestamp: float) -> Pose | None:
        """The pose of the frame with this timestamp; None if it has no pose or the sequence no such frame.

        Frames that share a timestamp take turns.
        """
        timestamps = self._sequence.timestamps
        if not (self._next < len(timestamps) and abs(timestamps[self._next] - timestamp) <= _SAME_FRAME_S):
            self._next = int(np.searchsorted(timestamps, timestamp - _SAME_FRAME_S))
            if self._next == len(timestamps) or timestamps[self._next] - timestamp > _SAME_FRAME_S:
                return None
        self._next += 1
        return self._sequence.pose(self._next - 1)

    def close(self) -> None:
        """Nothing to release."""
