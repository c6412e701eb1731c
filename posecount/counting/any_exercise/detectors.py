"""TurningDetectors: watch every feature of a motion for turning points that recur, a few operations a frame.

Each feature, at each of three thresholds, has a detector of its maxima and minima. Turning points in a row of which
every second one looks alike, and unlike those between, are a run; the run with the most of that is an exercise.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp

import numpy as np
from numpy.typing import NDArray

from posecount.counting.any_exercise.follower import LEAST_SWING, LONGEST_S, SHORTEST_S, TURN, difference, length
from posecount.counting.any_exercise.history import MotionHistory
from posecount.counting.rhythm import turning_points
from posecount.pose import FloatArray

_SHARES = np.array((0.15, 0.3, 0.5), np.float32)[:, None]
"""Shares of a feature's range that count as a swing: getting into position may move more than the exercise does."""
_RANGE_MEMORY_S = 8.0
"""Seconds in which the range of a feature that no longer moves falls to a third."""
_LEAST_TURN = np.array(1, np.float32)
"""Hundredths of body size that count as a swing of one feature, at least."""
_ALIKE = 0.85
"""Turning points of one kind differ by less than this share of what they differ from the opposite ones."""
_SCORE_MEMORY_S = 10.0
"""Seconds over which a run's merit fades."""
_TURNS = 6
"""Turning points that are remembered."""
_NOTED = 16
"""Frames with turning points that are noted before they are weighed together, where the best run is not asked for."""
ENOUGH_TURNS = 5
"""Turning points that two repetitions have. With six .295 exact and .615 within one instead of .333 and .628."""


_BOTH_WAYS = np.array((1, -1), np.float32)[:, None]


class TurningDetectors:
    """The detectors of one stream: of each share of `_SHARES`, one for each of F features."""

    def __init__(self, features: int) -> None:
        shape, count = (len(_SHARES), features), len(_SHARES) * features
        self._reach: FloatArray = np.full((2, features), -np.inf, np.float32)  # the highest value, and less the lowest
        self._highest, self._less_lowest = self._reach  # views
        self._range: FloatArray = np.zeros(features, np.float32)
        self._sign: FloatArray = np.ones(shape, np.float32)
        self._extreme: FloatArray = np.full(shape, -np.inf, np.float32)
        self._at = np.zeros(shape, np.intp)
        # Of each detector, by flat index.
        self._turns = np.full((_TURNS, count), -1, np.intp)  # numbers of frames, the last turning points first
        self._rows = count * np.arange(_TURNS)[:, None]
        self._good = [0] * count  # lists, as they are changed one by one
        self._score = [0.0] * count
        self._noted: list[tuple[NDArray[np.intp], NDArray[np.intp]]] = []
        self._at_best = np.zeros(count, np.intp)  # what `_good` is if all that is noted speaks for a run

    def update(self, history: MotionHistory, pose: FloatArray, seconds: float) -> None:
        """Take in the newest frame of a history, so many seconds after the one before."""
        now = history.end - 1
        self._reach -= self._range * (seconds / (2 * _RANGE_MEMORY_S))
        np.maximum(self._reach, pose * _BOTH_WAYS, out=self._reach)
        np.add(self._highest, self._less_lowest, out=self._range)
        value = self._sign * pose
        np.putmask(self._at, value > self._extreme, now)
        np.maximum(self._extreme, value, out=self._extreme)
        threshold = _SHARES * self._range
        np.maximum(threshold, _LEAST_TURN, out=threshold)
        turning = (self._extreme - value >= threshold).ravel().nonzero()[0]
        if len(turning):
            self._turn(turning, value.take(turning), now)
        if len(self._noted) == _NOTED:
            self._weigh(history)

    def _turn(self, detectors: NDArray[np.intp], value: FloatArray, now: int) -> None:
        """Note the turning points of some detectors. Many are weighed at once, which is quicker."""
        places = self._rows + detectors  # of their turning points in `_turns`, flat
        self._turns.put(places[1:], self._turns.take(places[:-1]))
        self._turns.put(detectors, self._at.take(detectors))
        self._noted.append((detectors, self._turns.take(places[2::-1])))
        self._at_best.put(detectors, self._at_best.take(detectors) + 1)
        self._sign.put(detectors, -self._sign.take(detectors))
        self._extreme.put(detectors, -value)
        self._at.put(detectors, now)

    def _weigh(self, history: MotionHistory) -> None:
        """Add up how much the turning points noted since the last time speak for a run."""
        detectors = np.concatenate([each for each, _ in self._noted])
        triples = np.concatenate([each for _, each in self._noted], axis=1)
        self._noted.clear()
        good, score = self._good, self._score
        kept = triples[0] >= history.first
        if not kept.all():
            for detector in detectors[~kept].tolist():
                good[detector], score[detector] = 0, 0.0
            detectors, triples = detectors[kept], triples[:, kept]
        said = compare(history, triples)
        for detector, fine, margin, lasted in zip(*map(np.ndarray.tolist, (detectors, *said)), strict=True):
            if fine:
                good[detector] += 1
                score[detector] = score[detector] * exp(-0.5 * lasted / _SCORE_MEMORY_S) + margin
            else:
                good[detector], score[detector] = 0, 0.0
        self._at_best[:] = good

    def best(self, history: MotionHistory, since: int) -> NDArray[np.intp] | None:
        """The last turning points of the best run since a frame, newest first, or None where nothing recurs."""
        enough = self._at_best >= ENOUGH_TURNS - 2
        enough &= self._turns[ENOUGH_TURNS - 1] >= since
        if not enough.any():
            return None
        if self._noted:
            self._weigh(history)
        merit = np.where(enough & (self._at_best >= ENOUGH_TURNS - 2), self._score, 0.0)
        # Of equals the first, where all detectors of a feature come before those of the next.
        feature, share = divmod(int(merit.reshape(len(_SHARES), -1).T.argmax()), len(_SHARES))
        best = share * len(self._range) + feature
        if merit[best] <= 0:
            return None
        turns = self._turns[: self._good[best] + 2, best]
        return turns[turns >= since]


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """Turning points in a row, alternately of two kinds.

    Attributes:
        turns: numbers of frames, in order of time.
        margin: what opposite ones differ more than like ones, added up over the triples of neighbours.
        likeness: 0 to 1, that as a share of what opposite ones differ.
        first: float32 (F,), the mean of the poses at the 1st, 3rd, … turning point.
        second: that of the others.
    """

    turns: NDArray[np.intp]
    margin: float
    likeness: float
    first: FloatArray
    second: FloatArray


