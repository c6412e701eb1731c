"""WorkoutRecorder: the repetitions of one live session, written to the history as they happen."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import inf

from posecount.counting.holds import Hold
from posecount.counting.joints import JointRange
from posecount.counting.repetitions import Repetition
from posecount.history.records import Correction, Kind, RecordedRepetition, RecordedSet, Source, Workout, new_key
from posecount.history.sets import SetSplitter
from posecount.history.writer import HistoryWriter

NEW_WORKOUT_AFTER_S = 3600.0
"""A repetition that comes later than this after the last one begins a new workout."""
_HOLD_EVERY_S = 2.0
"""A hold in progress is written this often: it ends late, and little of it may be lost."""
_TAKEN_BACK = 100
"""How many repetitions, one after the other, a person can take back. Older ones are known to the database alone."""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a workout is done with.

    Attributes:
        time_zone: of the person, as an IANA name.
        dataset, dataset_version, profile: what counts.
        source: where the frames come from.
    """

    time_zone: str = "UTC"
    dataset: str = ""
    dataset_version: str = ""
    profile: str = ""
    source: Source = "live"


@dataclass(frozen=True, slots=True)
class SetSoFar:
    """A set of the workout in progress, without its repetitions: half a kilobyte each, they are in the history.

    Attributes:
        number, exercise, kind, started, ended, target, seconds: as of `posecount.history.records.RecordedSet`.
        count: repetitions after corrections.
    """

    number: int
    exercise: str
    kind: Kind
    started: float
    ended: float
    target: int | None
    seconds: float
    count: int


_Key = tuple[str, float, float]


def _key(repetition: Repetition) -> _Key:
    """What tells a repetition of a session from all others."""
    return repetition.exercise, repetition.start, repetition.end


