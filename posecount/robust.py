"""RobustClassifier: what one pose says about every exercise of a dataset, for the profile `robust`.

Where the published search lets the ten nearest samples vote, this one compares the pose with the nearest samples of
each class. So a class of ten samples is worth as much as one of two hundred; a pose that is near to nothing is unknown;
and how far the pose has come from an exercise's rest to its target is known as well as which of the two is nearer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from posecount.dataset import Exercise, PoseDataset, exercise_of
from posecount.embedding import AXES_WEIGHTS, EMBEDDING_SIZE, MIRROR, SWAP, SWAP_SIGNS, embed
from posecount.pose import LANDMARK, FloatArray, Pose

Limb = Literal["arms", "legs"]

ROLLS = (0, -15, 15)
"""Degrees by which a pose may be turned to undo a tilted camera; the first is none."""

_SHARPNESS = 32.0
"""Confidence falls with this power of distance. At 8 a person whose rest is only a little nearer to the rest samples
(cables in the hands) never reaches the exit threshold: 8 of 9 clips; 16 and 32: 9 of 9, and with ten samples a class 32
lets 1 % more of the poses reach the enter threshold than 16 does."""
_TWIN = 1.0
"""Samples nearer than this are one photo twice (see `neighbours.TWIN_DISTANCE`), and say nothing of other people."""
_KNOWN_SHARE = 0.9
_MARGIN = 1.35
"""The cut-off: this many times what holds 90 % of the samples leave-one-out. A new person is further from the dataset
than its own people are. Google's samples, 1.25: 95 % known, all random poses unknown; 1.5: 98 %, all; 1.75: 98 %, 98 %;
2: 99 %, 95 %. (The 95th percentile of few samples is at the mercy of their outliers.)"""
_LEAST_UNKNOWN = 6.0
"""The cut-off is never lower: a dataset of one person's photos cannot tell how much people differ."""
_SHARED = 1.3
"""A rest that several exercises share may be this much further than the nearest rest of any exercise. At the ends of
real repetitions it is 1.03 times as far at most; of somebody at a pull-up bar, for jumping jacks, 1.6."""
_FAMILIAR = 0.8
"""Of the way from target to rest: what a pose may be away from both while the exercise goes on. Taught from the front,
jumping jacks of somebody who then turns to the side count 1 of 14 without; at 30, 15, 10 fps 14, 11, 5 with 0.7, all 14
with 0.8 and 1.0. In datasets of many people the cut-off is wider than this, so that it changes nothing."""
_SWING_SAMPLES = 200
"""Samples from which the way is learned, at most."""
_SHORTLIST = 24
"""Samples per class that Euclidean distance, which is one matrix product, passes on to the distance proper."""
_ONE_THREAD = 250_000
"""Multiply-adds per matrix product: OpenBLAS spreads more than 262,144 over threads, which beside a tracker that uses
every core took 5.8 ms of processor time a frame instead of 1.1."""
_VISIBLE = 0.5
_OUTSIDE = 0.02
"""A landmark this far outside the picture, as a share of its size, is a guess whatever its visibility says."""

_TILT_MEMORY = 20.0
"""Seconds over which a frame's word on the tilt fades."""
_TILT_DOUBT = 1.1
"""A tilted camera has to explain the poses this much better than a level one."""

_L = LANDMARK
_SHOULDERS = (_L["left_shoulder"], _L["right_shoulder"])
_JOINTS: dict[Limb, tuple[tuple[int, int], ...]] = {
    "arms": (_SHOULDERS, (_L["left_elbow"], _L["right_elbow"])),
    "legs": ((_L["left_hip"], _L["right_hip"]), (_L["left_knee"], _L["right_knee"])),
}
_ROWS: dict[Limb, tuple[int, int]] = {"arms": (1, 2), "legs": (5, 6)}
"""Rows of the embedding that turn with a limb: shoulder → elbow and hip → knee, left and right."""


