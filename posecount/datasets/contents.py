"""A dataset folder as it is at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from posecount.datasets.dataset import PoseDataset
from posecount.datasets.editing.journal import Journal
from posecount.datasets.folder import (
    METADATA_FILE,
    class_files,
    digest_of,
    list_images,
    read_class,
    read_targets,
    stamp_of,
)
from posecount.datasets.records import SampleId
from posecount.errors import DatasetError
from posecount.pose import LANDMARK_COUNT, FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class DatasetContents:
    """See the attributes of `posecount.datasets.store.DatasetStore`.

    Attributes:
        images: the samples that have one.
        faults: in sentences, what could not be read.
    """

    version: str
    dataset: PoseDataset
    samples: tuple[SampleId, ...]
    visibility: FloatArray
    images: frozenset[SampleId]
    kept: frozenset[SampleId]
    faults: tuple[str, ...]


def journal_contents(folder: Path, journal: Journal) -> DatasetContents:
    """What an aligned journal says."""
    ids = {SampleId(state.class_name, state.name): state for _, state, _ in journal.records()}
    return DatasetContents(
        journal.version,
        _dataset(tuple(ids), journal.landmarks(), _targets(folder, [])),
        tuple(ids),
        journal.visibility(),
        frozenset(id for id, state in ids.items() if state.image),
        frozenset(id for id, state in ids.items() if state.kept),
        (),
    )


def folder_contents(folder: Path) -> DatasetContents:
    """What the files say; nothing is written, and what is wrong with them is in `DatasetContents.faults`."""
    samples: list[SampleId] = []
    landmarks: list[FloatArray] = []
    faults: list[str] = []
    for file in class_files(folder):
        try:
            rows, wrong = read_class(file)
        except DatasetError as error:
            rows, wrong = [], [str(error)]
        faults += wrong
        samples += [SampleId(file.stem, row.name) for row in rows]
        landmarks += [row.landmarks for row in rows]
    stamps = "\n".join((str(folder.absolute()), *(f"{file.name} {stamp_of(file)}" for file in class_files(folder))))
    array = np.array(landmarks, dtype=np.float32).reshape(-1, LANDMARK_COUNT, 3)
    return DatasetContents(
        digest_of(stamps.encode(errors="replace"))[:16],
        _dataset(tuple(samples), array, _targets(folder, faults)),
        tuple(samples),
        np.full((len(samples), LANDMARK_COUNT), np.nan, dtype=np.float32),
        frozenset(SampleId(*key) for key in list_images(folder)) & frozenset(samples),
        frozenset(),
        tuple(faults),
    )


def _dataset(samples: tuple[SampleId, ...], landmarks: FloatArray, targets: dict[str, str]) -> PoseDataset:
    names, labels = tuple(id.name for id in samples), tuple(id.class_name for id in samples)
    return PoseDataset(names, labels, landmarks, MappingProxyType(targets))


def _targets(folder: Path, faults: list[str]) -> dict[str, str]:
    file = folder / METADATA_FILE
    try:
        return read_targets(file.read_bytes(), str(file))
    except FileNotFoundError:
        return {}
    except (OSError, DatasetError) as error:
        faults.append(str(error))
        return {}
