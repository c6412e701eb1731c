"""Datasets for other programs: ML Kit's CSV, the Colab folder as zip, and the Java that the sample app needs.

Every file is written aside, read back as the other program would read it, and only then put in its place.
"""

from __future__ import annotations

import json
import re
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from posecount.datasets.csv_rows import VALUE_COUNT, format_landmarks, parse_landmarks, parse_rows
from posecount.datasets.dataset import PoseDataset, exercise_of, is_hold
from posecount.datasets.folder import METADATA_FILE
from posecount.datasets.records import count_of
from posecount.errors import DatasetError
from posecount.files import replacing_output
from posecount.names import free_name, safe_file_name, safe_name

FEWEST_SAMPLES = 10
"""Fewer samples in a class earn a warning: ML Kit lets 10 neighbours vote and counts above 6."""

_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
"""The earliest time a zip can hold: the same dataset gives the same bytes."""


@dataclass(frozen=True, slots=True)
class Renamed:
    """A name that was changed because other programs cannot read it."""

    what: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.what} {self.before!r} is written as {self.after!r}"


@dataclass(frozen=True, slots=True, eq=False)
class ExportPlan:
    """What an export will hold.

    Attributes:
        dataset: with safe names, and samples in the order in which they are written.
        sources: for each of these samples, its index in the original dataset.
        renamed: the names that were changed.
        counts: samples per class.
        warnings: sentences that say what makes the result less useful.
        java: the two lines that ML Kit's sample app needs in ``PoseClassifierProcessor``.
    """

    dataset: PoseDataset
    sources: tuple[int, ...]
    renamed: tuple[Renamed, ...]
    counts: dict[str, int]
    warnings: tuple[str, ...]
    java: str


def plan_export(dataset: PoseDataset, file_name: str = "fitness_pose_samples.csv") -> ExportPlan:
    """Make names safe and look for what deserves a warning.

    Classes become ASCII letters, digits, ``_`` and ``-``; samples may also have spaces, dots and round brackets. Names
    that would then be the same are numbered ``-2``, ``-3`` …: classes among themselves, samples within a class.

    Args:
        dataset: the samples.
        file_name: the name under which the Java looks for the file.

    Raises:
        DatasetError: if the dataset is empty.
    """
    if not len(dataset):
        raise DatasetError("There is nothing to export: the dataset is empty. Try: add samples.")
    renamed: list[Renamed] = []
    classes = _safe_classes(dataset.classes)
    renamed += [Renamed("class", before, after) for before, after in classes.items() if before != after]
    names: list[str] = [""] * len(dataset)
    per_class: dict[str, set[str]] = {name: set() for name in dataset.classes}
    safe = [_ascii_file(name) for name in dataset.names]
    for index in sorted(range(len(dataset)), key=lambda index: safe[index] != dataset.names[index]):
        names[index] = _free(safe[index], per_class[dataset.labels[index]])
        if names[index] != dataset.names[index]:
            renamed.append(Renamed("sample", dataset.names[index], names[index]))
    labels = [classes[label] for label in dataset.labels]
    order = sorted(range(len(dataset)), key=labels.__getitem__)  # stable: as the dataset would be read again
    targets = {
        exercise_of(classes[target]): classes[target] for target in dataset.targets.values() if target in classes
    }
    planned = PoseDataset(
        tuple(names[i] for i in order), tuple(labels[i] for i in order), dataset.landmarks[order], targets
    )
    counts = dict(sorted(Counter(labels).items()))
    return ExportPlan(
        planned, tuple(order), tuple(renamed), counts, tuple(_warnings(planned, counts)), java_lines(planned, file_name)
    )


def java_lines(dataset: PoseDataset, file_name: str) -> str:
    """The two lines of ``PoseClassifierProcessor.java`` that name the file and the classes to count."""
    targets = ", ".join(json.dumps(exercise.target) for exercise in dataset.exercises)
    return (
        f"private static final String POSE_SAMPLES_FILE = {json.dumps(f'pose/{file_name}')};\n"
        f"private static final String[] POSE_CLASSES = {{ {targets} }};"
    )


