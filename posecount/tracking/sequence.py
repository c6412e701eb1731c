"""Landmark sequences: the poses of a whole video in one ``.npz``, to count without tracking again."""

from __future__ import annotations

import os
import zipfile
import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from posecount.errors import SequenceError
from posecount.files import replacing_output
from posecount.pose import LANDMARK_COUNT, FloatArray, Image, Pose

SEQUENCE_SUFFIX = ".npz"
MAX_BYTES = 500_000_000
"""Of the arrays, unpacked: four hours at 60 frames a second."""
_MAX_PACKED_BYTES = 100_000_000


_UNREADABLE = (
    OSError,
    ValueError,
    OverflowError,
    KeyError,
    EOFError,
    MemoryError,  # a damaged header may claim an array of any size
    NotImplementedError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
    SequenceError,
)
"""What numpy and zipfile raise for a file that is damaged or no such archive."""


@dataclass(frozen=True, slots=True, eq=False)
class LandmarkSequence:
    """The poses of T frames.

    Attributes:
        landmarks: float32 (T, 33, 3), image pixels; NaN where no pose was found.
        visibility: float32 (T, 33).
        timestamps: float64 (T,), seconds, never decreasing.
        size: (width, height) of the images in pixels.
        broke_off: why frames of the video are missing, or None.

    Raises:
        SequenceError: if the shapes do not match or time runs backwards.
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

    def __len__(self) -> int:
        return len(self.timestamps)

    def poses(self) -> Iterator[tuple[float, Pose | None]]:
        """(timestamp, pose) of each frame; None where no pose was found."""
        found = np.atleast_1d(np.isfinite(self.landmarks).all(axis=(1, 2)))
        for index, timestamp in enumerate(self.timestamps):
            pose = Pose(self.landmarks[index], self.visibility[index], self.size) if found[index] else None
            yield float(timestamp), pose

    def replay(self) -> ReplayTracker:
        """A tracker that returns these poses, frame by frame."""
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

    @classmethod
    def load(cls, path: str | Path) -> LandmarkSequence:
        """Read a ``.npz``.

        Raises:
            SequenceError: if the file is missing or no such archive, or its arrays do not match.
        """
        try:
            # Opened here, because np.load leaves a damaged archive open.
            with Path(path).open("rb") as file:
                _check_size(file)
                with np.load(file, allow_pickle=False) as arrays:
                    size = _numbers(arrays["size"], 1)
                    width, height = (int(value) for value in size)
                    return cls(
                        _numbers(arrays["landmarks"], 3).astype(np.float32),
                        _numbers(arrays["visibility"], 2).astype(np.float32),
                        _numbers(arrays["timestamps"], 1).astype(np.float64),
                        (width, height),
                        str(arrays["broke_off"]) or None if "broke_off" in arrays else None,
                    )
        except _UNREADABLE as error:
            raise SequenceError(
                f"{path} is not a landmark sequence: {error}. Try: make one with `posecount track VIDEO -o FILE.npz`."
            ) from error

    def save(self, path: str | Path) -> None:
        """Write a ``.npz``; an existing file is replaced only once it is complete."""
        with replacing_output(Path(path)) as temporary, temporary.open("wb") as file:
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
        scale = np.float32(self._size[0] / pose.size[0])
        self._landmarks.frombytes((pose.landmarks * scale).astype(np.float32).tobytes())
        self._visibility.frombytes(pose.visibility.astype(np.float32).tobytes())

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


def _check_size(file: BinaryIO) -> None:
    """Raise SequenceError if the arrays need too much memory: zeros shrink a thousandfold in a zip."""
    packed = os.fstat(file.fileno()).st_size
    if packed <= _MAX_PACKED_BYTES:
        with zipfile.ZipFile(file) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
        file.seek(0)
    if packed > _MAX_PACKED_BYTES or unpacked > MAX_BYTES:
        raise SequenceError(f"it holds more than {MAX_BYTES // 1_000_000} MB of landmarks; split it")


def _numbers(array: NDArray[Any], dimensions: int) -> NDArray[Any]:
    if array.dtype.kind not in "fiu" or array.ndim != dimensions:
        raise ValueError(f"an array of {array.ndim} dimensions and type {array.dtype} is in the wrong place")
    return array


class ReplayTracker:
    """Stands in for a tracker on a video that is already tracked: each image gets the next pose."""

    def __init__(self, sequence: LandmarkSequence) -> None:
        self._poses = sequence.poses()

    def track(self, image: Image, timestamp: float) -> Pose | None:
        """The next pose of the sequence; None after its end."""
        return next(self._poses, (timestamp, None))[1]

    def close(self) -> None:
        """Nothing to release."""
