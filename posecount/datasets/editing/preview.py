"""Reading a dataset: what recovery and aligning would give, worked out in memory. Nothing is written."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from posecount.datasets.editing.edit import LOCK, LOCK_TIMEOUT_S, Edit, busy, refusal
from posecount.datasets.editing.journal import Journal
from posecount.datasets.editing.journal_file import JOURNAL, journal_for_reading
from posecount.datasets.editing.paths import is_sound
from posecount.datasets.editing.reconcile import align
from posecount.datasets.editing.view import FolderView
from posecount.datasets.folder import METADATA_FILE, digest_of, is_file, stamp_of
from posecount.errors import DatasetError

try:
    import fcntl
except ImportError:  # Windows, where a reader does not wait for an edit but tries again
    fcntl = None  # type: ignore[assignment]


class Preview(Edit):
    """An edit that stays in memory: it changes a copy of the journal, and no file.

    Attributes:
        changed: whether an edit would change anything before it does what it is asked to.
        report: sentences that say what does not fit, and what the next edit does about it.
    """

    def __init__(self, folder: Path, journal: Journal, notes: list[str]) -> None:
        super().__init__(folder, journal, notes)
        self.changed = bool(notes)
        self.report: tuple[str, ...] = ()
        self._view = FolderView(folder)

    @property
    def view(self) -> FolderView:
        """The files of the folder as the next edit would find them."""
        return self._view

    def note_image(self, sample: int, file: Path) -> None:
        """Nothing: to read all images takes long, and only an edit needs their digests."""

    def moves(self, place: str) -> str:
        """Words for the report: what happens to a file that is set aside."""
        return f"set aside as {place} by the next edit"

    def commit(self) -> None:
        """See the folder as it would be with what was planned since the last commit."""
        self.changed = True
        self.journal.commit()
        self._view = FolderView(self.folder, self.journal.planned())

    def settle(self) -> None:
        """See the folder as it would be with the renames that are committed but not made."""
        planned = self.journal.planned()
        sound = [pair for pair in planned if is_sound(pair)]
        if len(sound) < len(planned):
            self.notes.append(refusal(len(planned) - len(sound)))
        if planned:
            self.changed = True
            self._view = FolderView(self.folder, sound)
            self._settle_stamps(sound)

    def prepare_class(self, name: str) -> None:
        """Nothing: the rows are in the journal."""

    def _remove_empty(self, class_name: str) -> None:
        """Nothing."""

    @property
    def version(self) -> str:
        """Differs after every change; while edits by hand are not taken over, after every change of a file."""
        if not self.changed and is_file(self.folder / JOURNAL):
            return self.journal.version
        tables = (f"{name} {stamp_of(file)}" for name, file in FolderView(self.folder).class_files().items())
        others = (stamp_of(self.folder / name) for name in (METADATA_FILE, JOURNAL))
        images = map("/".join, self.view.images())
        words = "\n".join((str(self.folder.absolute()), *tables, *others, *images))
        return digest_of(words.encode(errors="replace"))[:16]


@contextmanager
def previewing(folder: Path) -> Iterator[Preview]:
    """Yield a dataset as the next edit would find it, edits by hand taken over; `Preview.report` says so.

    Raises:
        DatasetError: if it cannot be read, or another window holds the lock for long.
    """
    with recovered(folder) as preview:
        report = align(preview, time.time())
        preview.report = (*dict.fromkeys((*preview.notes, *report)),)
        yield preview


@contextmanager
def recovered(folder: Path) -> Iterator[Preview]:
    """Yield a dataset as it is, after what a killed process had left to do; edits by hand are not taken over.

    Raises:
        DatasetError: if it cannot be read, or another window holds the lock for long.
    """
    try:
        with _shared_lock(folder / LOCK):
            notes: list[str] = []
            with closing(journal_for_reading(folder, notes) or Journal()) as journal:
                preview = Preview(folder, journal, notes)
                preview.settle()
                yield preview
    except OSError as error:
        raise DatasetError(f"{folder} cannot be read: {error.strerror or error}. Try: check its files.") from error


@contextmanager
def _shared_lock(file: Path) -> Iterator[None]:
    """Keep edits out while reading, where there is a lock; it is neither made nor written to."""
    try:
        handle = os.open(file, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)) if fcntl and is_file(file) else None
    except OSError:
        handle = None
    try:
        deadline = time.monotonic() + LOCK_TIMEOUT_S
        while handle is not None:
            try:
                fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise DatasetError(busy(file.parent.parent)) from None
                time.sleep(0.02)
        yield
    finally:
        if handle is not None:
            os.close(handle)
