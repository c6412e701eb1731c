"""How well an exercise that was taught from the beginning of a clip counts the rest of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from posecount.counting.knn import PoseClassifier
from posecount.counting.pipeline import RepetitionPipeline
from posecount.counting.settings import DEFAULT_PROFILE
from posecount.evaluation.evaluate import landmarks_of, seconds_of
from posecount.evaluation.manifest import Clip, Reps
from posecount.evaluation.results import ClipResult, Counted, Evaluation
from posecount.ingest.teaching.repetitions import TeachingError, teach


def evaluate_taught(clips: Iterable[Clip], first: int = 5) -> Evaluation:
    """Teach each clip's exercise from its first repetitions, and count the repetitions after them.

    Nothing else is in the dataset. Where nothing can be learned, nothing is counted.

    Args:
        clips: those without `Clip.bounds`, or without more repetitions than these, are left out.
        first: from how many repetitions to teach.

    Raises:
        VideoError, SequenceError, ModelError: if a file cannot be used.
    """
    rest = ((clip, clip.reps) for clip in clips if clip.reps and len(clip.bounds) > first)
    return Evaluation(DEFAULT_PROFILE, tuple(_result(clip, reps, first) for clip, reps in rest))


def _result(clip: Clip, reps: Reps, first: int) -> ClipResult:
    sequence, own_rate = landmarks_of(clip.file)
    bounds = seconds_of(clip.bounds, sequence.timestamps)
    taught_until = bounds[first - 1][1]
    repetitions: list[Counted] = []
    try:
        taught = teach(sequence, clip.exercise, end=taught_until)
    except TeachingError:
        pass
    else:
        pipeline = RepetitionPipeline(None, PoseClassifier(taught.dataset), DEFAULT_PROFILE)
        repetitions = [
            Counted(clip.exercise, each.start, each.end, timestamp)
            for timestamp, pose in sequence.poses()
            for each in pipeline.process_pose(pose, timestamp).completed
            if each.turn > taught_until
        ]
    rest = replace(clip, reps=Reps(max(reps.least - first, 0), max(reps.most - first, 0)))
    counts = {clip.exercise: len(repetitions)}
    return ClipResult(rest, clip.fps or own_rate, counts, tuple(repetitions), bounds[first:], clip.native)
