"""Takes what a person hands in, a folder, a zip, photos or a CSV file, into a dataset; in the background if wanted."""

from __future__ import annotations

import threading
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from posecount.datasets.folder import HIDDEN
from posecount.datasets.store import DatasetStore
from posecount.errors import DatasetError
from posecount.files import regular_file
from posecount.ingest.archives import open_archive
from posecount.ingest.collection import MAX_TABLE_BYTES, Collection, open_csv, open_folder, too_many_rows
from posecount.ingest.csv_import import import_tables
from posecount.ingest.report import IntakeReport
from posecount.jobs import Cancelled, Job


def open_path(path: str | Path) -> Collection:
    """What a folder of ``<class>/<image>``, a zip or a CSV file holds.

    Raises:
        DatasetError: if it is none of these, holds nothing of use, or is a dataset that posecount edits.
    """
    path = Path(path)
    if path.is_dir():
        if (path / HIDDEN).exists():
            raise DatasetError(f"{path} is a dataset itself. Try: give a folder of photos, or export it as zip.")
        return open_folder(path)
    try:
        regular_file(path)
        if path.suffix.lower() == ".csv":
            if path.stat().st_size > MAX_TABLE_BYTES:
                raise too_many_rows(path.name)
            return open_csv(path.read_bytes(), path.name)
        if not zipfile.is_zipfile(path):
            path.stat()
            raise DatasetError(f"{path} is not a folder, zip or CSV file. Try: give one of these.")
        return open_archive(path.open("rb"))
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {error.strerror}. Try: check the path.") from error


def take_in(
    store: DatasetStore,
    collection: Collection,
    model: Path | None,
    *,
    limit: int | None = None,
    jobs: int | None = None,
    again: bool = False,
    progress: Callable[[int, int, Counter[str]], None] = lambda done, total, kinds: None,
    cancelled: Cancelled = lambda: False,
) -> IntakeReport:
    """Add what a person handed in to a dataset: the rows of its tables, or else the poses in its photos.

    Args:
        store: the dataset.
        collection: see `posecount.ingest.collection.Collection`.
        model: path of the pose model; None where `Collection.needs_model` is False.
        limit, jobs, again, progress, cancelled: see `posecount.ingest.bootstrap.bootstrap`.

    Raises:
        DatasetError: if the dataset cannot be written to.
        ModelError: if the model cannot be loaded.
    """
    if not collection.needs_model:
        return import_tables(store, collection)
    if model is None:
        raise ValueError("photos need a pose model")
    from posecount.ingest.bootstrap import bootstrap  # loads MediaPipe, which takes seconds and a CSV does not need

    report = bootstrap(
        store,
        collection.photos,
        model,
        limit=limit,
        jobs=jobs,
        again=again,
        progress=progress,
        cancelled=cancelled,
    )
    return replace(report, findings=(*report.findings, *collection.left_out))


class IntakeJob(Job[IntakeReport]):
    """An intake in the background; its result is the report. It closes the collection at the end.

    Args:
        store, collection, model, limit, jobs, again: see `take_in`.

    Attributes:
        progress: photos done, photos in all, and how many results of each kind there are; None until the first photo.
    """

    def __init__(
        self,
        store: DatasetStore,
        collection: Collection,
        model: Path | None,
        *,
        limit: int | None = None,
        jobs: int | None = None,
        again: bool = False,
    ) -> None:
        self.progress: tuple[int, int, Counter[str]] | None = None

        def note(done: int, total: int, kinds: Counter[str]) -> None:
            self.progress = (done, total, kinds)

        def work(cancelled: threading.Event) -> IntakeReport:
            with collection:
                return take_in(
                    store,
                    collection,
                    model,
                    limit=limit,
                    jobs=jobs,
                    again=again,
                    progress=note,
                    cancelled=cancelled.is_set,
                )

        super().__init__(work, name="intake", after_surprise="What was added before is kept.")
