"""PoseDataset: labelled poses, as Colab folder or ML Kit CSV.

- **Colab folder**: one ``<class>.csv`` a class, rows ``image_name,x1,y1,z1,…,x33,y33,z33``, no header.
- **ML Kit CSV**: one file, rows ``name,class,x1,y1,z1,…``, no header, no quoting.

A Colab folder may also hold ``posecount.json`` with ``{"targets": {exercise: class}}``, see `PoseDataset.exercises`.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import numpy as np

from posecount.errors import DatasetError
from posecount.files import replacing
from posecount.pose import LANDMARK_COUNT, FloatArray

METADATA_FILE = "posecount.json"
VALUE_COUNT = 3 * LANDMARK_COUNT
"""Numbers of a row: x, y, z of each landmark."""

_LABELS = {"pushups": "Push-ups", "situps": "Sit-ups", "pullups": "Pull-ups", "chinups": "Chin-ups"}


def is_negative(class_name: str) -> bool:
    """Whether a class holds negatives (``none``, ``other_*``): poses that are no exercise."""
    return class_name == "none" or class_name.startswith("other_")


def exercise_of(class_name: str) -> str:
    """The exercise a class belongs to: what stands before the last underscore, ``squats`` of ``squats_up``."""
    return class_name.rpartition("_")[0] or class_name


def exercise_label(exercise: str) -> str:
    """An exercise in plain words, for people: ``Push-ups`` of ``pushups``."""
    return _LABELS.get(exercise) or exercise.replace("_", " ").strip().capitalize()


@dataclass(frozen=True, slots=True)
class Exercise:
    """An exercise of a dataset.

    Attributes:
        name: e.g. ``squats``.
        target: the class at the turning point of a repetition, e.g. ``squats_down``.
        rest: the exercise's other classes, e.g. ``("squats_up",)``; empty where there is only one.
    """

    name: str
    target: str
    rest: tuple[str, ...]

    @property
    def label(self) -> str:
        """The name in plain words."""
        return exercise_label(self.name)


@dataclass(frozen=True, slots=True, eq=False)
class PoseDataset:
    """Labelled poses, in database order: classes sorted, rows in file order within a class.

    Attributes:
        names: the samples' image names, N of them.
        labels: the samples' classes, N of them.
        landmarks: float32 (N, 33, 3), image pixels.
        targets: exercise → class at the turning point of a repetition, where the dataset says so.

    Raises:
        DatasetError: if the parts do not fit together, are not finite, or have fewer than two classes.
    """

    names: tuple[str, ...]
    labels: tuple[str, ...]
    landmarks: FloatArray
    targets: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        if not len(self.names) == len(self.labels) == len(self.landmarks):
            raise DatasetError("a dataset needs one name, one class and one pose per sample")
        if self.landmarks.shape[1:] != (LANDMARK_COUNT, 3) or not np.isfinite(self.landmarks).all():
            raise DatasetError("landmarks must be finite and have shape (N, 33, 3)")
        if list(self.labels) != sorted(self.labels):
            order = sorted(range(len(self.labels)), key=self.labels.__getitem__)  # stable: keeps file order
            object.__setattr__(self, "names", tuple(self.names[i] for i in order))
            object.__setattr__(self, "labels", tuple(self.labels[i] for i in order))
            object.__setattr__(self, "landmarks", self.landmarks[order])
        self.landmarks.setflags(write=False)

    def __reduce__(self) -> tuple[type[PoseDataset], tuple[object, ...]]:
        """How to send it to another process: a read-only mapping cannot be."""
        return type(self), (self.names, self.labels, self.landmarks, dict(self.targets))

    def __len__(self) -> int:
        return len(self.names)

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes, sorted."""
        return tuple(sorted(set(self.labels)))

    @property
    def exercises(self) -> tuple[Exercise, ...]:
        """The exercises, sorted by name; negatives are none.

        The target is what the dataset says; else the class ending in ``_down``, as in the published samples; else the
        last in sorted order.
        """
        states: dict[str, list[str]] = {}
        for name in self.classes:
            if not is_negative(name):
                states.setdefault(exercise_of(name), []).append(name)
        exercises = []
        for exercise, members in sorted(states.items()):
            down = f"{exercise}_down"
            target = self.targets.get(exercise)
            if target not in members:
                target = down if down in members else members[-1]
            exercises.append(Exercise(exercise, target, tuple(name for name in members if name != target)))
        return tuple(exercises)

    @classmethod
    def load(cls, path: str | Path) -> PoseDataset:
        """Load a Colab folder or an ML Kit CSV; wholly or not at all.

        Raises:
            DatasetError: for a path that is missing, holds no samples or one class only, or has a row of the wrong
                length, a non-number or a number that is not finite.
        """
        path = Path(path)
        if path.is_dir():
            rows, targets = list(_read_folder(path)), _read_metadata(path)
        elif path.is_file():
            rows, targets = list(_read_mlkit(path)), {}
        else:
            raise DatasetError(
                f"Dataset {path} does not exist. Remedy: give a folder of <class>.csv files or an ML Kit CSV."
            )
        if not rows:
            what = f"no rows in the .csv files of {path}" if path.is_dir() else f"no rows in {path}"
            raise DatasetError(f"Dataset is empty: {what}. Remedy: add samples, at least two classes of them.")
        classes = {label for _, label, _ in rows}
        if len(classes) == 1:
            raise DatasetError(
                f"Dataset {path} has one class only, {classes.pop()}. Remedy: add samples of a second class, "
                "such as the other end position of the exercise."
            )
        names, labels, landmarks = zip(*rows, strict=True)
        return cls(tuple(names), tuple(labels), np.stack(landmarks), MappingProxyType(targets))

    def save(self, folder: str | Path) -> None:
        """Write the dataset as a Colab folder, without images; each file wholly or not at all.

        Args:
            folder: made where it is missing. Its ``<class>.csv`` files of the same classes are replaced.

        Raises:
            DatasetError: if the folder holds other classes, a class's name cannot be a file's, or it cannot be written.
        """
        folder = Path(folder)
        if others := sorted({file.stem for file in class_files(folder)} - set(self.classes)):
            raise DatasetError(
                f"{folder} already holds the class {others[0]}, which this dataset lacks. Remedy: choose a new folder."
            )
        for name in self.classes:
            if not name or name.startswith(".") or set(name) & set("/\\\0\n"):
                raise DatasetError(f"The class {name[:40]!r} cannot be the name of a file. Remedy: rename it.")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for label in self.classes:
                chosen = (index for index, other in enumerate(self.labels) if other == label)
                rows = (format_row(self.names[i], format_landmarks(self.landmarks[i])) for i in chosen)
                with replacing(folder / f"{label}.csv") as file:
                    file.write_text("".join(rows), encoding="utf-8", newline="")
            if self.targets:
                with replacing(folder / METADATA_FILE) as file:
                    file.write_text(json.dumps({"targets": dict(self.targets)}, indent=1) + "\n", encoding="utf-8")
        except OSError as error:
            raise DatasetError(f"The dataset cannot be written to {folder}: {error}.") from error


