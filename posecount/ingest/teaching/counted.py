"""Repetitions that were counted without a dataset, as the rhythm to learn an exercise from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

import numpy as np

from posecount.counting.rhythm import Motion, Rhythm

_PAUSE = 0.5
"""Share of a repetition that may lie between two of one run: longer, and the person has done something else."""

_SET_PAUSE_S = 8.0
"""Seconds between two repetitions after which another exercise may have begun."""


class Counted(Protocol):
    """A repetition of any kind; times are seconds of the recording."""

    @property
    def start(self) -> float: ...
    @property
    def turn(self) -> float: ...
    @property
    def end(self) -> float: ...


_Counted = TypeVar("_Counted", bound=Counted)


def last_set(repetitions: Sequence[_Counted]) -> Sequence[_Counted]:
    """The repetitions after the last long pause: what a person has just done, in order of time."""
    begin = len(repetitions) - 1
    while begin > 0 and repetitions[begin].start - repetitions[begin - 1].end < _SET_PAUSE_S:
        begin -= 1
    return repetitions[max(begin, 0) :]


def rhythm_of(motion: Motion, repetitions: Sequence[Counted]) -> Rhythm | None:
    """The turning points of counted repetitions; the target is `far`. None if there are none in the motion."""
    inside = [each for each in repetitions if motion.times[0] <= each.turn <= motion.times[-1]]
    runs: list[list[int]] = []
    last: Counted | None = None
    for each in sorted(inside, key=lambda each: each.turn):
        start, turn, end = (motion.index(time) for time in (each.start, each.turn, each.end))
        if not start < turn < end:
            continue
        if last and each.start - last.end < _PAUSE * (last.end - last.start):
            rest = start if start > runs[-1][-2] else runs[-1][-1]
            runs[-1][-1:] = [rest, turn, end]
        else:
            runs.append([start, turn, end])
        last = each
    if not runs:
        return None
    return Rhythm(
        np.concatenate([np.array(run, np.intp) for run in runs]),
        np.concatenate([np.arange(len(run)) % 2 == 1 for run in runs]),
        np.repeat(np.arange(len(runs)), [len(run) for run in runs]),
        _likeness(motion, runs),
    )


def _likeness(motion: Motion, runs: Iterable[list[int]]) -> float:
    """How much more alike turning points of one kind are than those of different kinds, as in `find_rhythm`."""
    likeness = []
    for run in runs:
        turns = np.array(run, np.intp)
        swing = motion.difference(turns[:-1], turns[1:])
        between, within = np.minimum(swing[:-1], swing[1:]), motion.difference(turns[:-2], turns[2:])
        likeness.extend((1 - within / np.maximum(between, 1e-6)).tolist())
    return float(np.clip(np.mean(likeness), 0, 1))
