"""DatasetStore: a dataset folder that is edited, by several windows at once if need be, and never loses a sample.

On disk it is a Colab folder (``<class>.csv``, ``<class>/<image>``, ``posecount.json``) and one hidden folder,
``.posecount/``, with the journal, the bin, and what was set aside when the folder had been edited by hand.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import numpy as np

from posecount.datasets.contents import DatasetContents, folder_contents, journal_contents
from posecount.datasets.folder import HIDDEN, METADATA_FILE, check_folder, digest_of
from posecount.datasets.journal import Journal
from posecount.datasets.reconcile import NotWritableError, editing, reading
from posecount.datasets.records import (
    Action,
    Change,
    Known,
    NewSample,
    Record,
    Rejected,
    Removed,
    SampleId,
    State,
    Undone,
    binned,
)
from posecount.errors import DatasetError
from posecount.files import replacing
from posecount.names import free_name, safe_file_name, safe_name
from posecount.pose import LANDMARK_COUNT

T = TypeVar("T")


class DatasetStore:
    """A dataset folder opened for editing. Every edit is atomic, noted in `history` and can be undone.

    `dataset`, `samples`, `version` and the like are one consistent snapshot, taken when the store was opened, after
    each edit and at `refresh`. An edit first takes over what other windows, or a person with a file manager, have
    changed meanwhile; if a sample it names is no longer where the caller saw it, it does nothing and says so. A process
    killed in the middle of an edit leaves either the old state or the new one, whoever opens the folder next.

    Args:
        folder: a Colab folder; made by `create`.
        read_only: never write, not even to align; also set where the folder cannot be written to.

    Attributes:
        dataset: the samples as PoseDataset, in database order; may be empty.
        samples: the id of each sample, in the order of `dataset`.
        visibility: float32 (N, 33), NaN where unknown.
        kept: samples that a reviewer has judged good, not to be asked about again until they are relabelled.
        version: a key for caches; differs after every change and between datasets.
        report: what was taken over or set aside on the last opening or `refresh`, in sentences.

    Raises:
        DatasetError: if the folder is missing, or is no dataset; from any edit that cannot be made. Nothing has changed
            then.
    """

    def __init__(self, folder: str | Path, *, read_only: bool = False) -> None:
        self.folder = Path(folder)
        self.read_only = read_only
        self.report: tuple[str, ...] = ()
        check_folder(self.folder)
        if not read_only:
            try:
                self.refresh()
            except NotWritableError as error:
                self.read_only = True
                self.report = (str(error),)
        if self.read_only:
            self._show(folder_contents(self.folder))

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
            raise DatasetError(f"The dataset {folder} cannot be made: {error.strerror}.") from error
        return cls(folder)

    # what there is

    def refresh(self) -> None:
        """Take a new snapshot: what other windows or hands have changed is taken over, and said in `report`."""
        self.report = ()
        if self.read_only:
            self._show(folder_contents(self.folder))
        else:
            with self._edit() as journal:
                self._show(journal_contents(journal))

    def image_path(self, sample: SampleId) -> Path | None:
        """The sample's image, or None where it has none."""
        return self.folder / sample.class_name / sample.name if sample in self._images else None

    def bin(self) -> tuple[Removed, ...]:
        """The removed samples, last removed first."""
        return tuple(
            Removed(SampleId(state.class_name, state.name), id, state.reason)
            for id, state, _ in self._read(lambda journal: journal.records("bin"))
        )[::-1]

    def bin_image_path(self, removed: Removed) -> Path | None:
        """The image of a sample in the bin, or None."""
        path = self.folder / HIDDEN / "bin" / f"{removed.number}{Path(removed.sample.name).suffix}"
        return path if path.exists() else None

    def history(self) -> tuple[Action, ...]:
        """All actions, last first."""
        rows = self._read(
            lambda journal: journal.db.execute(
                "SELECT id, time, kind, words, undoes FROM actions ORDER BY id DESC"
            ).fetchall()
        )
        undone: set[int] = set()
        for id, _, _, _, undoes in rows:  # last first: an undo that is itself undone does not count
            if undoes is not None and id not in undone:
                undone.add(undoes)
        return tuple(
            Action(id, datetime.fromtimestamp(moment), kind, words, id in undone) for id, moment, kind, words, _ in rows
        )

    def rejected(self) -> tuple[Rejected, ...]:
        """The pictures that gave no sample, in order of class and name."""
        rows = self._read(
            lambda journal: journal.db.execute(
                "SELECT class, name, outcome, reason, digest, thumbnail FROM rejected ORDER BY class, name"
            ).fetchall()
        )
        return tuple(Rejected(*row) for row in rows)

    def known(self) -> dict[str, Known]:
        """sha256 of every picture that was looked at → what became of it."""
        rejected = self._read(
            lambda journal: journal.db.execute("SELECT digest, class, name, reason FROM rejected").fetchall()
        )
        known = {row[0]: Known(f"looked at before, as {row[1]}/{row[2]}: {row[3]}", None) for row in rejected}
        rows = self._read(
            lambda journal: journal.db.execute(
                "SELECT digest, source, place, class, name FROM samples WHERE COALESCE(digest, source) IS NOT NULL"
            ).fetchall()
        )
        for digest, source, place, class_name, name in rows:
            sample = SampleId(class_name, name)
            words = f"the same picture as {sample}"
            if place == "bin":
                words += ", which was removed; it can be restored from the bin"
            known |= {key: Known(words, sample) for key in (digest, source) if key}
        return known

    # edits

    def add(
        self, samples: Iterable[NewSample], rejected: Iterable[Rejected] = (), run: str | None = None
    ) -> tuple[SampleId, ...]:
        """Add samples, and note pictures that gave none; returns the ids under which the samples are stored.

        Additions that name the same `run` (any text of the caller's) are one action in the history.

        Raises:
            DatasetError: for a class name without letters, landmarks that are not finite, a full disk.
        """
        new, notes = list(samples), list(rejected)
        with self._edit() as journal:
            taken = self._taken(journal)
            classes = {name.casefold(): name for name in taken}
            changes = []
            for sample in new:
                if sample.landmarks.shape != (LANDMARK_COUNT, 3) or not np.isfinite(sample.landmarks).all():
                    raise DatasetError(f"{sample.name}: landmarks must be finite and have shape (33, 3).")
                class_name = safe_name(sample.class_name, "class name")
                class_name = classes.setdefault(class_name.casefold(), class_name)
                state = State("dataset", class_name, safe_file_name(sample.name), image=sample.image is not None)
                state = self._vacant(state, taken)
                digest = digest_of(sample.image) if sample.image is not None else None
                id = journal.insert(state, sample.landmarks, sample.text, sample.visibility, digest, sample.source)
                if sample.image is not None:
                    journal.prepare_image(sample.image, Path(state.class_name, state.name))
                changes.append(Change(id, replace(state, place="nowhere"), state))
            journal.db.executemany("DELETE FROM rejected WHERE digest = ?", ((each.source,) for each in new))
            journal.db.executemany(
                "INSERT OR REPLACE INTO rejected VALUES (?, ?, ?, ?, ?, ?)",
                (
                    (each.digest, each.class_name, each.name, each.outcome, each.reason, each.thumbnail)
                    for each in notes
                ),
            )
            so_far = [*journal.changes_of_run(run), *changes] if run else changes
            where = ", ".join(sorted({change.after.class_name for change in so_far}))
            self._commit(journal, "add", f"Added {_samples(len(so_far))} to {where}", changes, run=run)
        return tuple(SampleId(change.after.class_name, change.after.name) for change in changes)

    def relabel(self, samples: Iterable[SampleId], class_name: str) -> tuple[SampleId, ...]:
        """Move samples to another class, which may be new; returns their new ids."""
        with self._edit() as journal:
            taken = self._taken(journal)
            wanted = safe_name(class_name, "class name")
            target = {name.casefold(): name for name in taken}.get(wanted.casefold(), wanted)
            changes = []
            for record in self._find(journal, samples):
                if record.state.class_name != target:
                    after = self._vacant(replace(record.state, class_name=target, kept=False), taken)
                    changes.append(Change(record.id, record.state, after))
            self._commit(journal, "relabel", f"Moved {_samples(len(changes))} to {target}", changes)
        return tuple(SampleId(change.after.class_name, change.after.name) for change in changes)

    def remove(self, samples: Iterable[SampleId], reason: str = "removed") -> None:
        """Move samples to the bin."""
        with self._edit() as journal:
            changes = [Change(each.id, each.state, binned(each.state, reason)) for each in self._find(journal, samples)]
            self._commit(journal, "remove", f"Removed {_samples(len(changes))}", changes)

    def restore(self, removed: Iterable[Removed]) -> tuple[SampleId, ...]:
        """Take samples out of the bin again; returns their ids, which differ where the name is taken by now."""
        with self._edit() as journal:
            binned_now = {record.id: record for record in journal.records("bin")}
            if gone := [str(each.sample) for each in removed if each.number not in binned_now]:
                raise DatasetError(_stale(gone, "in the bin"))
            taken = self._taken(journal)
            changes = []
            for each in removed:
                before = binned_now[each.number].state
                after = self._vacant(replace(before, place="dataset", reason=""), taken)
                changes.append(Change(each.number, before, after))
            self._commit(journal, "restore", f"Restored {_samples(len(changes))} from the bin", changes)
        return tuple(SampleId(change.after.class_name, change.after.name) for change in changes)

    def keep(self, samples: Iterable[SampleId]) -> None:
        """Remember that samples were reviewed and are good; forgotten when they are relabelled."""
        with self._edit() as journal:
            changes = [
                Change(each.id, each.state, replace(each.state, kept=True))
                for each in self._find(journal, samples)
                if not each.state.kept
            ]
            self._commit(journal, "keep", f"Kept {_samples(len(changes))} after review", changes)

    def undo(self, action: Action | None = None) -> Undone:
        """Undo an action, by default the last that is not undone; an undo can itself be undone.

        Samples that a later action has moved on stay, and are named in the result. Undoing an addition moves the
        samples to the bin.

        Raises:
            DatasetError: if there is nothing to undo, or nothing of it can be undone.
        """
        if action is None:
            action = next((each for each in self.history() if not each.undone and each.kind != "undo"), None)
            if action is None:
                raise DatasetError("There is nothing to undo.")
        with self._edit() as journal:
            changes, conflicts = self._reverse(journal, journal.changes_of(action.number))
            if not changes:
                why = " ".join(conflicts) or "It has been undone already."
                raise DatasetError(f"“{action.words}” cannot be undone. {why}")
            self._commit(journal, "undo", f"Undid “{action.words}”", changes, action.number)
        return Undone(len(changes), tuple(conflicts))

    def set_targets(self, targets: Mapping[str, str]) -> None:
        """Say which class is the turning point of an exercise, see `PoseDataset.exercises`; others stay as they are."""
        with self._edit() as journal:
            file = self.folder / METADATA_FILE
            metadata = json.loads(file.read_bytes()) if file.exists() else {}
            metadata["targets"] = {**metadata.get("targets", {}), **targets}
            with replacing(file) as temporary:
                temporary.write_text(json.dumps(metadata, indent=1) + "\n", encoding="utf-8")
            journal.commit()
            self._show(journal_contents(journal))

    # within an edit

    def _find(self, journal: Journal, samples: Iterable[SampleId]) -> list[Record]:
        records = {SampleId(record.state.class_name, record.state.name): record for record in journal.records()}
        wanted = list(dict.fromkeys(samples))
        if gone := [str(sample) for sample in wanted if sample not in records]:
            self._show(journal_contents(journal))
            raise DatasetError(_stale(gone, "in this dataset"))
        return [records[sample] for sample in wanted]

    @staticmethod
    def _taken(journal: Journal) -> dict[str, set[str]]:
        """Names in use, casefolded, by class."""
        taken: dict[str, set[str]] = {}
        for record in journal.records():
            taken.setdefault(record.state.class_name, set()).add(record.state.name.casefold())
        return taken

    @staticmethod
    def _vacant(state: State, taken: dict[str, set[str]]) -> State:
        """The state under a name that is free in its class."""
        names = taken.setdefault(state.class_name, set())
        name = free_name(state.name, names)
        names.add(name.casefold())
        return replace(state, name=name)

    def _reverse(self, journal: Journal, done: list[Change]) -> tuple[list[Change], list[str]]:
        taken = self._taken(journal)
        changes, conflicts = [], []
        for sample, before, after in done:
            now = journal.record(sample).state
            goal = binned(after, "its addition was undone") if before.place == "nowhere" else before
            goal = replace(goal, image=now.image)  # an image deleted by hand does not come back
            if now == goal:
                continue
            if (now.place, now.class_name) != (after.place, after.class_name):
                where = "is now in the bin" if now.place == "bin" else f"is now in {now.class_name}"
                conflicts.append(f"{after.class_name}/{after.name} {where}, by a later action: undo that one first.")
                continue
            if goal.place == "dataset" and (now.place, now.class_name, now.name) != (
                "dataset",
                goal.class_name,
                goal.name,
            ):
                goal = self._vacant(goal, taken)
            changes.append(Change(sample, now, goal))
        return changes, conflicts

    def _commit(
        self,
        journal: Journal,
        kind: str,
        words: str,
        changes: list[Change],
        undoes: int | None = None,
        run: str | None = None,
    ) -> None:
        if changes:
            journal.change(changes)
            states = [state for change in changes for state in change[1:] if state.place == "dataset"]
            if kind != "keep":  # which the CSV files do not show
                for name in sorted({state.class_name for state in states}):
                    journal.prepare_class(name)
            journal.log(time.time(), kind, words, changes, undoes, run)
        journal.commit()
        self._show(journal_contents(journal))

    @contextmanager
    def _edit(self) -> Iterator[Journal]:
        if self.read_only:
            raise DatasetError(f"{self.folder} is read-only. Try: duplicate the dataset and edit the copy.")
        with editing(self.folder) as (journal, report):
            self.report += report
            yield journal

    def _read(self, query: Callable[[Journal], T]) -> T:
        with reading(None if self.read_only else self.folder) as journal:
            return query(journal)

    def _show(self, contents: DatasetContents) -> None:
        self.dataset, self.samples, self.visibility = contents.dataset, contents.samples, contents.visibility
        self.version, self.kept, self._images = contents.version, contents.kept, contents.images
        self.report += contents.faults


def _samples(count: int) -> str:
    return "1 sample" if count == 1 else f"{count} samples"


def _stale(gone: list[str], where: str) -> str:
    names = f"{', '.join(gone[:3])}{', …' if len(gone) > 3 else ''}"
    return (
        f"{names}: no longer {where}, as it was changed meanwhile, perhaps in another window. Nothing was done. "
        "Try: look at the dataset as it is now, and try again."
    )
