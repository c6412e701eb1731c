"""RobustClassifier: how well one pose fits each class of a dataset, for the profile `robust`.

The published search lets the ten nearest samples vote. This one compares the pose with the nearest samples of each
class, in every view. So a class of ten samples is worth as much as one of two hundred; a pose that is near
no sample is unknown; and the progress from an exercise's rest to its target is known, not just which is nearer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from copy import copy
from dataclasses import replace
from math import exp, inf, log, sqrt
from typing import NamedTuple

import numpy as np

from posecount.counting.recognition.movements import Movements
from posecount.counting.robust.nearest_samples import NearestSamples, spread
from posecount.counting.robust.tilt import Tilt
from posecount.counting.robust.views import VIEW_SIZE, flat, views_of
from posecount.counting.visibility import Limb
from posecount.datasets.dataset import Exercise, PoseDataset, exercise_of
from posecount.embedding import EMBEDDING_SIZE, embed
from posecount.pose import FloatArray

_SHARPNESS = 32.0
"""Confidence falls with this power of distance. With 8, a person whose rest is only a little nearer to the rest samples
(cables in the hands) never reaches the exit threshold: 8 of 9 clips are right, and 9 of 9 with 16 and 32. With ten
samples a class, 32 lets 1 % more of the poses reach the enter threshold than 16."""
_KNOWN_SHARE = 0.9
_MARGIN = 1.35
"""The cut-off is this many times the leave-one-out distance that holds 90 % of the samples: a new person is further
from the dataset than its own people. With Google's samples: 1.25, 95 % known and all random poses unknown; 1.5, 98 %
and all; 1.75, 98 % and 98 %; 2, 99 % and 95 %. (The 95th percentile of few samples depends on their outliers.)"""
_LEAST_UNKNOWN = 6.0
"""The cut-off is never lower: a dataset of one person's photos does not show how much people differ."""
_SHARED = 1.3
"""A rest that exercises share may be this many times further than the nearest rest of any exercise. At the ends of real
repetitions it is at most 1.03 times as far; for jumping jacks and a person at a pull-up bar, 1.6."""
_SWING_SAMPLES = 200
"""At most this many samples are used to learn which limb moves."""
_NEVER = 1e6
_ROWS: dict[Limb, tuple[int, int]] = {"arms": (1, 2), "legs": (5, 6)}
"""The rows of the embedding that move with a limb: shoulder → elbow and hip → knee, left and right."""


class Reading(NamedTuple):
    """How one pose fits the classes.

    Attributes:
        votes: confidence per class, 0 to 10, at most 10 in all; empty where the pose is unknown.
        rests: exercise → confidence, 0 to 10, that this is its rest rather than its target. Exercises may share a rest,
            such as standing, and each claims it where it is about as near as the nearest. Exercises whose rest is not
            near are left out.
        nearest: the nearest class.
        progress: how far the pose is on the way from the rest samples (0) to the target samples (1) of the exercise
            whose target is the nearest class; 0 if that class is no target.
        distance: how far the nearest class is, in hundredths of the body's size.
    """

    votes: Mapping[str, float]
    rests: Mapping[str, float]
    nearest: str
    progress: float
    distance: float


class _Ends(NamedTuple):
    """Between which classes, by their codes, an exercise goes; and its name in the dataset."""

    exercise: str
    target: int
    rests: Sequence[int]