class WorkoutRecorder:
    """Splits a session's repetitions into sets and workouts, and hands each to a writer once it has ended.

    Threads may share it.

    Args:
        writer: takes what is to be written.
        circumstances: what the session counts with at the beginning.
        wall: seconds since 1970, UTC.

    Attributes:
        measure: tells how far a joint moved in a repetition; None where nobody measures. It may wait for the session,
            and a session that takes in a frame may wait for `close_set`: no lock that this one needs is held meanwhile.
        target: how many repetitions or seconds a plan asks for in the set; None in free training.
    """

    def __init__(
        self, writer: HistoryWriter, circumstances: Circumstances, wall: Callable[[], float] = time.time
    ) -> None:
        self.circumstances = circumstances
        self.writer = writer
        self.target: int | None = None
        self.measure: Callable[[Repetition], JointRange | None] | None = None
        self._wall = wall
        self._session = new_key()
        self._following = threading.Lock()  # one takes in at a time: `measure` is called with this, never with the next
        self._lock = threading.Lock()
        self._number = 0  # of the repetition: two of two exercises may end with the same frame
        self._known: deque[_Key] = deque(maxlen=_TAKEN_BACK)  # those that were taken in last
        self._latest = -1.0  # when the latest that was taken in ended
        self._hold: tuple[Hold, int] | None = None  # in progress, with the number of its set
        self._hold_written = 0.0
        self._followed: Sequence[Repetition] | None = None  # what `follow` has taken in last
        self._splitter = SetSplitter()
        self._workout: Workout | None = None  # without its parts
        self._sets: tuple[SetSoFar, ...] = ()
        self._last: deque[tuple[int, str]] = deque(maxlen=_TAKEN_BACK)  # set and key of those that count

    @property
    def sets(self) -> tuple[SetSoFar, ...]:
        """The sets of the workout so far, oldest first."""
        return self._sets

    def follow(self, repetitions: Sequence[Repetition], hold: Hold | None, now: float) -> None:
        """Take in what a session publishes; what was taken in before changes nothing.

        Args:
            repetitions: all of the session's, or the last ones; times are seconds of its streams.
            hold: the one in progress.
            now: the same for the last frame.
        """
        if repetitions is self._followed and hold is None and self._hold is None:  # as with nearly every frame
            return
        with self._following:
            with self._lock:
                new = [] if repetitions is self._followed else self._new(repetitions)
            measured = [(each, self._measured(each)) for each in new]
            with self._lock:
                for each, moved in measured:
                    self._take(each, moved, now)
                    self._know(each)
                self._follow_hold(hold, now)
                self._followed = repetitions  # only now: who sees this goes on, and after a failure all is tried again

    def skip(self, repetitions: Sequence[Repetition]) -> None:
        """Leave repetitions out that another recorder has taken in."""
        with self._lock:
            for each in repetitions[-_TAKEN_BACK:]:
                self._know(each)

    def remove_last(self) -> str | None:
        """Take the last repetition that counts back, as it was none; return the exercise, or None if there is none."""
        with self._lock:
            if self._workout is None or not self._last:
                return None
            workout, (number, key) = self._workout.key, self._last.pop()
            self.writer.put(lambda history: history.remove_repetition(workout, number, key))
            return self._change(number, by=-1).exercise

    def add_missed(self) -> str | None:
        """Add a repetition that was missed to the last set; return the exercise, or None before the first set."""
        with self._lock:
            last = next((each for each in reversed(self._sets) if each.kind == "repetitions"), None)
            if self._workout is None or last is None:
                return None
            key = f"added:{new_key()}"
            entry = RecordedRepetition(key, last.ended, status="added")
            part = RecordedSet(
                last.number, last.exercise, last.kind, last.started, last.ended, last.target, last.seconds, (entry,)
            )
            self._add(self._workout, part, Correction("added", self._wall(), last.number, key))
            return last.exercise

    def close_set(self) -> None:
        """The next repetition begins a new set."""
        with self._lock:
            self._splitter.close()

    def _know(self, repetition: Repetition) -> None:
        self._known.append(_key(repetition))
        self._latest = max(self._latest, repetition.end)

    def _new(self, repetitions: Sequence[Repetition]) -> list[Repetition]:
        """Those after the last one that is known, in their order. They need not have ended later: the first repetitions
        of a set count when it has a name, and later ones may have counted before."""
        new: list[Repetition] = []
        for each in reversed(repetitions):
            if _key(each) in self._known:
                return new[::-1]
            new.append(each)
        return [each for each in new[::-1] if each.end > self._latest]  # after a reset

    def _measured(self, repetition: Repetition) -> JointRange | None:
        try:
            return self.measure(repetition) if self.measure else None
        except Exception:  # a repetition that cannot be measured was done all the same
            _logger.exception("a repetition could not be measured")
            return None

    def _take(self, repetition: Repetition, moved: JointRange | None, now: float) -> None:
        ended = self._wall() - max(now - repetition.end, 0.0)
        self._number += 1
        entry = RecordedRepetition(
            key=f"{self._session}:{self._number}",
            ended=ended,
            duration_s=repetition.duration,
            to_turn_s=repetition.turn - repetition.start,
            range_of_motion=repetition.range_of_motion,
            joint=moved.joint if moved else "",
            degrees=round(moved.degrees, 1) if moved else None,
        )
        started = ended - repetition.duration
        workout = self._workout_at(started)
        number = self._splitter.take(repetition.exercise, repetition.start, repetition.end)
        part = RecordedSet(number, repetition.exercise, "repetitions", started, ended, self.target, 0.0, (entry,))
        self._add(workout, part)

    def _follow_hold(self, hold: Hold | None, now: float) -> None:
        before, self._hold = self._hold, None
        if before and not before[0].goes_on_in(hold):
            self._write_hold(*before, now)
            before = None
        if hold is None:
            return
        if before is None:
            self._workout_at(self._wall() - (now - hold.start))
            self._splitter.close()
            number = self._splitter.take(hold.exercise, hold.start, hold.end)
            self._splitter.close()
        else:
            number = before[1]
        self._hold = hold, number
        if before is None or now - self._hold_written >= _HOLD_EVERY_S:
            self._write_hold(hold, number, now)

    def _write_hold(self, hold: Hold, number: int, now: float) -> None:
        self._hold_written = now
        ended = self._wall() - max(now - hold.end, 0.0)
        part = RecordedSet(number, hold.exercise, "hold", ended - hold.seconds, ended, self.target, hold.seconds)
        assert self._workout is not None
        self._add(self._workout, part)

    def _workout_at(self, started: float) -> Workout:
        workout = self._workout
        if workout is None or started - workout.ended > NEW_WORKOUT_AFTER_S:
            self._splitter = SetSplitter()
            self._sets = ()
            self._last.clear()
            about = self.circumstances
            self._workout = workout = Workout(
                new_key(), started, started, about.time_zone, about.dataset, about.dataset_version, about.profile,
                about.source,
            )  # fmt: skip
        return workout

    def _add(self, workout: Workout, part: RecordedSet, made: Correction | None = None) -> None:
        if any(each.number == part.number for each in self._sets):
            self._change(part.number, by=part.count, began=part.started, ended=part.ended, seconds=part.seconds)
        else:
            begun = SetSoFar(
                part.number, part.exercise, part.kind, part.started, part.ended, part.target, part.seconds, part.count
            )
            self._sets = (*self._sets, begun)
        self._last.extend((part.number, each.key) for each in part.repetitions)
        started = min(workout.started, part.started)
        self._workout = replace(workout, started=started, ended=max(workout.ended, part.ended))
        new = replace(workout, started=started, ended=part.ended, sets=(part,), corrections=(made,) if made else ())
        self.writer.put(lambda history: history.record(new))

    def _change(self, number: int, by: int, began: float = inf, ended: float = 0.0, seconds: float = 0.0) -> SetSoFar:
        """Count more or fewer repetitions in a set, which lasts longer now; return it."""
        index = next(index for index, each in enumerate(self._sets) if each.number == number)
        known = self._sets[index]
        changed = replace(
            known,
            count=known.count + by,
            started=min(known.started, began),
            ended=max(known.ended, ended),
            seconds=max(known.seconds, seconds),
        )
        self._sets = (*self._sets[:index], changed, *self._sets[index + 1 :])
        return changed
