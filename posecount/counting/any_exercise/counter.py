"""AnyCounter: counts whatever a person repeats, without having been taught it.

Detectors on every feature find something that recurs, a follower then counts it between the person's own rest and
target, beginning with what history holds. Both work frame by frame: nothing grows with the session.
"""

from __future__ import annotations

from time import perf_counter

import numpy as np

from posecount.counting.any_exercise.detectors import ENOUGH_TURNS, Run, TurningDetectors, find_run
from posecount.counting.any_exercise.follower import Cycle, Follower
from posecount.counting.any_exercise.history import MotionHistory
from posecount.counting.profiles import NO_PERSON, JumpWatch, Step
from posecount.counting.repetitions import Repetition
from posecount.datasets.dataset import Exercise
from posecount.embedding import Body, measure
from posecount.pose import FloatArray, Pose

ANY_EXERCISE = Exercise("repetitions", "repetitions", ())
"""What the profile `any` counts."""

_LOOK_S = 0.5
"""Seconds from one look for a rhythm to the next."""
_LOOK_IN_RHYTHM_S = 2.0
"""The same while repetitions are being counted."""
_RECENT_S = 5.0
"""Seconds after a repetition for which they are."""
_BETTER = 1.2
"""Another movement must explain the same seconds this much better than the one that is followed."""
_LEAST_LIKENESS = 0.4
"""A run whose turning points are less alike is not followed. On 78 RepCount clips, exact and within one: .397, .705;
without, .385, .692."""
_REFINED = 2
_STRAIGHTER = 0.08
"""The rest is the pose with straighter limbs by this much, summed over arms, legs and trunk; else the one with lower
hands. A wrong guess costs half a repetition at the ends."""
_OVERLAP = 0.15
"""Share of a repetition that may lie before the end of the last one that counted."""
_CATCH_UP = 100
"""Frames of history that a new follower reads per frame of the stream, so that no frame takes long."""


class AnyCounter:
    """Counts what recurs in one stream.

    The first repetitions are counted together as soon as two were seen: during the third at the latest.
    """

    def __init__(self) -> None:
        self._history = MotionHistory()
        self._detectors: TurningDetectors | None = None
        self._follower: Follower | None = None
        self._newest: FloatArray | None = None
        self._read = 0  # the number of the next frame that the follower reads
        self._last = self._looked = self._last_end = -np.inf

    @property
    def follower(self) -> Follower | None:
        """What follows the movement that is counted; None before one was found."""
        return self._follower

    @property
    def counting(self) -> bool:
        """Whether a repetition has ended in the last `_RECENT_S` seconds."""
        return self._last - self._last_end < _RECENT_S

    @property
    def progress(self) -> float | None:
        """How far the newest pose has come from the rest (0) to the target (1); None before a movement was found."""
        if self._follower is None or self._newest is None:
            return None
        return min(max(self._follower.progress(self._newest), 0.0), 1.0)

    def update(self, body: Body, timestamp: float) -> list[Cycle]:
        """Take in a frame's pose; return the repetitions that it completes, or lets be recognised."""
        features = self._history.append(body, timestamp)
        if features is None:
            return []
        self._newest = features
        if self._detectors is None:
            self._detectors = TurningDetectors(len(features))
        seconds = float(min(max(timestamp - self._last, 0.0), 1.0))
        self._last = timestamp
        self._detectors.update(self._history, features, seconds)
        pause = _LOOK_IN_RHYTHM_S if self.counting else _LOOK_S
        if timestamp - self._looked >= pause and self._look(timestamp):
            return []  # a look takes the time of a frame; the new follower reads from the next one on
        return self._follow()

    @property
    def history(self) -> MotionHistory:
        """The last seconds of the stream."""
        return self._history

    def interrupt(self) -> None:
        """Drop what was begun: another person is tracked from now on."""
        self._history.cut()
        if self._follower:
            self._follower.interrupt()

    def turn_over(self, since: float) -> None:
        """Exchange rest and target, and count again what began after a time, in seconds."""
        if self._follower:
            self._follower = Follower(self._follower.target, self._follower.rest)
            self._read = self._history.number_at(since)
            self._last_end = since

    def _follow(self) -> list[Cycle]:
        """Let the follower read on."""
        if self._follower is None:
            return []
        span = slice(max(self._read, self._history.first), min(self._read + _CATCH_UP, self._history.end))
        if span.stop - span.start == 1 and self._newest is not None:  # as with every frame once it has caught up
            read = [(self._newest, self._last)]
        else:
            read = list(zip(self._history.poses(span).copy(), self._history.times(span).tolist(), strict=True))
        found: list[Cycle] = []
        for features, time in read:
            for cycle in self._follower.update(features, time):
                if cycle.start >= self._last_end - _OVERLAP * (cycle.end - cycle.start):
                    self._last_end = cycle.end
                    found.append(cycle)
        self._read = span.stop
        return found

    def _look(self, timestamp: float) -> bool:
        """Look for a movement that recurs more than the one that is followed, and follow it from now on."""
        since = self._history.first
        if not self.counting:  # what has counted is over
            since = self._history.number_at(self._last_end)
        turns = self._detectors.best(self._history, since) if self._detectors else None
        if turns is None:
            return False
        self._looked = timestamp
        poses = self._history.poses(turns)
        run = self._run(poses[::2].mean(axis=0) - poses[1::2].mean(axis=0), slice(since, self._history.end))
        if run is None or len(run.turns) < ENOUGH_TURNS or run.likeness < _LEAST_LIKENESS:
            return False
        if self._follower:
            span = slice(int(run.turns[0]), int(run.turns[-1]) + 1)
            known = find_run(self._history, self._follower.swing, span)
            if known and known.margin * _BETTER >= run.margin:
                return False
        rest, target = (run.first, run.second) if _first_is_rest(run) else (run.second, run.first)
        self._follower = Follower(rest, target)
        # The follower adapts to all that it reads: what came long before the run would lead it astray.
        self._read = max(since, int(2 * run.turns[0] - run.turns[2]))
        return True

    def _run(self, swing: FloatArray, span: slice) -> Run | None:
        """The best run along a swing, then along that run's own swing, as long as that is better."""
        best = find_run(self._history, swing, span)
        for _ in range(_REFINED):
            better = best and find_run(self._history, best.second - best.first, span)
            if not (best and better and better.margin > best.margin):
                break
            best = better
        return best


