"""Several replicas and tabs write to one database at once: nothing is doubled, and nothing lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.engine import URL

from posecount.history.database import Database
from posecount.history.history import History
from posecount.history.records import Workout
from posecount.history.writer import HistoryWriter
from tests.history.made import NOON, workout

_MANY = 30


@pytest.fixture
def other(database: Database) -> Iterator[Database]:
    """The same database, as another replica opens it."""
    opened = Database(database.engine.url)
    yield opened
    opened.close()


def parts(done: Workout) -> list[Workout]:
    """What a recorder writes of a workout with one set: a repetition at a time."""
    (whole,) = done.sets
    return [
        replace(done, sets=(replace(whole, repetitions=(each,), ended=each.ended),), ended=each.ended)
        for each in whole.repetitions
    ]


def at_once(*jobs: Callable[[], object]) -> None:
    problems: list[Exception] = []
    ready = threading.Barrier(len(jobs))

    def work(job: Callable[[], object]) -> None:
        ready.wait()
        try:
            job()
        except Exception as problem:  # noqa: BLE001 - any of them fails the test
            problems.append(problem)

    threads = [threading.Thread(target=work, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []


def test_two_that_write_one_workout_at_once_neither_double_nor_lose_a_repetition(
    database: Database, other: Database
) -> None:
    done = workout(squats=_MANY)
    first, second = parts(done)[::2], parts(done)[1::2]

    def write(history: History, those: list[Workout]) -> None:
        for each in [*those, *those[-3:]]:  # some come twice, as after a lost connection
            history.record(each)

    at_once(lambda: write(History(database), first), lambda: write(History(other), second))
    history = History(other)
    assert history.workouts() == [done]
    assert history.summaries()[0].exercises["squats"].count == _MANY, "the count that lists show"


def test_two_that_write_the_last_repetitions_of_a_set_at_the_same_moment_leave_the_right_count(
    database: Database, other: Database
) -> None:
    histories = History(database), History(other)
    for number in range(25):
        first, *pair = parts(workout(f"w{number}", NOON + 9000 * number, squats=3))
        histories[0].record(first)
        at_once(*(
            lambda history=history, part=part: history.record(part)
            for history, part in zip(histories, pair, strict=True)
        ))  # fmt: skip
    assert [each.exercises["squats"].count for each in histories[0].summaries()] == [3] * 25


def test_two_tabs_that_import_the_same_at_once_have_it_once(database: Database, other: Database) -> None:
    from posecount.history.exchange import to_json

    exported = to_json([workout(f"w{number}", NOON + 9000 * number) for number in range(5)])
    at_once(*(lambda one=one: History(one).import_json(exported) for one in (database, other)))
    assert [each.exercises["squats"].count for each in History(database).summaries()] == [8] * 5


def test_connections_that_are_cut_again_and_again_lose_nothing_of_two_replicas(postgres: URL) -> None:
    databases = [Database(postgres) for _ in range(3)]
    writers = [HistoryWriter(History(each), retry_s=0.02) for each in databases[:2]]
    done = [workout(f"replica-{number}", NOON + 9000 * number, squats=_MANY) for number in range(2)]
    for index in range(_MANY):
        for writer, each in zip(writers, done, strict=True):
            part = parts(each)[index]
            writer.put(lambda history, part=part: history.record(part))  # type: ignore[misc]
        if index % 5 == 0:
            with databases[2].begin() as connection:
                cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                connection.execute(text(f"{cut} AND datname = current_database() AND backend_type = 'client backend'"))
    assert all(writer.flush(30) for writer in writers)
    history = History(databases[2])
    assert history.workouts() == done
    assert [each.exercises["squats"].count for each in history.summaries()] == [_MANY] * 2
    history.delete_everything()
    for writer in writers:
        writer.close()
    for opened in databases:
        opened.close()
