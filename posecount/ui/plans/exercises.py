"""Which exercises a plan can have."""

from __future__ import annotations

from pathlib import Path

from posecount.datasets.dataset import exercise_of, is_hold, is_negative
from posecount.datasets.folder import class_files
from posecount.history.records import Kind
from posecount.shipped import STARTER_DATASET


def kinds_of(dataset: Path) -> dict[str, Kind]:
    """The exercises of a dataset's folder, and what is counted of each; those that ship where it has none."""
    return _kinds(dataset) or _kinds(STARTER_DATASET)


def _kinds(folder: Path) -> dict[str, Kind]:
    names = [file.stem for file in class_files(folder) if not is_negative(file.stem)]
    return {exercise_of(name): "hold" if is_hold(name) else "repetitions" for name in names}
