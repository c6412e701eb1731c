"""Evaluation: how right a profile counts on clips whose repetitions are known.

The manifest is a CSV file with a header and at least ``path,exercise,reps``: a video or landmark sequence (``.npz``),
relative to the manifest; what is done in it; how often. Optional columns: ``also`` (exercises, separated by ``|``, that
are neither required nor false in the clip) and ``fps`` (what to call the rate of the file; it is not resampled).
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from posecount.counting.knn import PoseClassifier
from posecount.counting.pipeline import DEFAULT_PROFILE, Profile, RepetitionPipeline, Settings
from posecount.errors import PosecountError
from posecount.tracking.landmark_cache import CachedLandmarks
from posecount.tracking.model import Variant, model_path
from posecount.tracking.sequence import SEQUENCE_SUFFIX, LandmarkSequence
from posecount.tracking.tracker import PoseTracker
from posecount.video.count import count_recording, track_video
from posecount.video.reader import Video

Progress = Callable[[str, int, int], None]
"""Called with (clip, clips done, clips in all) as each begins."""

_COLUMNS = ("path", "exercise", "reps")


class ManifestError(PosecountError):
    """A manifest cannot be used: the message names the file, the row and the remedy."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A row of a manifest.

    Attributes:
        path: as the manifest gives it.
        file: where it is.
        exercise: what is done in it; it need not be an exercise of the dataset.
        reps: how often.
        also: exercises that may count or not.
        fps: what the manifest calls its rate, or None.
    """

    path: str
    file: Path
    exercise: str
    reps: int
    also: frozenset[str] = frozenset()
    fps: float | None = None


@dataclass(frozen=True, slots=True)
class ClipResult:
    """What was counted in a clip at one rate, in frames per second."""

    clip: Clip
    fps: float
    counts: Mapping[str, int]

    @property
    def error(self) -> int | None:
        """Repetitions counted less those done; None where the dataset does not know the exercise."""
        count = self.counts.get(self.clip.exercise)
        return None if count is None else count - self.clip.reps

    @property
    def false_repetitions(self) -> int:
        """Repetitions of exercises that are neither the clip's own nor in `Clip.also`."""
        own = self.clip.also | {self.clip.exercise}
        return sum(count for exercise, count in self.counts.items() if exercise not in own)