class AnyEngine:
    """The profile `any`: whatever a person repeats, with no dataset."""

    def __init__(self) -> None:
        self._counter = AnyCounter()
        self._jumps = JumpWatch()

    def take(self, pose: Pose | None, timestamp: float) -> Step:
        """Take in one frame's pose, or None where there is no person."""
        started = perf_counter()
        if pose is None:
            return Step({}, {}, (), None, started, NO_PERSON)
        body = measure(pose.landmarks)
        if self._jumps.update(body, timestamp):
            self._counter.interrupt()
        completed = [
            Repetition(ANY_EXERCISE.name, cycle.start, cycle.turn, cycle.end, 10.0)
            for cycle in self._counter.update(body, timestamp)
        ]
        progress = self._counter.progress
        # What charts show: 10 at the person's own turning point, as confidence does.
        signal = {} if progress is None else {ANY_EXERCISE.target: 10 * progress}
        return Step(
            signal,
            signal,
            completed,
            ANY_EXERCISE.name if self._counter.counting else None,
            started,
            self._jumps.reason(timestamp),
        )


def _first_is_rest(run: Run) -> bool:
    straighter = _straightness(run.first) - _straightness(run.second)
    if abs(straighter) > _STRAIGHTER:
        return straighter > 0
    return _hands_down(run.first) > _hands_down(run.second)


# Of the features of `mirror_free`: x and y of the trunk, then of each of eight pairs the greater |x|, the lesser |x|,
# the greater y, the lesser y, the greater and the lesser length.
_UPPER_ARM, _FOREARM, _THIGH, _SHIN, _ARM, _LEG, _HIP_TO_WRIST, _BODY = range(8)
_Y, _LENGTH = (slice(18, 34), slice(34, 50))


def _straightness(features: FloatArray) -> float:
    lengths = features[_LENGTH].reshape(2, 8).sum(axis=0)
    trunk = 2 * float(np.hypot(features[0], features[1]))
    return float(
        lengths[_ARM] / max(lengths[_UPPER_ARM] + lengths[_FOREARM], 1e-6)
        + lengths[_LEG] / max(lengths[_THIGH] + lengths[_SHIN], 1e-6)
        + lengths[_BODY] / max(trunk + lengths[_LEG], 1e-6)
    )


def _hands_down(features: FloatArray) -> float:
    return float(features[_Y].reshape(2, 8)[:, _ARM].sum())
