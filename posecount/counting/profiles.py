"""The profiles: how poses become repetitions, and the reasons why a frame does not count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from time import perf_counter
from typing import Literal, NamedTuple, Protocol

from posecount.counting.jumps import JumpDetector
from posecount.counting.knn import PoseClassifier
from posecount.counting.repetitions import Repetition, RepetitionCounter
from posecount.counting.settings import Profile, Settings
from posecount.counting.smoothing import EMASmoother
from posecount.datasets.dataset import Exercise
from posecount.embedding import Body
from posecount.pose import Pose

_MLKIT_RESET_AFTER = 0.1
"""Seconds: ML Kit's EMASmoothing clears its window after a longer gap."""

_JUMP_SHOWN = 2.0
"""Seconds for which the overlay says that another person is tracked."""

ReasonCode = Literal[
    "no person",
    "jumped",
    "not visible",
    "unknown pose",
    "no exercise",
    "unknown exercise",
    "waiting for the start",
    "too shallow",
    "perhaps too shallow",
    "paused",
    "getting ready",
    "placement",
]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a frame does not count; `text` is shown to the person."""

    code: ReasonCode
    text: str

    @property
    def is_too_shallow(self) -> bool:
        """Whether it asks to go further, for certain or perhaps."""
        return self.code in ("too shallow", "perhaps too shallow")

    def __str__(self) -> str:
        return self.text


NO_PERSON = Reason("no person", "Step into the frame")
JUMPED = Reason("jumped", "Tracking jumped to another person")


class JumpWatch:
    """Watches one stream for jumps of the tracking, and says so for a moment."""

    def __init__(self) -> None:
        self._detector = JumpDetector()
        self._jumped = -inf

    def update(self, body: Body, timestamp: float) -> bool:
        """Take in a pose; return whether it is another body than the one before."""
        jumped = self._detector.update(body, timestamp)
        if jumped:
            self._jumped = timestamp
        return jumped

    def reason(self, timestamp: float) -> Reason | None:
        """`JUMPED` for a moment after a jump."""
        return JUMPED if timestamp - self._jumped < _JUMP_SHOWN else None


class Step(NamedTuple):
    """What one frame leads to; `classified` is the clock's reading between the two stages.

    `unknown` is how many repetitions there were so far of no exercise of the dataset.
    """

    votes: Mapping[str, float]
    smoothed: Mapping[str, float]
    completed: Sequence[Repetition]
    exercise: str | None
    classified: float
    reason: Reason | None = None
    unknown: int = 0


class Engine(Protocol):
    """Turns poses into repetitions as one profile does, and holds the state of one stream."""

    def take(self, pose: Pose | None, timestamp: float) -> Step:
        """Take in one frame's pose, or None where there is no person."""
        ...


class PublishedEngine:
    """The profiles `colab` and `mlkit`."""

    def __init__(
        self, classifier: PoseClassifier, exercises: Sequence[Exercise], settings: Settings, profile: Profile
    ) -> None:
        self._classifier = classifier
        self._first_alone = profile == "mlkit"
        self._smoother = EMASmoother(
            settings.window_size, settings.alpha, _MLKIT_RESET_AFTER if profile == "mlkit" else None
        )
        self._counters = [
            RepetitionCounter(exercise.target, settings.enter_threshold, settings.exit_threshold, exercise.name)
            for exercise in exercises
        ]

    def take(self, pose: Pose | None, timestamp: float) -> Step:
        votes = self._classifier.classify(pose.landmarks) if pose else None
        classified = perf_counter()
        smoothed = self._smoother.update(votes, timestamp)
        completed: list[Repetition] = []
        if pose:  # a frame without a pose does not update the counters
            for counter in self._counters:
                before = counter.count
                if counter.update(smoothed, timestamp) > before and counter.last:
                    completed.append(counter.last)
                    if self._first_alone:
                        break  # the Java code leaves its loop at the first counter that counts
        exercise = next((counter.exercise for counter in self._counters if counter.entered), None)
        return Step(votes or {}, smoothed, completed, exercise, classified, None if pose else NO_PERSON)
