"""What a dataset holds per class, and advice on what to add."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from posecount.datasets.dataset import exercise_of, is_hold, is_negative
from posecount.datasets.records import count_of
from posecount.datasets.store import DatasetStore

ENOUGH_SAMPLES = 10
"""With fewer samples in a class, the published classifier's ten votes cannot all be for it."""
_UNBALANCED = 3.0


@dataclass(frozen=True, slots=True)
class ClassStatistics:
    """Figures of one class.

    Attributes:
        images: pictures that were searched for a pose, or came with the dataset.
        poses: samples in the dataset and in the bin.
        samples: in the dataset.
        removed: samples in the bin.
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
    """Sentences on what to add to a dataset with these numbers of samples per class; empty if it is well balanced."""
    counts = {name: count for name, count in sorted(samples.items()) if count}
    if not counts:
        return ("Add photos of both end positions of an exercise, in two classes such as squats_up and squats_down.",)
    words = []
    exercises: dict[str, list[str]] = {}
    for name in counts:
        if not (is_negative(name) or is_hold(name)):
            exercises.setdefault(exercise_of(name), []).append(name)
    for exercise, classes in exercises.items():
        if len(classes) == 1:
            words.append(
                f"{exercise} has only one class, {classes[0]}. Add its other end position so that it can be counted."
            )
    for name, count in counts.items():
        if count < ENOUGH_SAMPLES:
            words.append(f"{name} has {count_of(count, 'sample')}. Add at least {ENOUGH_SAMPLES - count} more.")
    smallest, largest = min(counts, key=counts.__getitem__), max(counts, key=counts.__getitem__)
    if counts[largest] > _UNBALANCED * counts[smallest] and counts[smallest] >= ENOUGH_SAMPLES:
        missing = round(counts[largest] / _UNBALANCED) - counts[smallest]
        sizes = f"{counts[smallest]} to {counts[largest]}"
        words.append(f"{smallest} is much smaller than {largest} ({sizes}). Add at least {missing} more.")
    if not any(is_negative(name) for name in counts):
        words.append(
            "Add a class named none with photos of standing, walking and bending, so that these are not counted."
        )
    return tuple(words)
