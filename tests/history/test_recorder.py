"""What a session counts is written as it happens, once, and nothing waits for the database."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from posecount.counting.holds import Hold
from posecount.counting.joints import JointRange
from posecount.counting.repetitions import Repetition
from posecount.history.database import Database, HistoryError
from posecount.history.history import History
from posecount.history.recorder import NEW_WORKOUT_AFTER_S, Circumstances, WorkoutRecorder
from posecount.history.writer import HistoryWriter
from tests.history.made import NOON


class Clock:
    """Wall time that a test sets."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[HistoryWriter]:
    made = HistoryWriter(History(Database.of_folder(tmp_path)), retry_s=0.01)
    yield made
    made.close()


def repetition(end: float, exercise: str = "squats", duration: float = 2.0) -> Repetition:
    return Repetition(exercise, end - duration, end - duration / 2, end, 10.0, 0.9)


def test_sets_follow_the_pauses_and_carry_wall_times(writer: HistoryWriter, clock: Clock) -> None:
    recorder = WorkoutRecorder(writer, Circumstances("Europe/Berlin", "starter", "v1", "robust"), clock)
    counted: list[Repetition] = []
    for end in (2.0, 4.0, 6.0, 30.0, 32.0):
        clock.now = NOON + end + 0.25
        counted.append(repetition(end))
        for _ in range(2):
            recorder.follow(tuple(counted), None, end + 0.25)  # shown a quarter of a second late
    writer.flush()
    (done,) = writer.history.workouts()
    assert [(each.number, each.count) for each in done.sets] == [(1, 3), (2, 2)]
    assert (done.started, done.ended) == (NOON, NOON + 32)
    assert done.sets[1].started - done.sets[0].ended == 22
    assert [(each.number, each.count, each.started, each.ended) for each in recorder.sets] == [
        (each.number, each.count, each.started, each.ended) for each in done.sets
    ]


def test_an_hour_without_a_repetition_begins_another_workout(writer: HistoryWriter, clock: Clock) -> None:
    recorder = WorkoutRecorder(writer, Circumstances(), clock)
    for moment in (0.0, NEW_WORKOUT_AFTER_S + 10):
        clock.now = NOON + moment
        recorder.follow((repetition(moment + 5),), None, moment + 5)
    writer.flush()
    assert [len(each.sets) for each in writer.history.workouts()] == [1, 1]


def test_corrections_change_the_count_and_stay_in_the_record(writer: HistoryWriter, clock: Clock) -> None:
    recorder = WorkoutRecorder(writer, Circumstances(), clock)
    assert recorder.remove_last() is None and recorder.add_missed() is None
    for end in (2.0, 4.0, 6.0):
        recorder.follow((repetition(end),), None, end)
    removed = recorder.remove_last()
    assert removed is not None and recorder.add_missed() == "squats"
    assert recorder.add_missed() == "squats"
    recorder.remove_last()  # one of those added
    writer.flush()
    (done,) = writer.history.workouts()
    assert (done.sets[0].counted, done.sets[0].count) == (3, 3)
    assert recorder.sets[0].count == 3


def test_what_is_kept_of_a_workout_does_not_grow_with_its_repetitions(clock: Clock) -> None:
    class NoWriter:
        def put(self, job: object) -> None:
            pass

    recorder = WorkoutRecorder(NoWriter(), Circumstances(), clock)  # type: ignore[arg-type]
    sizes = []
    tracemalloc.start()
    for number in range(1, 501):
        recorder.follow((repetition(2.0 * number),), None, 2.0 * number)
        if number in (200, 500):
            gc.collect()
            sizes.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert recorder.sets[0].count == 500
    assert sizes[1] - sizes[0] < 300 * 20, "bytes more, after 300 repetitions more"


def test_a_hold_is_a_set_of_its_own_and_is_written_while_it_lasts(writer: HistoryWriter, clock: Clock) -> None:
    recorder = WorkoutRecorder(writer, Circumstances(), clock)
    for begin in (0.0, 22.0):
        for second in range(21):
            clock.now = NOON + begin + second
            recorder.follow((), Hold("planks", begin, begin + second), begin + second)
            if second == 11 and begin == 0:
                writer.flush()
                assert 8 < writer.history.workouts()[0].sets[0].seconds <= 11
        recorder.follow((), None, begin + 21)
    writer.flush()
    (done,) = writer.history.workouts()
    assert [(each.kind, each.seconds) for each in done.sets] == [("hold", 20.0), ("hold", 20.0)]


def test_two_exercises_that_end_with_the_same_frame_are_both_taken_in(writer: HistoryWriter, clock: Clock) -> None:
    recorder = WorkoutRecorder(writer, Circumstances(), clock)
    both = (repetition(2.0), repetition(2.0, "lunges"))
    recorder.follow(both, None, 2.0)
    recorder.follow((*both, repetition(4.0)), None, 4.0)
    recorder.follow((), None, 5.0)  # a reset of the counts
    recorder.follow(both, None, 6.0)  # and its undoing
    writer.flush()
    assert sum(each.count for each in writer.history.workouts()[0].sets) == 3


def test_what_is_published_again_with_the_next_frame_is_taken_in_once(writer: HistoryWriter, clock: Clock) -> None:
    recorder = WorkoutRecorder(writer, Circumstances(), clock)
    published = (repetition(2.0), repetition(4.0))
    recorder.follow(published, None, 4.0)
    recorder.follow(published, None, 4.1)
    recorder.follow(published, Hold("planks", 4.2, 4.2), 4.2)
    recorder.follow(published, None, 4.3)
    writer.flush()
    assert [each.count for each in writer.history.workouts()[0].sets if each.kind == "repetitions"] == [2]


