"""The tables of a journal, and the check that a file which claims to be one is intact and harmless.

A dataset may come from anybody, and so may its journal: a trigger or a view in it would run within our own edits.
"""

from __future__ import annotations

import sqlite3

import numpy as np

from posecount.datasets.csv_rows import VALUE_COUNT

_SCHEMA = """
BEGIN;
CREATE TABLE samples (
    id INTEGER PRIMARY KEY,  -- also the order of rows in a CSV file, so that undo restores the same bytes
    place TEXT NOT NULL, class TEXT NOT NULL, name TEXT NOT NULL, kept INTEGER NOT NULL, image INTEGER NOT NULL,
    reason TEXT NOT NULL,    -- why it is in the bin
    landmarks BLOB NOT NULL, -- float32 (33, 3)
    text TEXT NOT NULL,      -- the numbers as they stand in the CSV file
    visibility BLOB,         -- float32 (33,), where known
    digest TEXT,             -- sha256 of the image's file
    source TEXT              -- sha256 of the file it was made from
);
CREATE UNIQUE INDEX one_row_per_image ON samples (class, name) WHERE place = 'dataset';
CREATE INDEX by_digest ON samples (digest);
CREATE INDEX by_source ON samples (source);
CREATE TABLE files (class TEXT PRIMARY KEY, stamp TEXT NOT NULL);  -- CSV files as last written or read
CREATE TABLE actions (id INTEGER PRIMARY KEY, time REAL NOT NULL, kind TEXT NOT NULL, words TEXT NOT NULL,
    undoes INTEGER, run TEXT);
CREATE TABLE changes (action INTEGER NOT NULL, sample INTEGER NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL);
CREATE INDEX by_action ON changes (action);
CREATE TABLE renames (id INTEGER PRIMARY KEY, source TEXT NOT NULL, target TEXT);
CREATE TABLE rejected (digest TEXT PRIMARY KEY, class TEXT NOT NULL, name TEXT NOT NULL, outcome TEXT NOT NULL,
    reason TEXT NOT NULL, thumbnail BLOB);
CREATE TABLE counters (version INTEGER NOT NULL, birth TEXT NOT NULL);
INSERT INTO counters VALUES (0, lower(hex(randomblob(6))));
COMMIT;
"""
# Not in the journals of posecount 0.1: the classes whose CSV file lacks the samples from an id on, and the turning
# points that an action has changed (NULL where the dataset says none).
_ADDED = (
    "CREATE TABLE IF NOT EXISTS unwritten (class TEXT PRIMARY KEY, since INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS targets (action INTEGER NOT NULL, exercise TEXT NOT NULL, before TEXT, after TEXT)",
)
_TABLES = frozenset({"samples", "files", "actions", "changes", "renames", "rejected", "counters"})
_HARMLESS = _TABLES | {"unwritten", "targets", "one_row_per_image", "by_digest", "by_source", "by_action"}

SOUND = {
    "samples": f"""place IN ('dataset', 'bin', 'nowhere') AND typeof(class) = 'text' AND typeof(name) = 'text'
        AND kept IN (0, 1) AND image IN (0, 1) AND typeof(reason) = 'text'
        AND typeof(landmarks) = 'blob' AND length(landmarks) = {4 * VALUE_COUNT} AND finite(landmarks)
        AND typeof(text) = 'text' AND length(text) = length(CAST(text AS BLOB)) AND text NOT GLOB '*[^0-9.,+eE-]*'
        AND typeof(visibility) IN ('blob', 'null') AND coalesce(length(visibility) = {4 * VALUE_COUNT // 3}, 1)
        AND typeof(digest) IN ('text', 'null') AND typeof(source) IN ('text', 'null')""",
    "changes": """typeof(sample) = 'integer' AND json_valid(before) AND json_valid(after)
        AND json_array_length(before) = 6 AND json_array_length(after) = 6""",
    "actions": "time BETWEEN 0 AND 1e11 AND typeof(kind) = 'text' AND typeof(words) = 'text'",
    "files": "typeof(class) = 'text' AND typeof(stamp) = 'text'",
    "renames": "typeof(source) = 'text' AND typeof(target) IN ('text', 'null')",
    "rejected": """typeof(digest) = 'text' AND typeof(class) = 'text' AND typeof(name) = 'text'
        AND typeof(outcome) = 'text' AND typeof(reason) = 'text' AND typeof(thumbnail) IN ('blob', 'null')""",
    "unwritten": "typeof(class) = 'text' AND typeof(since) = 'integer'",
    "targets": """typeof(action) = 'integer' AND typeof(exercise) = 'text'
        AND typeof(before) IN ('text', 'null') AND typeof(after) IN ('text', 'null')""",
    "counters": "typeof(version) = 'integer' AND typeof(birth) = 'text'",
}
"""Table → what holds of each of its rows, as an SQL expression; `add_functions` adds `finite`."""

# These say that the file could not be reached just now; every other error says that what is in it is wrong.
_OUTWARD = frozenset(
    {
        *(sqlite3.SQLITE_PERM, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM),
        *(sqlite3.SQLITE_READONLY, sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL),
        sqlite3.SQLITE_CANTOPEN,
    }
)


class DamagedError(Exception):
    """A file is not an intact journal."""


def prepare(db: sqlite3.Connection, checked: bool = False) -> None:
    """Make the tables that are missing, and check all that there is unless this has been checked.

    Raises:
        DamagedError: if it is not an intact journal.
        sqlite3.OperationalError: if the file cannot be opened or written to.
    """
    try:
        db.execute("PRAGMA trusted_schema = OFF")
        if not db.execute("SELECT 1 FROM sqlite_master").fetchone():
            db.executescript(_SCHEMA)
        if not checked:
            _check_schema(db)
        for table in _ADDED:
            db.execute(table)
        if not checked:
            _check_rows(db)
    except sqlite3.Error as error:
        if (getattr(error, "sqlite_errorcode", 0) & 0xFF) in _OUTWARD:
            raise
        raise DamagedError(str(error)) from error


def add_functions(db: sqlite3.Connection) -> None:
    """Make a connection ready for the expressions of `SOUND`."""
    db.create_function("finite", 1, lambda blob: bool(np.isfinite(np.frombuffer(blob, dtype="<f4")).all()))


def _check_schema(db: sqlite3.Connection) -> None:
    entries = db.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_master").fetchall()
    for kind, name, sql in entries:
        ours = name in _HARMLESS or name.startswith("sqlite_autoindex_")
        if kind not in ("table", "index") or not ours or "VIRTUAL" in sql.upper().split("(")[0]:
            raise DamagedError(f"it has a {kind} called {name[:40]}")
    if missing := _TABLES - {name for _, name, _ in entries}:
        raise DamagedError(f"it has no table called {min(missing)}")


def _check_rows(db: sqlite3.Connection) -> None:
    (verdict,) = db.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise DamagedError(str(verdict))
    add_functions(db)
    for table, sound in SOUND.items():
        query = f"SELECT 1 FROM {table} WHERE ({sound}) IS NOT 1 LIMIT 1"  # noqa: S608 - constants
        if db.execute(query).fetchone():
            raise DamagedError(f"a row of its table {table} is damaged")
        for _ in db.execute(f"SELECT * FROM {table}"):  # noqa: S608 - fails where text is not UTF-8
            pass
    if db.execute("SELECT count(*) FROM counters").fetchone() != (1,):
        raise DamagedError("it has no version")
