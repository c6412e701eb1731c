"""Place: whether the arms move the hands or the body, by where the hips go in the picture.

The embedding is free of where the body is. So pulling up to a bar looks like pressing a bar up, or like a jumping jack:
the hands go from above the head to the shoulders and back. In the first the hands stay, in the others the hips.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from posecount.counting.any_exercise.history import HIP_WEIGHT
from posecount.counting.rhythm import FEATURES
from posecount.embedding import Body
from posecount.pose import LANDMARK, FloatArray

_LEAST_REACH = 5.0
"""Hundredths of body size that the hands move against the hips, at least, to say anything."""
_HALF = 0.5
"""Share of that by which the hips move instead of the hands. In four films of pull-ups 0.86 to 1.06, but where the
tracker loses the hands; in curls, arm circles and jumping jacks -0.03 to 0.04."""
_PINNED = 0.01
"""Hips that have moved by less than this share of the body's size are pinned, as in sequences that were centred: nobody
stands as still. Those say nothing about place."""
_ABOVE = 0.8
"""Share of poses with both hands above the head: 1.0 of those that hang from a bar, 0.92 of presses, 0.98 of jumping
jacks, 0.25 of front raises, less of all others."""
_WRISTS = [LANDMARK["left_wrist"], LANDMARK["right_wrist"]]
_WRISTS_DOWN = [24, 32]
"""How far the wrists are below the hips, of the features of `mirror_free`: the lower one and the higher one."""


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """What stays in its place in each of N exercises, learned from where the hands are in their samples.

    Attributes:
        pulls: bool (N,), exercises of the arms alone that rest with the hands above the head: these hold on to
            something, and the body moves.
        lifts: bool (N,), those that rest otherwise, and others that lift the hands above the head: the hands move.
        presses: bool (N,), of the arms alone, those that lift them above the head. They look like one that pulls.
    """

    pulls: NDArray[np.bool_]
    lifts: NDArray[np.bool_]
    presses: NDArray[np.bool_]

    @classmethod
    def of(cls, ends: list[tuple[FloatArray, FloatArray]], arms: list[bool], others: list[bool]) -> Place:
        """Learn from each exercise's landmarks at rest and target (each (K, 33, 3)), and from which limbs do it."""
        rests, targets = (np.array([_above_head(end[which]) for end in ends], np.bool_) for which in (0, 1))
        moved = np.array(arms, np.bool_)
        alone = moved & ~np.array(others, np.bool_)
        return cls(alone & rests, moved & ~rests & (alone | targets), alone & ~rests & targets)

    def unclear(self, names: Sequence[str]) -> frozenset[str]:
        """Which exercises, of N names, nothing but place tells from one that pulls."""
        return frozenset(np.array(names)[self.presses & self.pulls.any()].tolist())

    def excluded(self, rest: FloatArray, target: FloatArray, placed: bool) -> NDArray[np.bool_] | None:
        """Exercises that a repetition cannot be.

        Args:
            rest: the pose there, as `MotionHistory` has it, float32 (59,).
            target: the pose at the turning point.
            placed: whether the sequence says where the body is, see `HipsWatch`.

        Returns:
            bool (N,), or None for none.
        """
        if not placed:
            return self.presses & self.pulls.any()
        reach = float((target - rest)[_WRISTS_DOWN].mean())
        if abs(reach) < _LEAST_REACH:
            return None
        hips = float(target[FEATURES] - rest[FEATURES]) / HIP_WEIGHT
        return self.lifts if -hips / reach > _HALF else self.pulls


class HipsWatch:
    """Whether the hips of a stream have moved at all."""

    def __init__(self) -> None:
        self._low, self._high = np.inf, -np.inf
        self.moved = False

    def update(self, body: Body) -> None:
        """Take in a pose."""
        if not self.moved:
            self._low, self._high = min(self._low, body.hips[1]), max(self._high, body.hips[1])
            self.moved = self._high - self._low > _PINNED * body.size


def _above_head(landmarks: FloatArray) -> bool:
    above = (landmarks[:, _WRISTS, 1] < landmarks[:, :1, 1]).all(axis=1)
    return bool(above.mean() > _ABOVE)
