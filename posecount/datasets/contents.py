"""A dataset folder as it is at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from posecount.datasets.dataset import PoseDataset
from posecount.datasets.editing.edit import Edit
from posecount.datasets.folder import METADATA_FILE, read_targets
from posecount.datasets.records import SampleId
from posecount.errors import DatasetError
from posecount.pose import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class DatasetContents:
    """See the attributes of `posecount.datasets.store.DatasetStore`.

    Attributes:
        images: the samples that have one, and where it is kept.
    """

    version: str
    dataset: PoseDataset
    samples: tuple[SampleId, ...]
    visibility: FloatArray
    images: Mapping[SampleId, Path]
    kept: frozenset[SampleId]


def contents_of(edit: Edit) -> DatasetContents:
    """What an aligned edit, or a preview of one, finds in a dataset."""
    journal, view = edit.journal, edit.view
    states = {SampleId(state.class_name, state.name): state for _, state, _ in journal.records()}
    names, labels = tuple(id.name for id in states), tuple(id.class_name for id in states)
    return DatasetContents(
        edit.version,
        PoseDataset(names, labels, journal.landmarks(), MappingProxyType(targets_in(edit))),
        tuple(states),
        journal.visibility(),
        {id: view.located(f"{id.class_name}/{id.name}") for id, state in states.items() if state.image},
        frozenset(id for id, state in states.items() if state.kept),
    )


def targets_in(edit: Edit) -> dict[str, str]:
    """The turning points that the folder's metadata names; none if it cannot be read, which aligning reports."""
    file = edit.view.path(METADATA_FILE)
    try:
        return read_targets(file.read_bytes(), str(file)) if file else {}
    except (OSError, DatasetError):
        return {}
