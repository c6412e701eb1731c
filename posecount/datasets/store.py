"""DatasetStore: a dataset folder that several windows may edit at once, and that never loses a sample.

On disk it is a Colab folder (``<class>.csv``, ``<class>/<image>``, ``posecount.json``) and one hidden folder,
``.posecount/``, with the journal, the bin, and the files that were set aside after an edit by hand.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from posecount.datasets.contents import contents_of
from posecount.datasets.editing.additions import Additions, add_samples
from posecount.datasets.editing.edit import Edit, image_file, not_writable
from posecount.datasets.editing.journal_file import JOURNAL
from posecount.datasets.editing.preview import Preview, previewing, recovered
from posecount.datasets.editing.reconcile import editing
from posecount.datasets.editing.turning_points import prepare_targets, words_for
from posecount.datasets.editing.undo import undo
from posecount.datasets.folder import HIDDEN, check_folder, is_file, stamp_of
from posecount.datasets.records import (
    Action,
    Change,
    Known,
    NewSample,
    Record,
    Rejected,
    Removed,
    SampleId,
    Undone,
    binned,
    count_of,
)
from posecount.errors import DatasetError

T = TypeVar("T")


class DatasetStore:
    """A dataset folder opened for editing. Every edit is atomic, noted in `history` and can be undone.

    The attributes show the state of the opening, of the last edit, or of the last `refresh`. Reading writes nothing:
    changes made by hand, or what a killed process left to do, are shown as the next edit will carry them out. An edit
    takes over these and the changes of other windows first, and does nothing if a sample is no longer where the caller
    saw it. A killed edit leaves the old state or the new one. No link is followed, and nothing outside is touched.

    Args:
        folder: a Colab folder; `create` makes one.
        read_only: refuse edits; also set where the folder cannot be written to.

    Attributes:
        dataset: the samples as PoseDataset, in database order; may be empty.
        samples: the id of each sample, in the order of `dataset`.
        visibility: float32 (N, 33), NaN where unknown.
        kept: samples that a reviewer judged good; review leaves them out until they are relabelled.
        version: a key for caches; differs after every change and between datasets.
        report: sentences that say what does not fit in the folder, and what is or will be done about it: what the last
            opening or `refresh` found, or an edit since.

    Raises:
        DatasetError: if the folder is missing or is not a dataset; from an edit that cannot be made, and then nothing
            has changed.
    """

    def __init__(self, folder: str | Path, *, read_only: bool = False) -> None:
        self.folder = Path(folder)
        self.read_only = read_only
        self.report: tuple[str, ...] = ()
        check_folder(self.folder)
        if not read_only and not _writable(self.folder):
            self.read_only = True
        self.refresh()
        if self.read_only and not read_only:
            self.report = (not_writable(self.folder), *self.report)

    @classmethod
    def create(cls, folder: str | Path) -> DatasetStore:
        """Make an empty dataset; the folder must be new or empty."""
        folder = Path(folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if any(folder.iterdir()):
                raise DatasetError(f"{folder} is not empty. Try: choose another name.")
            (folder / HIDDEN).mkdir()
        except OSError as error:
            raise DatasetError(
                f"The dataset {folder} cannot be made: {error.strerror}. Try: choose another place."
            ) from error
        return cls(folder)

    # what there is

    def refresh(self) -> None:
        """Show the dataset as it is now. `report` says what was edited by hand."""
        with previewing(self.folder) as preview:
            self.report = preview.report
            self._show(preview)

    def image_path(self, sample: SampleId) -> Path | None:
        """The sample's image, or None where it has none."""
        return self._images.get(sample)

    def bin(self) -> tuple[Removed, ...]:
        """The removed samples, last removed first."""

        def removed(edit: Edit, record: Record) -> Removed:
            id, state, _ = record
            image = edit.view.path(image_file(id, state).as_posix())
            return Removed(SampleId(state.class_name, state.name), id, state.reason, *edit.journal.pose(id), image)

        return self._read(lambda edit: tuple(removed(edit, each) for each in edit.journal.records("bin")[::-1]))

    def bin_image_path(self, removed: Removed) -> Path | None:
        """The image of a sample in the bin, or None."""
        return removed.image if removed.image and removed.image.exists() else None

    def history(self) -> tuple[Action, ...]:
        """All actions, last first."""
        return self._read(lambda edit: edit.journal.history())

    def rejected(self) -> tuple[Rejected, ...]:
        """The pictures that gave no sample, in order of class and name."""
        return self._read(lambda edit: edit.journal.rejected())

    def known(self) -> dict[str, Known]:
        """sha256 of every picture that was looked at → what is known of it."""
        return self._read(lambda edit: edit.journal.known())

    # edits

    def add(
        self,
        samples: Iterable[NewSample],
        rejected: Iterable[Rejected] = (),
        targets: Mapping[str, str] = MappingProxyType({}),
    ) -> tuple[SampleId, ...]:
        """Add samples, and note pictures that gave none. Return the ids under which the samples are stored.

        Args:
            samples, rejected: in the order in which they are added.
            targets: turning points to name with them, as in `set_targets`.

        Raises:
            DatasetError: for a class name without letters, landmarks that are not finite, a full disk.
        """
        with self._edit() as edit:
            changes, words = add_samples(edit, list(samples), list(rejected))
            named = prepare_targets(edit, targets)
            edit.finish("add", words or words_for(named), changes, targets=named)
            self._show(edit)
        return _ids(changes)

    @contextmanager
    def adding(self) -> Iterator[Additions]:
        """Add samples in batches that are one action in the history; their CSV files are written at the end.

        Each batch is safe once it is added: if the process dies, the next opening of the dataset writes its rows into
        the CSV files. The attributes of the store show the samples at the end.

        Raises:
            DatasetError: if the dataset cannot be written to. The batches before stay.
        """
        self._take_over()
        additions = Additions(self.folder, uuid.uuid4().hex)
        try:
            yield additions
        except BaseException:  # raised again, also after Ctrl-C: the batches that are stored are shown
            with suppress(DatasetError):  # the first error says more
                self._take_over()
            raise
        self._take_over()

    def relabel(self, samples: Iterable[SampleId], class_name: str) -> tuple[SampleId, ...]:
        """Move samples to another class, which may be new. Return their new ids."""
        with self._edit() as edit:
            target = edit.class_named(class_name)
            changes = [
                Change(each.id, each.state, edit.vacant(replace(each.state, class_name=target, kept=False)))
                for each in self._find(edit, samples)
                if each.state.class_name != target
            ]
            self._finish(edit, "relabel", f"Moved {count_of(len(changes), 'sample')} to {target}", changes)
        return _ids(changes)

    def remove(self, samples: Iterable[SampleId], reason: str = "removed") -> None:
        """Move samples to the bin."""
        with self._edit() as edit:
            changes = [Change(each.id, each.state, binned(each.state, reason)) for each in self._find(edit, samples)]
            self._finish(edit, "remove", f"Removed {count_of(len(changes), 'sample')}", changes)

    def restore(self, removed: Iterable[Removed]) -> tuple[SampleId, ...]:
        """Take samples out of the bin. Return their ids, which differ where the name has been taken since."""
        with self._edit() as edit:
            binned_now = {record.id: record for record in edit.journal.records("bin")}
            if gone := [str(each.sample) for each in removed if each.number not in binned_now]:
                raise DatasetError(_stale(gone, "in the bin"))
            changes = []
            for each in removed:
                before = binned_now[each.number].state
                image = edit.has_image(each.number, before)
                after = replace(before, place="dataset", reason="", image=image)
                changes.append(Change(each.number, before, edit.vacant(after)))
            self._finish(edit, "restore", f"Restored {count_of(len(changes), 'sample')} from the bin", changes)
        return _ids(changes)

    def keep(self, samples: Iterable[SampleId]) -> None:
        """Remember that samples were reviewed and are good; forgotten when they are relabelled."""
        with self._edit() as edit:
            changes = [
                Change(each.id, each.state, replace(each.state, kept=True))
                for each in self._find(edit, samples)
                if not each.state.kept
            ]
            self._finish(edit, "keep", f"Kept {count_of(len(changes), 'sample')} after review", changes)

    def undo(self, action: Action | None = None) -> Undone:
        """Undo an action, by default the last that is not undone. An undo can itself be undone.

        Samples that a later action has moved stay where they are, and the result names them. Undoing an addition moves
        the samples to the bin.

        Raises:
            DatasetError: if there is nothing to undo, or nothing of it can be undone.
        """
        if action is None:
            action = next((each for each in self.history() if not each.undone and each.kind != "undo"), None)
            if action is None:
                raise DatasetError("There is nothing to undo.")
        with self._edit() as edit:
            undone = undo(edit, action)
            self._show(edit)
        return undone

    def set_targets(self, targets: Mapping[str, str]) -> None:
        """Say which class is the turning point of an exercise, see `PoseDataset.exercises`; others stay as they are."""
        with self._edit() as edit:
            if changes := prepare_targets(edit, targets):
                edit.finish("targets", words_for(changes), [], targets=changes)
            self._show(edit)

    # within an edit

    def _take_over(self) -> None:
        with self._edit() as edit:
            self._show(edit)

    def _find(self, edit: Edit, samples: Iterable[SampleId]) -> list[Record]:
        records = {SampleId(record.state.class_name, record.state.name): record for record in edit.journal.records()}
        wanted = list(dict.fromkeys(samples))
        if gone := [str(sample) for sample in wanted if sample not in records]:
            self._show(edit)
            raise DatasetError(_stale(gone, "in this dataset"))
        return [records[sample] for sample in wanted]

    def _finish(self, edit: Edit, kind: str, words: str, changes: list[Change]) -> None:
        edit.finish(kind, words, changes)
        self._show(edit)

    @contextmanager
    def _edit(self) -> Iterator[Edit]:
        if self.read_only:
            raise DatasetError(f"{self.folder} is read-only. Try: duplicate the dataset and edit the copy.")
        with editing(self.folder) as (edit, report):
            self.report = report or self.report
            told = len(edit.notes)
            yield edit
            self.report += tuple(edit.notes[told:])

    def _read(self, query: Callable[[Edit], T]) -> T:
        # What is shown is aligned: only if another window has changed it since is it worth to align again.
        with (recovered if stamp_of(self.folder / JOURNAL) == self._aligned else previewing)(self.folder) as preview:
            return query(preview)

    def _show(self, edit: Edit) -> None:
        # A folder without a journal has no history to align for.
        pending = isinstance(edit, Preview) and edit.changed and is_file(self.folder / JOURNAL)
        self._aligned = None if pending else stamp_of(self.folder / JOURNAL)
        contents = contents_of(edit)
        self.dataset, self.samples, self.visibility = contents.dataset, contents.samples, contents.visibility
        self.version, self.kept, self._images = contents.version, contents.kept, contents.images


def _writable(folder: Path) -> bool:
    effective = os.access in os.supports_effective_ids
    places = [each for each in (folder, folder / HIDDEN) if each.exists()]
    return all(os.access(each, os.W_OK | os.X_OK, effective_ids=effective) for each in places)


def _ids(changes: Iterable[Change]) -> tuple[SampleId, ...]:
    """The samples as they are after changes."""
    return tuple(SampleId(change.after.class_name, change.after.name) for change in changes)


def _stale(gone: list[str], where: str) -> str:
    names = f"{', '.join(gone[:3])}{', …' if len(gone) > 3 else ''}"
    return (
        f"{names}: no longer {where}; it was changed meanwhile, perhaps in another window. Nothing was done. "
        "Try: look at the dataset as it is now, and repeat the change."
    )
