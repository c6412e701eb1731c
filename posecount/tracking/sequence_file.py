"""What a file of landmarks may hold: a ``.npz`` is opened and checked before anything is unpacked from it."""

from __future__ import annotations

import io
import os
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray

from posecount.errors import SequenceError
from posecount.files import regular_file
from posecount.pose import LANDMARK_COUNT

MAX_FRAMES = 432_000
"""Of a file: four hours at 30 frames a second, 231 MB unpacked. What is longer is neither written nor read."""
_FRAME_BYTES = 4 * 4 * LANDMARK_COUNT + 8
_MAX_BYTES = MAX_FRAMES * _FRAME_BYTES + 1_000_000  # what is in the file besides is small
_MAX_DIRECTORY_BYTES = 1_000_000

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


@contextmanager
def unpacking(path: str | Path) -> Iterator[NpzFile]:
    """Open a ``.npz`` to take arrays from.

    Raises:
        SequenceError: if the file is missing or no such archive, or holds too much; also in place of whatever else goes
            wrong while it is open.
    """
    try:
        # Opened here, because np.load leaves a damaged archive open.
        with _Bounded(io.FileIO(regular_file(path))) as file:
            _check_bytes(file)
            with np.load(file, allow_pickle=False) as arrays, np.errstate(over="ignore"):
                yield arrays
    except FileNotFoundError as error:
        raise SequenceError(f"{path} does not exist. Try: check the path.") from error
    except _UNREADABLE as error:
        reason = getattr(error, "strerror", None) or error
        raise SequenceError(
            f"{path} is not a landmark sequence: {reason}. Try: make one with `posecount track VIDEO -o FILE.npz`."
        ) from error


def check_length(frames: int | None, name: str) -> None:
    """Check that a file can hold a number of frames; None, where it is not known yet, passes.

    Raises:
        SequenceError: if there are more than `MAX_FRAMES`.
    """
    if frames is not None and frames > MAX_FRAMES:
        raise SequenceError(
            f"{name} has {frames:,} frames; a landmark sequence holds at most {MAX_FRAMES:,}, 4 hours at 30 frames a "
            "second. Try: split the video, or use --fps."
        )


class _Bounded(io.BufferedReader):
    """A file that refuses to return a huge piece at once: zipfile reads its whole list of members in one go."""

    def read(self, size: int | None = -1) -> bytes:
        wanted = _MAX_DIRECTORY_BYTES + 1
        piece = super().read(wanted if size is None or size < 0 else min(size, wanted))
        if len(piece) == wanted:
            raise SequenceError("its list of members, or one of its numbers, is too large")
        return piece


def _check_bytes(file: io.BufferedReader) -> None:
    """Raise SequenceError if the arrays need too much memory: zeros shrink a thousandfold in a zip."""
    unpacked = os.fstat(file.fileno()).st_size
    if unpacked <= _MAX_BYTES:
        with zipfile.ZipFile(file) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
        file.seek(0)
    if unpacked > _MAX_BYTES:
        raise SequenceError(
            f"it holds more than {_MAX_BYTES // 1_000_000} MB of landmarks, which is 4 hours at 30 frames a second: "
            "split it"
        )


def numbers(array: NDArray[Any], dimensions: int) -> NDArray[Any]:
    """The array, if it holds real numbers and has that many dimensions; otherwise raise ValueError."""
    if array.dtype.kind not in "fiu" or array.ndim != dimensions:
        raise ValueError(f"an array of {array.ndim} dimensions and type {array.dtype} is in the wrong place")
    return array


def whole_size(size: NDArray[Any]) -> tuple[int, int]:
    """Two whole numbers as the size of a picture; whether they are sensible is checked later."""
    if size.shape != (2,) or not np.isfinite(size).all() or (size != np.floor(size)).any():
        raise SequenceError(f"the size {shown(size.tolist())} must be two whole numbers of pixels")
    return int(size[0]), int(size[1])


def shown(size: Sequence[object]) -> str:
    """A size in an error, however strange."""
    return " x ".join(str(side)[:12] for side in size[:3])