class RobustClassifier:
    """Compares poses with the nearest samples of each class. It never changes: sessions and threads may share one.

    The distance is the published one: the mean weighted absolute difference of embeddings. It is the least over four
    views of the pose: as it is, with x negated, with left and right swapped, and with both (a mirror image).

    Args:
        dataset: the samples.

    Attributes:
        neighbours_: how many nearest samples of a class are averaged: 1 to 3, depending on the smallest class.
        unknown_distance_: a pose further than this from every class is unknown, in hundredths of the body's size;
            learned from the distances between samples of a class.
    """

    def __init__(self, dataset: PoseDataset) -> None:
        self.classes = dataset.classes
        self._codes = {name: code for code, name in enumerate(self.classes)}
        labels = np.array(dataset.labels)
        starts = [int(start) for start in np.searchsorted(labels, self.classes)]
        self._slices = [slice(a, b) for a, b in zip(starts, [*starts[1:], len(labels)], strict=True)]
        self._search = NearestSamples(flat(embed(dataset.landmarks)), self._slices)
        self.neighbours_ = self._search.neighbours_
        own = self._search.own_distances_
        self.unknown_distance_ = _LEAST_UNKNOWN
        if own.size:
            self.unknown_distance_ = max(_LEAST_UNKNOWN, _MARGIN * float(np.quantile(own, _KNOWN_SHARE)))
        self._take_turning_points(dataset)

    def turning_at(self, target: str) -> RobustClassifier:
        """The same samples, in an exercise that turns at another of its classes and rests in the others."""
        targets = {**self.dataset.targets, exercise_of(target): target}
        usual = any(each.target == target for each in self.dataset.repeated)
        other = copy(self)
        other._take_turning_points(replace(self.dataset, targets=targets), () if usual else (exercise_of(target),))
        return other

    def _take_turning_points(self, dataset: PoseDataset, turned: Collection[str] = ()) -> None:
        """Learn what depends on which classes are turning points and which are rests, other than usual in some."""
        self.dataset = dataset
        rests = {name for exercise in dataset.repeated for name in exercise.rest}
        self._rests = [code for name, code in self._codes.items() if name in rests]
        self._resting = np.isin(np.array(dataset.labels), list(rests))
        self.movements = Movements(dataset, turned)
        self._ends = {(each.target, each.rest): self._ends_of(each) for each in dataset.repeated}
        self._asked: tuple[Sequence[Exercise], list[_Ends]] = (), []
        # Each stream that begins asks for these; by classes, as a chosen target may give the exercise another name.
        self._limbs = {(each.target, each.rest): self._moving_limb(each) for each in dataset.repeated}

    def read(
        self,
        embedding: FloatArray,
        exercises: Sequence[Exercise],
        tilt: Tilt | None = None,
        timestamp: float = 0.0,
        left_out: Collection[str] = (),
    ) -> Reading:
        """How a pose fits the classes, and how far it is in some exercises of the dataset.

        Args:
            embedding: float32 (23, 3), of the pose.
            exercises: those being counted.
            tilt: learns and undoes the tilt of the stream's camera; None takes it as level.
            timestamp: seconds, of the frame.
            left_out: classes that this pose cannot be of.
        """
        look = tilt is not None and tilt.look(timestamp)
        roll = tilt.roll if tilt else 0
        views = views_of(embedding, slice(None) if look else slice(roll, roll + 1))
        products = self._search.products(views)
        squares = self._search.squares(products)
        turned = 0
        if tilt and look:
            self._learn_tilt(tilt, views[0, 0], squares, timestamp)
            turned = tilt.roll
        views, products, squares = views[turned], products[:, turned], squares[turned]
        far, near, found = self._search.distances(views, products, squares)
        for name in left_out:
            far[self._codes[name]] = _NEVER
        least = min(far)
        nearest = far.index(least)
        cut_off = self.unknown_distance_
        # A rest within the usual distance between samples is near, even if another is nearer still.
        limit = max(_SHARED * min([far[code] for code in self._rests], default=inf), self._search.usual_distance_)
        limit = min(limit, cut_off)
        shares = [(least / distance) ** _SHARPNESS for distance in far]
        whole = sum(shares) / 10
        least_share = 0.05 * whole
        votes = {
            self.classes[code]: share / whole
            for code, share in enumerate(shares)
            if share > least_share and far[code] <= cut_off
        }
        rests, progress = {}, 0.0
        for name, target, resting in self._ends_of_all(exercises):
            rest = resting[0] if len(resting) == 1 else min(resting, key=far.__getitem__)
            if target == nearest:
                # A class may be the nearest by estimate alone, where others' second and third samples are far.
                if rest not in near or nearest not in near:
                    near, found = [rest, nearest], self._search.shortlisted(views, products, squares, [rest, nearest])
                from_rest, from_target = found.mean_differences([near.index(rest), near.index(nearest)])
                axis = from_rest - from_target
                length = float(axis.dot(axis))
                progress = float(from_rest.dot(axis)) / length if length else 0.0
            if far[rest] <= limit:
                nearer = _SHARPNESS * log(far[rest] / far[target])
                rests[name] = 10 / (1 + exp(min(nearer, 50)))
        return Reading(votes, rests, self.classes[nearest], progress, least)

    def _learn_tilt(self, tilt: Tilt, view: FloatArray, squares: FloatArray, timestamp: float) -> None:
        """Let a pose of a person at rest tell how the camera is tilted.

        Args:
            tilt: learns it.
            view: float32 (69,), the pose.
            squares: float32 (R, N), see `NearestSamples.squares`, of the pose turned by all of `ROLLS`.
            timestamp: seconds.
        """
        samples = squares.argmin(axis=1)
        least_squares = squares.min(axis=1) + view @ view
        ways = [sqrt(max(least, 0) / VIEW_SIZE) for least in least_squares.tolist()]
        if min(ways) < self.unknown_distance_ and self._resting[samples[ways.index(min(ways))]]:
            tilt.update(ways, timestamp)

    def _ends_of_all(self, exercises: Sequence[Exercise]) -> list[_Ends]:
        """Those of some exercises, which are the same with every frame of a stream, and mostly with those of others."""
        asked, ends = self._asked
        if asked is not exercises:
            ends = [self._ends.get((each.target, each.rest)) or self._ends_of(each) for each in exercises]
            ends = [each for each in ends if each.rests]  # of one class only nothing can be counted, without a rest
            self._asked = exercises, ends  # in one step, as threads may share this
        return ends

    def _ends_of(self, exercise: Exercise) -> _Ends:
        target = self._codes[exercise.target]
        # An exercise of one class has no rest of its own: then every other class is its rest.
        rests = [self._codes[name] for name in exercise.rest] or [
            each for each in self._codes.values() if each != target
        ]
        return _Ends(exercise_of(exercise.target), target, rests)

    def limb(self, exercise: Exercise) -> Limb | None:
        """The limb that moves most between an exercise's rest and target samples; None if it has one class only."""
        classes = exercise.target, exercise.rest
        return self._limbs[classes] if classes in self._limbs else self._moving_limb(exercise)

    def _moving_limb(self, exercise: Exercise) -> Limb | None:
        if not exercise.rest:
            return None
        rows = self._search.samples.reshape(-1, EMBEDDING_SIZE, 3)
        target = rows[spread(self._slices[self._codes[exercise.target]], _SWING_SAMPLES)]
        rest = rows[np.isin(np.array(self.dataset.labels), exercise.rest)]
        moved = {}
        for limb, pair in _ROWS.items():
            # For each target sample the nearest rest sample: the same view, as similar as there is.
            moves = np.abs(target[:, None, pair, :2] - rest[None, :, pair, :2]).mean(axis=(2, 3))
            moved[limb] = float(moves.min(axis=1).mean())
        return max(moved, key=moved.__getitem__)
