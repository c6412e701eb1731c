"""What a wrong count teaches: the poses of a false repetition are no exercise, those of a missed one are its states."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from posecount.counting.rhythm import mirror_free
from posecount.datasets.dataset import Exercise, PoseDataset
from posecount.datasets.records import NewSample
from posecount.embedding import embed
from posecount.errors import PosecountError
from posecount.ingest.teaching.counted import Counted
from posecount.ingest.teaching.repetitions import FEWEST_NONE, NONE
from posecount.pose import FloatArray
from posecount.tracking.sequence import LandmarkSequence

WITHIN_S = 20.0
"""Seconds before the correction in which a missed repetition is looked for."""
_TURN_S = 0.3
"""Seconds before and after a turning point whose poses are samples of it."""
_HALF_S = 3.0
"""The most seconds from a turning point to the rests before and after it."""
_PER_STATE = 4
_OF_TURN = 0.25
"""Share of a repetition, before and after its turning point, whose poses tell it from a rest."""
_MOVED = 0.3
"""A missed repetition goes at least this share of the way from the rest samples to the target samples."""
_NEIGHBOURS = 3


class CorrectionError(PosecountError):
    """A correction teaches nothing. The message says why."""


def of_false(
    sequence: LandmarkSequence, repetition: Counted, dataset: PoseDataset, exercise: Exercise
) -> list[NewSample]:
    """The samples of ``none`` that a repetition which was none gives: its poses from turning back to turning back.

    Poses that are nearer to the exercise's rest than to its target are no samples: a person stands or lies like that
    in a true repetition too.

    Args:
        sequence: the poses of the last seconds, timed as the repetition is.
        repetition: the one that was none.
        dataset, exercise: what counted it.

    Raises:
        CorrectionError: if none of its poses are kept, or none tells it from a rest.
    """
    inside = np.flatnonzero((sequence.timestamps >= repetition.start) & (sequence.timestamps <= repetition.end))
    inside = inside[~np.isnan(sequence.landmarks[inside]).any(axis=(1, 2))]
    if not len(inside):
        raise CorrectionError("Nothing was learned: the poses of that repetition are no longer kept.")
    nearness = _nearness(sequence.landmarks[inside], dataset, exercise)
    wrong = inside[nearness < 1.0]
    if len(wrong) < _PER_STATE:  # it was counted by its rhythm, far from the samples of the exercise
        from_turn = np.abs(sequence.timestamps[inside] - repetition.turn)
        wrong = inside[from_turn <= max(_OF_TURN * (repetition.end - repetition.start), float(from_turn.min()))]
    return _samples(sequence, _spread(wrong, FEWEST_NONE), NONE)


def of_missed(
    sequence: LandmarkSequence, counted: Sequence[Counted], dataset: PoseDataset, exercise: Exercise
) -> list[NewSample]:
    """The samples of an exercise's states that a repetition which was missed gives.

    It is the movement that came nearest to the target without being counted; its rests are before and after.

    Args:
        sequence: the poses of the last seconds.
        counted: the repetitions that were counted in it, of whatever exercise.
        dataset, exercise: what was to count it; the exercise needs a rest.

    Raises:
        CorrectionError: if the person did not move towards the target.
    """
    times = sequence.timestamps
    wanted = ~np.isnan(sequence.landmarks).any(axis=(1, 2))
    if len(times):
        wanted &= times >= times[-1] - WITHIN_S
    for each in counted:
        wanted &= (times <= each.start) | (times >= each.end)
    frames = np.flatnonzero(wanted)
    if len(frames) < 2 * _PER_STATE or not exercise.rest:
        raise CorrectionError("Nothing was learned: no movement is kept that could be the one that was missed.")
    nearness = _nearness(sequence.landmarks[frames], dataset, exercise)
    turn = int(np.argmin(nearness))
    at = times[frames[turn]]
    near = np.flatnonzero(np.abs(times[frames] - at) <= _HALF_S)
    ends = mirror_free(embed(sequence.landmarks[frames[[turn, near[int(np.argmax(nearness[near]))]]]]))
    if np.abs(ends[0] - ends[1]).mean() < _MOVED * _swing(dataset, exercise):
        raise CorrectionError("Nothing was learned: no movement was seen that could be the one that was missed.")
    turning = np.flatnonzero(np.abs(times[frames] - at) <= _TURN_S)
    best = frames[turning[np.argsort(nearness[turning])[:_PER_STATE]]]
    rests = []
    for side in (times[frames] < at - _TURN_S, times[frames] > at + _TURN_S):
        near = np.flatnonzero(side & (np.abs(times[frames] - at) <= _HALF_S))
        rests += list(frames[near[np.argsort(-nearness[near])[: _PER_STATE // 2]]])
    rest = _nearest_class(sequence.landmarks[rests], dataset, exercise.rest) if rests else exercise.rest[0]
    return _samples(sequence, sorted(best), exercise.target) + _samples(sequence, sorted(rests), rest)


def _nearness(landmarks: FloatArray, dataset: PoseDataset, exercise: Exercise) -> FloatArray:
    """How near T poses are to the exercise's target, as a share of how near they are to its rest: (T,)."""
    poses = mirror_free(embed(landmarks))
    to_target = _distances(poses, dataset, [exercise.target])
    others = exercise.rest or [name for name in dataset.classes if name != exercise.target]
    to_rest = np.maximum(_distances(poses, dataset, others), np.float32(1e-6))
    return (to_target / to_rest).astype(np.float32)


def _swing(dataset: PoseDataset, exercise: Exercise) -> float:
    """How far the target samples are from the nearest rest samples, as the median."""
    targets = dataset.landmarks[[index for index, label in enumerate(dataset.labels) if label == exercise.target]]
    return float(np.median(_distances(mirror_free(embed(targets)), dataset, exercise.rest)))


def _nearest_class(landmarks: FloatArray, dataset: PoseDataset, names: Sequence[str]) -> str:
    poses = mirror_free(embed(landmarks))
    return min(names, key=lambda name: float(_distances(poses, dataset, [name]).mean()))


def _distances(poses: FloatArray, dataset: PoseDataset, names: Sequence[str]) -> FloatArray:
    """Mean distance of poses (T, D) from the nearest samples of some classes, (T,)."""
    rows = np.flatnonzero(np.isin(np.array(dataset.labels), list(names)))
    samples = mirror_free(embed(dataset.landmarks[rows]))
    far = np.stack([np.abs(samples - pose).mean(axis=1) for pose in poses])
    count = min(_NEIGHBOURS, far.shape[1])
    return np.asarray(np.sort(far, axis=1)[:, :count].mean(axis=1), dtype=np.float32)


def _spread(frames: NDArray[np.intp], count: int) -> Sequence[int]:
    """At most this many, spread evenly."""
    chosen = np.unique(np.linspace(0, len(frames) - 1, min(count, len(frames))).round().astype(int))
    return [int(frame) for frame in frames[chosen]]


def _samples(sequence: LandmarkSequence, frames: Sequence[int], class_name: str) -> list[NewSample]:
    return [
        NewSample(
            class_name,
            f"corrected_{sequence.timestamps[frame]:.2f}s.jpg",
            sequence.landmarks[frame],
            sequence.visibility[frame],
        )
        for frame in frames
    ]
