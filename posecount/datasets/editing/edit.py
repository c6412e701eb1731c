"""An edit of a dataset's folder happens as a whole or not at all, even if the process dies.

New files are written aside, then the journal commits the change together with the renames that bring it about, then
the renames are made. A process that dies before the commit has changed nothing; one that dies after it is finished by
the process that opens the folder next. Space can only run out before the commit, when nothing has changed yet.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from filelock import FileLock, Timeout

from posecount.datasets.csv_rows import format_row
from posecount.datasets.editing.journal import Journal
from posecount.datasets.folder import HIDDEN, stamp_of
from posecount.datasets.records import Change, State
from posecount.errors import DatasetError
from posecount.names import free_name, safe_name

LOCK_TIMEOUT_S = 30.0


class NotWritableError(DatasetError):
    """A dataset can be read but not changed: its folder is read-only, or the disk is full."""


class Edit:
    """An edit under way. The caller holds the dataset's lock; use `unaligned_edit`, or `editing` in `reconcile`.

    Args:
        folder: the dataset.
        journal: in which a transaction is begun by the first write.
    """

    def __init__(self, folder: Path, journal: Journal) -> None:
        self.folder = folder
        self.journal = journal
        self._hidden = folder / HIDDEN
        self._classes: dict[str, str] | None = None
        self._taken: dict[str, set[str]] = {}

    # names

    def class_named(self, wanted: str) -> str:
        """A class name made safe; an existing one if they differ in case only, which some file systems do not see."""
        if self._classes is None:
            self._classes = {name.casefold(): name for name in self.journal.classes()}
        safe = safe_name(wanted, "class name")
        return self._classes.setdefault(safe.casefold(), safe)

    def vacant(self, state: State) -> State:
        """The state with a name that is free in its class; the name is taken from then on."""
        if state.class_name not in self._taken:
            names = {name.casefold() for name in self.journal.names(state.class_name)}
            images = self.folder / state.class_name
            on_disk = (file.name.casefold() for file in images.iterdir()) if images.is_dir() else ()
            self._taken[state.class_name] = names.union(on_disk)
        taken = self._taken[state.class_name]
        name = free_name(state.name, taken)
        taken.add(name.casefold())
        return replace(state, name=name)

    # changes, in the order: prepare, change, commit

    def prepare_image(self, data: bytes, state: State) -> None:
        """Write a new image aside, to be renamed to its place."""
        self._prepare(data, self.folder / state.class_name / state.name)

    def prepare_class(self, name: str) -> None:
        """Write a class's CSV file aside, to be renamed to its place; a class without samples has none."""
        file = self.folder / f"{name}.csv"
        if data := "".join(format_row(*row) for row in self.journal.rows(name)).encode():
            self._prepare(data, file)
        else:
            self.plan(file, None)
        self.journal.note_written(name)

    def _prepare(self, data: bytes, target: Path) -> None:
        source = self._hidden / "pending" / uuid.uuid4().hex
        source.parent.mkdir(exist_ok=True)
        with source.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        self.plan(source, target)

    def plan(self, source: Path, target: Path | None) -> None:
        """Plan a rename, or with no target a deletion."""
        paths = [None if path is None else path.relative_to(self.folder).as_posix() for path in (source, target)]
        assert paths[0] is not None
        self.journal.plan(paths[0], paths[1])

    def change(self, changes: list[Change]) -> None:
        """Give samples their new states, and plan the renames of their images."""
        self.journal.change(changes)
        for sample, before, after in changes:
            if before.image and after.image and before.place != "nowhere":
                source, target = image_file(sample, before), image_file(sample, after)
                if source != target:
                    self.plan(self.folder / source, self.folder / target)

    def finish(self, kind: str, words: str, changes: list[Change], undoes: int | None = None) -> None:
        """Make changes of samples, with their images and CSV files, note them in the history, and commit."""
        if changes:
            self.change(changes)
            if kind != "keep":  # which the CSV files do not show
                states = (state for change in changes for state in change[1:] if state.place == "dataset")
                for name in sorted({state.class_name for state in states}):
                    self.prepare_class(name)
            self.journal.log(time.time(), kind, words, changes, undoes)
        self.commit()

    def commit(self) -> None:
        """Make what was prepared since the last commit lasting, then do it on disk.

        Raises:
            OSError: if a rename fails. It is tried again on the next opening.
        """
        self.journal.commit()
        self.settle()

    def rollback(self) -> None:
        """Forget what was prepared since the last commit."""
        self.journal.rollback()
        self.settle()

    def settle(self) -> None:
        """Make the renames that are committed but not made, and delete what was prepared but not committed."""
        renames = self.journal.planned()
        for source, target in renames:
            path = self.folder / source
            if target is None:
                path.unlink(missing_ok=True)
            elif path.exists():  # else it was made before the process died
                (self.folder / target).parent.mkdir(parents=True, exist_ok=True)
                path.replace(self.folder / target)
        if renames:
            names = {name for pair in renames for name in pair if name is not None}
            for class_name in {Path(name).stem for name in names if "/" not in name and name.endswith(".csv")}:
                self.stamp(class_name)
            for class_name in {Path(source).parts[0] for source, _ in renames if source[0] != "."}:
                _remove_empty(self.folder / class_name)
            self.journal.forget_plans()
        for leftover in (self._hidden / "pending").glob("*"):
            leftover.unlink()

    def stamp(self, class_name: str) -> None:
        """Note how a class's CSV file looks now, so that a hand edit is noticed."""
        self.journal.stamp(class_name, stamp_of(self.folder / f"{class_name}.csv"))


