"""The manifest of an evaluation: which clips, and how many repetitions each really has.

The manifest is a CSV file with a header and at least ``path,exercise,reps``: a video or landmark sequence (``.npz``),
relative to the manifest; the exercise done in it; how many repetitions. Optional columns: ``also`` (exercises,
separated by ``|``, that are neither required nor false in the clip) and ``fps`` (what to call the rate of the file; it
is not resampled).
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from posecount.errors import PosecountError

_COLUMNS = ("path", "exercise", "reps")


class ManifestError(PosecountError):
    """A manifest cannot be used. The message names the file, the row and what to try."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A row of a manifest.

    Attributes:
        path: as written in the manifest.
        file: the file itself.
        exercise: the exercise done in it; the dataset need not know it.
        reps: how many repetitions are done.
        also: exercises that are neither required nor false.
        fps: its frame rate according to the manifest, or None.
    """

    path: str
    file: Path
    exercise: str
    reps: int
    also: frozenset[str] = frozenset()
    fps: float | None = None


def read_manifest(path: str | Path) -> tuple[Clip, ...]:
    """Read a manifest.

    Raises:
        ManifestError: if it is missing, lacks a column, has a malformed row, or names a missing file.
    """
    path = Path(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ManifestError(f"Manifest {path} cannot be read as UTF-8 text: {error}. Try: check the path.") from error
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    clips = []
    try:
        missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise ManifestError(
                f"Manifest {path} has no column {', '.join(missing)}. Try: its first row must name the columns "
                f"{', '.join(_COLUMNS)}; also and fps are optional."
            )
        for row in reader:
            clips.append(_clip(row, path, reader.line_num))
    except csv.Error as error:
        raise ManifestError(f"Manifest {path}, row {reader.line_num}: {error}. Try: correct the row.") from error
    if not clips:
        raise ManifestError(f"Manifest {path} has no rows. Try: add a row per clip.")
    return tuple(clips)


def _clip(row: Mapping[str | None, str | None], manifest: Path, number: int) -> Clip:
    """The clip that a row describes, checked."""

    def bad(what: str, remedy: str) -> ManifestError:
        return ManifestError(f"Manifest {manifest}, row {number}: {what}. Try: {remedy}.")

    if None in row or any(row[name] is None for name in _COLUMNS):
        raise bad("the number of fields differs from the first row", "correct the row; quote fields that hold a comma")
    path, exercise, reps = ((row[name] or "").strip() for name in _COLUMNS)
    if not path or not exercise:
        raise bad("path or exercise is empty", "fill it in, or delete the row")
    file = manifest.parent / path
    if not _is_file(file):
        raise bad(f"{path[:80]} does not exist", "paths are relative to the manifest: correct it, or delete the row")
    if not (reps.isascii() and reps.isdigit()):
        raise bad(f"reps {reps!r} is not a whole number", "write how many repetitions the clip has")
    fps = (row.get("fps") or "").strip()
    try:
        rate = float(fps) if fps else None
    except ValueError:
        rate = math.nan
    if rate is not None and not 0 < rate < math.inf:
        raise bad(f"fps {fps!r} is not a number above zero", "write frames per second, or leave it empty")
    also = frozenset(name.strip() for name in (row.get("also") or "").split("|") if name.strip())
    return Clip(path, file, exercise, int(reps), also, rate)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # no file can have this name, such as one of 300 letters
        return False
