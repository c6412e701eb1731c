"""What a dataset holds per class, and what to add."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from posecount.datasets.dataset import exercise_of, is_negative
from posecount.datasets.store import DatasetStore

ENOUGH_SAMPLES = 10
"""With fewer in a class the published classifier's ten votes cannot all be for it."""
_UNBALANCED = 3.0


@dataclass(frozen=True, slots=True)
class ClassStatistics:
    """Figures of one class.

    Attributes:
        images: pictures that were looked at, or came with the dataset.
        poses: found, of samples in the dataset and in the bin.
        samples: kept in the dataset.
        removed: in the bin.
    """

    class_name: str
    images: int
    poses: int
    samples: int
    removed: int


def class_statistics(store: DatasetStore) -> tuple[ClassStatistics, ...]:
    """Figures per class, sorted by class."""
    binned = store.bin()
    samples = Counter(sample.class_name for sample in store.samples)
    removed = Counter(each.sample.class_name for each in binned)
    images = Counter(sample.class_name for sample in store.samples if store.image_path(sample))
    images.update(each.sample.class_name for each in binned if store.bin_image_path(each))
    images.update(each.class_name for each in store.rejected())
    return tuple(
        ClassStatistics(name, images[name], samples[name] + removed[name], samples[name], removed[name])
        for name in sorted({*samples, *images, *removed})
    )


def advice(samples: Mapping[str, int]) -> tuple[str, ...]:
    """What to add, in sentences, to so many samples per class; empty where they are enough and in balance."""
    counts = {name: count for name, count in sorted(samples.items()) if count}
    if not counts:
        return ("Add photos of both end positions of an exercise, in two classes such as squats_up and squats_down.",)
    words = []
    exercises: dict[str, list[str]] = {}
    for name in counts:
        if not is_negative(name):
            exercises.setdefault(exercise_of(name), []).append(name)
    for exercise, classes in exercises.items():
        if len(classes) == 1:
            words.append(
                f"{exercise} has one class only, {classes[0]}: add its other end position, so that it can be counted."
            )
    for name, count in counts.items():
        if count < ENOUGH_SAMPLES:
            words.append(f"{name} has {count}: add {ENOUGH_SAMPLES - count} or more.")
    smallest, largest = min(counts, key=counts.__getitem__), max(counts, key=counts.__getitem__)
    if counts[largest] > _UNBALANCED * counts[smallest] and counts[smallest] >= ENOUGH_SAMPLES:
        missing = round(counts[largest] / _UNBALANCED) - counts[smallest]
        sizes = f"{counts[smallest]} to {counts[largest]}"
        words.append(f"{smallest} is small beside {largest} ({sizes}): add {missing} or more.")
    if not any(is_negative(name) for name in counts):
        words.append("A class named none, of standing about, walking and bending down, keeps these from being counted.")
    return tuple(words)
