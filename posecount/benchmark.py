"""What a frame costs, stage by stage, measured on the shipped clip."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from posecount.classifier import PoseClassifier
from posecount.dataset import PoseDataset
from posecount.overlay import Overlay
from posecount.pipeline import RepetitionPipeline
from posecount.pose import Image, Pose
from posecount.samples import SAMPLE_CLIPS, STARTER_DATASET
from posecount.tracker import PoseTracker
from posecount.video import Video

_STAGES = ("track", "classify", "count", "overlay")
_SESSION_FRAMES = 10_000
"""About eleven minutes at 15 frames a second: enough for any growth to show."""


def benchmark(
    model: Path, samples: int = 800, progress: Callable[[int, int | None], None] = lambda done, total: None
) -> dict[str, Any]:
    """Run the shipped clip through the live path.

    Args:
        model: path of the pose model.
        samples: the starter dataset is thinned evenly to about this many.
        progress: called with (frames done, frames in all).

    Returns:
        ``stages`` (per stage ``median_ms`` and ``p95_ms``), ``samples``, ``frames``, ``without_tracker_ms`` (median of
        classify + count + overlay), ``ratio_to_tracker``, and ``growth`` (median of the last tenth of 10,000 frames
        over that of the first tenth, per stage that runs after the tracker).
    """
    classifier = PoseClassifier(_thinned(PoseDataset.load(STARTER_DATASET), samples))
    costs: dict[str, list[float]] = {stage: [] for stage in _STAGES}
    tracked: list[tuple[Image, Pose | None]] = []
    with PoseTracker(model) as tracker, Video(SAMPLE_CLIPS["squats"]) as video:
        pipeline = RepetitionPipeline(tracker, classifier)
        overlay = Overlay(pipeline.exercises, pipeline.settings)
        total = (video.frame_count or 0) + _SESSION_FRAMES
        for image, timestamp in video:
            result = pipeline.process(image, timestamp)
            started = perf_counter()
            overlay.draw(image, result)
            costs["overlay"].append((perf_counter() - started) * 1000)
            for stage, value in result.timings_ms.items():
                costs[stage].append(value)
            if len(tracked) < 300:  # a session is replayed from these
                tracked.append((image, result.pose))
            progress(len(costs["track"]), total)

    frames = len(costs["track"])
    after = np.sum([costs[stage] for stage in _STAGES[1:]], axis=0)
    session = _session(classifier, tracked, lambda done: progress(frames + done, total))
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
    for index in range(_SESSION_FRAMES):
        image, pose = tracked[index % len(tracked)]
        result = pipeline.process_pose(pose, index / 30)
        started = perf_counter()
        overlay.draw(image, result)
        costs["overlay"].append((perf_counter() - started) * 1000)
        for stage in ("classify", "count"):
            costs[stage].append(result.timings_ms[stage])
        progress(index + 1)
    return costs


def _thinned(dataset: PoseDataset, samples: int) -> PoseDataset:
    if len(dataset) <= samples:
        return dataset
    kept = np.linspace(0, len(dataset) - 1, samples).round().astype(int)
    return PoseDataset(
        tuple(dataset.names[i] for i in kept),
        tuple(dataset.labels[i] for i in kept),
        dataset.landmarks[kept],
        dataset.targets,
    )