def export_mlkit(dataset: PoseDataset, file: str | Path) -> ExportPlan:
    """Write ML Kit's CSV: rows ``name,class,x1,y1,z1,…``, no header, no quotes.

    Args:
        dataset: the samples.
        file: replaced wholly or not at all.

    Raises:
        DatasetError: if the dataset is empty or the file cannot be written.
    """
    file = Path(file)
    plan = plan_export(dataset, file.name)
    rows = (
        f"{name},{label},{format_landmarks(landmarks)}\n"
        for name, label, landmarks in zip(plan.dataset.names, plan.dataset.labels, plan.dataset.landmarks, strict=True)
    )
    with _writing(file) as temporary:
        temporary.write_text("".join(rows), encoding="ascii", newline="")
        check_mlkit(temporary.read_bytes(), plan.dataset)
    return plan


def check_mlkit(data: bytes, dataset: PoseDataset) -> None:
    """Read a file as ML Kit's parser does, and compare it to the dataset.

    The parser takes lines as Java's ``readLine``, splits them at every comma, skips those without exactly 101 fields,
    and reads numbers by ``Float.parseFloat``.

    Raises:
        DatasetError: at the first row that it would skip or read as something else.
    """
    lines = re.split(r"\r\n|\r|\n", data.decode("utf-8"))
    if lines and not lines[-1]:
        lines.pop()
    if len(lines) != len(dataset):
        raise DatasetError(f"ML Kit would read {len(lines)} rows instead of {len(dataset)}.")
    for number, line in enumerate(lines, 1):
        fields = line.split(",")
        if len(fields) != VALUE_COUNT + 2:
            raise DatasetError(f"Row {number}: ML Kit wants {VALUE_COUNT + 2} fields, and would skip {len(fields)}.")
        if (fields[0], fields[1]) != (dataset.names[number - 1], dataset.labels[number - 1]):
            raise DatasetError(f"Row {number}: ML Kit would read another name or class.")
        values = parse_landmarks(fields[2:], f"Row {number}")
        if not np.array_equal(values, dataset.landmarks[number - 1]):
            raise DatasetError(f"Row {number}: ML Kit would read other numbers.")


def export_colab(
    dataset: PoseDataset, file: str | Path, image_path: Callable[[int], Path | None] | None = None
) -> ExportPlan:
    """Write the Colab folder as zip: a ``<class>.csv`` per class and, if wanted, the images in ``<class>/``.

    Args:
        dataset: the samples.
        file: replaced wholly or not at all.
        image_path: returns the image of a sample by its index, or None; without it no images are written.

    Raises:
        DatasetError: if the dataset is empty, an image cannot be read, or the file cannot be written.
    """
    file = Path(file)
    plan = plan_export(dataset)
    with _writing(file) as temporary:
        with zipfile.ZipFile(temporary, "w") as archive:
            for label in plan.dataset.classes:
                rows = (
                    f"{name},{format_landmarks(landmarks)}\n"
                    for name, other, landmarks in zip(
                        plan.dataset.names, plan.dataset.labels, plan.dataset.landmarks, strict=True
                    )
                    if other == label
                )
                _add(archive, f"{label}.csv", "".join(rows).encode("ascii"), zipfile.ZIP_DEFLATED)
            if plan.dataset.targets:
                metadata = json.dumps({"targets": dict(sorted(plan.dataset.targets.items()))}, indent=1) + "\n"
                _add(archive, METADATA_FILE, metadata.encode(), zipfile.ZIP_DEFLATED)
            for index, source in enumerate(plan.sources if image_path else ()):
                path = image_path(source) if image_path else None
                if path is not None:
                    name = f"{plan.dataset.labels[index]}/{plan.dataset.names[index]}"
                    _add(archive, name, path.read_bytes(), zipfile.ZIP_STORED)  # pictures are compressed already
        check_colab(temporary, plan.dataset)
    return plan


