"""What a frame costs, stage by stage, measured on the shipped clip."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from posecount.counting.knn import PoseClassifier
from posecount.counting.pipeline import RepetitionPipeline
from posecount.datasets.dataset import PoseDataset
from posecount.drawing.overlay import Overlay
from posecount.jobs import Progress
from posecount.pose import Image, Pose
from posecount.shipped import SAMPLE_CLIPS, STARTER_DATASET
from posecount.tracking.tracker import PoseTracker
from posecount.video.reader import Video

_STAGES = ("track", "classify", "count", "overlay")
_SESSION_FRAMES = 10_000
"""About eleven minutes at 15 frames a second: enough for any growth to show."""
_REPLAYED = 300
"""Frames of the clip that such a session repeats."""


def benchmark(model: Path, samples: int | None = None, progress: Progress = lambda done, total: None) -> dict[str, Any]:
    """Run the shipped clip through the live path, and draw on the decoded pictures, as annotated video does.

    Args:
        model: path of the pose model.
        samples: thin the starter dataset evenly to about this many; None takes all.
        progress: told after each frame.

    Returns:
        ``stages`` (per stage ``median_ms`` and ``p95_ms``), ``samples``, ``frames``, ``without_tracker_ms`` (median of
        classify + count + overlay), ``ratio_to_tracker``, and ``growth`` (median of the last tenth of 10,000 frames
        over that of the first tenth, per stage that runs after the tracker).
    """
    classifier = PoseClassifier(_thinned(PoseDataset.load(STARTER_DATASET), samples))
    costs: dict[str, list[float]] = {stage: [] for stage in _STAGES}
    poses: list[Pose | None] = []
    with PoseTracker(model) as tracker, Video(SAMPLE_CLIPS["squats"]) as video:
        pipeline = RepetitionPipeline(tracker, classifier)
        overlay = Overlay(pipeline.exercises, pipeline.settings)
        total = (video.frame_count or 0) + _SESSION_FRAMES
        for frame in video.frames(drawn=True):
            result = pipeline.process(frame.image, frame.timestamp, frame.size)
            poses.append(result.pose)
            started = perf_counter()
            overlay.draw(frame.picture, result, canvas=frame.picture)
            costs["overlay"].append((perf_counter() - started) * 1000)
            for stage, value in result.timings_ms.items():
                costs[stage].append(value)
            progress(len(costs["track"]), total)
    with Video(SAMPLE_CLIPS["squats"]) as video:  # again, as those above were drawn on
        images = [frame.image for frame in islice(video.frames(), _REPLAYED)]

    frames = len(costs["track"])
    after = np.sum([costs[stage] for stage in _STAGES[1:]], axis=0)
    session = _session(classifier, list(zip(images, poses, strict=False)), lambda done: progress(frames + done, total))
    tenth = _SESSION_FRAMES // 10
    return {
        "stages": {
            stage: {"median_ms": float(np.median(values)), "p95_ms": float(np.percentile(values, 95))}
            for stage, values in costs.items()
        },
        "samples": len(classifier.dataset),
        "frames": frames,
        "without_tracker_ms": float(np.median(after)),
        "ratio_to_tracker": float(np.median(after) / np.median(costs["track"])),
        "growth": {
            stage: float(np.median(values[-tenth:]) / np.median(values[:tenth])) for stage, values in session.items()
        },
    }


def _session(
    classifier: PoseClassifier, tracked: list[tuple[Image, Pose | None]], progress: Callable[[int], None]
) -> dict[str, list[float]]:
    """Milliseconds per stage of a long session, replayed from tracked frames at 30 a second."""
    pipeline = RepetitionPipeline(None, classifier)
    overlay = Overlay(pipeline.exercises, pipeline.settings)
    costs: dict[str, list[float]] = {stage: [] for stage in _STAGES[1:]}
    canvas = np.empty_like(tracked[0][0])
    for index in range(_SESSION_FRAMES):
        image, pose = tracked[index % len(tracked)]
        canvas[...] = image
        result = pipeline.process_pose(pose, index / 30)
        started = perf_counter()
        overlay.draw(canvas, result, canvas=canvas)
        costs["overlay"].append((perf_counter() - started) * 1000)
        for stage in ("classify", "count"):
            costs[stage].append(result.timings_ms[stage])
        progress(index + 1)
    return costs


def _thinned(dataset: PoseDataset, samples: int | None) -> PoseDataset:
    if samples is None or len(dataset) <= samples:
        return dataset
    kept = np.linspace(0, len(dataset) - 1, samples).round().astype(int)
    return PoseDataset(
        tuple(dataset.names[i] for i in kept),
        tuple(dataset.labels[i] for i in kept),
        dataset.landmarks[kept],
        dataset.targets,
    )
