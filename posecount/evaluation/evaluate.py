"""How accurately a profile counts clips whose repetitions are known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from posecount.counting.knn import PoseClassifier
from posecount.counting.pipeline import RepetitionPipeline
from posecount.counting.settings import DEFAULT_PROFILE, Profile, Settings
from posecount.errors import SequenceError, VideoError
from posecount.evaluation.manifest import Clip, ManifestError, read_manifest
from posecount.evaluation.results import ClipResult, Counted, Evaluation
from posecount.jobs import Progress
from posecount.tracking.landmark_cache import CachedLandmarks
from posecount.tracking.model import model_path
from posecount.tracking.sequence import SEQUENCE_SUFFIX, LandmarkSequence
from posecount.tracking.tracker import PoseTracker
from posecount.tracking.variant import Variant
from posecount.video.reader import Video
from posecount.video.track import track_video


def evaluate(
    manifest: str | Path | Sequence[Clip],
    classifier: PoseClassifier | None,
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
        manifest: the file, a folder with one called ``truth.csv``, or rows of one or several.
        classifier: made from the dataset to evaluate; None only with the profile ``any``.
        profile: how votes become repetitions.
        fps: rates to reach by dropping frames before tracking (for a landmark sequence, after it); empty: each clip
            as it is. A rate above a clip's own keeps all its frames.
        settings: thresholds and smoothing.
        variant: of the pose model, for videos.
        speed: how much faster to play the clips.
        progress: called before each clip.

    Raises:
        ManifestError: if the manifest, or a file it names, cannot be used.
        ModelError: if the model cannot be used.
    """
    clips = manifest if isinstance(manifest, Sequence) and not isinstance(manifest, str) else read_manifest(manifest)
    runs = [(clip, rate) for rate in (fps or (None,)) for clip in clips]
    results = []
    for done, (clip, rate) in enumerate(runs):
        if progress:
            progress(done, len(runs))
        pipeline = RepetitionPipeline(None, classifier, profile, settings)
        try:
            results.append(_result(clip, rate, pipeline, variant, speed))
        except (VideoError, SequenceError) as error:
            where = f"Manifest {clip.manifest}, row {clip.row}: " if clip.manifest else ""
            raise ManifestError(f"{where}{error}") from error
    return Evaluation(profile, tuple(results))


def _result(clip: Clip, rate: float | None, pipeline: RepetitionPipeline, variant: Variant, speed: float) -> ClipResult:
    """Count a clip, as a stream would."""
    sequence, own_rate = landmarks_of(clip.file, rate, variant)
    # Bounds are frames of the file, whatever rate is asked for.
    whole = landmarks_of(clip.file, None, variant)[0] if clip.bounds and rate else sequence
    bounds = seconds_of(clip.bounds, whole.timestamps / speed)
    if speed != 1:
        sequence = replace(sequence, timestamps=sequence.timestamps / speed)
    repetitions = [
        Counted(each.exercise, each.start, each.end, timestamp)
        for timestamp, pose in sequence.poses()
        for each in pipeline.process_pose(pose, timestamp).completed
    ]
    native = clip.native and rate is None
    fps = rate or clip.fps or own_rate
    return ClipResult(clip, fps, pipeline.counts, tuple(repetitions), bounds, native, pipeline.seconds)


def seconds_of(bounds: Sequence[tuple[int, int]], timestamps: NDArray[np.float64]) -> tuple[tuple[float, float], ...]:
    """The timestamps of `Clip.bounds`; a frame after the last one is taken for the last."""
    last = len(timestamps) - 1
    return tuple((float(timestamps[min(start, last)]), float(timestamps[min(end, last)])) for start, end in bounds)


def sweep(
    manifest: str | Path | Sequence[Clip],
    classifier: PoseClassifier | None,
    field: str,
    values: Iterable[float],
    fps: Sequence[float] = (),
    *,
    profile: Profile = DEFAULT_PROFILE,
    settings: Settings | None = None,
    variant: Variant = "full",
) -> Iterator[tuple[float, Evaluation]]:
    """Evaluate with one field of `Settings` at several values, on cached landmarks.

    Raises:
        ValueError: if `Settings` has no such field, or refuses a value; nothing is evaluated then.
        ManifestError, ModelError: see `evaluate`.
    """
    tried = [(value, _with(settings or Settings(), field, value)) for value in values]
    return (
        (value, evaluate(manifest, classifier, profile, fps, settings=each, variant=variant)) for value, each in tried
    )


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
"""A rate within this share of the clip's own keeps all frames, such as 30 for a clip at 30.08 or 29.97."""


def _thinned(sequence: LandmarkSequence, fps: float) -> LandmarkSequence:
    """Leave out frames as `track_video` does."""
    kept, due = [], 0.0
    for index, time in enumerate(sequence.timestamps - sequence.timestamps[0]):
        if time >= due - 1e-6:
            due = max(due + 1 / fps, float(time))
            kept.append(index)
    return LandmarkSequence(
        sequence.landmarks[kept], sequence.visibility[kept], sequence.timestamps[kept], sequence.size
    )


def _with(settings: Settings, field: str, value: float) -> Settings:
    if field not in Settings.__dataclass_fields__:
        raise ValueError(f"no setting is called {field!r}: choose one of {', '.join(Settings.__dataclass_fields__)}")
    if isinstance(getattr(settings, field), int):
        if value != int(value):
            raise ValueError(f"{field} must be a whole number, not {value:g}")
        value = int(value)
    changed: dict[str, Any] = {field: value}
    return replace(settings, **changed)
