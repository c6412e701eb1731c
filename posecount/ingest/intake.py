"""Takes what a person hands in, a folder, a zip, photos or a CSV file, into a dataset; in the background if wanted."""

from __future__ import annotations

import threading
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

from posecount.datasets.folder import HIDDEN
from posecount.datasets.records import SampleId
from posecount.datasets.store import DatasetStore
from posecount.errors import DatasetError
from posecount.ingest.archives import Photo, Skipped, open_archive, open_folder
from posecount.ingest.bootstrap import BootstrapProgress, BootstrapReport, bootstrap
from posecount.ingest.csv_import import ImportReport, import_csv, import_tables
from posecount.jobs import Cancelled, Job


class Problem(NamedTuple):
    """Something that gave no sample.

    Attributes:
        name: of the file, or file and row.
        kind: as in `posecount.ingest.bootstrap.Outcome`, or ``left out``.
        reason: in words.
        sample: whose duplicate it is.
        thumbnail: JPEG.
    """

    name: str
    kind: str
    reason: str
    sample: SampleId | None = None
    thumbnail: bytes | None = None


@dataclass(frozen=True, slots=True)
class IntakeReport:
    """What was taken in: by looking at photos, by reading tables; and what was no photo and no table."""

    photos: BootstrapReport | None = None
    tables: ImportReport | None = None
    skipped: tuple[Skipped, ...] = ()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All that gave no sample."""
        looked = self.photos.problems if self.photos else ()
        left_out = (*self.skipped, *(self.tables.problems if self.tables else ()))
        return (
            *(Problem(str(each.photo), each.kind, each.reason, each.sample, each.thumbnail) for each in looked),
            *(Problem(each.name, "left out", each.reason) for each in left_out),
        )

    @property
    def summary(self) -> str:
        """In one line."""
        words = []
        if self.photos:
            kinds = self.photos.kinds
            words.append(f"{kinds.pop('added', 0)} of {len(self.photos.outcomes)} photos added")
            words += [f"{count} {kind}" for kind, count in sorted(kinds.items())]
            if self.photos.beyond_limit:
                words.append(f"{self.photos.beyond_limit} beyond the limit")
            if self.photos.cancelled:
                words.append("cancelled")
        if self.tables:
            words.append(f"{self.tables.added} rows added")
            if self.tables.present:
                words.append(f"{self.tables.present} there already")
            words += [f"{len(self.tables.renamed)} names made safe"] if self.tables.renamed else []
        left_out = len(self.skipped) + (len(self.tables.problems) if self.tables else 0)
        words += [f"{left_out} left out"] if left_out else []
        return ", ".join(words)


class Intake:
    """Takes things into one dataset, with the same settings.

    Args:
        store: the dataset.
        model: path of the pose model.
        limit, jobs, again: see `posecount.ingest.bootstrap.bootstrap`.
    """

    def __init__(
        self,
        store: DatasetStore,
        model: Path,
        *,
        limit: int | None = None,
        jobs: int | None = None,
        again: bool = False,
        progress: Callable[[BootstrapProgress], None] = lambda progress: None,
        cancelled: Cancelled = lambda: False,
    ) -> None:
        self.store = store
        self.model = model
        self.limit, self.jobs, self.again = limit, jobs, again
        self.progress, self.cancelled = progress, cancelled

    def path(self, path: str | Path) -> IntakeReport:
        """Take a folder of ``<class>/<image>``, a zip, or a CSV file.

        Raises:
            DatasetError: if it is none of these, or the dataset cannot be written to.
        """
        path = Path(path)
        if path.is_dir():
            if path.resolve() == self.store.folder.resolve() or (path / HIDDEN).exists():
                raise DatasetError(f"{path} is a dataset itself. Try: give a folder of photos, or export it as zip.")
            source = open_folder(path)
            return IntakeReport(photos=self._bootstrap(source.photos), skipped=source.skipped)
        try:
            if path.suffix.lower() == ".csv":
                return self.csv(path.read_bytes(), path.name)
            with path.open("rb") as file:
                if not zipfile.is_zipfile(file):
                    raise DatasetError(f"{path} is no folder, zip or CSV file. Try: give one of these.")
                file.seek(0)
                return self.archive(file)
        except FileNotFoundError as error:
            raise DatasetError(f"{path} does not exist. Try: check the path.") from error

    def archive(self, file: BinaryIO) -> IntakeReport:
        """Take a zip of photos, or of a Colab dataset (then photos without a row are not looked at)."""
        with open_archive(file) as source:
            if source.tables:
                return IntakeReport(tables=import_tables(self.store, source))
            return IntakeReport(photos=self._bootstrap(source.photos), skipped=source.skipped)

    def photos(self, photos: Sequence[Photo]) -> IntakeReport:
        """Take photos."""
        return IntakeReport(photos=self._bootstrap(photos))

    def csv(self, data: bytes, file_name: str) -> IntakeReport:
        """Take an ML Kit CSV, or a Colab ``<class>.csv``."""
        return IntakeReport(tables=import_csv(self.store, data, file_name))

    def _bootstrap(self, photos: Sequence[Photo]) -> BootstrapReport:
        return bootstrap(
            self.store,
            photos,
            self.model,
            limit=self.limit,
            jobs=self.jobs,
            again=self.again,
            progress=self.progress,
            cancelled=self.cancelled,
        )


class IntakeJob(Job[IntakeReport]):
    """An intake in the background, begun at once; its result is the report.

    Args:
        intake: its `progress` and `cancelled` become the job's.
        take: what to do with it, e.g. ``lambda intake: intake.archive(file)``.

    Attributes:
        progress: how far it is; None until the first photo is done.
    """

    def __init__(self, intake: Intake, take: Callable[[Intake], IntakeReport]) -> None:
        self.progress: BootstrapProgress | None = None
        intake.progress = self._note

        def work(cancelled: threading.Event) -> IntakeReport:
            intake.cancelled = cancelled.is_set
            return take(intake)

        super().__init__(work, name="intake", after_surprise="What was added before is kept.")

    def _note(self, progress: BootstrapProgress) -> None:
        self.progress = progress
