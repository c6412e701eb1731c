"""SetSplitter: which repetitions make a set in free training."""

from __future__ import annotations

from collections import deque
from statistics import median

LEAST_PAUSE_S = 8.0
"""A set is not over before this many seconds without a repetition."""
_PAUSE = 3.0
"""A set is over after this many times the person's own time from one repetition to the next."""
_RECENT = 8
"""How many times between repetitions that is the median of."""


class SetSplitter:
    """Numbers the sets of a workout: a pause or another exercise begins a new one.

    Times are seconds of the session's streams, laid end to end.

    Attributes:
        number: of the set in progress or the last one; 0 before the first.
        exercise: which one.
        ended: when its last repetition ended.
    """

    def __init__(self) -> None:
        self.number = 0
        self.exercise = ""
        self.ended = 0.0
        self._between: deque[float] = deque(maxlen=_RECENT)

    @property
    def pause_s(self) -> float:
        """Seconds without a repetition after which the set in progress is over."""
        return max(LEAST_PAUSE_S, _PAUSE * median(self._between) if self._between else 0.0)

    def is_over(self, now: float) -> bool:
        """Whether the set is over, or none has begun."""
        return self.number == 0 or now - self.ended > self.pause_s

    def take(self, exercise: str, start: float, end: float) -> int:
        """The number of the set to which a repetition, or a hold, belongs. It may be earlier than others of its set."""
        if exercise != self.exercise or self.is_over(start):
            self.number += 1
            self.exercise = exercise
            self._between.clear()
        elif end > self.ended:
            self._between.append(end - self.ended)
        self.ended = max(self.ended, end)
        return self.number

    def close(self) -> None:
        """The next repetition begins a new set."""
        self.exercise = ""
