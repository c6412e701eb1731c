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
from posecount.embedding import MIRROR, embed
from posecount.ingest.bootstrap import bootstrap_rates
from posecount.jpeg import encode_jpeg
from posecount.pose import FloatArray, Image, Pose
from posecount.review.outliers import find_outliers
from posecount.shipped import SAMPLE_CLIPS, STARTER_DATASET
from posecount.tracking.tracker import PoseTracker
from posecount.video.reader import Video

_STAGES = ("track", "classify", "count", "overlay")
_SESSION_FRAMES = 10_000
"""About eleven minutes at 15 frames a second: enough for any growth to show."""
_REPLAYED = 300
"""Frames of the clip that such a session consists of, again and again."""


def benchmark(
    model: Path, samples: int = 800, progress: Callable[[int, int | None], None] = lambda done, total: None
) -> dict[str, Any]:
    """Run the shipped clip through the live path, drawing on the decoded pictures themselves as annotated video does.

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
    poses: list[Pose | None] = []
    with PoseTracker(model) as tracker, Video(SAMPLE_CLIPS["squats"]) as video:
        pipeline = RepetitionPipeline(tracker, classifier)
        overlay = Overlay(pipeline.exercises, pipeline.settings)
        total = (video.frame_count or 0) + _SESSION_FRAMES
        for image, timestamp in video:
            result = pipeline.process(image, timestamp)
            poses.append(result.pose)
            started = perf_counter()
            overlay.draw(image, result, canvas=image)
            costs["overlay"].append((perf_counter() - started) * 1000)
            for stage, value in result.timings_ms.items():
                costs[stage].append(value)
            progress(len(costs["track"]), total)
    with Video(SAMPLE_CLIPS["squats"]) as video:  # again, since those above were drawn on
        images = [image for image, _ in islice(video, _REPLAYED)]

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


def benchmark_bootstrap(model: Path, photos: int = 40) -> dict[str, float]:
    """Images bootstrapped per second, of frames of the shipped clip.

    Returns:
        ``fresh`` (a tracker made for every image, as in the notebook), ``one_worker`` and ``two_workers`` (each keeps
        its tracker), and the ratios of these to the first, ``one_worker_ratio`` and ``two_workers_ratio``.
    """
    with Video(SAMPLE_CLIPS["squats"]) as video:
        step = max((video.frame_count or photos) // photos, 1)
        frames = [encode_jpeg(image) for index, (image, _) in enumerate(video) if index % step == 0][:photos]
    rates = bootstrap_rates(frames, model)
    return rates | {f"{name}_ratio": rates[name] / rates["fresh"] for name in ("one_worker", "two_workers")}


def benchmark_leave_one_out(samples: int = 812, large: int = 20_000, loops: int = 20) -> dict[str, float]:
    """Time leave-one-out outliers against the notebook's loop, in the same run, on blends of the starter dataset.

    Args:
        samples: how many samples both search.
        large: how many samples the search alone also does.
        loops: so many samples are classified by the loop, and the time of all is reckoned from them.

    Returns:
        Seconds: ``loop_s`` and ``search_s`` for `samples`, ``large_s`` for `large`; and ``ratio`` of the first two.
    """
    small, big = (_blended(PoseDataset.load(STARTER_DATASET), count) for count in (samples, large))
    embeddings = embed(small.landmarks)
    started = perf_counter()
    for index in range(loops):
        published_votes(small, embeddings, small.landmarks[index])
    loop = (perf_counter() - started) / loops * samples
    started = perf_counter()
    find_outliers(small)
    search = perf_counter() - started
    started = perf_counter()
    find_outliers(big)
    return {"loop_s": loop, "search_s": search, "ratio": loop / search, "large_s": perf_counter() - started}


def published_votes(dataset: PoseDataset, embeddings: FloatArray, landmarks: FloatArray) -> dict[str, float]:
    """Classify a pose as the notebook does: a loop over all samples, twice."""
    weights = np.array((1.0, 1.0, 0.2), np.float32)
    embedding = embed(landmarks)
    mirrored = embedding * MIRROR
    distances = []
    for other in range(len(dataset)):
        greatest = min(
            np.max(np.abs(embeddings[other] - embedding) * weights),
            np.max(np.abs(embeddings[other] - mirrored) * weights),
        )
        distances.append((greatest, other))
    near = sorted(distances)[:30]
    distances = []
    for _, other in near:
        mean = min(
            np.mean(np.abs(embeddings[other] - embedding) * weights),
            np.mean(np.abs(embeddings[other] - mirrored) * weights),
        )
        distances.append((mean, other))
    votes = [dataset.labels[other] for _, other in sorted(distances)[:10]]
    return {name: votes.count(name) for name in set(votes)}


def _blended(dataset: PoseDataset, count: int) -> PoseDataset:
    """So many samples, each between two of one class."""
    generator = np.random.default_rng(0)
    labels = np.array(dataset.labels)
    first = generator.integers(0, len(dataset), count)
    second = np.array([generator.choice(np.flatnonzero(labels == labels[index])) for index in first])
    share = generator.random((count, 1, 1), np.float32)
    landmarks = dataset.landmarks[first] * share + dataset.landmarks[second] * (1 - share)
    names = tuple(str(number) for number in range(count))
    return PoseDataset(names, tuple(dataset.labels[index] for index in first), landmarks)
