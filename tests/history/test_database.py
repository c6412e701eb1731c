"""A database is brought to the newest revision, once, and what is wrong with it is said in words."""

from __future__ import annotations

import os
import platform
import sqlite3
import threading
import time
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection

from posecount.history.database import DATABASE_VARIABLE, REVISION, Database, HistoryError, configured_url
from posecount.history.history import History
from posecount.history.records import RecordedRepetition
from posecount.history.schema import metadata
from tests.history.made import NOON, workout


def test_migrations_make_the_tables_that_the_schema_describes(database: Database) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with database.begin() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == REVISION


def test_a_history_of_the_revision_before_is_kept_and_takes_what_is_new(tmp_path: Path) -> None:
    History(Database.of_folder(tmp_path)).record(workout(squats=3))
    with sqlite3.connect(tmp_path / "history.db") as connection:
        for column in ("joint", "degrees"):
            connection.execute(f"ALTER TABLE repetitions DROP COLUMN {column}")
        connection.execute("UPDATE alembic_version SET version_num = '1'")
    history = History(Database.of_folder(tmp_path))
    assert [each.joint for each in history.workouts()[0].sets[0].repetitions] == [""] * 3
    moved = RecordedRepetition("new", NOON + 60, 2.0, 1.0, 0.9, joint="knee", degrees=104.5)
    done = workout(squats=3)
    history.record(replace(done, sets=(replace(done.sets[0], repetitions=(moved,)),)))
    assert history.workouts()[0].sets[0].repetitions[-1] == moved


def test_a_python_whose_sqlite_is_too_old_is_said_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    with pytest.raises(HistoryError, match=r"needs SQLite 3\.35.*Try:"):
        Database.of_folder(tmp_path)


def test_a_repetition_is_written_with_the_same_work_however_long_its_set_is(tmp_path: Path) -> None:
    database = Database.of_folder(tmp_path)
    steps: list[int] = []
    done, history = workout(squats=1000), History(database)
    (whole,) = done.sets

    def record(first: int, last: int) -> int:
        """The instructions of SQLite's machine that it takes."""
        steps.clear()
        history.record(replace(done, sets=(replace(whole, repetitions=whole.repetitions[first:last]),)))
        return len(steps)

    @event.listens_for(database.engine, "checkout")
    def count(connection: DBAPIConnection, *_: object) -> None:
        connection.set_progress_handler(lambda: steps.append(1), 1)

    record(0, 1)
    second, _, last = record(1, 2), record(2, 999), record(999, 1000)
    assert 0 < second <= last < 1.1 * second
    assert history.summaries()[0].exercises["squats"].count == 1000


def test_a_connection_to_a_file_keeps_little_of_it_in_memory(tmp_path: Path) -> None:
    with Database.of_folder(tmp_path).begin() as connection:
        assert connection.execute(text("PRAGMA cache_size")).scalar() == -256


def test_the_newest_revision_is_the_one_that_the_code_knows() -> None:
    from alembic.script import ScriptDirectory

    assert ScriptDirectory(str(files("posecount.history") / "migrations")).get_current_head() == REVISION


def test_several_that_open_a_new_database_at_once_all_can(tmp_path: Path) -> None:
    problems: list[Exception] = []

    def work() -> None:
        try:
            Database.of_folder(tmp_path / "new").close()
        except Exception as problem:  # noqa: BLE001 - any of them fails the test
            problems.append(problem)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []


def test_a_database_of_a_newer_version_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    Database.of_folder(tmp_path).close()
    with sqlite3.connect(tmp_path / "history.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '999'")
    with pytest.raises(HistoryError, match="newer version"):
        Database.of_folder(tmp_path)
    with sqlite3.connect(tmp_path / "history.db") as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("999",)


@pytest.mark.parametrize("content", [b"no database at all, but long enough to be read" * 30, None])
def test_a_file_or_folder_that_is_no_database_is_named_with_what_to_try(tmp_path: Path, content: bytes | None) -> None:
    place = tmp_path / "history.db"
    place.mkdir() if content is None else place.write_bytes(content)
    with pytest.raises(HistoryError, match=r"history\.db could not be opened.*Try"):
        Database.of_folder(tmp_path)
    assert content is None or place.read_bytes() == content


def test_an_unreachable_server_is_named_without_its_password(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(DATABASE_VARIABLE, "postgresql://me:secret@127.0.0.1:1/none")
    with pytest.raises(HistoryError) as caught:
        Database.of_folder(tmp_path)
    assert "127.0.0.1" in str(caught.value) and "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "address", ["nonsense", "mysql://x/y", "sqlite:////tmp/x.db", "postgresql://host:port/x", "http://[::1"]
)
def test_an_address_of_another_kind_is_refused_in_words(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv(DATABASE_VARIABLE, address)
    with pytest.raises(HistoryError, match="Try: postgresql://"):
        configured_url()


def test_a_password_in_an_address_needs_no_other_spelling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATABASE_VARIABLE, "postgres://me:secret@host/base")
    assert configured_url() == URL.create("postgresql+psycopg", "me", "secret", "host", database="base")


def test_a_file_that_another_machine_uses_is_refused_until_it_stops(tmp_path: Path) -> None:
    note = tmp_path / ".history.db.host"
    note.write_text("another-pod")
    shared = Database.of_folder(tmp_path)
    with pytest.raises(HistoryError, match=r"another-pod.*Try: set POSECOUNT_DATABASE_URL"), shared.begin():
        pass
    long_ago = time.time() - 600
    os.utime(note, (long_ago, long_ago))
    before = note.stat().st_ino
    with shared.begin():
        pass
    assert note.read_text() == platform.node()
    assert note.stat().st_ino != before, "it is replaced: who reads it meanwhile must not find it empty"
