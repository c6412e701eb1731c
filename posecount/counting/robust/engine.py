"""The profile `robust`: nearest samples, sets named by their movement, and reasons why a frame does not count."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from time import perf_counter

from posecount.counting.knn import PoseClassifier
from posecount.counting.profiles import NO_PERSON, JumpWatch, Reason, Step
from posecount.counting.recognition.sets import Sets
from posecount.counting.repetitions import CycleCounter, Repetition
from posecount.counting.robust.classifier import Reading
from posecount.counting.robust.tilt import Tilt
from posecount.counting.settings import Profile, Settings
from posecount.counting.smoothing import TimeSmoother
from posecount.counting.visibility import Limb, hidden_limbs
from posecount.datasets.dataset import Exercise, exercise_label, exercise_of, is_hold, is_negative
from posecount.embedding import measure
from posecount.pose import Pose

_SHALLOW_SHOWN = 1.5
"""Seconds for which the overlay says that a movement was too shallow."""

_SET_SHOWN = 3.0
"""Seconds for which the overlay goes by a set after its last repetition."""

_RANGES = 900
"""Frames near a target whose range of motion is remembered, for repetitions that are named later: half a minute."""


class RobustEngine:
    """The profile `robust`: evidence over time, whole cycles, one exercise at a time, and reasons."""

    def __init__(
        self, classifier: PoseClassifier, exercises: Sequence[Exercise], settings: Settings, profile: Profile
    ) -> None:
        self._classifier = classifier.robust
        turning = {exercise.target for exercise in classifier.dataset.repeated}
        for exercise in exercises:
            if exercise.target not in turning:
                self._classifier = self._classifier.turning_at(exercise.target)
        self._exercises = exercises
        self._all = len(exercises) == len(turning)  # or else what is unknown may be one that is not counted
        # Everything here goes by the exercise's name in the dataset; an exercise counted for one class carries the name
        # of that class.
        self._names = {each.name: exercise_of(each.target) for each in exercises}
        self._turning = {each.target: exercise_of(each.target) for each in exercises}
        moving = ((exercise_of(each.target), self._classifier.limb(each)) for each in exercises)
        self._limbs: dict[str, frozenset[Limb]] = {name: frozenset({limb} if limb else ()) for name, limb in moving}
        for hold in classifier.dataset.holds:  # none of their limbs moves, and all of them make the pose
            self._limbs.setdefault(exercise_of(hold.target), frozenset({"arms", "legs"}))
        self._tilt = Tilt()
        self._smoother = TimeSmoother()
        self._rests = TimeSmoother()
        rests = [name for exercise in self._classifier.dataset.repeated for name in exercise.rest]
        self._counters = {
            exercise_of(exercise.target): CycleCounter(
                exercise,
                settings.enter_threshold,
                settings.exit_threshold,
                settings.range_of_motion if exercise.rest else 0.0,  # without rest samples there is no range of motion
                rests,
            )
            for exercise in exercises
        }
        self._gestures = [
            counter for name, counter in self._counters.items() if name in self._classifier.movements.gestures
        ]
        movements = self._classifier.movements
        unclear = movements.place.unclear(movements.names)
        self._unclear = [name for name in classifier.dataset.classes if exercise_of(name) in unclear]
        self._exercise: str | None = None
        self._shallow: tuple[float, Reason] | None = None
        self._ranges: deque[tuple[float, str, float]] = deque(maxlen=_RANGES)
        self._jumps = JumpWatch()
        self._sets = Sets(self._classifier.movements, settings.range_of_motion)

    def take(self, pose: Pose | None, timestamp: float) -> Step:
        if pose is None:
            now = perf_counter()
            smoothed = self._smoother.update({}, timestamp)
            return Step({}, smoothed, (), self._shown(), now, NO_PERSON)
        body = measure(pose.landmarks)
        if self._jumps.update(body, timestamp):
            self._interrupt()
        # At the top of a pull-up the hands are where a curl has them, but no curl begins by hanging from a bar.
        left_out = [each.exercise.target for each in self._gestures if not each.rested(timestamp)]
        if not self._sets.hips.moved:
            left_out += self._unclear
        reading = self._classifier.read(body.embedding, self._exercises, self._tilt, timestamp, left_out)
        hidden = hidden_limbs(pose)
        unseen: dict[str, Limb] = {}
        votes, rests = reading.votes, reading.rests
        if hidden:
            unseen = {name: min(limbs & hidden) for name, limbs in self._limbs.items() if limbs & hidden}
            votes = {name: share for name, share in votes.items() if exercise_of(name) not in unseen}
            rests = {name: rest for name, rest in rests.items() if name not in unseen}
        classified = perf_counter()
        smoothed = self._smoother.update(votes, timestamp)
        resting = self._rests.update(rests, timestamp)
        self._sets.look(body, timestamp)
        completed = []
        nearing = self._turning.get(reading.nearest)
        for name, counter in self._counters.items():
            if name in unseen:
                counter.too_shallow = False  # of another frame
                continue
            progress = reading.progress if name == nearing else 0.0
            repetition = counter.update(smoothed, resting.get(name, 0.0), progress, timestamp)
            if repetition:
                completed += self._sets.admit(repetition, name)
        if reading.progress:
            self._ranges.append((timestamp, exercise_of(reading.nearest), reading.progress))
        for repetition in self._sets.update(unseen):
            if repetition.exercise in self._counters:
                completed.append(self._measured(repetition))
        self._exercise = self._in_progress(completed)
        reason = self._jumps.reason(timestamp) or self._reason(reading, unseen, timestamp)
        return Step(
            votes, smoothed, completed, self._shown(), classified, reason, self._sets.unknown if self._all else 0
        )

    def _interrupt(self) -> None:
        """Drop what was begun: another person is tracked from now on. The counts stay."""
        self._smoother, self._rests = TimeSmoother(), TimeSmoother()
        self._exercise, self._shallow = None, None
        self._ranges.clear()
        self._sets.interrupt()
        for counter in self._counters.values():
            counter.interrupt()

    def _measured(self, repetition: Repetition) -> Repetition:
        """A repetition of a set under the name that is counted, with its range of motion if it came near the target."""
        ranges = [
            progress
            for timestamp, exercise, progress in self._ranges
            if exercise == repetition.exercise and repetition.start <= timestamp <= repetition.end
        ]
        name = self._counters[repetition.exercise].exercise.name
        return replace(repetition, exercise=name, range_of_motion=max(ranges, default=None))

    def _shown(self) -> str | None:
        """The exercise in progress, by the name that its repetitions carry."""
        return self._counters[self._exercise].exercise.name if self._exercise else None

    def _in_progress(self, completed: Sequence[Repetition]) -> str | None:
        """The exercise in progress: the one in its target pose, or else the last one while its rest lasts."""
        if completed:
            return self._names[completed[0].exercise]
        doing = [name for name, counter in self._counters.items() if counter.phase == "target"]
        if doing:
            return doing[0]
        if self._exercise and self._counters[self._exercise].phase == "waiting":
            return None
        return self._exercise

    def _reason(self, reading: Reading, unseen: Mapping[str, Limb], timestamp: float) -> Reason | None:
        """Why this frame does not count, or None where it does."""
        name = exercise_of(reading.nearest)
        if name in unseen or (unseen and len(unseen) == len(self._limbs)):
            limb = unseen.get(name) or next(iter(unseen.values()))
            return Reason("not visible", f"Step back: your {limb} are not visible")
        in_set = timestamp - self._sets.ended < _SET_SHOWN
        if in_set and self._sets.exercise in self._counters:
            return None
        if in_set and self._sets.shallow in self._counters:
            return Reason("too shallow", f"{exercise_label(self._sets.shallow)}: go further")
        for counter in self._counters.values():
            if counter.too_shallow:
                label = counter.exercise.label
                self._shallow = timestamp, Reason("too shallow", f"{label}: go further: that was only halfway")
        if self._shallow and timestamp - self._shallow[0] < _SHALLOW_SHOWN:
            return self._shallow[1]
        if in_set and (unknown := self._sets.unnamed):
            if self._sets.perhaps in self._counters:
                label = exercise_label(self._sets.perhaps).lower()
                return Reason("perhaps too shallow", f"To count as {label}, go further")
            if self._all:
                return Reason("unknown exercise", f"Unknown exercise: {unknown}")
        if not reading.votes:
            return Reason("unknown pose", "Pose not recognised")
        if is_negative(reading.nearest):
            return Reason("no exercise", "Exercise not recognised")
        if name in self._counters and self._counters[name].phase == "waiting" and not is_hold(reading.nearest):
            return Reason("waiting for the start", f"{exercise_label(name)}: go to the start position")
        return None
