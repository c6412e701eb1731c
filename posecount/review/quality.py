"""How good a dataset is: leave-one-out accuracy, confusion between classes, and a map of it in two dimensions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from posecount.datasets.dataset import PoseDataset, exercise_of, is_negative
from posecount.embedding import MIRROR, embed
from posecount.errors import DatasetError
from posecount.pose import FloatArray
from posecount.review.leave_one_out import first_twins, leave_one_out
from posecount.review.neighbours import Neighbours, cross_distances, find_neighbours
from posecount.review.posture import posture_outliers
from posecount.review.rests import shared_rests

Verdict = Literal["good", "fair", "poor"]

_GOOD, _FAIR, _FAIR_CLASS = 0.97, 0.90, 0.85
"""Google's 812 samples reach 97.8 %, the starter's 2,486 97.1 %, and its worst class 93 %."""
_CLEARLY = 1.5


@dataclass(frozen=True, slots=True)
class ClassQuality:
    """How the other samples classify those of one class.

    Attributes:
        name: the class.
        samples: how many there are.
        recognised: how many the others recognise as this class: near, in its posture, and not contradicted.
        confused: how many look clearly like another class; classes that share a rest are not confused.
        unlike: how many are far from all others, or in an unusual posture for the class.
        duplicates: near-duplicates of an earlier sample.
        mistaken_for: the class it is most often mistaken for, or None.
    """

    name: str
    samples: int
    recognised: int
    confused: int
    unlike: int
    duplicates: int
    mistaken_for: str | None

    @property
    def accuracy(self) -> float:
        """Share of samples that are recognised, 0 to 1."""
        return self.recognised / self.samples


@dataclass(frozen=True, slots=True, eq=False)
class Quality:
    """How good a dataset is.

    Attributes:
        classes: per class, sorted by name.
        confusion: int (classes, classes); rows are labels, columns are the class that the other samples give.
        strangers: exercise → share of its samples that a trusted dataset takes for another exercise or does not know;
            only exercises that both datasets have.
    """

    classes: tuple[ClassQuality, ...]
    confusion: NDArray[np.intp]
    strangers: dict[str, float]

    @property
    def samples(self) -> int:
        """How many samples there are."""
        return sum(each.samples for each in self.classes)

    @property
    def accuracy(self) -> float:
        """Share of all samples that are recognised when left out, 0 to 1."""
        return sum(each.recognised for each in self.classes) / self.samples

    @property
    def verdict(self) -> Verdict:
        """One word for the whole: one bad class or exercise makes it bad, since that is counted too."""
        worst = min([self.accuracy, *(1 - share for share in self.strangers.values())])
        worst_class = min(each.accuracy for each in self.classes)
        if worst >= _GOOD and worst_class >= _FAIR:
            return "good"
        return "fair" if worst >= _FAIR and worst_class >= _FAIR_CLASS else "poor"

    @property
    def summary(self) -> str:
        """The verdict in words, with what to do about it."""
        parts = [
            f"{self.verdict.capitalize()}: {self.accuracy:.0%} of {self.samples} samples are recognised by the others."
        ]
        worst = min(self.classes, key=lambda each: each.accuracy)
        if self.accuracy < _GOOD or worst.accuracy < _FAIR:
            text = f"The worst class is {worst.name} with {worst.accuracy:.0%}"
            if worst.confused >= worst.unlike and worst.mistaken_for:
                text += f": {worst.confused} look like another class, most often {worst.mistaken_for}"
            else:
                text += f": {worst.unlike} are unlike the rest of the class"
            parts.append(f"{text}. Remove them, or move them to the right class.")
        for exercise, share in self.strangers.items():
            if share > 1 - _FAIR:
                parts.append(f"{share:.0%} of {exercise} does not look like {exercise}: compare the pictures.")
        return " ".join(parts)


def assess(
    dataset: PoseDataset, *, neighbours: Neighbours | None = None, reference: PoseDataset | None = None
) -> Quality:
    """Assess a dataset by leaving each sample out.

    A dataset can be consistent and still be wrong, such as rope skipping labelled as push-ups throughout. So a sample
    also counts against its class if its trunk points in an unusual direction for the class, or if a trusted dataset
    that has the exercise does not recognise it.

    Args:
        dataset: the samples.
        neighbours: of `dataset.landmarks`, if they are known already.
        reference: a trusted dataset, such as the starter dataset.

    Raises:
        DatasetError: if the dataset is empty.
    """
    if not len(dataset):
        raise DatasetError("The dataset is empty. Try: add samples.")
    neighbours = neighbours or find_neighbours(dataset.landmarks)
    result = leave_one_out(dataset, neighbours)
    count = len(dataset.classes)
    predicted = result.predicted
    confusion = np.bincount(result.codes * count + predicted, minlength=count * count).reshape(count, count)
    confused = result.contradicted
    unlike = (result.far | np.isfinite(posture_outliers(dataset))) & ~confused
    twin = first_twins(dataset, neighbours) >= 0
    classes = []
    for code, name in enumerate(dataset.classes):
        member = result.codes == code
        elsewhere = np.where(np.arange(count) == code, 0, confusion[code])
        wrong, odd = int(confused[member].sum()), int(unlike[member].sum())
        size = int(member.sum())
        classes.append(
            ClassQuality(
                name,
                size,
                size - wrong - odd,
                wrong,
                odd,
                int(twin[member].sum()),
                dataset.classes[elsewhere.argmax()] if elsewhere.any() else None,
            )
        )
    return Quality(tuple(classes), confusion, _strangers(dataset, reference) if reference is not None else {})


def _strangers(dataset: PoseDataset, reference: PoseDataset) -> dict[str, float]:
    known = {exercise.name for exercise in reference.exercises}
    exercises = np.array([exercise_of(name) for name in dataset.labels])
    pose = np.array(reference.classes)[shared_rests(reference)]
    same = dict(zip(reference.classes, pose, strict=True))
    poses = np.array([same[name] for name in reference.labels])
    cutoff = _cutoff(reference)
    shares = {}
    for exercise in sorted(known & {exercise_of(name) for name in dataset.classes if not is_negative(name)}):
        distances = cross_distances(dataset.landmarks[exercises == exercise], reference.landmarks)
        theirs = np.isin(poses, [same[name] for name in reference.classes if exercise_of(name) == exercise])
        own, other = (distances[:, mask].min(axis=1, initial=np.inf) for mask in (theirs, ~theirs))
        # Exercises pass through each other's poses: only a sample clearly nearer to another exercise is a stranger.
        strange = (own > _CLEARLY * other) | (own > 2 * cutoff)
        shares[exercise] = float(strange.mean())
    return shares


@lru_cache(maxsize=2)
def _cutoff(reference: PoseDataset) -> float:
    """Beyond this a sample is far from all others. Cached, as a dataset never changes and finding it takes 0.4 s."""
    return leave_one_out(reference, find_neighbours(reference.landmarks)).cutoff


@dataclass(frozen=True, slots=True, eq=False)
class DatasetMap:
    """A dataset in two dimensions.

    Attributes:
        points: float32 (N, 2), in hundredths of the body's size.
        explained: share of the variance that the two dimensions show, 0 to 1.
    """

    points: FloatArray
    explained: float


def map_dataset(dataset: PoseDataset) -> DatasetMap:
    """Project embeddings on their two principal components.

    A pose and its mirror image are the same point: x differences count without their sign.
    """
    embedding = embed(dataset.landmarks)
    features = np.where(MIRROR < 0, np.abs(embedding), embedding)[..., :2].reshape(len(dataset), -1).astype(np.float64)
    features -= features.mean(axis=0)
    # Principal components from the covariance matrix, 46 x 46 for any number of samples.
    variances, components = np.linalg.eigh(features.T @ features)
    axes = components[:, :-3:-1]
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), [0, 1]])  # otherwise removing a sample could flip the map
    points = features @ axes
    total = variances.sum()
    return DatasetMap(points.astype(np.float32), float(variances[-2:].sum() / total) if total > 0 else 1.0)
