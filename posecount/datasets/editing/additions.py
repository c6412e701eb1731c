"""New samples for a dataset, all at once or in batches."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np

from posecount.datasets.editing.edit import Edit, unaligned_edit
from posecount.datasets.editing.turning_points import prepare_targets, words_for
from posecount.datasets.folder import digest_of
from posecount.datasets.records import Change, Known, NewSample, Rejected, SampleId, State, count_of
from posecount.errors import DatasetError
from posecount.names import safe_file_name
from posecount.pose import LANDMARK_COUNT


class Additions:
    """Batches of new samples, which are one action in the history. Use `posecount.datasets.store.DatasetStore.adding`.

    A batch is committed with its images, and only the journal has its rows: a class's CSV file may have thousands, and
    is written once, by the next aligned edit.

    Args:
        folder: the dataset, aligned.
        run: tells these batches from others; any text.
    """

    def __init__(self, folder: Path, run: str) -> None:
        self._folder = folder
        self._run = run

    def add(self, samples: Iterable[NewSample], rejected: Iterable[Rejected] = ()) -> tuple[SampleId, ...]:
        """Add a batch, as `posecount.datasets.store.DatasetStore.add` does."""
        with unaligned_edit(self._folder) as edit:
            return self._add(edit, list(samples), list(rejected))

    def add_unknown(
        self, samples: Iterable[NewSample], rejected: Iterable[Rejected] = (), *, by: Literal["picture", "row"]
    ) -> tuple[SampleId | Known, ...]:
        """Add those of a batch that the dataset does not have: another window may have added them in the meantime.

        Args:
            by: what makes two samples the same: the sha256 of the file that they were made from, or class, name and
                numbers.

        Returns:
            For each sample the id under which it is stored, or what is known of it.
        """
        samples = list(samples)
        with unaligned_edit(self._folder) as edit:
            known = [_known(edit, sample, by) for sample in samples]
            new = [sample for sample, found in zip(samples, known, strict=True) if found is None]
            ids = iter(self._add(edit, new, list(rejected)))
        return tuple(found or next(ids) for found in known)

    def set_targets(self, targets: Mapping[str, str]) -> None:
        """Name turning points, those of classes that the dataset has."""
        with unaligned_edit(self._folder) as edit:
            classes = edit.journal.classes()
            changes = prepare_targets(edit, {name: target for name, target in targets.items() if target in classes})
            if changes:
                words = _words(edit, [], self._run) or words_for(changes)
                edit.journal.log(time.time(), "add", words, [], run=self._run, targets=changes)
            edit.commit()

    def _add(self, edit: Edit, samples: list[NewSample], rejected: list[Rejected]) -> tuple[SampleId, ...]:
        changes, words = add_samples(edit, samples, rejected, self._run)
        if changes:
            edit.change(changes)
            for change in changes:  # ids rise, so that the first of a class counts
                edit.journal.leave_unwritten(change.after.class_name, change.sample)
            edit.journal.log(time.time(), "add", words, changes, run=self._run)
        edit.commit()
        return tuple(SampleId(change.after.class_name, change.after.name) for change in changes)


def _known(edit: Edit, sample: NewSample, by: Literal["picture", "row"]) -> Known | None:
    if by == "picture":
        return edit.journal.same_picture(sample.source) if sample.source else None
    name = safe_file_name(sample.name)
    return edit.journal.same_row(edit.class_named(sample.class_name), name, sample.landmarks)


def add_samples(
    edit: Edit, samples: Sequence[NewSample], rejected: Sequence[Rejected], run: str | None = None
) -> tuple[list[Change], str]:
    """Prepare new samples with their images, and note pictures that gave none; the caller makes the changes.

    Returns:
        The changes, and a sentence for the history: of the whole run so far, where there is one.

    Raises:
        DatasetError: for a class name without letters, or landmarks that are not finite.
    """
    changes = []
    for sample in samples:
        if sample.landmarks.shape != (LANDMARK_COUNT, 3) or not np.isfinite(sample.landmarks).all():
            raise DatasetError(
                f"{sample.name}: its landmarks are not 33 points of finite numbers. Try: leave this sample out."
            )
        class_name = edit.class_named(sample.class_name)
        state = State("dataset", class_name, safe_file_name(sample.name), image=sample.image is not None)
        state = edit.vacant(state)
        digest = digest_of(sample.image) if sample.image is not None else None
        id = edit.journal.insert(state, sample, digest)
        if sample.image is not None:
            edit.prepare_image(sample.image, state)
        changes.append(Change(id, replace(state, place="nowhere"), state))
    edit.journal.accept(samples)
    edit.journal.reject(rejected)
    return changes, _words(edit, changes, run)


def _words(edit: Edit, changes: list[Change], run: str | None) -> str:
    """What the history says of samples that are added, and of those that were in the same run; empty if none are."""
    count, classes = edit.journal.added_in_run(run)
    if not (count or changes):
        return ""
    where = ", ".join(sorted(classes | {change.after.class_name for change in changes}))
    return f"Added {count_of(count + len(changes), 'sample')} to {where}"
