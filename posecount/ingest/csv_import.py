"""CSV files from elsewhere, Colab's and ML Kit's, into a dataset: row by row, with a report of what was left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import islice

from posecount.datasets.csv_rows import VALUE_COUNT, parse_landmarks, parse_rows
from posecount.datasets.dataset import MOST_CLASSES
from posecount.datasets.editing.additions import Additions
from posecount.datasets.folder import METADATA_FILE, digest_of, read_targets
from posecount.datasets.photos import PhotoError, bare_photo
from posecount.datasets.records import Known, NewSample
from posecount.datasets.store import DatasetStore
from posecount.errors import DatasetError
from posecount.ingest.collection import Collection, Photo
from posecount.ingest.report import ADDED, LEFT_OUT, PRESENT, Finding, IntakeReport
from posecount.names import safe_file_name, safe_name, unnumbered

_BATCH_BYTES = 30_000_000
_MOST_FAULTS = 1000
"""Rows of a table that are reported one by one; a table with more is another kind of file."""
_LOOKED_AT = 1000
_COLAB, _MLKIT = VALUE_COUNT + 1, VALUE_COUNT + 2


def import_tables(store: DatasetStore, collection: Collection) -> IntakeReport:
    """Add the rows of a Colab dataset, with their images, or of ML Kit CSV files.

    A bad row is reported with its number and left out; a row that the dataset has already is not added again. Photos
    without a row are reported.

    Args:
        store: the dataset.
        collection: with tables.

    Raises:
        DatasetError: if the dataset cannot be written to.
    """
    with store.adding() as additions:
        run = _Import(store, collection, additions)
        for stem, data in collection.tables:
            run.take(stem, data)
        run.store_batch()
        run.take_targets(collection.metadata)
    run.report_unused_photos()
    return IntakeReport(tuple(run.findings), "row", run.renamed)


class _Import:
    def __init__(self, store: DatasetStore, collection: Collection, additions: Additions) -> None:
        self.findings = list(collection.left_out)
        self.renamed: dict[str, str] = {}
        self._additions = additions
        self._present = {
            (sample.class_name, name, landmarks.tobytes())
            for sample, landmarks in zip(store.samples, store.dataset.landmarks, strict=True)
            for name in (sample.name, unnumbered(sample.name))  # a name that comes again is stored with a number
        }
        self._photos = {(photo.class_name, photo.name): photo for photo in collection.photos}
        self._used: set[tuple[str, str]] = set()
        self._batch: list[tuple[str, NewSample]] = []
        self._size = 0
        self._classes = set(store.dataset.classes)

    def take(self, stem: str, data: bytes) -> None:
        """Add the rows of a table; where they have photos, these lie in the folder of the table's name."""
        for where, row in _rows(stem, data, self.findings):
            sample = self._renamed(row)
            key = (stem, row.name)
            if (sample.class_name, sample.name, row.landmarks.tobytes()) in self._present:
                self.findings.append(Finding(where, PRESENT))
                self._used.add(key)
                continue
            if sample.class_name not in self._classes and len(self._classes) >= MOST_CLASSES:
                reason = f"a dataset has at most {MOST_CLASSES:,} classes. The rows after it were left out."
                self.findings.append(Finding(where, LEFT_OUT, reason))
                return
            self._classes.add(sample.class_name)
            if key in self._photos:
                self._used.add(key)
                image = self._image(self._photos[key], where)
                sample = replace(sample, image=image, source=digest_of(image) if image else None)
            self._batch.append((where, sample))
            self._size += len(sample.image or b"") + len(sample.text or "")
            if self._size > _BATCH_BYTES:
                self.store_batch()

    def store_batch(self) -> None:
        """Store the rows that were taken."""
        if self._batch:
            stored = self._additions.add_unknown((sample for _, sample in self._batch), by="row")
            self.findings += [
                Finding(where, PRESENT) if isinstance(each, Known) else Finding(where, ADDED, sample=each)
                for (where, _), each in zip(self._batch, stored, strict=True)
            ]
            self._batch, self._size = [], 0

    def take_targets(self, metadata: bytes | None) -> None:
        """Take over the turning points of classes that the dataset has, from a ``posecount.json``."""
        if metadata is not None:
            try:
                targets = read_targets(metadata, METADATA_FILE)
            except DatasetError as error:
                self.findings.append(Finding(METADATA_FILE, LEFT_OUT, str(error)))
            else:
                self._additions.set_targets(targets)

    def report_unused_photos(self) -> None:
        """Say which photos have no row."""
        for (class_name, name), photo in self._photos.items():
            if (class_name, name) not in self._used:
                reason = f"{class_name}.csv has no row for it; you can add it as a photo"
                self.findings.append(Finding(str(photo), LEFT_OUT, reason))

    def _renamed(self, row: NewSample) -> NewSample:
        class_name, name = safe_name(row.class_name, "class name"), safe_file_name(row.name)
        for before, after in ((row.class_name, class_name), (row.name, name)):
            if before != after:
                self.renamed[before] = after
        return replace(row, class_name=class_name, name=name)

    def _image(self, photo: Photo, where: str) -> bytes | None:
        try:
            return bare_photo(photo.read())
        except PhotoError as error:
            self.findings.append(Finding(where, LEFT_OUT, f"only its picture {photo}, which cannot be used: {error}"))
            return None


def _rows(stem: str, data: bytes, findings: list[Finding]) -> Iterator[tuple[str, NewSample]]:
    """The good rows of a table, each with its place in the file; the others are reported."""
    file = f"{stem}.csv"
    expected = _usual_length(data, file)
    faults = 0
    try:
        for number, fields in parse_rows(data, file):
            where = f"{file}, row {number}"
            try:
                yield where, _sample(fields, expected, stem, where)
            except DatasetError as error:
                findings.append(Finding(where, LEFT_OUT, str(error).removeprefix(where).lstrip(":, ")))
                faults += 1
            if faults == _MOST_FAULTS:
                raise DatasetError(f"{_MOST_FAULTS:,} rows of {file} cannot be used.")
    except DatasetError as error:
        findings.append(Finding(file, LEFT_OUT, f"{error} The rows after it were left out."))


def _usual_length(data: bytes, file: str) -> int:
    """How many fields rows should have: a comma in a Colab name makes a row look like ML Kit's, but not most rows."""
    lengths: Counter[int] = Counter()
    with suppress(DatasetError):
        lengths.update(len(fields) for _, fields in islice(parse_rows(data, file), _LOOKED_AT))
    return _MLKIT if lengths[_MLKIT] > lengths[_COLAB] else _COLAB


def _sample(fields: list[str], expected: int, stem: str, where: str) -> NewSample:
    if len(fields) != expected:
        raise DatasetError(f"{len(fields)} fields instead of {expected}")
    class_name = fields[1].strip() if expected == _MLKIT else stem
    values = fields[-VALUE_COUNT:]
    safe_name(class_name, "class name")
    return NewSample(class_name, fields[0], parse_landmarks(values, where), text=",".join(values))
