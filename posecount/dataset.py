"""PoseDataset: labelled poses, as Colab folder or ML Kit CSV.

- **Colab folder**: one ``<class>.csv`` a class, rows ``image_name,x1,y1,z1,…,x33,y33,z33``, no header.
- **ML Kit CSV**: one file, rows ``name,class,x1,y1,z1,…``, no header, no quoting.

A Colab folder may also hold ``posecount.json`` with ``{"targets": {exercise: class}}``, see `PoseDataset.exercises`.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import numpy as np

from posecount.errors import PosecountError
from posecount.pose import LANDMARK_COUNT, FloatArray

METADATA_FILE = "posecount.json"
_VALUES = 3 * LANDMARK_COUNT
_LABELS = {"pushups": "Push-ups", "situps": "Sit-ups", "pullups": "Pull-ups", "chinups": "Chin-ups"}


class DatasetError(PosecountError):
    """A dataset cannot be used: the message names the file, the row and the remedy."""


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
            rows, targets = list(_read_folder(path)), _read_targets(path)
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


def _read_folder(folder: Path) -> Iterator[tuple[str, str, FloatArray]]:
    files = sorted(folder.glob("*.csv"), key=lambda file: file.stem)
    if not files:
        raise DatasetError(f"Dataset {folder} holds no .csv file. Remedy: it needs one <class>.csv per class.")
    for file in files:
        for number, row in _rows(file):
            if len(row) != _VALUES + 1:
                raise DatasetError(
                    f"{file}, row {number}: {len(row)} fields instead of {_VALUES + 1} (image name, then x, y, z of 33 "
                    "landmarks). Remedy: correct or delete the row."
                )
            yield row[0], file.stem, _landmarks(row[1:], file, number)


def _read_mlkit(file: Path) -> Iterator[tuple[str, str, FloatArray]]:
    for number, row in _rows(file):
        if len(row) != _VALUES + 2:
            raise DatasetError(
                f"{file}, row {number}: {len(row)} fields instead of {_VALUES + 2} (name, class, then x, y, z of 33 "
                "landmarks). Remedy: correct or delete the row; for a Colab dataset give the folder, not the file."
            )
        if not row[1].strip():
            raise DatasetError(f"{file}, row {number}: the class is empty. Remedy: name it, or delete the row.")
        yield row[0], row[1].strip(), _landmarks(row[2:], file, number)


def _rows(file: Path) -> Iterator[tuple[int, list[str]]]:
    """Rows of a CSV file that are not blank, with their line numbers from 1."""
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{file} cannot be read as UTF-8 text: {error}. Remedy: save it as CSV in UTF-8.") from error
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        for row in reader:
            if row:
                yield reader.line_num, row
    except csv.Error as error:
        raise DatasetError(f"{file}, row {reader.line_num}: {error}. Remedy: correct or delete the row.") from error


def _landmarks(values: list[str], file: Path, number: int) -> FloatArray:
    landmarks = np.empty(_VALUES, dtype=np.float64)
    for index, value in enumerate(values):
        try:
            landmarks[index] = float(value)
        except ValueError:
            raise DatasetError(
                f"{file}, row {number}, landmark {index // 3 + 1}: {value[:40]!r} is not a number. "
                "Remedy: correct or delete the row."
            ) from None
    bad = np.flatnonzero(~(np.abs(landmarks) < np.finfo(np.float32).max))  # catches NaN and what float32 cannot hold
    if bad.size:
        raise DatasetError(
            f"{file}, row {number}, landmark {bad[0] // 3 + 1}: {values[bad[0]]!r} is not a finite number. "
            "Remedy: correct or delete the row."
        )
    return landmarks.astype(np.float32).reshape(LANDMARK_COUNT, 3)


def _read_targets(folder: Path) -> dict[str, str]:
    file = folder / METADATA_FILE
    if not file.exists():
        return {}
    try:
        targets = json.loads(file.read_bytes()).get("targets", {})
        return {str(exercise): str(target) for exercise, target in targets.items()}
    except (OSError, ValueError, AttributeError) as error:
        raise DatasetError(
            f"{file} is not as expected: {error}. "
            'Remedy: make it {"targets": {"squats": "squats_down"}} or delete it.'
        ) from error
