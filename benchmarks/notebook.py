"""The published notebook's way of doing things, to measure posecount against."""

from __future__ import annotations

import io
from pathlib import Path
from time import perf_counter

import cv2
import matplotlib as mpl
import numpy as np
from PIL import Image as Pillow

from posecount.counting.repetitions import RepetitionCounter
from posecount.counting.smoothing import EMASmoother
from posecount.datasets.dataset import PoseDataset
from posecount.drawing.skeleton import draw_skeleton
from posecount.embedding import MIRROR, embed
from posecount.pose import FloatArray, Image
from posecount.tracking.tracker import PoseTracker

mpl.use("agg")
from matplotlib import pyplot

_FRAMES = 90
"""The notebook draws its whole history again for every frame, so its first frames are its cheapest."""


def published_votes(dataset: PoseDataset, embeddings: FloatArray, landmarks: FloatArray) -> dict[str, float]:
    """Classify a pose as the notebook does: two loops over the samples."""
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


def bootstrap(photos: list[bytes], model: Path) -> int:
    """Find the poses in photos (JPEG) as the notebook does, with a fresh tracker for each; return how many it found."""
    found = 0
    for photo in photos:
        with PoseTracker(model, mode="image") as tracker:
            image: Image = np.asarray(Pillow.open(io.BytesIO(photo)).convert("RGB"))
            found += tracker.track(image) is not None
    return found


def count_ms(clip: Path, model: Path, dataset: PoseDataset, output: Path) -> float:
    """Count and annotate the first frames of a clip as the notebook does; return the milliseconds per frame."""
    embeddings = embed(dataset.landmarks)
    (target, *_) = [exercise.target for exercise in dataset.exercises]
    smoother, counter = EMASmoother(), RepetitionCounter(target)
    history: list[dict[str, float]] = []
    writer = None
    started = perf_counter()
    capture = cv2.VideoCapture(str(clip))
    with PoseTracker(model) as tracker:
        for index in range(_FRAMES):
            done, picture = capture.read()
            if not done:
                break
            image: Image = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)  # type: ignore[assignment]
            pose = tracker.track(image, index / 30)
            votes = published_votes(dataset, embeddings, pose.landmarks) if pose else {}
            smoothed = smoother.update(votes, index / 30)
            count = counter.update(smoothed, index / 30)
            history.append(smoothed)
            canvas = image.copy()
            if pose:
                draw_skeleton(canvas, pose)
            height, width = canvas.shape[:2]
            figure = pyplot.figure(figsize=(4, 4))
            names = sorted({name for each in history for name in each})
            for name in names:
                pyplot.plot([each.get(name, 0) for each in history], linewidth=7, label=name)
            pyplot.grid(axis="y", alpha=0.75)
            pyplot.xlabel("Frame")
            pyplot.ylabel("Confidence")
            pyplot.title(f"Classification history for `{target}`")
            if names:
                pyplot.legend(loc="upper right")
            figure.canvas.draw()
            plot = np.asarray(figure.canvas.buffer_rgba())[..., :3]  # type: ignore[attr-defined]
            pyplot.close(figure)
            plot = cv2.resize(plot, (width // 4, width // 4))
            canvas[: plot.shape[0], width - plot.shape[1] :] = plot[:height]
            cv2.putText(canvas, str(count), (20, 80), cv2.FONT_HERSHEY_SIMPLEX, 3, (255, 0, 0), 3)
            if writer is None:
                code = cv2.VideoWriter.fourcc(*"mp4v")
                writer = cv2.VideoWriter(str(output), code, 30, (width, height))
            writer.write(cv2.cvtColor(canvas, cv2.COLOR_RGB2BGR))
    if writer:
        writer.release()
    capture.release()
    return (perf_counter() - started) / max(len(history), 1) * 1000
