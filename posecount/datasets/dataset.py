"""PoseDataset: labelled poses, from a Colab folder or an ML Kit CSV.

- **Colab folder**: one ``<class>.csv`` per class, rows ``image_name,x1,y1,z1,…,x33,y33,z33``, no header.
- **ML Kit CSV**: one file, rows ``name,class,x1,y1,z1,…``, no header, no quoting.

A Colab folder may also hold ``posecount.json`` with ``{"targets": {exercise: class}}``, see `PoseDataset.exercises`.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

import numpy as np

from posecount.datasets.csv_rows import VALUE_COUNT, format_landmarks, format_row, parse_landmarks, parse_rows
from posecount.datasets.editing.preview import recovered
from posecount.datasets.folder import METADATA_FILE, class_files, odd_tables, read_file, read_targets
from posecount.datasets.rest_pose import suggested_target
from posecount.errors import DatasetError
from posecount.files import replacing
from posecount.names import is_plain
from posecount.pose import LANDMARK_COUNT, FloatArray

MOST_CLASSES = 200
"""Of a dataset that is read; each is a file of its own. A table with more has something else in the class's column."""

_LABELS = {
    "unknown": "Unknown exercise",
    "pushups": "Push-ups",
    "situps": "Sit-ups",
    "pullups": "Pull-ups",
    "chinups": "Chin-ups",
    "planks": "Plank",
    "wall_sits": "Wall sit",
}


def is_negative(class_name: str) -> bool:
    """Whether a class holds negatives (``none``, ``other_*``): poses that belong to no exercise."""
    return class_name == "none" or class_name.startswith("other_")


def is_hold(class_name: str) -> bool:
    """Whether a class is a pose to hold (``planks_hold``): the profile `robust` times it and counts no repetitions."""
    exercise, _, state = class_name.rpartition("_")
    return state == "hold" and bool(exercise) and not is_negative(class_name)


@lru_cache(maxsize=1000)  # it is asked for with every frame, and what it returns is kept for a minute
def exercise_of(class_name: str) -> str:
    """The exercise a class belongs to: the part before the last underscore, ``squats`` of ``squats_up``."""
    return class_name.rpartition("_")[0] or class_name


def exercise_label(exercise: str) -> str:
    """The name of an exercise in plain words: ``Push-ups`` for ``pushups``."""
    return _LABELS.get(exercise) or exercise.replace("_", " ").strip().capitalize()


