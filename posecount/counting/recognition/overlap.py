"""Overlap: which repetitions are one, found in two ways, and which follow each other."""

from __future__ import annotations

from posecount.counting.repetitions import Repetition

_SAME = 0.35
"""Repetitions that share this much of the shorter one are one."""
_SLOWER = 1.7
"""Ratio of the durations of two repetitions in rhythm, at most, as in `Follower`. Without it, and with ten seconds
between them, whoever moves about does two curls."""


def are_in_rhythm(one: Repetition, other: Repetition) -> bool:
    """Whether a repetition follows another one soon, and takes about as long."""
    shorter, longer = sorted((one.duration, other.duration))
    return other.start - one.end <= shorter and longer <= _SLOWER * shorter


def are_same(a: tuple[float, float], b: tuple[float, float]) -> bool:
    """Whether two spans of time, from start to end in seconds, are those of one repetition."""
    return overlap(a, b) > _SAME * min(a[1] - a[0], b[1] - b[0])


def overlap(a: tuple[float, float], b: tuple[float, float]) -> float:
    """The seconds that two spans of time share; below 0 how far apart they are."""
    return min(a[1], b[1]) - max(a[0], b[0])