@dataclass(frozen=True, slots=True)
class Summary:
    """Figures over several results; those over errors are None where no clip's exercise is one of the dataset.

    Attributes:
        clips: how many results there are.
        judged: how many of them are of an exercise of the dataset: these have an error.
        exact: share of these without error.
        obo: share of these that are off by one at most.
        mae: mean of |error| / repetitions, over clips that have repetitions.
        bias: mean error, in repetitions: above 0 too many are counted.
        false_repetitions: those of another exercise than the clip's, over all clips.
    """

    clips: int
    judged: int
    exact: float | None
    obo: float | None
    mae: float | None
    bias: float | None
    false_repetitions: int

    @classmethod
    def of(cls, results: Sequence[ClipResult]) -> Summary:
        """Sum up results."""
        judged = [(each.error, each.clip.reps) for each in results if each.error is not None]
        errors = [error for error, _ in judged]
        relative = [abs(error) / reps for error, reps in judged if reps]
        return cls(
            clips=len(results),
            judged=len(judged),
            exact=_mean([error == 0 for error in errors]),
            obo=_mean([abs(error) <= 1 for error in errors]),
            mae=_mean(relative),
            bias=_mean(errors),
            false_repetitions=sum(each.false_repetitions for each in results),
        )

    def to_json(self) -> dict[str, Any]:
        """The figures, rounded to four decimals."""
        figures = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {name: round(value, 4) if isinstance(value, float) else value for name, value in figures.items()}


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Results of all clips of a manifest, in its order, rate by rate."""

    profile: Profile
    results: tuple[ClipResult, ...]

    @property
    def summary(self) -> Summary:
        """Figures over all results."""
        return Summary.of(self.results)

    @property
    def by_fps(self) -> dict[float, Summary]:
        """Figures per rate, highest first."""
        rates = sorted({each.fps for each in self.results}, reverse=True)
        return {rate: Summary.of([each for each in self.results if each.fps == rate]) for rate in rates}

    def to_json(self) -> dict[str, Any]:
        """The evaluation as JSON types."""
        return {
            "profile": self.profile,
            "clips": [
                {
                    "path": each.clip.path,
                    "fps": each.fps,
                    "exercise": each.clip.exercise,
                    "reps": each.clip.reps,
                    "counts": dict(each.counts),
                    "error": each.error,
                    "false_repetitions": each.false_repetitions,
                }
                for each in self.results
            ],
            "summary": {
                **self.summary.to_json(),
                "by_fps": {f"{rate:g}": summary.to_json() for rate, summary in self.by_fps.items()},
            },
        }


def read_manifest(path: str | Path) -> tuple[Clip, ...]:
    """Read a manifest.

    Raises:
        ManifestError: if it is missing, lacks a column, has a row that is not as expected, or names a missing file.
    """
    path = Path(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ManifestError(
            f"Manifest {path} cannot be read as UTF-8 text: {error}. Remedy: check the path."
        ) from error
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    clips = []
    try:
        missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise ManifestError(
                f"Manifest {path} has no column {', '.join(missing)}. Remedy: its first row must name the columns "
                f"{', '.join(_COLUMNS)}; also and fps are optional."
            )
        for row in reader:
            clips.append(_clip(row, path, reader.line_num))
    except csv.Error as error:
        raise ManifestError(f"Manifest {path}, row {reader.line_num}: {error}. Remedy: correct the row.") from error
    if not clips:
        raise ManifestError(f"Manifest {path} has no rows. Remedy: add a row per clip.")
    return tuple(clips)


def evaluate(
    manifest: str | Path | Sequence[Clip],
    classifier: PoseClassifier,
    profile: Profile = DEFAULT_PROFILE,
    fps: Sequence[float] = (),
    *,
    settings: Settings | None = None,
    variant: Variant = "full",
    speed: float = 1.0,
    progress: Progress | None = None,
) -> Evaluation:
    """Count every clip of a manifest and compare with its truth.

    Args:
        manifest: the file, or its rows.
        classifier: made from the dataset to evaluate.
        profile: how votes become repetitions.
        fps: rates to come down to by dropping frames before tracking (of a landmark sequence, after it); empty: each
            clip as it is. A rate above a clip's own keeps all its frames.
        settings: thresholds and smoothing.
        variant: of the pose model, for videos.
        speed: play clips this much faster.
        progress: told of each clip.

    Raises:
        ManifestError, VideoError, SequenceError, ModelError: if what is named there cannot be used.
    """
    clips = manifest if isinstance(manifest, Sequence) and not isinstance(manifest, str) else read_manifest(manifest)
    runs = [(clip, rate) for rate in (fps or (None,)) for clip in clips]
    results = []
    for done, (clip, rate) in enumerate(runs):
        if progress:
            progress(clip.path, done, len(runs))
        sequence, own_rate = landmarks_of(clip.file, rate, variant)
        if speed != 1:
            sequence = replace(sequence, timestamps=sequence.timestamps / speed)
        pipeline = RepetitionPipeline(None, classifier, profile, settings)
        counts = count_recording(sequence, pipeline).counts
        results.append(ClipResult(clip, rate or clip.fps or own_rate, counts))
    return Evaluation(profile, tuple(results))


def sweep(
    manifest: str | Path | Sequence[Clip],
    classifier: PoseClassifier,
    field: str,
    values: Iterable[float],
    fps: Sequence[float] = (),
    *,
    settings: Settings | None = None,
) -> Iterator[tuple[float, Evaluation]]:
    """Evaluate the profile `robust` with one field of `Settings` at several values, on cached landmarks.

    Raises:
        ValueError: if `Settings` has no such field.
        ManifestError, VideoError, SequenceError, ModelError: see `evaluate`.
    """
    settings = settings or Settings()
    if field not in Settings.__dataclass_fields__:
        raise ValueError(f"no setting is called {field!r}: choose one of {', '.join(Settings.__dataclass_fields__)}")
    for value in values:
        yield value, evaluate(manifest, classifier, "robust", fps, settings=_with(settings, field, value))


def landmarks_of(file: Path, fps: float | None = None, variant: Variant = "full") -> tuple[LandmarkSequence, float]:
    """The landmarks of a video or landmark sequence, and its own rate in frames per second.

    Those of a video are tracked once, see `CachedLandmarks`.

    Raises:
        VideoError, SequenceError, ModelError: if the file or the model cannot be used.
    """
    if file.suffix.lower() == SEQUENCE_SUFFIX:
        sequence = LandmarkSequence.load(file)
        steps = np.diff(sequence.timestamps)
        own_rate = round(float(1 / np.median(steps)), 2) if steps.size and np.median(steps) > 0 else 0.0
        return (_thinned(sequence, fps) if fps and fps < own_rate * _SAME_RATE else sequence), own_rate
    with Video(file) as video:
        own_rate = round(video.frame_rate or 30.0, 2)
    if fps and fps >= own_rate * _SAME_RATE:
        fps = None
    model = model_path(variant)
    cache = CachedLandmarks(file, model, fps)
    tracked = cache.load()
    if tracked is None:
        with PoseTracker(model) as tracker:
            tracked = track_video(file, tracker, fps)
        cache.save(tracked)
    return tracked, own_rate


_SAME_RATE = 0.95
"""A rate asked for that is nearer than this to the clip's own keeps all frames: 30 of a clip at 30.08 or 29.97."""


def _thinned(sequence: LandmarkSequence, fps: float) -> LandmarkSequence:
    """Frames left out as `track_video` does."""
    kept, due = [], 0.0
    for index, time in enumerate(sequence.timestamps - sequence.timestamps[0]):
        if time >= due - 1e-6:
            due = max(due + 1 / fps, float(time))
            kept.append(index)
    return LandmarkSequence(
        sequence.landmarks[kept], sequence.visibility[kept], sequence.timestamps[kept], sequence.size
    )


def _clip(row: Mapping[str | None, str | None], manifest: Path, number: int) -> Clip:
    """A row of a manifest, checked."""

    def bad(what: str, remedy: str) -> ManifestError:
        return ManifestError(f"Manifest {manifest}, row {number}: {what}. Remedy: {remedy}.")

    if None in row or any(row[name] is None for name in _COLUMNS):
        raise bad("another number of fields than the first row", "correct the row; quote fields that hold a comma")
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
    except OSError:  # a name that no file can have, such as one of 300 letters
        return False


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _with(settings: Settings, field: str, value: Any) -> Settings:
    return replace(settings, **{field: value})
