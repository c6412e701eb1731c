"""Follower: counts the repetitions of one movement between a person's own rest and target pose.

The signal is how far a pose has come from the rest (0) to the target (1), along the straight line between the two. It
is measured against the person's own last extremes: no threshold knows how deep anybody goes.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from posecount.pose import FloatArray

SHORTEST_S, LONGEST_S = 0.25, 15.0
"""Seconds that a repetition lasts."""
LEAST_SWING = 5.0
"""Hundredths of body size, root mean square over the features: a smaller swing is jitter of tracker or person, or
gestures of somebody who talks, unless it is much like those before. On 78 RepCount clips, exact, within one, MAE: 3
.385, .667, .275 and 4.5 .385, .692, .247; later, with the other constants as they are now, 4.5 .385, .744, .236 and 5
.397, .731, .224."""
TURN = 0.55
"""Share of the swing that the signal comes back by, for a turning point to be one."""
_ARRIVED = 0.2
"""Share of the way that may be left to the rest, for a repetition to have ended. At 0.35 .321 exact, .564 within one;
0.25: .397, .705; 0.2: .385, .744; 0.15 counts later and less."""
_LONG_REST_S = 2.0
"""Seconds after which a rest is another one: what was before it, such as getting into position, is forgotten."""
_ALIKE = 0.85
"""Poses of one kind differ by less than this share of their difference from the other kind."""
_ALIKE_IN_RHYTHM = 1.2
"""The same for a repetition that follows the last one in its rhythm."""
_LEAST_SMALL, _ALIKE_SMALL = 4.0, 0.5
"""A swing smaller than `LEAST_SWING`, from this on, and the same for it: jitter is never so like what was counted, and
push-ups that become shallow are. Two clips of RepCount-A have a push-up more each, or with `any` three and one. With
0.4 one of them has; with 1.2 where it goes on from others, another exercise has four more than it had, of eight."""
_PAUSE = 0.5
"""Share of a repetition that may lie between two that are in rhythm."""
_SLOWER = 1.7
"""Ratio of the durations of two repetitions in rhythm, at most."""
_FOLLOWED = 0.3
"""Share by which the person's rest and target follow each repetition: people turn, and tire."""


class Cycle(NamedTuple):
    """One repetition: when the rest was left, the target furthest, and the rest reached again, in seconds.

    `rest` and `target` are the poses there, float32 (F,).
    """

    start: float
    turn: float
    end: float
    rest: FloatArray
    target: FloatArray


class _Extreme(NamedTuple):
    value: float
    time: float
    pose: FloatArray


def difference(a: FloatArray, b: FloatArray) -> FloatArray:
    """How much poses differ, as root mean square over their features (the last axis)."""
    return length(a - b)


def length(move: FloatArray) -> FloatArray:
    """How far moves go, as root mean square over their features (the last axis)."""
    squared: FloatArray = np.einsum("...f,...f->...", move, move) / np.float32(move.shape[-1])
    return np.sqrt(squared)


