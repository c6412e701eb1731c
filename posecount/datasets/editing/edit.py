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
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from filelock import Timeout

from posecount.datasets.csv_rows import format_row
from posecount.datasets.editing.journal import Journal
from posecount.datasets.editing.journal_file import journal_for_edit, note_intact
from posecount.datasets.editing.paths import (
    ASIDE,
    PENDING,
    Planned,
    belongs,
    is_sound,
    is_temporary,
    make_folder,
    make_way,
    put_aside,
    reachable,
)
from posecount.datasets.editing.view import FolderView, made_before
from posecount.datasets.folder import HIDDEN, METADATA_FILE, digest_of_file, exists, is_file, is_folder, stamp_of
from posecount.datasets.records import Change, State, TargetChange, count_of
from posecount.errors import DatasetError
from posecount.files import lock_file
from posecount.names import FreeNames, safe_name

LOCK = f"{HIDDEN}/lock"
LOCK_TIMEOUT_S = 30.0


class NotWritableError(DatasetError):
    """A dataset can be read but not changed: its folder is read-only, or the disk is full."""


class Edit:
    """An edit under way. The caller holds the dataset's lock; use `unaligned_edit`, or `editing` in `reconcile`.

    Args:
        folder: the dataset.
        journal: in which a transaction is begun by the first write.
        notes: sentences that say what was put aside, for the report; added to.
    """

    def __init__(self, folder: Path, journal: Journal, notes: list[str]) -> None:
        self.folder = folder
        self.journal = journal
        self.notes = notes
        self._classes: dict[str, str] | None = None
        self._taken: dict[str, FreeNames] = {}

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
            images = self.folder / state.class_name
            on_disk = (file.name for file in images.iterdir()) if is_folder(images) else ()
            self._taken[state.class_name] = FreeNames((*self.journal.names(state.class_name), *on_disk))
        return replace(state, name=self._taken[state.class_name].take(state.name))

    # changes, in the order: prepare, change, commit

    def prepare_image(self, data: bytes, state: State) -> None:
        """Write a new image aside, to be renamed to its place."""
        self._prepare([data], self.folder / state.class_name / state.name)

    def prepare_class(self, name: str) -> None:
        """Write a class's CSV file aside, to be renamed to its place; a class without samples has none."""
        file = self.folder / f"{name}.csv"
        if self.journal.names(name):
            self._prepare((format_row(*row).encode() for row in self.journal.rows(name)), file)
        else:
            self.plan(file, None)
        self.journal.note_written(name)

    def prepare_metadata(self, data: bytes) -> None:
        """Write the dataset's metadata aside, to be renamed to its place."""
        self._prepare([data], self.folder / METADATA_FILE)

    def _prepare(self, pieces: Iterable[bytes], target: Path) -> None:
        source = make_folder(self.folder, self.folder / PENDING, self.notes) / uuid.uuid4().hex
        with source.open("wb") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        self.plan(source, target)

    def plan(self, source: Path, target: Path | None) -> None:
        """Plan a rename, or with no target a deletion.

        Raises:
            DatasetError: if it is of a place where posecount keeps nothing, or leads out of the folder.
        """
        places = [None if path is None else self._place(path) for path in (source, target)]
        assert places[0] is not None
        self.journal.plan(places[0], places[1])

    def _place(self, path: Path) -> str:
        place = path.relative_to(self.folder).as_posix() if path.is_relative_to(self.folder) else str(path)
        if not belongs(place):
            raise DatasetError(f"{place[:80]} is no place in {self.folder.name}. Try: rename the sample.")
        return place

    def has_image(self, sample: int, state: State) -> bool:
        """Whether a sample's image is where it is kept in a state; a person may have deleted it."""
        return state.image and self.view.path(image_file(sample, state).as_posix()) is not None

    @property
    def view(self) -> FolderView:
        """The files of the folder as this edit finds them."""
        return FolderView(self.folder)

    @property
    def version(self) -> str:
        """Differs after every change, and between datasets."""
        return self.journal.version

    def note_image(self, sample: int, file: Path) -> None:
        """Note the sha256 of an image that a sample turns out to have."""
        if digest := digest_of_file(file):
            self.journal.note_digest(sample, digest)

    def moves(self, place: str) -> str:
        """Words for the report: what happens to a file that is set aside."""
        return f"set aside as {place}"

    def change(self, changes: list[Change]) -> None:
        """Give samples their new states, and plan the renames of their images."""
        self.journal.change(changes)
        for sample, before, after in changes:
            if before.image and after.image and before.place != "nowhere":
                source, target = image_file(sample, before), image_file(sample, after)
                if source != target:
                    self.plan(self.folder / source, self.folder / target)

    def finish(
        self,
        kind: str,
        words: str,
        changes: list[Change],
        undoes: int | None = None,
        targets: Sequence[TargetChange] = (),
    ) -> None:
        """Make changes of samples, with their images and CSV files, note them in the history, and commit.

        Changes of turning points are prepared already and only noted.
        """
        if changes or targets:
            self.change(changes)
            if kind != "keep":  # which the CSV files do not show
                states = (state for change in changes for state in change[1:] if state.place == "dataset")
                for name in sorted({state.class_name for state in states}):
                    self.prepare_class(name)
            self.journal.log(time.time(), kind, words, changes, undoes, targets=targets)
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
        sound = [pair for pair in renames if is_sound(pair)]
        for source, target in sound:
            if target is None:
                self._delete(source)
            else:
                self._rename(source, target)
        self._settle_stamps(sound)
        if len(sound) < len(renames):
            self.notes.append(refusal(len(renames) - len(sound)))
        if renames:
            self.journal.forget_plans()
        pending = self.folder / PENDING
        for leftover in pending.iterdir() if is_folder(pending) and is_folder(pending.parent) else ():
            if is_temporary(f"{PENDING}/{leftover.name}") and not is_folder(leftover):
                leftover.unlink()
            else:
                put_aside(self.folder, leftover, self.notes)

    def _delete(self, source: str) -> None:
        path = self.folder / source
        if exists(path) and not is_folder(path) and reachable(self.folder, path):
            path.unlink()

    def _rename(self, source: str, target: str) -> None:
        path, goal = self.folder / source, self.folder / target
        if not reachable(self.folder, path) or made_before(self.folder, source, target):
            return
        if is_file(path) or target.startswith(f"{ASIDE}/"):  # a link or folder is only ever put aside
            make_way(self.folder, goal, self.notes)
            path.replace(goal)

    def _settle_stamps(self, renames: list[Planned]) -> None:
        names = {name for pair in renames for name in pair if name is not None}
        for class_name in {Path(name).stem for name in names if "/" not in name and name.endswith(".csv")}:
            self.stamp(class_name)
            if not self.view.path(f"{class_name}.csv") and self.journal.names(class_name):
                self.journal.leave_unwritten(class_name, 0)  # a journal from elsewhere may have it deleted
        for class_name in {source.split("/")[0] for source, _ in renames if "/" in source and source[0] != "."}:
            self._remove_empty(class_name)

    def _remove_empty(self, class_name: str) -> None:
        folder = self.folder / class_name
        if is_folder(folder) and not any(folder.iterdir()):
            folder.rmdir()

    def stamp(self, class_name: str) -> None:
        """Note how a class's CSV file looks now, so that a hand edit is noticed."""
        self.journal.stamp(class_name, stamp_of(self.view.path(f"{class_name}.csv")))