class Tilt:
    """Learns how a stream's camera is tilted: by the one of `ROLLS` that brings its poses nearest to the samples.

    A camera seldom moves, so what tells is the whole stream rather than the frame; judged by the frame, a person who
    bends forward would be turned upright and look like one who squats.
    """

    def __init__(self) -> None:
        self._sums = np.zeros(len(ROLLS))
        self._weights = np.array([1.0] + [_TILT_DOUBT] * (len(ROLLS) - 1))
        self._last: float | None = None

    def update(self, distances: FloatArray | None, timestamp: float) -> int:
        """Take in how near each of `ROLLS` brings a pose to the samples, (3,); return the index of the likeliest.

        None is for a pose that says nothing about the tilt.
        """
        if distances is not None:
            if self._last is not None:
                self._sums *= np.exp(min(0.0, self._last - timestamp) / _TILT_MEMORY)
            self._last = timestamp
            self._sums += distances
        return int((self._sums * self._weights).argmin())


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a pose says about one exercise.

    Attributes:
        rest: confidence, 0 to 10, that this is the exercise's rest, against its target alone: several exercises may
            share a rest, such as standing, and each may take it for its own where it is about as near as the nearest.
        progress: how far the pose has come from the rest samples (0) to the target samples (1).
    """

    rest: float
    progress: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What a pose says.

    Attributes:
        votes: confidence per class, 0 to 10, together at most 10; empty where the pose is unknown.
        evidence: per exercise.
        nearest: the nearest class.
        distance: how far that is, in hundredths of the body's size.
    """

    votes: Mapping[str, float]
    evidence: Mapping[str, Evidence]
    nearest: str
    distance: float