def test_repetitions_that_count_late_are_taken_in_once_beside_later_ones(writer: HistoryWriter, clock: Clock) -> None:
    recorder = WorkoutRecorder(writer, Circumstances(), clock)
    seen, late = (repetition(10.0), repetition(12.0)), (repetition(6.0), repetition(8.0))  # the set has a name by now
    recorder.follow(seen, None, 12.0)
    recorder.follow((*seen, *late), None, 12.5)
    recorder.follow((*seen, *late, repetition(14.0)), None, 14.0)
    writer.flush()
    (workout,) = writer.history.workouts()
    (done,) = workout.sets
    assert done.count == len(done.repetitions) == 5
    assert (workout.started, workout.ended) == (done.started, done.ended)
    recorder.follow(seen, None, 14.1)  # of a thread that is behind
    (shown,) = recorder.sets
    assert shown.count == 5 and shown.started == done.started < done.ended == shown.ended
    recorder.follow((), None, 15.0)
    recorder.follow((repetition(16.0),), None, 16.0)
    writer.flush()
    assert writer.history.workouts()[0].sets[0].count == 6, "counts that were reset go on"


def test_what_could_not_be_taken_in_is_tried_again_with_the_next_frame(writer: HistoryWriter, clock: Clock) -> None:
    failures = [OSError("The clock is gone.")]

    def wall() -> float:
        if failures:
            raise failures.pop()
        return clock()

    recorder = WorkoutRecorder(writer, Circumstances(), wall)
    published = (repetition(2.0), repetition(4.0))
    with pytest.raises(OSError, match="clock"):
        recorder.follow(published, None, 4.0)
    recorder.follow(published, None, 4.1)
    writer.flush()
    assert writer.history.workouts()[0].sets[0].count == 2


def test_a_repetition_that_cannot_be_measured_is_recorded_like_the_others(writer: HistoryWriter, clock: Clock) -> None:
    recorder = WorkoutRecorder(writer, Circumstances(), clock)

    def measure(each: Repetition) -> JointRange:
        if each.end < 3:
            raise RuntimeError("no poses")
        return JointRange("knee", 90.0)

    recorder.measure = measure
    recorder.follow((repetition(2.0), repetition(4.0)), None, 4.0)
    writer.flush()
    assert [each.degrees for each in writer.history.workouts()[0].sets[0].repetitions] == [None, 90.0]


def test_a_session_that_closes_a_set_does_not_wait_for_a_measurement_that_waits_for_the_session(
    writer: HistoryWriter, clock: Clock
) -> None:
    recorder = WorkoutRecorder(writer, Circumstances(), clock)
    frame = threading.Thread(target=recorder.close_set, daemon=True)  # as within the next frame of the session
    waits: list[bool] = []

    def measure(_: Repetition) -> None:
        frame.start()
        frame.join(10)
        waits.append(frame.is_alive())

    recorder.measure = measure
    recorder.follow((repetition(2.0),), None, 2.0)
    assert waits == [False]


def test_what_another_recorder_has_taken_in_is_left_out(writer: HistoryWriter, clock: Clock) -> None:
    recorder = WorkoutRecorder(writer, Circumstances(), clock)
    recorder.skip([repetition(2.0)])
    recorder.follow((repetition(2.0), repetition(4.0)), None, 4.0)
    writer.flush()
    assert writer.history.workouts()[0].sets[0].count == 1


def test_what_cannot_be_written_now_is_written_later_in_order(tmp_path: Path, clock: Clock) -> None:
    class Broken(History):
        works = threading.Event()

        def record(self, workout) -> None:  # type: ignore[no-untyped-def]
            if not self.works.is_set():
                raise HistoryError("The disk is full.")
            super().record(workout)

    writer = HistoryWriter(Broken(Database.of_folder(tmp_path)), retry_s=0.01)
    recorder = WorkoutRecorder(writer, Circumstances(), clock)
    for end in (2.0, 4.0, 6.0):
        recorder.follow((repetition(end),), None, end)  # returns at once
    while writer.problem is None:
        pass
    assert writer.problem == "The disk is full."
    Broken.works.set()
    writer.flush()
    assert writer.problem is None
    assert writer.history.workouts()[0].sets[0].count == 3
    writer.close()


KILLED = """
import sys
from pathlib import Path
from posecount.counting.repetitions import Repetition
from posecount.history.database import Database
from posecount.history.history import History
from posecount.history.recorder import Circumstances, WorkoutRecorder
from posecount.history.writer import HistoryWriter

writer = HistoryWriter(History(Database.of_folder(Path(sys.argv[1]))))
recorder = WorkoutRecorder(writer, Circumstances())
for number in range(1, 8):
    done = Repetition("squats", number - 1.0, number - 0.5, float(number), 10.0)
    recorder.follow((done,), None, float(number))
    writer.flush()
    print(number, flush=True)
sys.stdin.read()
"""


def test_after_kill_9_in_the_middle_of_a_set_all_that_was_counted_is_there(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.strip() == "7":
                break
        os.kill(process.pid, signal.SIGKILL)
    (done,) = History(Database.of_folder(tmp_path)).workouts()
    assert done.sets[0].count == 7
