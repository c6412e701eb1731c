"""Dataset folders for tests: samples whose landmarks tell them apart, with or without an image."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image

from posecount.datasets.dataset import PoseDataset
from posecount.datasets.records import NewSample
from posecount.datasets.store import DatasetStore
from tests.stick_figure import stick_figure


def landmarks(seed: float) -> np.ndarray:
    """Of a stick figure that no other seed gives."""
    return stick_figure(0.5, shift=float(seed))


def jpeg(seed: int = 0, size: tuple[int, int] = (64, 48)) -> bytes:
    """A picture that no other seed gives."""
    pixels = np.random.default_rng(seed).integers(0, 255, (6, 8, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).resize(size, Image.Resampling.NEAREST).save(file, "JPEG", quality=90)
    return file.getvalue()


def new_samples(class_name: str, count: int, images: bool = True, start: int = 0) -> list[NewSample]:
    """Samples to add; images are told apart by class and number."""
    offset = sum(class_name.encode()) * 100
    return [
        NewSample(
            class_name,
            f"{number:03}.jpg",
            landmarks(offset + number),
            visibility=np.full(33, 0.5, np.float32),
            image=jpeg(offset + number) if images else None,
        )
        for number in range(start, start + count)
    ]


def filled_store(folder: Path, count: int = 4, images: bool = True) -> DatasetStore:
    """A dataset with so many samples in each of two classes."""
    store = DatasetStore.create(folder)
    store.add([*new_samples("squats_down", count, images), *new_samples("squats_up", count, images)])
    return store


def files(folder: Path) -> dict[str, bytes]:
    """What a person sees of a dataset: every file that is not hidden, by its path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    }


def assert_sound(folder: Path) -> None:
    """The folder is exactly a Colab dataset: strict loading works, and each image has a row in its class's file."""
    dataset = PoseDataset.load(folder)
    rows = set(zip(dataset.labels, dataset.names, strict=True))
    for path in files(folder):
        if path.count("/"):
            assert tuple(path.split("/")) in rows, f"{path} has no row"


def settled(folder: Path) -> DatasetStore:
    """The dataset after an edit that does nothing but take over what was edited by hand."""
    store = DatasetStore(folder)
    store.keep([])
    return store


def tree(folder: Path) -> dict[str, object]:
    """Everything below a folder, hidden or not: bytes of files, targets of links, None for folders."""
    return {
        path.relative_to(folder).as_posix(): path.readlink()
        if path.is_symlink()
        else path.read_bytes()
        if path.is_file()
        else None
        for path in sorted(folder.rglob("*"))
    }
