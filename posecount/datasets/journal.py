"""The journal of a dataset folder: who every sample is, what was done, and what is still to be done on disk.

One SQLite file in ``.posecount/``. A change is prepared beside the dataset (new CSV files, new images), then committed
here together with the list of renames that bring it about, then the renames are made. A process that dies before the
commit has changed nothing; one that dies after it is finished by whoever opens the folder next. Space runs out only
while preparing, when nothing has changed yet.
"""

from __future__ import annotations

import os
import sqlite3
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from posecount.datasets.csv_rows import format_landmarks, format_row
from posecount.datasets.folder import HIDDEN, stamp_of
from posecount.datasets.records import Change, Place, Record, State
from posecount.pose import LANDMARK_COUNT, FloatArray

_SCHEMA = """
BEGIN;
CREATE TABLE samples (
    id INTEGER PRIMARY KEY,  -- also the order of rows in a CSV file, so that undo gives back the same bytes
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


class Journal:
    """An open journal; the caller holds the dataset's lock. Use `open_journal`.

    Args:
        folder: the dataset.
        db: connection in which a transaction is begun by the first write.
    """

    def __init__(self, folder: Path, db: sqlite3.Connection) -> None:
        self.folder = folder
        self.db = db
        self.hidden = folder / HIDDEN

    # what it knows

    @property
    def version(self) -> str:
        """Differs after every change, and between datasets."""
        version, birth = self.db.execute("SELECT version, birth FROM counters").fetchone()
        return f"{birth}-{version}"

    def renew(self) -> None:
        """Make the versions of a copied dataset differ from the original's."""
        self.db.execute("UPDATE counters SET birth = lower(hex(randomblob(6)))")
        self.db.commit()

    def records(self, place: Place = "dataset") -> list[Record]:
        """Samples in database order: classes sorted, rows in file order."""
        query = f"SELECT {_RECORD} FROM samples WHERE place = ? ORDER BY class, id"  # noqa: S608 (a constant)  # nosec B608
        return [_record(row) for row in self.db.execute(query, (place,))]

    def record(self, sample: int) -> Record:
        """One sample."""
        query = f"SELECT {_RECORD} FROM samples WHERE id = ?"  # noqa: S608 (a constant)  # nosec B608
        return _record(self.db.execute(query, (sample,)).fetchone())

    def landmarks(self) -> FloatArray:
        """float32 (N, 33, 3) of the samples in the dataset, in database order."""
        blobs = self.db.execute("SELECT landmarks FROM samples WHERE place = 'dataset' ORDER BY class, id")
        values = np.frombuffer(b"".join(blob for (blob,) in blobs), dtype="<f4")
        return values.reshape(-1, LANDMARK_COUNT, 3).astype(np.float32)

    def visibility(self) -> FloatArray:
        """float32 (N, 33) of the samples in the dataset, in database order; NaN where unknown."""
        unknown = np.full(LANDMARK_COUNT, np.nan, dtype="<f4").tobytes()
        blobs = self.db.execute("SELECT visibility FROM samples WHERE place = 'dataset' ORDER BY class, id")
        values = np.frombuffer(b"".join(blob or unknown for (blob,) in blobs), dtype="<f4")
        return values.reshape(-1, LANDMARK_COUNT).astype(np.float32)

    def file_of(self, sample: int, state: State) -> Path:
        """Where a sample's image is kept in a state, relative to the folder."""
        if state.place == "dataset":
            return Path(state.class_name, state.name)
        return Path(HIDDEN, "bin", f"{sample}{Path(state.name).suffix}")

    # changes, in the order: insert, change, log, commit

    def insert(
        self,
        state: State,
        landmarks: FloatArray,
        text: str | None = None,
        visibility: FloatArray | None = None,
        digest: str | None = None,
        source: str | None = None,
    ) -> int:
        """Note a new sample; returns its id. `change` then gives it its place."""
        if text is None or not set(text) <= set("0123456789.,-+eE"):
            text = format_landmarks(landmarks)
        cursor = self.db.execute(
            "INSERT INTO samples (place, class, name, kept, image, reason, landmarks, text, visibility, digest, source)"
            " VALUES ('nowhere', ?, ?, 0, ?, '', ?, ?, ?, ?, ?)",
            (
                state.class_name,
                state.name,
                state.image,
                landmarks.astype("<f4").tobytes(),
                text,
                None if visibility is None else visibility.astype("<f4").tobytes(),
                digest,
                source,
            ),
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def change(self, changes: Sequence[Change]) -> None:
        """Give samples their new states, and plan the renames of their images."""
        # First out of the way, so that two samples can change places.
        self.db.executemany("UPDATE samples SET place = 'nowhere' WHERE id = ?", ((each.sample,) for each in changes))
        for sample, before, after in changes:
            self.db.execute(
                "UPDATE samples SET place = ?, class = ?, name = ?, kept = ?, image = ?, reason = ? WHERE id = ?",
                (after.place, after.class_name, after.name, after.kept, after.image, after.reason, sample),
            )
            source, target = self.file_of(sample, before), self.file_of(sample, after)
            if before.image and after.image and before.place != "nowhere" and source != target:
                self.plan(self.folder / source, self.folder / target)

    def note_digest(self, sample: int, digest: str) -> None:
        """Note the sha256 of a sample's image."""
        self.db.execute("UPDATE samples SET digest = ? WHERE id = ?", (digest, sample))

    def prepare_image(self, data: bytes, target: Path) -> None:
        """Write a new image aside, and plan its rename to `target`, relative to the folder."""
        self._prepare(data, self.folder / target)

    def prepare_class(self, name: str) -> None:
        """Write a class's CSV file anew aside, and plan its rename; a class without samples has none."""
        rows = self.db.execute(
            "SELECT name, text FROM samples WHERE place = 'dataset' AND class = ? ORDER BY id", (name,)
        )
        data = "".join(format_row(*row) for row in rows).encode()
        if data:
            self._prepare(data, self.folder / f"{name}.csv")
        else:
            self.plan(self.folder / f"{name}.csv", None)

    def _prepare(self, data: bytes, target: Path) -> None:
        source = self.hidden / "pending" / uuid.uuid4().hex
        source.parent.mkdir(exist_ok=True)
        with source.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        self.plan(source, target)

    def plan(self, source: Path, target: Path | None) -> None:
        """Plan a rename, or with no target a deletion."""
        self.db.execute(
            "INSERT INTO renames (source, target) VALUES (?, ?)",
            (
                source.relative_to(self.folder).as_posix(),
                None if target is None else target.relative_to(self.folder).as_posix(),
            ),
        )

    def log(
        self,
        time: float,
        kind: str,
        words: str,
        changes: Iterable[Change],
        undoes: int | None = None,
        run: str | None = None,
    ) -> None:
        """Note an action; one of the same `run` as the last action goes on with that."""
        action = self._action_of_run(run)
        if action is not None:
            self.db.execute("UPDATE actions SET words = ? WHERE id = ?", (words, action))
        else:
            action = self.db.execute(
                "INSERT INTO actions (time, kind, words, undoes, run) VALUES (?, ?, ?, ?, ?)",
                (time, kind, words, undoes, run),
            ).lastrowid
        self.db.executemany(
            "INSERT INTO changes VALUES (?, ?, ?, ?)",
            ((action, sample, before.to_json(), after.to_json()) for sample, before, after in changes),
        )

    def _action_of_run(self, run: str | None) -> int | None:
        last = self.db.execute("SELECT id, run FROM actions ORDER BY id DESC LIMIT 1").fetchone()
        return last[0] if run and last and last[1] == run else None

    def changes_of_run(self, run: str) -> list[Change]:
        """What was done by the last action, if it is of this run."""
        action = self._action_of_run(run)
        return [] if action is None else self.changes_of(action)

    def changes_of(self, action: int) -> list[Change]:
        """What an action did."""
        rows = self.db.execute("SELECT sample, before, after FROM changes WHERE action = ? ORDER BY rowid", (action,))
        return [Change(sample, State.from_json(before), State.from_json(after)) for sample, before, after in rows]

    def commit(self) -> None:
        """Make what was written since the last commit lasting, then do it on disk.

        Raises:
            OSError: if a rename fails; it is tried again on the next opening.
        """
        self.db.execute("UPDATE counters SET version = version + 1")
        self.db.commit()
        self.settle()

    def rollback(self) -> None:
        """Forget what was written since the last commit."""
        self.db.rollback()
        self.settle()

    def settle(self) -> None:
        """Make the renames that are committed but not made, and delete what was prepared and not committed."""
        renames = self.db.execute("SELECT source, target FROM renames ORDER BY id").fetchall()
        for source, target in renames:
            path = self.folder / source
            if target is None:
                path.unlink(missing_ok=True)
            elif path.exists():  # else it was made before the process died
                (self.folder / target).parent.mkdir(parents=True, exist_ok=True)
                path.replace(self.folder / target)
        if renames:
            for class_name in {Path(name).stem for pair in renames for name in pair if _is_class_file(name)}:
                self.stamp(class_name)
            for class_name in {Path(source).parts[0] for source, _ in renames if source[0] != "."}:
                _remove_empty(self.folder / class_name)
            self.db.execute("DELETE FROM renames")
            self.db.commit()
        for leftover in (self.hidden / "pending").glob("*"):
            leftover.unlink()

    # hand edits are seen by these stamps

    def stamp(self, class_name: str) -> None:
        """Note how a class's CSV file looks now."""
        self.db.execute("DELETE FROM files WHERE class = ?", (class_name,))
        if stamp := stamp_of(self.folder / f"{class_name}.csv"):
            self.db.execute("INSERT INTO files VALUES (?, ?)", (class_name, stamp))

    def stamps(self) -> dict[str, str]:
        """CSV files as last written or read, by class."""
        return dict(self.db.execute("SELECT class, stamp FROM files"))


def _is_class_file(name: str | None) -> bool:
    return name is not None and "/" not in name and name.endswith(".csv")


def _remove_empty(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


_RECORD = "id, place, class, name, kept, image, reason, digest"


def _record(row: tuple[int, Place, str, str, int, int, str, str | None]) -> Record:
    id, place, class_name, name, kept, image, reason, digest = row
    return Record(id, State(place, class_name, name, bool(kept), bool(image), reason), digest)


@contextmanager
def open_journal(folder: Path | None) -> Iterator[Journal]:
    """Open the journal of a folder, making it where there is none, and finish what a dead process left.

    A journal that is damaged is put aside (``journal-damaged-1.db``): the CSV files then say what there is. With None,
    an empty journal in memory.

    Raises:
        OSError, sqlite3.OperationalError: if the folder cannot be written to.
    """
    file = None if folder is None else folder / HIDDEN / "journal.db"
    db = _connect(file)
    if db is None:
        assert file is not None
        number = 1
        while (aside := file.with_name(f"journal-damaged-{number}.db")).exists():
            number += 1
        file.replace(aside)
        db = _connect(file)
        assert db is not None
    try:
        journal = Journal(folder or Path(), db)
        if folder is not None:
            journal.settle()
        yield journal
    finally:
        db.close()


def _connect(file: Path | None) -> sqlite3.Connection | None:
    """A connection with the schema in place; None if the file is no intact database."""
    db = sqlite3.connect(file or ":memory:", timeout=10)
    try:
        if not db.execute("SELECT 1 FROM sqlite_master").fetchone():
            db.executescript(_SCHEMA)
        db.execute("SELECT version FROM counters").fetchone()
    except sqlite3.OperationalError:
        db.close()
        raise
    except sqlite3.DatabaseError:
        db.close()
        return None
    return db
