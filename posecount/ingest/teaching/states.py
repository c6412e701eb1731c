"""The two states of an exercise: which one is rest, which poses belong to each, and what they are called."""

from __future__ import annotations

import numpy as np

from posecount.counting.rhythm import Indices, Motion, Rhythm
from posecount.embedding import TORSO_MULTIPLIER
from posecount.pose import LANDMARK, FloatArray

_OUTER = 0.2
"""Poses within this share of a swing from its turning point are samples of a state."""
_APART = 0.5
"""Poses further than this share of a swing from all poses of the motion do not belong to it."""
_LONGER = 1.25
"""A state is rest if it is held this many times as long as the other."""
_VERTICAL = 0.08
"""Share of body size that a part of the body must rise or sink for the states to be named after it."""
_PARTS = (("shoulder", "hip"), ("wrist",), ("ankle",))
"""The parts of the body that may name the states: the first that moves enough does."""


def far_is_rest(motion: Motion, rhythm: Rhythm) -> bool:
    """Whether rest is the state called `far` in the rhythm."""
    turns, far = rhythm.turns, rhythm.far
    swing = _swing(motion, rhythm)
    half_repetition = int(np.median(np.diff(turns)))
    to_far, to_near = (_nearest(motion, turns[far == state]) for state in (True, False))
    balance = 0  # of where the person comes from and goes to: positive for far
    for run in np.unique(rhythm.runs):
        first, last = np.flatnonzero(rhythm.runs == run)[[0, -1]]
        before = slice(max(turns[first] - half_repetition, 0), turns[first] + 1)
        after = slice(turns[last], turns[last] + half_repetition + 1)
        for turn, beyond in ((first, before), (last, after)):
            to_opposite = (to_near if far[turn] else to_far)[beyond].min()
            balance += 1 if far[turn] == bool(to_opposite > swing / 2) else -1
    if balance:
        return balance > 0
    held_far, held_near = (int((each < swing / 4).sum()) for each in (to_far, to_near))
    if max(held_far, held_near) > _LONGER * min(held_far, held_near):
        return held_far > held_near
    return bool(far[0])


def _swing(motion: Motion, rhythm: Rhythm) -> float:
    """How much opposite turning points of a run differ, as the median."""
    pairs = np.flatnonzero(np.diff(rhythm.runs) == 0)
    return float(np.median(motion.difference(rhythm.turns[pairs], rhythm.turns[pairs + 1])))


def _nearest(motion: Motion, some: Indices) -> FloatArray:
    """How much each pose of the motion differs from the most similar one among some of them."""
    poses = motion.poses[some[:: len(some) // 500 + 1]].astype(np.float64)  # of many, a part is enough
    squared = (np.square(motion.poses).sum(axis=1)[:, None] + np.square(poses).sum(axis=1)) - 2 * motion.poses @ poses.T
    nearest: FloatArray = np.sqrt(np.maximum(squared.min(axis=1), 0) / poses.shape[1]).astype(np.float32)
    return nearest


def zones_of(motion: Motion, rhythm: Rhythm) -> Indices:
    """For each moment of the motion (T,) the number of its turning point, or -1."""
    poses, turns, runs = motion.poses, rhythm.turns, rhythm.runs
    zones = np.full(len(poses), -1, dtype=np.intp)
    zones[turns] = np.arange(len(turns))
    ends = np.diff(runs, prepend=-1, append=runs[-1] + 1) != 0
    for i in np.flatnonzero(~ends[1:-1]):
        between = slice(turns[i], turns[i + 1] + 1)
        axis = poses[turns[i + 1]] - poses[turns[i]]
        way = (poses[between] - poses[turns[i]]) @ axis / (axis @ axis)
        zones[between][way <= _OUTER] = i
        zones[between][way >= 1 - _OUTER] = i + 1
    # A state may be held before and after its run.
    still = _OUTER * _swing(motion, rhythm)
    for outer, step in ((ends[:-1], -1), (ends[1:], 1)):
        for i in np.flatnonzero(outer):
            stop = motion.difference(np.arange(len(poses)), turns[i : i + 1]) > still
            stop |= (zones != i) & (zones != -1)
            away = np.flatnonzero(stop[turns[i] :: step])
            zones[turns[i] :: step][: away[0] if len(away) else None] = i
    return zones


def elsewhere(motion: Motion, rhythm: Rhythm, zones: Indices) -> Indices:
    """Indices of moments of the motion in no run, and unlike any pose in one."""
    in_run = np.zeros(len(zones), dtype=bool)
    for run in np.unique(rhythm.runs):
        own = np.flatnonzero(np.isin(zones, np.flatnonzero(rhythm.runs == run)))
        in_run[own[0] : own[-1] + 1] = True
    unlike = _nearest(motion, np.flatnonzero(in_run)) > _APART * _swing(motion, rhythm)
    return np.flatnonzero(~in_run & unlike)


def state_names(rest: FloatArray, target: FloatArray) -> tuple[str, str]:
    """The names of the states that landmarks (N, 33, 3) and (M, 33, 3) show."""
    middle_rest, middle_target = np.median(rest, axis=0), np.median(target, axis=0)
    size = np.mean([_body_size(middle_rest), _body_size(middle_target)])
    for parts in _PARTS:
        heights = [
            (middle_rest - middle_target)[[LANDMARK[f"left_{part}"], LANDMARK[f"right_{part}"]], 1].mean() / size
            for part in parts
        ]
        risen = max(heights, key=abs)  # y grows downwards
        if abs(risen) > _VERTICAL:
            return ("down", "up") if risen > 0 else ("up", "down")
    return "rest", "target"


def _body_size(landmarks: FloatArray) -> float:
    """In pixels, as in the embedding."""
    shoulders, hips = (
        landmarks[[LANDMARK[f"left_{part}"], LANDMARK[f"right_{part}"]], :2].mean(axis=0)
        for part in ("shoulder", "hip")
    )
    reach = np.linalg.norm(landmarks[:, :2] - hips, axis=1).max()
    return float(max(reach, TORSO_MULTIPLIER * np.linalg.norm(shoulders - hips), 1e-6))