def find_run(history: MotionHistory, swing: FloatArray, span: slice | None = None) -> Run | None:
    """The best run along the direction of a swing (F,), in a span of frame numbers or in all that is kept."""
    span = span or slice(history.first, history.end)
    squared = float(swing @ swing)
    if squared <= 0:
        return None
    turns = np.array(turning_points(history.poses(span) @ (swing / squared), TURN), dtype=np.intp) + span.start
    if len(turns) < 3:
        return None
    fine, margin, _ = compare(history, np.stack((turns[:-2], turns[1:-1], turns[2:])))
    edges = np.flatnonzero(np.diff(np.concatenate(([0], fine, [0])))).reshape(-1, 2)
    if not len(edges):
        return None
    margins = [float(margin[begin:stop].sum()) for begin, stop in edges]
    best = int(np.argmax(margins))
    begin, stop = edges[best]
    turns = turns[begin : stop + 2]
    poses = history.poses(turns)
    between = difference(poses[1:], poses[:-1])
    whole = float(np.minimum(between[:-1], between[1:]).sum())
    return Run(turns, margins[best], margins[best] / whole, poses[::2].mean(axis=0), poses[1::2].mean(axis=0))


def compare(
    history: MotionHistory, triples: NDArray[np.intp]
) -> tuple[NDArray[np.bool_], FloatArray, NDArray[np.float64]]:
    """What triples of turning points in a row, numbers of frames (3, N), say for a rhythm.

    Returns:
        Whether the outer two are enough alike, the middle one is far enough from both and the time is that of a
        repetition; how much less the outer two differ than each from the middle one; and the seconds between them.
    """
    poses = history.poses(triples)
    apart = np.empty_like(poses)
    np.subtract(poses[:2], poses[1:], out=apart[:2])
    np.subtract(poses[0], poses[2], out=apart[2])
    onward, back, within = length(apart)
    between = np.minimum(onward, back)
    times = history.times(triples)
    lasted = times[2] - times[0]
    fine = (within < _ALIKE * between) & (between > LEAST_SWING) & (lasted > SHORTEST_S) & (lasted < LONGEST_S)
    return fine, between - within, lasted