def image_file(sample: int, state: State) -> Path:
    """Where a sample's image is kept in a state, relative to the dataset's folder."""
    if state.place == "dataset":
        return Path(state.class_name, state.name)
    return Path(HIDDEN, "bin", f"{sample}{Path(state.name).suffix}")


@contextmanager
def unaligned_edit(folder: Path) -> Iterator[Edit]:
    """Hold a dataset's lock and yield an edit; an error takes everything back. Hand edits are not looked for.

    Raises:
        NotWritableError: if the folder cannot be written to, or the disk is full.
        DatasetError: if another window holds the lock for long.
    """
    with _locked(folder), closing(open_journal(folder)) as journal:
        edit = Edit(folder, journal)
        edit.settle()
        try:
            yield edit
        except BaseException:
            with suppress(OSError, sqlite3.Error):  # a full disk; the next opening clears up
                edit.rollback()
            raise


def open_journal(folder: Path) -> Journal:
    """The journal of a folder, made where there is none.

    A damaged journal is put aside (``journal-damaged-1.db``): the CSV files then say what there is.

    Raises:
        OSError, sqlite3.OperationalError: if the folder cannot be written to.
    """
    file = folder / HIDDEN / "journal.db"
    try:
        return Journal(file)
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        number = 1
        while (aside := file.with_name(f"journal-damaged-{number}.db")).exists():
            number += 1
        file.replace(aside)
        return Journal(file)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    try:
        if not folder.is_dir():
            raise DatasetError(f"Dataset {folder} was renamed or deleted in another window. Try: choose it again.")
        (folder / HIDDEN).mkdir(exist_ok=True)
        # A lock of its own for each edit: threads of one process then keep each other out as processes do.
        with FileLock(folder / HIDDEN / "lock", timeout=LOCK_TIMEOUT_S):
            yield
    except Timeout as error:
        raise DatasetError(f"Another window is busy with {folder.name}. Try: wait a moment and try again.") from error
    except (OSError, sqlite3.OperationalError) as error:
        raise NotWritableError(_in_words(folder, error)) from error


def _in_words(folder: Path, error: Exception) -> str:
    number = getattr(error, "errno", None)
    if number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) or "full" in str(error):
        return f"No space is left for {folder}: nothing was changed. Try: free some disk space, then try again."
    if number in (errno.EACCES, errno.EPERM, errno.EROFS) or "readonly" in str(error) or "unable to" in str(error):
        return f"{folder} cannot be written to. Try: duplicate the dataset and edit the copy."
    return f"{folder} could not be changed: {error}. Nothing was lost. Try: repeat the change."


def _remove_empty(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
