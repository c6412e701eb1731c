"""Jobs: work in a thread that can be watched, cancelled and kept waiting for its turn."""

import threading
import time

import pytest

from posecount.errors import PosecountError
from posecount.jobs import Job, Turns


def finished(job: Job[str]) -> Job[str]:
    job.wait(30)
    assert not job.running
    return job


def test_a_job_gives_what_its_work_returns() -> None:
    job = finished(Job(lambda cancelled: "done"))
    assert (job.result, job.error, job.cancelled) == ("done", None, False)


def test_cancelling_is_told_to_the_work_which_decides_what_to_return() -> None:
    def work(cancelled: threading.Event) -> str:
        assert cancelled.wait(30)
        return "a part"

    job = Job(work)
    assert job.running and job.result is None
    job.cancel()
    assert finished(job).result == "a part" and job.cancelled


def test_a_foreseen_error_is_shown_as_it_is() -> None:
    def work(cancelled: threading.Event) -> str:
        raise PosecountError("The file is gone. Try: copy it again.")

    assert finished(Job(work, after_surprise="unused")).error == "The file is gone. Try: copy it again."


def test_an_unforeseen_error_is_logged_and_says_what_to_try(caplog: pytest.LogCaptureFixture) -> None:
    def work(cancelled: threading.Event) -> str:
        raise ZeroDivisionError("division by zero")

    job = finished(Job(work, name="counting", after_surprise="Try: again."))
    assert job.error == "Something unexpected went wrong: division by zero. Try: again."
    assert job.result is None and "counting failed" in caplog.text


class Working:
    """Jobs that hold their turn until they are told to end."""

    def __init__(self, at_once: int) -> None:
        self.turns = Turns(at_once)
        self.begun: list[str] = []
        self._began = threading.Condition()

    def start(self, name: str, go_on: threading.Event) -> Job[str]:
        def work(cancelled: threading.Event) -> str:
            with self.turns.turn(cancelled) as granted:
                if not granted:
                    return "never began"
                with self._began:
                    self.begun.append(name)
                    self._began.notify_all()
                go_on.wait(30)
                return "done"

        return Job(work, name=name)

    def wait_for(self, names: list[str]) -> None:
        with self._began:
            assert self._began.wait_for(lambda: self.begun == names, 30), self.begun


def test_as_many_work_at_once_as_there_are_turns_and_the_others_follow_in_order() -> None:
    working = Working(2)
    ends = [threading.Event() for _ in range(4)]
    jobs = []
    for number, end in enumerate(ends):
        jobs.append(working.start(f"{number}", end))
        working.wait_for([f"{each}" for each in range(min(number + 1, 2))])
        while number >= 2 and len(working.turns._waiting) < number - 1:
            time.sleep(0.01)  # it queues before the next one does
    ends[1].set()
    working.wait_for(["0", "1", "2"])
    ends[0].set()
    working.wait_for(["0", "1", "2", "3"])
    for end in ends:
        end.set()
    assert [finished(job).result for job in jobs] == ["done"] * 4


def test_a_job_that_is_cancelled_while_it_waits_never_begins_and_blocks_no_other() -> None:
    working = Working(1)
    first_end, end = threading.Event(), threading.Event()
    end.set()
    first = working.start("first", first_end)
    working.wait_for(["first"])
    second = working.start("second", end)
    second.cancel()
    assert finished(second).result == "never began"
    third = working.start("third", end)
    first_end.set()
    assert [finished(job).result for job in (first, third)] == ["done", "done"]
    assert working.begun == ["first", "third"]
