"""WorkoutRecorder: the repetitions of one live session, written to the history as they happen."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from posecount.counting.repetitions import Repetition
from posecount.history.database import HistoryError
from posecount.history.history import History
from posecount.history.records import Correction, RecordedRepetition, RecordedSet, Source, Workout, new_key, taken_back
from posecount.history.sets import SetSplitter

NEW_WORKOUT_AFTER_S = 3600.0
"""A repetition that comes later than this after the last one begins a new workout."""
_WAITING_MOST = 10_000
"""Repetitions that wait for a database that cannot be written; more than an hour of the fastest ones."""
_RETRY_S = 2.0

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


class HistoryWriter:
    """Writes on a thread of its own, so that no frame waits for a database. What cannot be written now is kept.

    Args:
        history: where to write.
        retry_s: seconds between attempts while the database cannot be written.
    """

    def __init__(self, history: History, retry_s: float = _RETRY_S) -> None:
        self.history = history
        self._retry_s = retry_s
        self._jobs: queue.Queue[Callable[[History], object] | None] = queue.Queue(_WAITING_MOST)
        self._problem: str | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="history", daemon=True)
        self._thread.start()

    @property
    def problem(self) -> str | None:
        """Why nothing can be written at the moment, in words; None where all is well."""
        return self._problem

    def put(self, job: Callable[[History], object]) -> None:
        """Have something written; never waits. If too much waits already, this one is lost, and `problem` says so."""
        try:
            self._jobs.put_nowait(job)
        except queue.Full:
            self._problem = "The history could not be written for so long that new repetitions are not kept."

    def flush(self) -> None:
        """Wait until all that was put is written, or given up."""
        self._jobs.join()

    def close(self, within_s: float = 5.0) -> None:
        """Write what waits, and end the thread; give up after a while."""
        self._stopping.set()
        self._jobs.put(None)
        self._thread.join(within_s)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            while True:
                try:
                    job(self.history)
                    self._problem = None
                    break
                except HistoryError as error:
                    self._problem = str(error)
                    _logger.warning("%s", error)
                    if self._stopping.wait(self._retry_s):
                        break
                except Exception:  # one entry that cannot be written must not keep the next from being written
                    _logger.exception("an entry of the history could not be written")
                    break
            self._jobs.task_done()
        self._jobs.task_done()


class WorkoutRecorder:
    """Splits a session's repetitions into sets and workouts, and hands each to a writer once it has ended.

    Not thread-safe: the session's lock guards it.

    Args:
        writer: takes what is to be written.
        circumstances: what the session counts with at the beginning.
        wall: seconds since 1970, UTC.
    """

    def __init__(
        self, writer: HistoryWriter, circumstances: Circumstances, wall: Callable[[], float] = time.time
    ) -> None:
        self.circumstances = circumstances
        self._writer = writer
        self._wall = wall
        self._session = new_key()
        self._number = 0  # of the repetition: two of two exercises may end with the same frame
        self._splitter = SetSplitter()
        self._workout: Workout | None = None

    @property
    def workout(self) -> Workout | None:
        """The workout so far, with all its sets; None before the first repetition."""
        return self._workout

    def take(self, repetition: Repetition, now: float, target: int | None = None) -> None:
        """Take in a repetition that has just been counted.

        Args:
            repetition: its times are seconds of the session's streams.
            now: the same for the frame that completed it.
            target: how many a plan asks for in this set.
        """
        ended = self._wall() - max(now - repetition.end, 0.0)
        self._number += 1
        entry = RecordedRepetition(
            key=f"{self._session}:{self._number}",
            ended=ended,
            duration_s=repetition.duration,
            to_turn_s=repetition.turn - repetition.start,
            range_of_motion=repetition.range_of_motion,
        )
        workout = self._workout_at(ended - repetition.duration)
        number = self._splitter.take(repetition.exercise, repetition.start, repetition.end)
        part = RecordedSet(
            number, repetition.exercise, "repetitions", ended - repetition.duration, ended, target, 0.0, (entry,)
        )
        self._add(workout, part)

    def take_hold(self, exercise: str, start: float, end: float, now: float, target: int | None = None) -> None:
        """Take in a hold that has just ended; as `take`."""
        ended = self._wall() - max(now - end, 0.0)
        workout = self._workout_at(ended - (end - start))
        self._splitter.close()
        number = self._splitter.take(exercise, start, end)
        self._splitter.close()
        self._add(workout, RecordedSet(number, exercise, "hold", ended - (end - start), ended, target, end - start))

    def remove_last(self) -> RecordedRepetition | None:
        """Take the last repetition that counts back, as it was none; return it, or None if there is none."""
        for each in reversed(self._workout.sets if self._workout else ()):
            for index in reversed(range(len(each.repetitions))):
                if each.repetitions[index].status != "removed":
                    return self._remove(each, index)
        return None

    def add_missed(self) -> str | None:
        """Add a repetition that was missed to the last set; return the exercise, or None before the first set."""
        if self._workout is None or not self._workout.sets:
            return None
        last = self._workout.sets[-1]
        key, now = f"added:{new_key()}", self._wall()
        entry = RecordedRepetition(key, last.ended, status="added")
        made = Correction("added", now, last.number, key)
        self._add(replace(self._workout, corrections=()), replace(last, repetitions=(entry,)), made)
        return last.exercise

    def close_set(self) -> None:
        """The next repetition begins a new set."""
        self._splitter.close()

    def _remove(self, each: RecordedSet, index: int) -> RecordedRepetition:
        assert self._workout is not None
        key, repetition, number = self._workout.key, each.repetitions[index], each.number
        kept = list(each.repetitions)
        kept[index : index + 1] = taken_back(repetition)
        self._replace_set(replace(each, repetitions=tuple(kept)))
        made = Correction("removed", self._wall(), number, repetition.key)
        self._workout = replace(self._workout, corrections=(*self._workout.corrections, made))
        self._writer.put(lambda history: history.remove_repetition(key, number, repetition.key))
        return repetition

    def _workout_at(self, started: float) -> Workout:
        workout = self._workout
        if workout is None or started - workout.ended > NEW_WORKOUT_AFTER_S:
            self._splitter = SetSplitter()
            about = self.circumstances
            self._workout = workout = Workout(
                new_key(), started, started, about.time_zone, about.dataset, about.dataset_version, about.profile,
                about.source,
            )  # fmt: skip
        return workout

    def _add(self, workout: Workout, part: RecordedSet, made: Correction | None = None) -> None:
        assert self._workout is not None
        known = next((each for each in self._workout.sets if each.number == part.number), None)
        if known is None:
            self._workout = replace(self._workout, sets=(*self._workout.sets, part))
        else:
            repetitions = known.repetitions + part.repetitions
            self._replace_set(replace(known, ended=max(known.ended, part.ended), repetitions=repetitions))
        self._workout = replace(self._workout, ended=max(self._workout.ended, part.ended))
        if made:
            self._workout = replace(self._workout, corrections=(*self._workout.corrections, made))
        new = replace(workout, ended=part.ended, sets=(part,), corrections=(made,) if made else ())
        self._writer.put(lambda history: history.record(new))

    def _replace_set(self, changed: RecordedSet) -> None:
        assert self._workout is not None
        parts = tuple(changed if each.number == changed.number else each for each in self._workout.sets)
        self._workout = replace(self._workout, sets=parts)
