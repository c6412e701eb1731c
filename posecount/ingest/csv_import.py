"""CSV files from elsewhere, Colab's and ML Kit's, into a dataset: row by row, with a report of what was left out."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from posecount.datasets.csv_rows import VALUE_COUNT, parse_landmarks, parse_rows
from posecount.datasets.folder import METADATA_FILE, digest_of, read_targets
from posecount.datasets.photos import PhotoError, bare_photo
from posecount.datasets.records import NewSample
from posecount.datasets.store import DatasetStore
from posecount.errors import DatasetError
from posecount.ingest.archives import Photo, Skipped, Source, Table
from posecount.names import safe_file_name, safe_name
from posecount.pose import FloatArray

_BATCH_BYTES = 100_000_000
_COLAB, _MLKIT = VALUE_COUNT + 1, VALUE_COUNT + 2


@dataclass(slots=True)
class ImportReport:
    """What an import did.

    Attributes:
        added: samples.
        present: rows that the dataset had already, number for number.
        problems: rows and files that were left out, and why.
        renamed: names that were made safe, (before, after).
    """

    added: int = 0
    present: int = 0
    problems: list[Skipped] = field(default_factory=list)
    renamed: dict[str, str] = field(default_factory=dict)


class _Row(NamedTuple):
    where: str
    class_name: str
    name: str
    landmarks: FloatArray
    text: str


def import_tables(store: DatasetStore, source: Source) -> ImportReport:
    """Add the rows of a Colab dataset, with their images, or of ML Kit CSV files.

    A bad row is reported with its number and left out; a row that the dataset has already is not added again. Photos
    without a row are reported.

    Args:
        source: with tables, see `posecount.ingest.archives.open_archive`.

    Raises:
        DatasetError: if the dataset cannot be written to.
    """
    report = ImportReport(problems=list(source.skipped))
    present = {
        (sample.class_name, sample.name, landmarks.tobytes())
        for sample, landmarks in zip(store.samples, store.dataset.landmarks, strict=True)
    }
    run = uuid.uuid4().hex
    batch: list[NewSample] = []
    size = 0
    used: set[tuple[str, str]] = set()
    for table in source.tables:
        for row in _rows(table, report):
            class_name, name = _safe(row, report)
            if (class_name, name, row.landmarks.tobytes()) in present:
                report.present += 1
                used.add((row.class_name, row.name))
                continue
            photo = table.photos.get(row.name)
            image = _image(photo, row, report) if photo else None
            if photo:
                used.add((photo.class_name, photo.name))
            digest = digest_of(image) if image else None
            batch.append(NewSample(class_name, name, row.landmarks, image=image, source=digest, text=row.text))
            size += len(image or b"") + len(row.text)
            if size > _BATCH_BYTES:
                report.added += len(store.add(batch, run=run))
                batch, size = [], 0
    if batch:
        report.added += len(store.add(batch, run=run))
    report.problems += [
        Skipped(f"{photo.class_name}/{photo.name}", f"{photo.class_name}.csv has no row for it; add it as a photo")
        for photo in source.photos
        if (photo.class_name, photo.name) not in used
    ]
    _take_targets(store, source.metadata, report)
    return report


def import_csv(store: DatasetStore, data: bytes, file_name: str) -> ImportReport:
    """Add the rows of one CSV file: ML Kit's, or a Colab ``<class>.csv``; as `import_tables`."""
    stem = file_name.rpartition(".")[0] or file_name
    return import_tables(store, Source((), (Table(stem, data, {}),), None, ()))


def _rows(table: Table, report: ImportReport) -> Iterator[_Row]:
    file = f"{table.stem}.csv"
    rows: list[tuple[int, list[str]]] = []
    try:
        for number_and_fields in parse_rows(table.data, file):
            rows.append(number_and_fields)
    except DatasetError as error:
        report.problems.append(Skipped(file, f"{error} What follows it was left out."))
    # A comma in a Colab name makes a row look like ML Kit's: the file's usual length says which of the two it is.
    lengths = Counter(len(fields) for _, fields in rows)
    expected = _MLKIT if lengths[_MLKIT] > lengths[_COLAB] else _COLAB
    for number, fields in rows:
        where = f"{file}, row {number}"
        if len(fields) != expected:
            report.problems.append(Skipped(where, f"{len(fields)} fields instead of {expected}"))
            continue
        class_name = fields[1].strip() if expected == _MLKIT else table.stem
        values = fields[-VALUE_COUNT:]
        try:
            safe_name(class_name, "class name")
            yield _Row(where, class_name, fields[0], parse_landmarks(values, where), ",".join(values))
        except DatasetError as error:
            report.problems.append(Skipped(where, str(error).removeprefix(where).lstrip(":, ")))


def _safe(row: _Row, report: ImportReport) -> tuple[str, str]:
    class_name, name = safe_name(row.class_name, "class name"), safe_file_name(row.name)
    for before, after in ((row.class_name, class_name), (row.name, name)):
        if before != after:
            report.renamed[before] = after
    return class_name, name


def _image(photo: Photo, row: _Row, report: ImportReport) -> bytes | None:
    try:
        return bare_photo(photo.read())
    except PhotoError as error:
        reason = f"its picture {photo.class_name}/{photo.name} was left out: {error}"
        report.problems.append(Skipped(row.where, reason))
        return None


def _take_targets(store: DatasetStore, metadata: bytes | None, report: ImportReport) -> None:
    if metadata is None:
        return
    try:
        targets: Mapping[str, str] = read_targets(metadata, METADATA_FILE)
    except DatasetError as error:
        report.problems.append(Skipped(METADATA_FILE, str(error)))
        return
    classes = set(store.dataset.classes)
    if chosen := {name: target for name, target in targets.items() if target in classes}:
        store.set_targets(chosen)