def parse_rows(data: bytes, where: str) -> Iterator[tuple[int, list[str]]]:
    """Rows of a CSV file that are not blank, with their line numbers from 1.

    Args:
        data: the file's bytes, UTF-8.
        where: what messages call the file.

    Raises:
        DatasetError: if it is not UTF-8, or at the first row that is no CSV.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _unreadable(where, error) from error
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        for row in reader:
            if row:
                yield reader.line_num, row
    except csv.Error as error:
        raise DatasetError(f"{where}, row {reader.line_num}: {error}. Remedy: correct or delete the row.") from error


def parse_landmarks(values: Sequence[str], where: str) -> FloatArray:
    """The 99 numbers of a row as float32 (33, 3).

    Raises:
        DatasetError: for another number of values, a non-number, or a number that float32 cannot hold.
    """
    if len(values) != VALUE_COUNT:
        raise DatasetError(
            f"{where}: {len(values)} numbers instead of {VALUE_COUNT} (x, y, z of 33 landmarks). "
            "Remedy: correct or delete the row."
        )
    landmarks = np.empty(VALUE_COUNT, dtype=np.float64)
    for index, value in enumerate(values):
        try:
            landmarks[index] = float(value)
        except ValueError:
            raise DatasetError(
                f"{where}, landmark {index // 3 + 1}: {value[:40]!r} is not a number. "
                "Remedy: correct or delete the row."
            ) from None
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite, and is refused as such
        single = landmarks.astype(np.float32)
    bad = np.flatnonzero(~np.isfinite(single))
    if bad.size:
        raise DatasetError(
            f"{where}, landmark {bad[0] // 3 + 1}: {values[bad[0]][:40]!r} is not a finite number. "
            "Remedy: correct or delete the row."
        )
    return single.reshape(LANDMARK_COUNT, 3)


def format_landmarks(landmarks: FloatArray) -> str:
    """Landmarks, float32 (33, 3), as 99 numbers with commas between, each the shortest that float32 reads back."""
    return ",".join(landmarks.astype(np.float32).ravel().astype("U32").tolist())


def format_row(*fields: str) -> str:
    """Fields as a CSV line, with its line end; the last field may be what `format_landmarks` gives.

    Names are quoted where CSV needs it.
    """
    *names, values = fields
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(names)  # names with either are then quoted
    return f"{line.getvalue()[:-2]},{values}\n"


def read_targets(data: bytes, where: str) -> dict[str, str]:
    """The ``targets`` of a ``posecount.json``; DatasetError if it is not as expected."""
    try:
        targets = json.loads(data).get("targets", {})
        return {str(exercise): str(target) for exercise, target in targets.items()}
    except (ValueError, AttributeError, RecursionError) as error:
        raise DatasetError(
            f"{where} is not as expected: {error}. "
            'Remedy: make it {"targets": {"squats": "squats_down"}} or delete it.'
        ) from error


def class_files(folder: Path) -> list[Path]:
    """The ``<class>.csv`` files of a Colab folder, sorted by class; hidden ones are half-written leftovers."""
    return sorted((file for file in folder.glob("*.csv") if not file.name.startswith(".")), key=lambda file: file.stem)


def _read_folder(folder: Path) -> Iterator[tuple[str, str, FloatArray]]:
    files = class_files(folder)
    if not files:
        raise DatasetError(f"Dataset {folder} holds no .csv file. Remedy: it needs one <class>.csv per class.")
    for file in files:
        for number, row in parse_rows(_bytes(file), str(file)):
            if len(row) != VALUE_COUNT + 1:
                raise DatasetError(
                    f"{file}, row {number}: {len(row)} fields instead of {VALUE_COUNT + 1} (image name, then x, y, z "
                    "of 33 landmarks). Remedy: correct or delete the row."
                )
            yield row[0], file.stem, parse_landmarks(row[1:], f"{file}, row {number}")


def _read_mlkit(file: Path) -> Iterator[tuple[str, str, FloatArray]]:
    for number, row in parse_rows(_bytes(file), str(file)):
        if len(row) != VALUE_COUNT + 2:
            raise DatasetError(
                f"{file}, row {number}: {len(row)} fields instead of {VALUE_COUNT + 2} (name, class, then x, y, z of "
                "33 landmarks). Remedy: correct or delete the row; for a Colab dataset give the folder, not the file."
            )
        if not row[1].strip():
            raise DatasetError(f"{file}, row {number}: the class is empty. Remedy: name it, or delete the row.")
        yield row[0], row[1].strip(), parse_landmarks(row[2:], f"{file}, row {number}")


def _read_metadata(folder: Path) -> dict[str, str]:
    file = folder / METADATA_FILE
    return read_targets(_bytes(file), str(file)) if file.exists() else {}


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise _unreadable(str(file), error) from error


def _unreadable(where: str, error: Exception) -> DatasetError:
    return DatasetError(f"{where} cannot be read as UTF-8 text: {error}. Remedy: save it as CSV in UTF-8.")
