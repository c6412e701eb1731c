"""The database of the history: SQLite in the workspace, or PostgreSQL where `POSECOUNT_DATABASE_URL` names one."""

from __future__ import annotations

import os
import platform
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from filelock import Timeout as LockTimeout
from sqlalchemy import Column, Connection, Engine, Insert, Table, create_engine, event, inspect, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import QueuePool
from sqlalchemy.sql.dml import ReturningInsert

from posecount.errors import PosecountError
from posecount.files import lock_file, replacing

DATABASE_VARIABLE = "POSECOUNT_DATABASE_URL"
REVISION = "2"
"""The newest migration; a test compares it with `migrations/versions`."""
_MIGRATION_LOCK = 0x706F7365  # for PostgreSQL, which knows locks by number
_WAIT_S = 30
_SQLITE = (3, 35)
"""The first that tells which rows an insert has added."""
_CACHE_KIB = 256
"""Of pages that each connection to a file keeps: what is written last. SQLite's own 2,000 fill up within half an hour
of twenty-five people, and make writing a repetition no cheaper: 0.28 ms of processor time with either."""
_CLAIM_EVERY_S = 60.0
_CLAIMED_FOR_S = 180.0


class HistoryError(PosecountError):
    """The history cannot be read or written. The message says what happened and what to try."""


class Database:
    """An open database, brought to the newest revision. Threads may share it.

    Args:
        url: of SQLAlchemy, ``sqlite:///…`` or ``postgresql+psycopg://…``.

    Raises:
        HistoryError: if it cannot be reached, is damaged, or was made by a newer version.
    """

    def __init__(self, url: URL) -> None:
        self._url = url
        is_file = url.get_backend_name() == "sqlite"
        with self._in_words():
            self.engine = _file_engine(url) if is_file else create_engine(url, pool_pre_ping=True)
            file = Path(url.database) if is_file and url.database else None
            self._migrate(file)
        self._claim = file and _Claim(file)

    @classmethod
    def of_folder(cls, folder: Path) -> Database:
        """The database that the environment names; else the file ``history.db`` of a folder, made where needed."""
        return cls(configured_url() or URL.create("sqlite", database=str(folder / "history.db")))

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """One transaction: all of it is written, or nothing."""
        if self._claim:
            self._claim.renew()
        with self._in_words(), self.engine.begin() as connection:
            yield connection

    def insert_once(self, table: Table, *told: Column[Any]) -> ReturningInsert[Any] | Insert:
        """An insert that leaves a row that is there already as it is; its values are parameters.

        Args:
            table: to insert into.
            told: columns that are returned of each row that is new.
        """
        return _insert_once(table, self.engine.dialect.name, told)

    def compact(self) -> None:
        """Give back what deleted rows took, so that nothing of them stays in a file."""
        with self._in_words(), self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if connection.dialect.name == "sqlite":
                connection.execute(text("VACUUM"))
                connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))

    def close(self) -> None:
        """Close its connections, and with them the descriptors of a file; what comes later opens others."""
        self.engine.dispose()

    def _migrate(self, file: Path | None) -> None:
        if file:
            file.parent.mkdir(parents=True, exist_ok=True)
            # The first connection to a new file changes how it is written, and cannot wait for another that does.
            with lock_file(file.with_name(f".{file.name}.lock"), timeout=_WAIT_S):
                if self._revision() != REVISION:
                    with self.engine.begin() as connection:
                        self._upgrade(connection)
        elif self._revision() != REVISION:
            with self.engine.begin() as connection:
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
                self._upgrade(connection)

    def _revision(self) -> str | None:
        with self.engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()

    def _upgrade(self, connection: Connection) -> None:
        # Alembic takes a quarter of a second to import, and is needed once for each database.
        from alembic import command
        from alembic.config import Config
        from alembic.util.exc import CommandError

        config = Config()
        config.set_main_option("script_location", "posecount.history:migrations")
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise HistoryError(
                f"The history in {self._shown} was made by a newer version of posecount. Try: update posecount."
            ) from error

    @property
    def _shown(self) -> str:
        return self._url.database or "" if self._url.get_backend_name() == "sqlite" else str(self._url)  # no password

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except LockTimeout as error:
            raise HistoryError(f"The history in {self._shown} is in use by another program. Try: later.") from error
        except (SQLAlchemyError, OSError) as error:
            reason = str(getattr(error, "orig", None) or getattr(error, "strerror", None) or error).splitlines()[0]
            raise HistoryError(
                f"The history in {self._shown} could not be opened or written: {reason}. Try: free disk space, make "
                f"its folder writable, or check {DATABASE_VARIABLE}. Counting goes on without it."
            ) from error


