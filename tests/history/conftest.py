"""Fixtures: histories in SQLite and in a real PostgreSQL."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import URL, make_url

from posecount.history.database import Database
from posecount.history.history import History


def _program(name: str) -> str | None:
    """A program of PostgreSQL, which Debian keeps out of the path."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else shutil.which(name)


@pytest.fixture(scope="session")
def postgres() -> Iterator[URL]:
    """A PostgreSQL of the test's own, without files that outlive it."""
    initdb, server = _program("initdb"), _program("postgres")
    if not initdb or not server:
        pytest.skip("PostgreSQL is not installed (Debian's package postgresql)")
    with tempfile.TemporaryDirectory(prefix="posecount-postgres-", ignore_cleanup_errors=True) as folder:
        # It refuses to run as root, so that a person's mistake in SQL is not one of the machine's.
        switch = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
        if switch:
            shutil.chown(folder, "postgres", "postgres")
        data = f"{folder}/data"
        subprocess.run(
            [*switch, initdb, "-D", data, "-A", "trust", "-U", "tester", "--no-sync", "-E", "UTF8", "--locale=C"],
            check=True, capture_output=True, cwd=folder,
        )  # fmt: skip
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        process = subprocess.Popen(
            [*switch, server, "-D", data, "-p", str(port), "-k", folder, "-h", "127.0.0.1", "-F"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=folder,
        )  # fmt: skip
        assert process.stderr is not None
        for line in process.stderr:
            if "ready to accept connections" in line:
                break
        yield make_url(f"postgresql+psycopg://tester@127.0.0.1:{port}/postgres")
        process.terminate()
        process.stderr.close()
        process.wait()


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database of each kind."""
    if request.param == "sqlite":
        opened = Database(URL.create("sqlite", database=str(tmp_path / "history.db")))
    else:
        opened = Database(request.getfixturevalue("postgres"))
    yield opened
    if request.param == "postgres":
        from sqlalchemy import text

        with opened.begin() as connection:
            connection.execute(text("TRUNCATE workouts, sets, repetitions, corrections, changes, plans"))
    opened.close()


@pytest.fixture
def history(database: Database) -> History:
    """An empty history in each kind of database."""
    return History(database, now=lambda: 1_800_000_000.0)