def check_colab(file: Path, dataset: PoseDataset) -> None:
    """Read a zip as the notebook does, and compare it to the dataset.

    Raises:
        DatasetError: if a CSV or image in it is damaged or differs.
    """
    with zipfile.ZipFile(file) as archive:
        if damaged := archive.testzip():
            raise DatasetError(f"{damaged} was damaged while it was written. Try: export again.")
        rows: list[tuple[str, str]] = []
        for label in dataset.classes:
            for number, row in parse_rows(archive.read(f"{label}.csv"), f"{label}.csv"):
                values = parse_landmarks(row[1:], f"{label}.csv, row {number}")
                if len(rows) >= len(dataset) or not np.array_equal(values, dataset.landmarks[len(rows)]):
                    raise DatasetError(
                        f"{label}.csv, row {number}: its numbers changed when they were read back. Try: export again."
                    )
                rows.append((row[0], label))
        if rows != list(zip(dataset.names, dataset.labels, strict=True)):
            raise DatasetError("The zip holds other samples than the dataset. Try: export again.")


def _add(archive: zipfile.ZipFile, name: str, data: bytes, compression: int) -> None:
    entry = zipfile.ZipInfo(name, _ZIP_TIME)
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, data, compression)


@contextmanager
def _writing(file: Path) -> Iterator[Path]:
    """`replacing_output`, with disk failures as DatasetError."""
    try:
        with replacing_output(file) as temporary:
            yield temporary
    except OSError as error:
        raise DatasetError(
            f"{file} cannot be written: {error}. Try: free disk space or choose another place."
        ) from error


def _warnings(dataset: PoseDataset, counts: dict[str, int]) -> Iterator[str]:
    for hold in dataset.holds:
        yield (
            f"{hold.target} is a pose to hold, which posecount times. ML Kit's app does not: it counts one each time a "
            "person enters and leaves the pose."
        )
    if len(counts) == 1:
        yield (
            f"There is only one class, {next(iter(counts))}, so every pose will be that class. Add the other end "
            "position, and poses that belong to no exercise as none."
        )
    for name, count in counts.items():
        if count < FEWEST_SAMPLES:
            yield (
                f"{name} has {count_of(count, 'sample')}, fewer than {FEWEST_SAMPLES}. ML Kit lets ten neighbours vote "
                "and is unlikely to count with so few. Add more photos of it."
            )
    for exercise in dataset.exercises:
        if not exercise.rest and not is_hold(exercise.target):
            yield (
                f"The class {exercise.target} is alone in its exercise: there is no other end position. "
                "Name both ends of a movement <exercise>_<state>, such as squats_up, or call it none or other_…."
            )
        if f"{exercise.name}_down" in exercise.rest:
            yield (
                f"{exercise.label}: the turning point is {exercise.target}, but the file itself cannot say so. Copy "
                f"the Java lines below. With {exercise.name}_down in its place, ML Kit's app counts at the wrong "
                "moment."
            )
    if not dataset.exercises:
        yield "There is no exercise to count: all classes are negatives."


def _ascii(text: str) -> str:
    """The text without accents; other characters beyond ASCII become ``_``."""
    decomposed = unicodedata.normalize("NFKD", text)
    plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    return re.sub(r"[^\x20-\x7e]+", "_", plain)


def _safe_classes(names: tuple[str, ...]) -> dict[str, str]:
    """Class → safe name. Classes of one exercise stay together, those of different ones apart."""
    exercises: dict[str, str] = {}
    taken: set[str] = set()
    # Names that are already safe come first, so that they stay as they are.
    for exercise in sorted(
        {exercise_of(name) for name in names}, key=lambda name: (_safe(name, "exercise") != name, name)
    ):
        exercises[exercise] = _free(_safe(exercise, "exercise"), taken)
    classes: dict[str, str] = {}
    taken = set()
    for name in sorted(names, key=lambda name: (_safe(name, "exercise") != name, name)):
        exercise = exercise_of(name)
        state = name[len(exercise) + 1 :]
        wanted = f"{exercises[exercise]}_{_safe(state, 'state')}" if state else exercises[exercise]
        classes[name] = _free(_safe(wanted, "exercise"), taken)
    return classes


def _safe(text: str, otherwise: str) -> str:
    try:
        return safe_name(_ascii(text))
    except DatasetError:  # nothing is left of it
        return otherwise


def _ascii_file(name: str) -> str:
    return safe_file_name(_ascii(name))


def _free(name: str, taken: set[str]) -> str:
    free = free_name(name, taken)
    taken.add(free.casefold())
    return free
