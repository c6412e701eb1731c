"""What counting costs beside the tracker: for each frame, and to learn from many samples."""

from __future__ import annotations

import gc
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import process_time, thread_time

import numpy as np

from benchmarks.blended import blended
from posecount.counting.knn import PoseClassifier
from posecount.counting.pipeline import RepetitionPipeline
from posecount.datasets.dataset import PoseDataset
from posecount.evaluation.evaluate import landmarks_of
from posecount.pose import Pose
from posecount.shipped import SAMPLE_CLIPS, STARTER_DATASET

_SESSION_S = 300.0
"""As long as this each clip is repeated."""


def process_pose_ms(clips: list[Path] | None = None) -> tuple[dict[str, float], int]:
    """Processor time of `RepetitionPipeline.process_pose` with the starter dataset, in milliseconds of its thread.

    Args:
        clips: by default the shipped squats and push-ups.

    Returns:
        ``mean``, ``p99`` and ``max`` over sessions of five minutes a clip; and how many exercises the dataset has.
    """
    classifier = PoseClassifier(PoseDataset.load(STARTER_DATASET))
    classifier.learn()
    gc.collect()
    gc.freeze()  # a full collection of all that is imported takes 20 to 40 ms, and may fall into any call
    taken = []
    for clip in clips or (SAMPLE_CLIPS["squats"], SAMPLE_CLIPS["pushups"]):
        pipeline = RepetitionPipeline(None, classifier)
        for timestamp, pose in _session(clip):
            started = thread_time()
            pipeline.process_pose(pose, timestamp)
            taken.append(1000 * (thread_time() - started))
    gc.unfreeze()
    figures = {"mean": float(np.mean(taken)), "p99": float(np.percentile(taken, 99)), "max": max(taken)}
    return figures, len(classifier.dataset.exercises)


def _session(clip: Path) -> Iterator[tuple[float, Pose | None]]:
    """The poses of a clip, again and again."""
    frames = list(landmarks_of(clip)[0].poses())
    begin = 0.0
    while begin < _SESSION_S:
        for timestamp, pose in frames:
            yield begin + timestamp - frames[0][0], pose
        begin += frames[-1][0] - frames[0][0] + 1 / 30


def learning(samples: int) -> tuple[float, float]:
    """Processor seconds, and megabytes at the peak, of a process that learns from blended samples of the starter."""
    command = [sys.executable, "-c", f"from benchmarks.frames import learn; learn({samples})"]
    seconds, megabytes = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(seconds), float(megabytes)


def learn(samples: int) -> None:
    """Learn, and print the seconds and megabytes."""
    dataset = blended(PoseDataset.load(STARTER_DATASET), samples)
    started = process_time()
    RepetitionPipeline(None, PoseClassifier(dataset))
    seconds = process_time() - started
    print(f"{seconds:.2f} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f}")
