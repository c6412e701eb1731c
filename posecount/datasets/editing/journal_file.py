"""Opens the file of a journal: for an edit in its place, and for reading as a copy in memory.

A damaged file is put aside. What can still be read of its samples is taken over; the CSV files say the rest.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from posecount.datasets.editing.journal import Journal
from posecount.datasets.editing.paths import put_aside, reachable
from posecount.datasets.editing.schema import SOUND, DamagedError, add_functions, prepare
from posecount.datasets.folder import HIDDEN, exists, is_file, stamp_of
from posecount.files import replacing

JOURNAL = f"{HIDDEN}/journal.db"
_MOST_INTACT = 1000
_intact: dict[Path, str] = {}
"""Journal → its stamp when this process found it intact, or wrote it."""

_BESIDE = ("-journal", "-wal", "-shm")  # what SQLite puts there while it writes
_SUPER_JOURNAL = bytes.fromhex("d9d505f920a163d7")
_SALVAGED = {
    "samples": "id, place, class, name, kept, image, reason, landmarks, text, visibility, digest, source",
    "rejected": "digest, class, name, outcome, reason, thumbnail",
    "unwritten": "class, since",
    "renames": "id, source, target",
}
"""The tables whose rows outlive damage, with their columns. The history does not: part of one cannot be undone."""


def journal_for_edit(folder: Path, notes: list[str]) -> Journal:
    """The journal of a dataset, made where there is none; `notes` says what was put aside.

    Raises:
        OSError, sqlite3.OperationalError: if the folder cannot be written to.
    """
    file = folder / JOURNAL
    for path in (file, *_beside(file)):
        if exists(path) and not is_file(path):
            put_aside(folder, path, notes)
    rollback, *_ = _beside(file)
    if _names_other_files(rollback):
        put_aside(folder, rollback, notes)
    if exists(file) and file.stat().st_nlink > 1:  # SQLite would write to the same file under a name outside the folder
        with replacing(file) as copy:
            copy.write_bytes(file.read_bytes())
    try:
        return Journal(sqlite3.connect(file, timeout=10), checked=_is_intact(file))
    except DamagedError as error:
        salvaged, words = _salvaged(_image_of(file), error)
        number = 1
        while exists(aside := file.with_name(f"journal-damaged-{number}.db")):
            number += 1
        file.replace(aside)
        for path in _beside(file):
            if exists(path):
                path.replace(f"{aside}{path.name.removeprefix(file.name)}")
        notes.append(f"{words} It was kept as {aside.name}.")
        with closing(salvaged), closing(sqlite3.connect(file, timeout=10)) as db:
            salvaged.backup(db)
        return Journal(sqlite3.connect(file, timeout=10))


def journal_for_reading(folder: Path, notes: list[str]) -> Journal | None:
    """A copy of a dataset's journal in memory, or None if there is none. Nothing is written beside the journal.

    Raises:
        OSError: if the file cannot be read.
    """
    file = folder / JOURNAL
    if not is_file(file) or not reachable(folder, file):
        return None
    data = _image_of(file)
    if not data:
        return None
    try:
        journal = Journal(_loaded(data), checked=_is_intact(file))
        note_intact(folder)
        return journal
    except DamagedError as error:
        salvaged, words = _salvaged(data, error)
        notes.append(f"{words} The next edit puts it aside.")
        return Journal(salvaged)


def note_intact(folder: Path) -> None:
    """Remember that a dataset's journal is intact as it is on disk now: to check it takes longer than to use it."""
    file = folder / JOURNAL
    if not any(map(exists, _beside(file))):
        _intact[file.absolute()] = stamp_of(file)
        while len(_intact) > _MOST_INTACT:
            _intact.pop(next(iter(_intact)), None)


def _is_intact(file: Path) -> bool:
    return not any(map(exists, _beside(file))) and _intact.get(file.absolute()) == stamp_of(file)


def _image_of(file: Path) -> bytes:
    """The database as SQLite would recover it after a crash in the middle of a commit."""
    rollback, log, _ = _beside(file)
    if not any(is_file(path) and path.stat().st_size for path in (rollback, log)) or _names_other_files(rollback):
        return file.read_bytes()
    with tempfile.TemporaryDirectory(prefix="posecount-") as folder:
        copy = Path(folder, file.name)
        for path in (file, rollback, log):
            if is_file(path):
                shutil.copyfile(path, copy.with_name(path.name))
        try:
            with closing(sqlite3.connect(copy)) as db:
                db.execute("PRAGMA journal_mode = DELETE").fetchone()
        except sqlite3.Error:
            return file.read_bytes()
        return copy.read_bytes()


def _loaded(data: bytes) -> sqlite3.Connection:
    if data[18:20] == b"\2\2":  # written with a log, which a database in memory cannot have
        data = data[:18] + b"\1\1" + data[20:]
    db = sqlite3.connect(":memory:")
    try:
        db.deserialize(data)
    except sqlite3.Error as error:
        db.close()
        raise DamagedError(str(error)) from error
    return db


def _names_other_files(rollback: Path) -> bool:
    """Whether a rollback journal is part of a change of several databases: SQLite may then delete a file it names."""
    if not is_file(rollback):
        return False
    with rollback.open("rb") as file:
        file.seek(max(rollback.stat().st_size - len(_SUPER_JOURNAL), 0))
        return file.read() == _SUPER_JOURNAL


def _salvaged(data: bytes, error: DamagedError) -> tuple[sqlite3.Connection, str]:
    """A new database in memory with what can be read of a damaged one, and a sentence that says so."""
    salvaged = sqlite3.connect(":memory:")
    prepare(salvaged)
    try:
        db = _loaded(data)
    except DamagedError:
        rows: dict[str, list[tuple[Any, ...]]] = {}
    else:
        with closing(db):
            db.text_factory = lambda text: text.decode(errors="replace")
            add_functions(db)
            rows = {table: list(_readable(db, table, len(data))) for table in _SALVAGED}
    for table, columns in _SALVAGED.items():
        places = ", ".join("?" for _ in columns.split(","))
        query = f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({places})"  # noqa: S608 - constants
        salvaged.executemany(query, rows.get(table, ()))
    salvaged.commit()
    count = len(rows.get("samples", ()))
    return salvaged, (
        f"The dataset's journal is damaged ({error}). {count} samples were read from it and the others from the CSV "
        "files; the history starts again."
    )


def _readable(db: sqlite3.Connection, table: str, size: int) -> Iterator[tuple[Any, ...]]:
    """The rows of a damaged table, one by one: a damaged page takes only its own rows along."""
    query = f"SELECT {_SALVAGED[table]} FROM {table} WHERE rowid = ? AND {SOUND[table]}"  # noqa: S608 - constants
    try:
        (last,) = db.execute(f"SELECT max(rowid) FROM {table}").fetchone()  # noqa: S608 - a constant
    except sqlite3.Error:
        last = size
    for row in range(1, min(last if isinstance(last, int) else 0, size // 8) + 1):
        try:
            yield from db.execute(query, (row,))
        except sqlite3.Error:
            continue


def _beside(file: Path) -> tuple[Path, ...]:
    return tuple(file.with_name(file.name + suffix) for suffix in _BESIDE)