class RobustClassifier:
    """Compares poses with the nearest samples of each class. Immutable once made: sessions and threads share one.

    Distance is the published one, the mean weighted absolute difference of embeddings; to the pose as it is, with x
    negated, with left and right exchanged, and with both (a mirror image), whichever is nearest to the sample.

    Args:
        dataset: the samples.

    Attributes:
        neighbours_: how many nearest samples of a class are averaged: 1 to 3, as the smallest class allows.
        unknown_distance_: a pose further than this from every class is unknown, in hundredths of the body's size;
            learned from the distances of samples to the others of their class.
        familiar_distances_: exercise → the same while it goes on. Somebody who has just been seen to do it is followed
            to where the samples do not reach, such as another side; nobody begins it there.
    """

    def __init__(self, dataset: PoseDataset) -> None:
        self.dataset = dataset
        self.classes = dataset.classes
        labels = np.array(dataset.labels)
        starts = [int(start) for start in np.searchsorted(labels, self.classes)]
        self._slices = [slice(a, b) for a, b in zip(starts, [*starts[1:], len(labels)], strict=True)]
        self._samples = _flat(embed(dataset.landmarks))
        self._squares: FloatArray = np.einsum("nc,nc->n", self._samples, self._samples)
        sizes = np.array([part.stop - part.start for part in self._slices])[:, None]
        places = np.arange(_SHORTLIST)
        self._first_few = np.array(starts)[:, None] + np.minimum(places, sizes - 1)
        self._filler = places >= sizes  # where a class has fewer samples than that
        rests = {name for exercise in dataset.exercises for name in exercise.rest}
        self._rests = np.isin(self.classes, list(rests))
        self._resting = np.isin(labels, list(rests))
        # Two or three bridge a mislabelled sample; of ten samples a class the third nearest is often another view.
        self.neighbours_ = max(1, min(3, int(sizes.min()) // 4))
        own = self._own_distances()
        self._usual_distance = float(np.median(own)) if own.size else 0.0
        self.unknown_distance_ = _LEAST_UNKNOWN
        if own.size:
            self.unknown_distance_ = max(_LEAST_UNKNOWN, _MARGIN * float(np.quantile(own, _KNOWN_SHARE)))
        self.familiar_distances_ = {each.name: _FAMILIAR * self._swing(each) for each in dataset.exercises if each.rest}

    def read(
        self,
        pose: Pose,
        exercises: Sequence[Exercise],
        tilt: Tilt | None = None,
        timestamp: float = 0.0,
        familiar: str | None = None,
    ) -> Reading:
        """What a pose says about some exercises of the dataset.

        Args:
            pose: the pose.
            exercises: those that are counted.
            tilt: learns how the stream's camera is tilted, and undoes it; None takes it as level.
            timestamp: seconds, of the frame.
            familiar: the exercise that goes on, see `familiar_distances_`.
        """
        embedding = embed(pose.landmarks)
        views = np.stack([_views(embedding, roll) for roll in (ROLLS if tilt else ROLLS[:1])])
        squares = self._square_distances(views.reshape(-1, views.shape[-1])).reshape(*views.shape[:2], -1)
        roll = 0
        if tilt:
            nearest = np.sqrt(squares.min(axis=1) / views.shape[-1])
            telling = nearest.min() < self.unknown_distance_ and self._resting[nearest.min(axis=0).argmin()]
            roll = tilt.update(nearest.min(axis=1) if telling else None, timestamp)
        distances, offsets = self._nearest(views[roll], squares[roll], range(len(self.classes)))
        # In float64, since a pose that equals a sample is infinitely nearer than others in float32.
        distances = np.maximum(distances.astype(np.float64), np.finfo(np.float32).tiny)
        known = distances <= self.unknown_distance_
        if familiar in self.familiar_distances_ and not known.any():
            known = distances <= self.familiar_distances_[familiar]
            known &= [exercise_of(name) == familiar for name in self.classes]
        # What lies within the usual distance of samples to each other is near, whatever is nearer still.
        limit = max(_SHARED * distances[self._rests].min(initial=np.inf), self._usual_distance)
        restful = known & (distances <= limit)
        nearest = int(distances.argmin())
        shares = (distances / distances[nearest]) ** -_SHARPNESS
        shares *= 10 / shares.sum()
        votes = {self.classes[code]: float(shares[code]) for code in np.flatnonzero(known & (shares > 0.05))}
        evidence = {}
        for exercise in exercises:
            target = self.classes.index(exercise.target)
            rests = [code for code, name in enumerate(self.classes) if name in exercise.rest]
            # An exercise of one class has no rest of its own: any other class will do.
            rest = min(rests or set(range(len(self.classes))) - {target}, key=distances.__getitem__)
            from_rest, from_target = offsets[rest], offsets[target]
            nearer = _SHARPNESS * np.log(distances[rest] / distances[target])
            axis = from_rest - from_target
            length = float(axis @ axis)
            evidence[exercise.name] = Evidence(
                rest=float(10 / (1 + np.exp(min(nearer, 50)))) if restful[rest] else 0.0,
                progress=float(from_rest @ axis) / length if length else 0.0,
            )
        return Reading(votes, evidence, self.classes[nearest], float(distances[nearest]))

    def limb(self, exercise: Exercise) -> Limb | None:
        """The limb that moves most between an exercise's rest and target samples; None for an exercise of one class."""
        if not exercise.rest:
            return None
        rows = self._samples.reshape(-1, EMBEDDING_SIZE, 3)
        labels = np.array(self.dataset.labels)
        target, rest = rows[labels == exercise.target], rows[np.isin(labels, exercise.rest)]
        moved = {}
        for limb, pair in _ROWS.items():
            # Per target sample the nearest rest sample: the same view, as like as there is.
            moves = np.abs(target[:, None, pair, :2] - rest[None, :, pair, :2]).mean(axis=(2, 3))
            moved[limb] = float(moves.min(axis=1).mean())
        return max(moved, key=moved.__getitem__)

    def _nearest(
        self, views: FloatArray, squares: FloatArray, codes: Sequence[int], without: int | None = None
    ) -> tuple[FloatArray, FloatArray]:
        """Mean distances of the nearest samples of classes, (C,), and the mean differences of the pose from them.

        Args:
            views: float32 (4, 69), see `_views`.
            squares: float32 (4, N), squared Euclidean distances of the views to all samples.
            codes: the C classes, as indices.
            without: a sample that is left out, with its twins; the distance is infinite if that leaves too few.
        """
        nearest_view, closest = squares.argmin(axis=0), squares.min(axis=0)
        short = self._first_few[codes,]
        for row, code in enumerate(codes):
            part = self._slices[code]
            if part.stop - part.start > _SHORTLIST:
                short[row] = part.start + np.argpartition(closest[part], _SHORTLIST)[:_SHORTLIST]
        view = nearest_view[short]
        differences = views[view] - self._samples[short]
        distances = np.abs(differences) @ _MEAN
        distances[self._filler[codes,]] = np.inf
        if without is not None:
            distances[(distances < _TWIN) | (short == without)] = np.inf
        nearest = np.argsort(distances, axis=1)[:, : self.neighbours_]
        # A view applied again undoes itself: differences from samples seen in other views become comparable.
        undoing = np.take_along_axis(view, nearest, axis=1)
        near = np.take_along_axis(differences, nearest[..., None], axis=1)
        offsets: FloatArray = (np.take_along_axis(near, _ORDER[undoing], axis=2) * _SIGNS[undoing]).mean(axis=1)
        means: FloatArray = np.take_along_axis(distances, nearest, axis=1).mean(axis=1)
        return means, offsets

    def _square_distances(self, views: FloatArray) -> FloatArray:
        """Squared Euclidean distances (V, N) of views (V, 69) to all samples, by matrix products."""
        step = max(_ONE_THREAD // views.size, 1)
        product = np.concatenate(
            [views @ self._samples[start : start + step].T for start in range(0, len(self._samples), step)], axis=1
        )
        squares: FloatArray = self._squares - 2 * product + np.einsum("vc,vc->v", views, views)[:, None]
        return np.maximum(squares, 0, out=squares)

    def _swing(self, exercise: Exercise) -> float:
        """How far the target samples of an exercise are from its rest samples, as the median."""
        targets = np.flatnonzero(np.array(self.dataset.labels) == exercise.target)
        rests = [self.classes.index(name) for name in exercise.rest]
        ways = []
        for index in targets[:: len(targets) // _SWING_SAMPLES + 1]:
            views = _views(embed(self.dataset.landmarks[index]))
            ways.append(self._nearest(views, self._square_distances(views), rests)[0].min())
        return float(np.median(ways))

    def _own_distances(self) -> FloatArray:
        """Distance of each sample, left out, from its own class; without those that have too few others."""
        own = []
        embeddings = embed(self.dataset.landmarks)
        for code, part in enumerate(self._slices):
            for index in range(part.start, part.stop):
                views = _views(embeddings[index])
                own.append(self._nearest(views, self._square_distances(views), [code], without=index)[0][0])
        return np.array([distance for distance in own if np.isfinite(distance)], dtype=np.float32)


def hidden_limbs(pose: Pose) -> frozenset[Limb]:
    """The limbs of which one joint is visible in the picture neither on the left nor on the right."""
    size = np.array(pose.size, dtype=np.float32)
    at = pose.landmarks[:, :2]
    outside = (np.maximum(-at, at - size) > _OUTSIDE * size).any(axis=1)
    if outside[_SHOULDERS,].all():
        outside[:] = False  # a person without shoulders is not found: the size is not that of the picture
    guessed: list[bool] = ((pose.visibility < _VISIBLE) | outside).tolist()
    return frozenset(
        limb for limb, joints in _JOINTS.items() if any(guessed[left] and guessed[right] for left, right in joints)
    )


_FLAT = np.arange(EMBEDDING_SIZE * 3).reshape(EMBEDDING_SIZE, 3)
_MEAN = np.full(_FLAT.size, 1 / _FLAT.size, dtype=np.float32)
_ORDER = np.stack([_FLAT, _FLAT, _FLAT[SWAP], _FLAT[SWAP]]).reshape(4, -1)
_SIGNS = np.stack(
    [sign * mirror * np.ones_like(_FLAT, dtype=np.float32) for sign in (1, SWAP_SIGNS) for mirror in (1, MIRROR)]
).reshape(4, -1)
"""The four views of a flat embedding are its components in this order with these signs: as it is, x negated, left and
right exchanged, both."""


def _views(embedding: FloatArray, roll: int = 0) -> FloatArray:
    """The four views of an embedding (23, 3) turned by some degrees, weighted and flat: float32 (4, 69)."""
    if roll:
        cosine, sine = np.cos(np.deg2rad(roll)), np.sin(np.deg2rad(roll))
        turn = np.array([[cosine, sine, 0], [-sine, cosine, 0], [0, 0, 1]], dtype=np.float32)
        embedding = embedding @ turn
    views: FloatArray = _flat(embedding)[_ORDER] * _SIGNS
    return views


def _flat(embeddings: FloatArray) -> FloatArray:
    """Embeddings (..., 23, 3), weighted and flat: float32 (..., 69)."""
    weighted: FloatArray = (embeddings * AXES_WEIGHTS).reshape(*embeddings.shape[:-2], -1)
    return weighted
