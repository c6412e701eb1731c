"""The manifest of an evaluation: which clips, and how many repetitions each really has.

The manifest is a CSV file with a header and at least ``path,exercise,reps``: a video or landmark sequence (``.npz``),
relative to the manifest; the exercise done in it; how many repetitions. That is a number; a range such as ``5-6``,
where a clip begins or ends half way; empty where no one counted; or ``0 of the five``, where none of `THE_FIVE` is done
and no one counted what is. Optional columns:

- ``also``: exercises, separated by ``|``, that are neither required nor false in the clip.
- ``group``: a name for clips that belong together, such as ``core``.
- ``rate`` (or ``fps``): what to call the rate of the file, which is not resampled: a number, or ``native``.
- ``bounds``: the first and the last frame of each repetition, as whole numbers with spaces between them.
- ``seconds``: for how long the exercise, a pose such as a plank, is held. Then ``reps`` is empty or 0.

Other columns are notes.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from posecount.errors import PosecountError
from posecount.files import regular_file

THE_FIVE = frozenset({"squats", "pushups", "situps", "lunges", "jumping_jacks"})
"""What ``0 of the five`` is about: the exercises that the first starter dataset knew."""
MANIFEST_NAME = "truth.csv"
"""The manifest of a folder."""

_MOST_BYTES = 10_000_000
_COLUMNS = ("path", "exercise", "reps")
_OPTIONAL = ("also", "group", "rate", "bounds", "seconds")
_REPS = re.compile(r"([0-9]{1,6})(?:\s*[-–]\s*([0-9]{1,6}))?")
_NONE_OF_THE_FIVE = re.compile(r"(?:0|none) of the five", re.IGNORECASE)
_FRAMES = re.compile(r"[0-9]{1,9}(?:\s+[0-9]{1,9})*")


class ManifestError(PosecountError):
    """A manifest cannot be used. The message names the file, the row and what to try."""


@dataclass(frozen=True, slots=True)
class Reps:
    """How many repetitions a clip has: any number from the least to the most."""

    least: int
    most: int

    @property
    def middle(self) -> float:
        """Of the range: what an error is a share of."""
        return (self.least + self.most) / 2

    def error(self, count: int) -> int:
        """How far a count is above (positive) or below the range; 0 within it."""
        return max(count - self.most, 0) - max(self.least - count, 0)

    def __str__(self) -> str:
        return str(self.least) if self.least == self.most else f"{self.least}-{self.most}"


@dataclass(frozen=True, slots=True)
class Clip:
    """A row of a manifest.

    Attributes:
        path: as written in the manifest.
        file: the file itself.
        exercise: the exercise done in it; the dataset need not know it.
        reps: how many repetitions are done; None where no one counted.
        also: exercises that are neither required nor false.
        fps: its frame rate according to the manifest, or None.
        group: the name of the clips that it belongs to; may be empty.
        native: whether the manifest calls its rate ``native``, the file's own.
        bounds: the first and the last frame of each repetition; empty where no one noted them.
        seconds: for how long the exercise, a pose, is held; None where it is none, or no one timed it.
        manifest: the manifest, as it was given.
        row: the line of the manifest that it ends in, or 0.
    """

    path: str
    file: Path
    exercise: str
    reps: Reps | None
    also: frozenset[str] = frozenset()
    fps: float | None = None
    group: str = ""
    native: bool = False
    bounds: tuple[tuple[int, int], ...] = ()
    seconds: float | None = None
    manifest: str = ""
    row: int = 0


def read_manifests(paths: Sequence[str | Path]) -> tuple[Clip, ...]:
    """Read several manifests, or folders with one called ``truth.csv``, one after the other.

    Raises:
        ManifestError: see `read_manifest`.
    """
    return tuple(clip for path in paths for clip in read_manifest(path))


def read_manifest(path: str | Path) -> tuple[Clip, ...]:
    """Read a manifest, or that of a folder.

    Raises:
        ManifestError: if it is missing, lacks a column, has a malformed row, or names a missing file.
    """
    path = Path(path)
    try:
        if path.is_dir():
            path /= MANIFEST_NAME
        if regular_file(path).stat().st_size > _MOST_BYTES:
            raise ManifestError(f"Manifest {path} has more than {_MOST_BYTES // 1_000_000} MB. Try: split it.")
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise ManifestError(f"Manifest {path} does not exist. Try: check the path.") from error
    except UnicodeDecodeError as error:
        raise ManifestError(f"Manifest {path} is not UTF-8 text. Try: save it as CSV, encoded in UTF-8.") from error
    except OSError as error:
        raise ManifestError(f"Manifest {path} cannot be read: {error.strerror}. Try: check the path.") from error
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    clips = []
    try:
        missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise ManifestError(
                f"Manifest {path} has no column {', '.join(missing)}. Try: its first row must name the columns "
                f"{', '.join(_COLUMNS)}; {', '.join(_OPTIONAL)} are optional."
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

    def field(name: str) -> str:
        return (row.get(name) or "").strip()

    if None in row or any(row[name] is None for name in _COLUMNS):
        raise bad("the number of fields differs from the first row", "correct the row; quote fields that hold a comma")
    path, exercise, reps = (field(name) for name in _COLUMNS)
    if not path or not exercise:
        raise bad("path or exercise is empty", "fill it in, or delete the row")
    file = manifest.parent / path
    if not _is_file(file):
        raise bad(f"{path[:80]} does not exist", "paths are relative to the manifest: correct it, or delete the row")
    numbers = _REPS.fullmatch(reps)
    if reps and not numbers and not _NONE_OF_THE_FIVE.fullmatch(reps):
        raise bad(
            f"reps {reps[:80]!r} is not a whole number or a range of them",
            "write how many repetitions the clip has, such as 5 or 5-6; leave it empty if no one counted; or write "
            "0 of the five",
        )
    if reps and not numbers and exercise in THE_FIVE:
        raise bad(f"reps {reps!r}, but {exercise} is one of the five", "write how many repetitions the clip has")
    true_reps = Reps(int(numbers[1]), int(numbers[2] or numbers[1])) if numbers else None
    if true_reps and true_reps.least > true_reps.most:
        raise bad(f"reps {reps!r} is a range that ends before it begins", "write the lower number first")
    column = "rate" if field("rate") else "fps"
    rate = field(column)
    native = rate.lower() == "native"
    fps = _number(rate) if rate and not native else None
    if fps is not None and not 0 < fps < math.inf:
        raise bad(
            f"{column} {rate[:80]!r} is not a number above zero",
            "write frames per second or native, or leave it empty",
        )
    seconds = _number(field("seconds")) if field("seconds") else None
    if seconds is not None and not 0 <= seconds < math.inf:
        raise bad(
            f"seconds {field('seconds')[:80]!r} is not a number", "write for how long the pose is held, such as 9.5"
        )
    return Clip(
        path=path,
        file=file,
        exercise=exercise,
        reps=true_reps,
        also=frozenset(name.strip() for name in field("also").split("|") if name.strip()),
        fps=fps,
        group=field("group"),
        native=native,
        bounds=_bounds(field("bounds"), bad),
        seconds=seconds,
        manifest=str(manifest),
        row=number,
    )


def _number(text: str) -> float:
    """The number that a field holds; NaN if it holds none."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def _bounds(text: str, bad: Callable[[str, str], ManifestError]) -> tuple[tuple[int, int], ...]:
    """The first and the last frame of each repetition."""
    if not text:
        return ()
    frames = [int(each) for each in text.split()] if _FRAMES.fullmatch(text) else []
    pairs = tuple(zip(frames[::2], frames[1::2], strict=False))
    if not frames or len(frames) % 2 or any(first > last for first, last in pairs):
        raise bad(
            f"bounds {text[:80]!r} are not pairs of frames",
            "write the first and the last frame of each repetition, such as 0 25 27 57",
        )
    return pairs


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # no file can have this name, such as one of 300 letters
        return False
