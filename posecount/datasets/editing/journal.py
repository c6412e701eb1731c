"""The journal of a dataset: its samples, their history, and the state of its files, in SQLite. All SQL is here.

The journal touches no file but its own: `Edit` brings the folder into the state that is committed here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import numpy as np

from posecount.datasets.csv_rows import format_landmarks
from posecount.datasets.editing.schema import prepare
from posecount.datasets.records import Action, Change, Known, NewSample, Place, Record, Rejected, SampleId, State
from posecount.names import storable
from posecount.pose import LANDMARK_COUNT, FloatArray

_RECORDS = "SELECT id, place, class, name, kept, image, reason, digest FROM samples "


class Journal:
    """An open journal. The caller holds the dataset's lock, and commits or rolls back through the `Edit` around it.

    Args:
        db: opened by `posecount.datasets.editing.journal_file`; without it, an empty journal in memory.
        checked: whether it is known to be intact.

    Raises:
        DamagedError: if it is not an intact journal.
        sqlite3.OperationalError: if the file cannot be opened or written to.
    """

    def __init__(self, db: sqlite3.Connection | None = None, *, checked: bool = False) -> None:
        self._db = db or sqlite3.connect(":memory:")
        try:
            prepare(self._db, checked)
        except BaseException:  # raised again; no one else could close it
            self._db.close()
            raise

    def close(self) -> None:
        """Close the database; what is not committed is forgotten."""
        self._db.close()

    # samples

    @property
    def version(self) -> str:
        """Differs after every change, and between datasets."""
        version, birth = self._db.execute("SELECT version, birth FROM counters").fetchone()
        return f"{birth}-{version}"

    def records(self, place: Place = "dataset") -> list[Record]:
        """Samples in database order: classes sorted, rows in file order."""
        return [_record(row) for row in self._db.execute(_RECORDS + "WHERE place = ? ORDER BY class, id", (place,))]

    def record(self, sample: int) -> Record:
        """One sample."""
        return _record(self._db.execute(_RECORDS + "WHERE id = ?", (sample,)).fetchone())

    def classes(self) -> list[str]:
        """The classes that have samples, sorted."""
        return [
            name
            for (name,) in self._db.execute("SELECT DISTINCT class FROM samples WHERE place = 'dataset' ORDER BY class")
        ]

    def names(self, class_name: str) -> list[str]:
        """The names of a class's samples."""
        query = "SELECT name FROM samples WHERE place = 'dataset' AND class = ?"
        return [name for (name,) in self._db.execute(query, (class_name,))]

    def rows(self, class_name: str) -> Iterator[tuple[str, str]]:
        """(name, numbers) of a class's samples, as in its CSV file."""
        query = "SELECT name, text FROM samples WHERE place = 'dataset' AND class = ? ORDER BY id"
        return iter(self._db.execute(query, (class_name,)))

    def values(self, class_name: str) -> dict[int, bytes]:
        """Sample → its landmarks' bytes, for a class."""
        return dict(
            self._db.execute("SELECT id, landmarks FROM samples WHERE place = 'dataset' AND class = ?", (class_name,))
        )

    def landmarks(self) -> FloatArray:
        """float32 (N, 33, 3) of the samples in the dataset, in database order."""
        blobs = self._db.execute("SELECT landmarks FROM samples WHERE place = 'dataset' ORDER BY class, id")
        return _points(b"".join(blob for (blob,) in blobs)).reshape(-1, LANDMARK_COUNT, 3)

    def visibility(self) -> FloatArray:
        """float32 (N, 33) of the samples in the dataset, in database order; NaN where unknown."""
        unknown = np.full(LANDMARK_COUNT, np.nan, dtype="<f4").tobytes()
        blobs = self._db.execute("SELECT visibility FROM samples WHERE place = 'dataset' ORDER BY class, id")
        return _points(b"".join(blob or unknown for (blob,) in blobs)).reshape(-1, LANDMARK_COUNT)

    def pose(self, sample: int) -> tuple[FloatArray, FloatArray]:
        """float32 (33, 3) and (33,), NaN where unknown: landmarks and visibility of one sample, wherever it is."""
        query = "SELECT landmarks, visibility FROM samples WHERE id = ?"
        landmarks, visibility = self._db.execute(query, (sample,)).fetchone()
        unknown = np.full(LANDMARK_COUNT, np.nan, dtype="<f4").tobytes()
        return _points(landmarks).reshape(LANDMARK_COUNT, 3), _points(visibility or unknown)

    def insert(self, state: State, sample: NewSample, digest: str | None = None) -> int:
        """Note a new sample and return its id. `change` then gives it its place; `digest` is the image's sha256."""
        text = sample.text
        if text is None or not set(text) <= set("0123456789.,-+eE"):
            text = format_landmarks(sample.landmarks)
        landmarks = sample.landmarks.astype("<f4").tobytes()
        visibility = None if sample.visibility is None else sample.visibility.astype("<f4").tobytes()
        cursor = self._db.execute(
            "INSERT INTO samples (place, class, name, kept, image, reason, landmarks, text, visibility, digest, source)"
            " VALUES ('nowhere', ?, ?, 0, ?, '', ?, ?, ?, ?, ?)",
            (state.class_name, state.name, state.image, landmarks, text, visibility, digest, sample.source),
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def change(self, changes: Sequence[Change]) -> None:
        """Give samples their new states."""
        # First move them all out of the way, so that two samples can swap places.
        self._db.executemany("UPDATE samples SET place = 'nowhere' WHERE id = ?", ((each.sample,) for each in changes))
        self._db.executemany(
            "UPDATE samples SET place = ?, class = ?, name = ?, kept = ?, image = ?, reason = ? WHERE id = ?",
            (
                (after.place, after.class_name, after.name, after.kept, after.image, after.reason, sample)
                for sample, _, after in changes
            ),
        )

    def note_digest(self, sample: int, digest: str) -> None:
        """Note the sha256 of a sample's image."""
        self._db.execute("UPDATE samples SET digest = ? WHERE id = ?", (digest, sample))

    # pictures that were looked at

    def rejected(self) -> tuple[Rejected, ...]:
        """The pictures that gave no sample, in order of class and name."""
        rows = self._db.execute(
            "SELECT class, name, outcome, reason, digest, thumbnail FROM rejected ORDER BY class, name"
        )
        return tuple(Rejected(*row) for row in rows)

    def reject(self, pictures: Iterable[Rejected]) -> None:
        """Note pictures that gave no sample."""
        for each in pictures:
            row = (each.digest, storable(each.class_name), storable(each.name), each.kind, each.reason, each.thumbnail)
            self._db.execute("INSERT OR REPLACE INTO rejected VALUES (?, ?, ?, ?, ?, ?)", row)

    def accept(self, pictures: Iterable[NewSample]) -> None:
        """Forget that pictures gave no sample, as they now did."""
        self._db.executemany("DELETE FROM rejected WHERE digest = ?", ((each.source,) for each in pictures))

    def known(self) -> dict[str, Known]:
        """sha256 of every picture that was looked at → what is known of it."""
        known = {
            digest: Known(f"looked at before, as {class_name}/{name}: {reason}", None)
            for digest, class_name, name, reason in self._db.execute("SELECT digest, class, name, reason FROM rejected")
        }
        for digest, source, place, class_name, name in self._db.execute(
            "SELECT digest, source, place, class, name FROM samples WHERE COALESCE(digest, source) IS NOT NULL"
        ):
            known |= {key: _known(place, class_name, name) for key in (digest, source) if key}
        return known

    def same_picture(self, source: str) -> Known | None:
        """What is known of a picture that became a sample, by the sha256 of its file."""
        query = "SELECT place, class, name FROM samples WHERE (digest = ? OR source = ?) AND place != 'nowhere' LIMIT 1"
        row = self._db.execute(query, (source, source)).fetchone()
        return _known(*row) if row else None

    def same_row(self, class_name: str, name: str, landmarks: FloatArray) -> Known | None:
        """What is known of a row: the sample in the dataset that has its class, name and numbers."""
        query = "SELECT class, name FROM samples WHERE place = 'dataset' AND class = ? AND name = ? AND landmarks = ?"
        row = self._db.execute(query, (class_name, name, landmarks.astype("<f4").tobytes())).fetchone()
        return Known("already in the dataset", SampleId(*row)) if row else None

    # history

    def log(
        self,
        time: float,
        kind: str,
        words: str,
        changes: Iterable[Change],
        undoes: int | None = None,
        run: str | None = None,
        targets: Iterable[tuple[str, str | None, str | None]] = (),
    ) -> None:
        """Note an action. One with the same `run` as the last action is added to that.

        Args:
            targets: the turning points that it changed, as `targets_of` returns them.
        """
        action = self._action_of_run(run)
        if action is not None:
            self._db.execute("UPDATE actions SET words = ? WHERE id = ?", (words, action))
        else:
            action = self._db.execute(
                "INSERT INTO actions (time, kind, words, undoes, run) VALUES (?, ?, ?, ?, ?)",
                (time, kind, words, undoes, run),
            ).lastrowid
        self._db.executemany(
            "INSERT INTO changes VALUES (?, ?, ?, ?)",
            ((action, sample, before.to_json(), after.to_json()) for sample, before, after in changes),
        )
        self._db.executemany("INSERT INTO targets VALUES (?, ?, ?, ?)", ((action, *each) for each in targets))

    def added_in_run(self, run: str | None) -> tuple[int, set[str]]:
        """How many samples the last action added, and to which classes, if it is of this run; else (0, set())."""
        action = self._action_of_run(run)
        rows = self._db.execute(
            "SELECT json_extract(after, '$[1]'), count(*) FROM changes WHERE action = ? GROUP BY 1", (action,)
        ).fetchall()
        return sum(count for _, count in rows), {class_name for class_name, _ in rows}

    def _action_of_run(self, run: str | None) -> int | None:
        last = self._db.execute("SELECT id, run FROM actions ORDER BY id DESC LIMIT 1").fetchone()
        return last[0] if run and last and last[1] == run else None

    def changes_of(self, action: int) -> list[Change]:
        """What an action did."""
        rows = self._db.execute("SELECT sample, before, after FROM changes WHERE action = ? ORDER BY rowid", (action,))
        return [Change(sample, State.from_json(before), State.from_json(after)) for sample, before, after in rows]

    def history(self) -> tuple[Action, ...]:
        """All actions, last first."""
        rows = self._db.execute("SELECT id, time, kind, words, undoes FROM actions ORDER BY id DESC").fetchall()
        undone: set[int] = set()
        for id, _, _, _, undoes in rows:  # last first: an undo that is itself undone does not count
            if undoes is not None and id not in undone:
                undone.add(undoes)
        return tuple(
            Action(id, datetime.fromtimestamp(moment), kind, words, id in undone) for id, moment, kind, words, _ in rows
        )

    def targets_of(self, action: int) -> list[tuple[str, str | None, str | None]]:
        """(exercise, turning point before, after) for those that an action changed; None where none was named."""
        query = "SELECT exercise, before, after FROM targets WHERE action = ?"
        return self._db.execute(query, (action,)).fetchall()

    # files

    def plan(self, source: str, target: str | None) -> None:
        """Note a rename that the commit brings about, or with no target a deletion; paths relative to the folder."""
        self._db.execute("INSERT INTO renames (source, target) VALUES (?, ?)", (source, target))

    def planned(self) -> list[tuple[str, str | None]]:
        """The renames and deletions that are not known to be done."""
        return self._db.execute("SELECT source, target FROM renames ORDER BY id").fetchall()

    def forget_plans(self) -> None:
        """Note that all planned renames are done."""
        self._db.execute("DELETE FROM renames")
        self._db.commit()

    def stamps(self) -> dict[str, str]:
        """Class → how its CSV file looked when it was last written or read."""
        return dict(self._db.execute("SELECT class, stamp FROM files"))

    def stamp(self, class_name: str, stamp: str) -> None:
        """Note how a class's CSV file looks now; empty where there is none."""
        self._db.execute("DELETE FROM files WHERE class = ?", (class_name,))
        if stamp:
            self._db.execute("INSERT INTO files VALUES (?, ?)", (class_name, stamp))

    def unwritten(self) -> dict[str, int]:
        """Class → the id from which on its samples are not in its CSV file yet."""
        return dict(self._db.execute("SELECT class, since FROM unwritten"))

    def unwritten_samples(self) -> list[tuple[str, str, FloatArray]]:
        """(class, name, float32 (33, 3)) of the samples that are not in the CSV files yet, in database order."""
        query = (
            "SELECT class, name, landmarks FROM samples JOIN unwritten USING (class) "
            "WHERE place = 'dataset' AND id >= since ORDER BY class, id"
        )
        return [
            (label, name, _points(blob).reshape(LANDMARK_COUNT, 3)) for label, name, blob in self._db.execute(query)
        ]

    def leave_unwritten(self, class_name: str, since: int) -> None:
        """Note that a class's CSV file lacks the samples from an id on; an earlier note holds."""
        self._db.execute("INSERT OR IGNORE INTO unwritten VALUES (?, ?)", (class_name, since))

    def note_written(self, class_name: str) -> None:
        """Note that a class's CSV file holds all its samples."""
        self._db.execute("DELETE FROM unwritten WHERE class = ?", (class_name,))

    # transactions, begun by the first write

    def commit(self) -> None:
        """Make what was written since the last commit lasting."""
        self._db.execute("UPDATE counters SET version = version + 1")
        self._db.commit()

    def rollback(self) -> None:
        """Forget what was written since the last commit."""
        self._db.rollback()

    def renew(self) -> None:
        """Make the versions of a copied dataset differ from the original's."""
        self._db.execute("UPDATE counters SET birth = lower(hex(randomblob(6)))")
        self._db.commit()


def _record(row: tuple[int, Place, str, str, int, int, str, str | None]) -> Record:
    id, place, class_name, name, kept, image, reason, digest = row
    return Record(id, State(place, class_name, name, bool(kept), bool(image), reason), digest)


def _known(place: Place, class_name: str, name: str) -> Known:
    sample = SampleId(class_name, name)
    removed = ", which was removed; you can restore it from the bin" if place == "bin" else ""
    return Known(f"the same picture as {sample}{removed}", sample)


def _points(data: bytes) -> FloatArray:
    return np.frombuffer(data, dtype="<f4").astype(np.float32)