@dataclass(frozen=True, slots=True)
class Exercise:
    """An exercise of a dataset.

    Attributes:
        name: e.g. ``squats``.
        target: the class at the turning point of a repetition, e.g. ``squats_down``.
        rest: the exercise's other classes, e.g. ``("squats_up",)``; empty if there is only one.
        suggested: the class that the samples suggest as target, see
            `posecount.datasets.rest_pose.suggested_target`; None where they leave it open.
    """

    name: str
    target: str
    rest: tuple[str, ...]
    suggested: str | None = field(default=None, compare=False)

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
    _exercises: tuple[Exercise, ...] = field(init=False, repr=False)
    _repeated: tuple[Exercise, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not len(self.names) == len(self.labels) == len(self.landmarks):
            raise DatasetError("A dataset needs one name, one class and one pose per sample.")
        if self.landmarks.shape[1:] != (LANDMARK_COUNT, 3) or not np.isfinite(self.landmarks).all():
            raise DatasetError("Landmarks must be finite and have shape (N, 33, 3).")
        if list(self.labels) != sorted(self.labels):
            order = sorted(range(len(self.labels)), key=self.labels.__getitem__)  # stable: keeps file order
            object.__setattr__(self, "names", tuple(self.names[i] for i in order))
            object.__setattr__(self, "labels", tuple(self.labels[i] for i in order))
            object.__setattr__(self, "landmarks", self.landmarks[order])
        elif self.landmarks.flags.writeable:  # the caller may go on to write into it
            object.__setattr__(self, "landmarks", self.landmarks.copy())
        self.landmarks.setflags(write=False)
        object.__setattr__(self, "_exercises", self._exercises_of(self.classes))
        repeated = tuple(name for name in self.classes if not is_hold(name))
        object.__setattr__(self, "_repeated", self._exercises_of(repeated))

    def __reduce__(self) -> tuple[type[PoseDataset], tuple[object, ...]]:
        """How to pickle it: a read-only mapping cannot be pickled."""
        return type(self), (self.names, self.labels, self.landmarks, dict(self.targets))

    def __len__(self) -> int:
        return len(self.names)

    @property
    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits that differ where samples, classes or turning points do."""
        digest = hashlib.blake2b(np.ascontiguousarray(self.landmarks).tobytes(), digest_size=8)
        digest.update(json.dumps([self.labels, sorted(self.targets.items())]).encode())
        return digest.hexdigest()

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes, sorted."""
        return tuple(sorted(set(self.labels)))

    @property
    def exercises(self) -> tuple[Exercise, ...]:
        """The exercises, sorted by name, without negatives.

        The target is the one that the dataset names; else the one that the samples suggest, see `Exercise.suggested`;
        else the class ending in ``_down``, as in the published samples; else the last in sorted order.
        """
        return self._exercises

    @property
    def repeated(self) -> tuple[Exercise, ...]:
        """The exercises that are counted where holds are timed: as `exercises`, without the classes of `holds`."""
        return self._repeated

    @property
    def holds(self) -> tuple[Exercise, ...]:
        """The poses to hold, see `is_hold`; each is the target of an exercise without a rest.

        It has the name of its exercise, or of its class where the exercise has repetitions too.
        """
        repeated = {exercise.name for exercise in self.repeated}
        held = [(exercise_of(name), name) for name in self.classes if is_hold(name)]
        return tuple(Exercise(name if exercise in repeated else exercise, name, ()) for exercise, name in held)

    def _exercises_of(self, classes: tuple[str, ...]) -> tuple[Exercise, ...]:
        states: dict[str, list[str]] = {}
        for name in classes:
            if not is_negative(name):
                states.setdefault(exercise_of(name), []).append(name)
        exercises = []
        for exercise, members in sorted(states.items()):
            suggested = suggested_target({name: self.landmarks[self._rows_of(name)] for name in members})
            down = f"{exercise}_down"
            target = self.targets.get(exercise)
            if target not in members:
                target = suggested or (down if down in members else members[-1])
            rest = tuple(name for name in members if name != target)
            exercises.append(Exercise(exercise, target, rest, suggested))
        return tuple(exercises)

    def _rows_of(self, name: str) -> slice:
        return slice(bisect_left(self.labels, name), bisect_right(self.labels, name))

    @classmethod
    def load(cls, path: str | Path) -> PoseDataset:
        """Load a Colab folder or an ML Kit CSV, all of it or nothing. Nothing is written, and no link is followed.

        Raises:
            DatasetError: for a path that is missing, holds no samples or only one class (and not one to hold), or has a
                row of the wrong length, a value that is not a number, or a number that is not finite.
        """
        path = Path(path)
        if path.is_dir():
            rows, targets = _read_folder(path)
        elif path.is_file():
            rows, targets = list(_read_mlkit(path)), {}
        else:
            raise DatasetError(
                f"Dataset {path} does not exist. Try: give a folder of <class>.csv files or an ML Kit CSV."
            )
        if not rows:
            what = f"there are no rows in the .csv files of {path}" if path.is_dir() else f"there are no rows in {path}"
            raise DatasetError(f"Dataset is empty: {what}. Try: add samples of at least two classes.")
        classes = {label for _, label, _ in rows}
        if len(classes) == 1 and not any(map(is_hold, classes)):
            raise DatasetError(
                f"Dataset {path} has only one class, {classes.pop()}. Try: add samples of a second class, "
                "for example the other end position of the exercise."
            )
        if len(classes) > MOST_CLASSES:
            raise DatasetError(
                f"Dataset {path} has {len(classes):,} classes; at most {MOST_CLASSES:,} are read. Try: check which "
                "column of the file holds the class."
            )
        names, labels, landmarks = zip(*rows, strict=True)
        return cls(tuple(names), tuple(labels), np.stack(landmarks), MappingProxyType(targets))

    def save(self, folder: str | Path) -> None:
        """Write the dataset as a Colab folder, without images. Each file is replaced as a whole.

        Args:
            folder: made if it is missing. Its ``<class>.csv`` files of the same classes are replaced.

        Raises:
            DatasetError: if the folder holds other classes, a class's name cannot be a file's, or it cannot be written.
        """
        folder = Path(folder)
        if others := sorted({file.stem for file in class_files(folder)} - set(self.classes)):
            raise DatasetError(
                f"{folder} already holds the class {others[0]}, which is not in this dataset. Try: choose a new folder."
            )
        for name in self.classes:
            if not is_plain(f"{name}.csv"):  # it would not be read again
                raise DatasetError(f"The class {name[:40]!r} cannot be the name of a file. Try: rename the class.")
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
            raise DatasetError(
                f"The dataset cannot be written to {folder}: {error}. Try: choose another folder."
            ) from error


def _read_folder(folder: Path) -> tuple[list[tuple[str, str, FloatArray]], dict[str, str]]:
    """The rows and turning points of a folder, with what a killed process has left to be written."""
    if odd := odd_tables(folder):
        raise DatasetError(f"{odd[0]} is a folder or a link, and is not read. Try: replace it by a file, or rename it.")
    with recovered(folder) as preview:
        files = preview.view.class_files()
        unwritten = preview.journal.unwritten_samples()
        if not files and not unwritten:
            raise DatasetError(f"Dataset {folder} holds no .csv file. Try: give it one <class>.csv per class.")
        rows = [row for name, file in files.items() for row in _read_class(file, name, folder / f"{name}.csv")]
        present = {(label, name) for name, label, _ in rows}
        rows += [(name, label, pose) for label, name, pose in unwritten if (label, name) not in present]
        metadata = preview.view.path(METADATA_FILE)
        return rows, read_targets(read_file(metadata), str(folder / METADATA_FILE)) if metadata else {}


def _read_class(file: Path, label: str, shown: Path) -> Iterator[tuple[str, str, FloatArray]]:
    for number, row in parse_rows(read_file(file), str(shown)):
        if len(row) != VALUE_COUNT + 1:
            raise DatasetError(
                f"{shown}, row {number}: {len(row)} fields instead of {VALUE_COUNT + 1} (image name, then x, y, z "
                "of 33 landmarks). Try: correct or delete the row."
            )
        yield row[0], label, parse_landmarks(row[1:], f"{shown}, row {number}")


def _read_mlkit(file: Path) -> Iterator[tuple[str, str, FloatArray]]:
    for number, row in parse_rows(read_file(file), str(file)):
        if len(row) != VALUE_COUNT + 2:
            raise DatasetError(
                f"{file}, row {number}: {len(row)} fields instead of {VALUE_COUNT + 2} (name, class, then x, y, z of "
                "33 landmarks). Try: correct or delete the row; for a Colab dataset give the folder, not the file."
            )
        if not row[1].strip():
            raise DatasetError(f"{file}, row {number}: the class is empty. Try: name it, or delete the row.")
        yield row[0], row[1].strip(), parse_landmarks(row[2:], f"{file}, row {number}")