def refusal(count: int) -> str:
    """What the report says of planned renames that lead out of the folder."""
    return (
        f"The journal asks for {count_of(count, 'change')} of files outside the dataset. Nothing outside it was "
        "touched. Try: find out where the dataset comes from before you trust it."
    )


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
    notes: list[str] = []
    with _locked(folder, notes), closing(journal_for_edit(folder, notes)) as journal:
        edit = Edit(folder, journal, notes)
        edit.settle()
        try:
            yield edit
        except BaseException:  # raised again; nothing may stay half done, not even after Ctrl-C
            with suppress(OSError, sqlite3.Error):  # a full disk; the next opening clears up
                edit.rollback()
            raise
    note_intact(folder)


@contextmanager
def _locked(folder: Path, notes: list[str]) -> Iterator[None]:
    try:
        if not folder.is_dir():
            raise DatasetError(f"Dataset {folder} was renamed or deleted in another window. Try: choose it again.")
        lock = folder / LOCK
        make_way(folder, lock, notes)
        # A lock of its own for each edit: threads of one process then keep each other out as processes do.
        with lock_file(lock, timeout=LOCK_TIMEOUT_S):
            yield
    except Timeout as error:
        raise DatasetError(busy(folder)) from error
    except (OSError, sqlite3.OperationalError) as error:
        raise NotWritableError(_in_words(folder, error)) from error


def busy(folder: Path) -> str:
    """What to say where another window holds the lock for long."""
    return f"Another window is busy with {folder.name}. Try: wait a moment and try again."


def not_writable(folder: Path) -> str:
    """What to say of a folder that can only be read."""
    return f"{folder} cannot be written to. Try: duplicate the dataset and edit the copy."


def _in_words(folder: Path, error: Exception) -> str:
    number = getattr(error, "errno", None)
    if number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) or "full" in str(error):
        return f"No space is left for {folder}: nothing was changed. Try: free some disk space, then try again."
    if number in (errno.EACCES, errno.EPERM, errno.EROFS) or "readonly" in str(error) or "unable to" in str(error):
        return not_writable(folder)
    return f"{folder} could not be changed: {error}. Nothing was lost. Try: repeat the change."
