"""RepetitionPipeline: one stream's frames in, one immutable FrameResult per frame out.

The live page, an uploaded video and the command line all run `RepetitionPipeline.process`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Literal, get_args

from posecount.classifier import PoseClassifier
from posecount.counting import EMASmoother, Repetition, RepetitionCounter
from posecount.dataset import Exercise
from posecount.pose import Image, Pose
from posecount.tracker import Tracker

Profile = Literal["colab", "mlkit"]
PROFILES: tuple[Profile, ...] = get_args(Profile)
DEFAULT_PROFILE: Profile = "colab"

_MLKIT_RESET_AFTER = 0.1
"""Seconds: ML Kit's EMASmoothing clears its window after a longer gap."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be tuned about counting; thresholds are in votes, 0 to 10."""

    enter_threshold: float = 6.0
    exit_threshold: float = 4.0
    window_size: int = 10
    alpha: float = 0.2

    def __post_init__(self) -> None:
        if self.exit_threshold > self.enter_threshold:
            raise ValueError("the exit threshold must not lie above the enter threshold")


@dataclass(frozen=True, slots=True, eq=False)
class FrameResult:
    """All that is known after a frame; never changed once made.

    Attributes:
        timestamp: seconds, of the frame.
        pose: the tracked pose, or None where no person was found.
        votes: raw votes per class; empty where there was no pose.
        smoothed: smoothed votes per class.
        counts: repetitions so far, per exercise.
        completed: the repetitions that this frame completed.
        exercise: the exercise in progress, or None.
        timings_ms: milliseconds spent per stage: ``track``, ``classify``, ``count`` (smoothing included).
    """

    timestamp: float
    pose: Pose | None
    votes: Mapping[str, float]
    smoothed: Mapping[str, float]
    counts: Mapping[str, int]
    completed: tuple[Repetition, ...]
    exercise: str | None
    timings_ms: Mapping[str, float]


class RepetitionPipeline:
    """Tracks, classifies, smooths and counts one stream; make a new one for a new stream.

    Every exercise of the dataset is counted at once, each with its own counter; `exercises` are those counted.

    Args:
        tracker: finds the pose in an image; None where only `process_pose` is used.
        classifier: shared with other pipelines.
        profile: ``colab`` or ``mlkit``, which reproduce the published programs.
        settings: thresholds and smoothing.
        target: count this class alone, under its own name, as the notebook does.

    Raises:
        ValueError: for a profile or target that does not exist.
    """

    def __init__(
        self,
        tracker: Tracker | None,
        classifier: PoseClassifier,
        profile: Profile = DEFAULT_PROFILE,
        settings: Settings | None = None,
        target: str | None = None,
    ) -> None:
        if profile not in PROFILES:
            raise ValueError(f"unknown profile {profile!r}: choose one of {', '.join(PROFILES)}")
        settings = settings or Settings()
        if target is None:
            self.exercises = classifier.dataset.exercises
        elif target in classifier.classes:
            self.exercises = (Exercise(target, target, ()),)
        else:
            raise ValueError(f"unknown target class {target!r}: the dataset has {', '.join(classifier.classes)}")
        self.tracker = tracker
        self.classifier = classifier
        self.profile = profile
        self.settings = settings
        self._smoother = EMASmoother(
            settings.window_size, settings.alpha, _MLKIT_RESET_AFTER if profile == "mlkit" else None
        )
        self._counters = {
            exercise.name: RepetitionCounter(
                exercise.target, settings.enter_threshold, settings.exit_threshold, exercise.name
            )
            for exercise in self.exercises
        }

    @property
    def counts(self) -> dict[str, int]:
        """Repetitions so far, per exercise."""
        return {name: counter.count for name, counter in self._counters.items()}

    def process(self, image: Image, timestamp: float) -> FrameResult:
        """Track the pose in an RGB uint8 (height, width, 3) image and count with it."""
        if self.tracker is None:
            raise ValueError("this pipeline was made without a tracker: use process_pose")
        started = perf_counter()
        pose = self.tracker.track(image, timestamp)
        return self._count(pose, timestamp, (perf_counter() - started) * 1000)

    def process_pose(self, pose: Pose | None, timestamp: float) -> FrameResult:
        """Count with a pose that was tracked before; None where no person was found."""
        return self._count(pose, timestamp, 0.0)

    def _count(self, pose: Pose | None, timestamp: float, track_ms: float) -> FrameResult:
        started = perf_counter()
        votes = self.classifier.classify(pose.landmarks) if pose else None
        classified = perf_counter()
        smoothed = self._smoother.update(votes, timestamp)
        completed: list[Repetition] = []
        if pose:  # a frame with no pose does not update the counters
            for counter in self._counters.values():
                before = counter.count
                if counter.update(smoothed, timestamp) > before and counter.last:
                    completed.append(counter.last)
                    if self.profile == "mlkit":
                        break  # the Java code leaves its loop at the first counter that counts
        counted = perf_counter()
        return FrameResult(
            timestamp=timestamp,
            pose=pose,
            votes=votes or {},
            smoothed=smoothed,
            counts=self.counts,
            completed=tuple(completed),
            exercise=next((name for name, counter in self._counters.items() if counter.entered), None),
            timings_ms={
                "track": track_ms,
                "classify": (classified - started) * 1000,
                "count": (counted - classified) * 1000,
            },
        )
