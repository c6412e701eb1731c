"""RepetitionPipeline: one stream's frames in, one immutable FrameResult per frame out.

The live page, an uploaded video and the command line all run `RepetitionPipeline.process`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from time import perf_counter
from types import MappingProxyType
from typing import NamedTuple

from posecount.counting.any_exercise.counter import ANY_EXERCISE, AnyEngine
from posecount.counting.holds import Hold, HoldTimer
from posecount.counting.knn import PoseClassifier
from posecount.counting.profiles import Engine, PublishedEngine, Reason
from posecount.counting.repetitions import Repetition
from posecount.counting.robust.engine import RobustEngine
from posecount.counting.settings import DEFAULT_PROFILE, PROFILES, Profile, Settings
from posecount.datasets.dataset import Exercise, exercise_of, is_hold, is_negative
from posecount.pose import Image, Pose
from posecount.tracking.tracker import Tracker

UNKNOWN = "unknown"
"""The name under which repetitions of no exercise of the dataset are counted, where there are any."""


class FrameResult(NamedTuple):
    """What is known after one frame. It never changes.

    Attributes:
        timestamp: seconds, of the frame.
        pose: the tracked pose, or None where no person was found.
        votes: raw votes per class, or confidence with the profile `robust`; empty where there was no pose, or an
            unknown pose.
        smoothed: smoothed votes per class.
        counts: repetitions so far, per exercise; and of `UNKNOWN` ones, where something else is repeated.
        completed: the repetitions that this frame completed.
        exercise: the exercise in progress, or None.
        timings_ms: milliseconds spent per stage: ``track``, ``classify``, ``count`` (smoothing included).
        reason: why this frame does not count; None where it does. Only the profile `robust` gives one where there is a
            person.
        hold: the hold in progress, or None. Only the profile `robust` times holds.
        seconds: seconds held so far per exercise that is held, those of the hold in progress included.
    """

    timestamp: float
    pose: Pose | None
    votes: Mapping[str, float]
    smoothed: Mapping[str, float]
    counts: Mapping[str, int]
    completed: tuple[Repetition, ...]
    exercise: str | None
    timings_ms: Mapping[str, float]
    reason: Reason | None = None
    hold: Hold | None = None
    seconds: Mapping[str, float] = MappingProxyType({})


class RepetitionPipeline:
    """Tracks, classifies, smooths and counts one stream. Make a new pipeline for each stream.

    All exercises of the dataset are counted at once, each with a counter of its own; `exercises` lists them. Those in
    `held` are poses to hold, which the profile `robust` times instead.

    Args:
        tracker: finds the pose in an image; None if you only call `process_pose`.
        classifier: pipelines may share it. None only with the profile ``any``, which uses none.
        profile: ``robust``; ``colab`` or ``mlkit``, which reproduce the published programs; or ``any``, which counts
            whatever is repeated, as ``repetitions``.
        settings: thresholds and smoothing.
        target: count only this class, under its own name, as the notebook does. With ``robust`` it is the turning point
            of its exercise, whose other classes are the rest.
        only: count only these exercises, by name; the samples of the others still tell what is none of them. A name
            that the dataset does not have counts for nothing, and where it has none of them all are counted.

    Raises:
        ValueError: if the profile or the target does not exist, or the profile needs a classifier.
    """

    def __init__(
        self,
        tracker: Tracker | None,
        classifier: PoseClassifier | None,
        profile: Profile = DEFAULT_PROFILE,
        settings: Settings | None = None,
        target: str | None = None,
        only: Collection[str] | None = None,
    ) -> None:
        if profile not in (*PROFILES, "any"):
            raise ValueError(f"unknown profile {profile!r}: choose one of {', '.join(PROFILES)} or any")
        settings = settings or Settings()
        self.exercises, self.held = exercises_of(classifier, profile, target, only)
        self._engine: Engine
        if profile == "any" or classifier is None:
            self._engine = AnyEngine()
        else:
            engine = RobustEngine if profile == "robust" else PublishedEngine
            self._engine = engine(classifier, self.exercises, settings, profile)
        self.tracker = tracker
        self.classifier = classifier
        self.profile = profile
        self.settings = settings
        self._unknown = 0
        self._counts = dict.fromkeys((exercise.name for exercise in self.exercises), 0)
        self._timer = HoldTimer(self.held, settings.enter_threshold, settings.exit_threshold)
        # What results share as long as it stays as it is.
        self._told_counts: Mapping[str, int] = MappingProxyType(self.counts)
        self._told_seconds: Mapping[str, float] = MappingProxyType(self.seconds)
        self._hold: Hold | None = None  # of the last frame

    @property
    def counts(self) -> dict[str, int]:
        """Repetitions so far, per exercise; `unknown` where something else is repeated."""
        return {**self._counts, UNKNOWN: self._unknown} if self._unknown else dict(self._counts)

    @property
    def holds(self) -> tuple[Hold, ...]:
        """The holds so far, the one in progress last."""
        return self._timer.holds

    @property
    def seconds(self) -> dict[str, float]:
        """Seconds held so far, per exercise that is held."""
        return self._timer.seconds

    def process(self, image: Image, timestamp: float, size: tuple[int, int] | None = None) -> FrameResult:
        """Track the pose in an image and count with it.

        Args:
            image: RGB uint8 (height, width, 3).
            timestamp: seconds.
            size: (width, height) of the picture from which the image was scaled down; the pose is in pixels of that.
        """
        if self.tracker is None:
            raise ValueError("this pipeline was made without a tracker: use process_pose")
        started = perf_counter()
        pose = self.tracker.track(image, timestamp)
        if pose and size:
            pose = pose.scaled(size)
        return self._count(pose, timestamp, (perf_counter() - started) * 1000)

    def process_pose(self, pose: Pose | None, timestamp: float) -> FrameResult:
        """Count with a pose that is already tracked, or None where no person was found."""
        return self._count(pose, timestamp, 0.0)

    def _count(self, pose: Pose | None, timestamp: float, track_ms: float) -> FrameResult:
        started = perf_counter()
        step = self._engine.take(pose, timestamp)
        if step.completed or step.unknown != self._unknown:
            for repetition in step.completed:
                self._counts[repetition.exercise] += 1
            self._unknown = step.unknown
            self._told_counts = MappingProxyType(self.counts)
        self._timer.update(step.smoothed, pose, timestamp)
        hold, before = self._timer.running, self._hold
        if hold is not before:
            self._hold, self._told_seconds = hold, MappingProxyType(self.seconds)
        return FrameResult(
            timestamp=timestamp,
            pose=pose,
            votes=step.votes,
            smoothed=step.smoothed,
            counts=self._told_counts,
            completed=tuple(step.completed),
            exercise=hold.exercise if hold else step.exercise,
            timings_ms={
                "track": track_ms,
                "classify": (step.classified - started) * 1000,
                "count": (perf_counter() - step.classified) * 1000,
            },
            reason=step.reason,
            hold=hold,
            seconds=self._told_seconds,
        )


def exercises_of(
    classifier: PoseClassifier | None,
    profile: Profile,
    target: str | None = None,
    only: Collection[str] | None = None,
) -> tuple[tuple[Exercise, ...], tuple[Exercise, ...]]:
    """The exercises that a pipeline of these arguments counts, and those that it times.

    Raises:
        ValueError: if the target does not exist, or the profile needs a classifier.
    """
    if profile == "any":
        return (ANY_EXERCISE,), ()
    if classifier is None:
        raise ValueError(f"the profile {profile} needs a classifier: only the profile any counts without one")
    dataset = classifier.dataset
    times_holds = profile == "robust"
    if target is None:
        counted, held = (dataset.repeated, dataset.holds) if times_holds else (dataset.exercises, ())
        if only and any(each.name in only for each in (*counted, *held)):
            counted, held = (tuple(each for each in those if each.name in only) for those in (counted, held))
        return counted, held
    if target not in classifier.classes:
        raise ValueError(f"unknown target class {target!r}: the dataset has {', '.join(classifier.classes)}")
    if times_holds and is_hold(target):
        return (), (Exercise(target, target, ()),)
    of_exercise = [name for name in classifier.classes if exercise_of(name) == exercise_of(target) and name != target]
    rest = [name for name in of_exercise if not (is_negative(target) or (times_holds and is_hold(name)))]
    return (Exercise(target, target, tuple(rest)),), ()