@cache
def _insert_once(table: Table, dialect: str, told: tuple[Column[Any], ...]) -> ReturningInsert[Any] | Insert:
    kind: Any = postgresql if dialect == "postgresql" else sqlite
    insert: Insert = kind.insert(table).on_conflict_do_nothing()
    return insert.returning(*told) if told else insert


class _Claim:
    """Notes beside a file which machine uses it: SQLite cannot be shared over a network, and would be damaged.

    Raises:
        HistoryError: if another machine used it in the last minutes.
    """

    def __init__(self, file: Path) -> None:
        self._note = file.with_name(f".{file.name}.host")
        self._renewed = float("-inf")

    def renew(self) -> None:
        """Check who used it last, and note that it is this machine; at most once a minute."""
        now = time.monotonic()
        if now - self._renewed < _CLAIM_EVERY_S:
            return
        mine = platform.node()
        with suppress(OSError):  # a folder that cannot be written to is found when the file is
            if self._note.exists():
                other, age = self._note.read_text()[:200], time.time() - self._note.stat().st_mtime
                if other != mine and age < _CLAIMED_FOR_S:
                    raise HistoryError(
                        f"Another server ({other}) uses the same history, and SQLite cannot be shared. Try: set "
                        f"{DATABASE_VARIABLE} to a PostgreSQL database for all servers. Counting goes on without it."
                    )
            with replacing(self._note) as note:  # whoever reads it meanwhile must not find it empty
                note.write_text(mine)
            self._renewed = now


def configured_url() -> URL | None:
    """The database that the environment names, if any.

    Raises:
        HistoryError: if it is no PostgreSQL database, or its driver is not installed.
    """
    configured = os.environ.get(DATABASE_VARIABLE)
    if not configured:
        return None
    try:
        url = make_url(configured)
    except (ArgumentError, ValueError) as error:  # ValueError: a port that is no number
        raise HistoryError(
            f"{DATABASE_VARIABLE} is no address of a database. Try: postgresql://name:password@host/database."
        ) from error
    if url.drivername in ("postgres", "postgresql"):
        url = url.set(drivername="postgresql+psycopg")
    if url.drivername != "postgresql+psycopg":
        raise HistoryError(
            f"{DATABASE_VARIABLE} names {url.drivername}, but only PostgreSQL can be named there. "
            "Try: postgresql://name:password@host/database."
        )
    try:
        import psycopg  # noqa: F401 - only its presence matters
    except ImportError as error:
        raise HistoryError(
            'PostgreSQL needs a driver that is not installed. Try: pip install "posecount[postgres]".'
        ) from error
    return url


def _file_engine(url: URL) -> Engine:
    if sqlite3.sqlite_version_info < _SQLITE:
        least = ".".join(map(str, _SQLITE))
        raise HistoryError(
            f"The history needs SQLite {least}, and this Python has {sqlite3.sqlite_version}. Try: another Python, or "
            f"a PostgreSQL database in {DATABASE_VARIABLE}."
        )
    # One connection is kept: opening and closing a file, which copies its log, doubles what writing a repetition costs.
    engine = create_engine(url, poolclass=QueuePool, pool_size=1, max_overflow=-1, connect_args={"timeout": _WAIT_S})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA journal_mode = WAL")  # readers do not wait for a writer
        connection.execute("PRAGMA synchronous = NORMAL")  # what is written survives the death of the process
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")

    return engine