class Follower:
    """Follows one movement.

    A cycle that is unlike those before is held back; if the next one is like it, both count: people turn to another
    side between two repetitions.

    Args:
        rest: float32 (F,), the pose at rest.
        target: float32 (F,), the pose at the turning point.
    """

    def __init__(self, rest: FloatArray, target: FloatArray) -> None:
        self._set(rest, target)
        self._previous: tuple[FloatArray, FloatArray] | None = None
        self._period: float | None = None
        self._last_end = -np.inf
        self.interrupt()

    def interrupt(self) -> None:
        """Drop the repetition that was begun, and the one that was held back."""
        self._phase: Literal["unknown", "out", "back"] = "unknown"
        self._low: _Extreme | None = None
        self._high: _Extreme | None = None
        self._base: _Extreme | None = None
        self._arrived = True
        self._pending: Cycle | None = None

    @property
    def swing(self) -> FloatArray:
        """What the target has more than the rest: (F,)."""
        return self.target - self.rest

    def _set(self, rest: FloatArray, target: FloatArray) -> None:
        self.rest, self.target = rest, target
        swing = target - rest
        self._axis = swing / max(float(swing @ swing), 1e-6)
        self._zero = float(rest @ self._axis)

    def progress(self, pose: FloatArray) -> float:
        """How far a pose has come from the rest (0) to the target (1)."""
        return float(pose.dot(self._axis)) - self._zero

    def update(self, pose: FloatArray, timestamp: float) -> list[Cycle]:
        """Take in a frame; return the repetitions that it completes: usually none or one, two after a doubt."""
        here = _Extreme(self.progress(pose), timestamp, pose)
        low, high = self._low or here, self._high or here
        deeper = here.value < low.value or (timestamp - low.time > _LONG_REST_S and here.value < _ARRIVED)
        self._low = low = here if deeper and self._phase != "out" else low
        self._high = high = here if here.value > high.value and self._phase != "back" else high
        if self._phase == "unknown":
            if here.value - low.value >= TURN:
                self._leave(here)
            elif high.value - here.value >= TURN:
                self._phase, self._low = "back", here
            return []
        if self._phase == "out":
            if high.value - here.value < TURN:
                return []
            self._phase, self._low, self._arrived = "back", here, False
            low = here
        left_again = here.value - low.value >= TURN
        found: list[Cycle] = []
        if not self._arrived and self._base:
            level = self._base.value + _ARRIVED * (high.value - self._base.value)
            if here.value <= level or left_again:
                self._arrived = True
                found = self._complete(self._base, high, low, low.time if left_again else timestamp)
        if left_again:
            self._leave(here)
        return found

    def _leave(self, here: _Extreme) -> None:
        self._phase, self._base, self._high = "out", self._low, here

    def _complete(self, base: _Extreme, high: _Extreme, low: _Extreme, end: float) -> list[Cycle]:
        """The repetitions that a cycle from `base` over `high` to `low` completes."""
        cycle = Cycle(base.time, high.time, end, 0.5 * (base.pose + low.pose), high.pose)
        lasted = end - base.time
        swing = float(min(difference(base.pose, high.pose), difference(high.pose, low.pose)))
        pending, self._pending = self._pending, None
        small = swing <= LEAST_SWING
        if swing <= _LEAST_SMALL or not SHORTEST_S < lasted < LONGEST_S:
            return []
        in_rhythm = (
            self._period is not None
            and base.time - self._last_end < _PAUSE * self._period + 0.1
            and _similar(lasted, self._period)
        )
        limit = swing * (_ALIKE_SMALL if small else _ALIKE_IN_RHYTHM if in_rhythm else _ALIKE)
        rest, target = self._previous or (self.rest, self.target)
        closed = difference(base.pose, low.pose) < limit
        if not closed:
            return []
        from_target = min(difference(high.pose, self.target), difference(high.pose, target))
        from_rest = min(difference(base.pose, self.rest), difference(low.pose, self.rest), difference(base.pose, rest))
        if from_target < limit and from_rest < limit:
            found = [cycle]
        elif small:
            return []
        elif (
            pending
            and base.time - pending.end < lasted
            and _similar(lasted, pending.end - pending.start)
            and max(difference(high.pose, pending.target), difference(base.pose, pending.rest)) < _ALIKE * swing
        ):
            found = [pending, cycle]
        else:
            self._pending = cycle
            return []
        self._previous = low.pose, high.pose
        self._last_end = end
        self._period = lasted if self._period is None else self._period + _FOLLOWED * (lasted - self._period)
        self._follow(0.5 * (base.pose + low.pose), high.pose)
        return found

    def _follow(self, rest: FloatArray, target: FloatArray) -> None:
        """Bring rest and target nearer to those of the last repetition, and measure the extremes again."""
        self._set(self.rest + _FOLLOWED * (rest - self.rest), self.target + _FOLLOWED * (target - self.target))
        self._low, self._high, self._base = (
            each and each._replace(value=self.progress(each.pose)) for each in (self._low, self._high, self._base)
        )


def _similar(a: float, b: float) -> bool:
    return a < _SLOWER * b and b < _SLOWER * a
