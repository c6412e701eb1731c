"""Teaching: a recording of about five repetitions of any exercise becomes a dataset that counts it.

The rhythm of the recording has turning points of two kinds (see `posecount.counting.rhythm`): the two states of the
exercise. Poses near them are their samples. Poses before and after the exercise that are unlike it are samples of
``none``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from posecount.counting.rhythm import SHORTEST_S, Indices, Motion, Rhythm, find_rhythm
from posecount.datasets.dataset import PoseDataset, exercise_of, is_negative
from posecount.errors import PosecountError
from posecount.ingest.teaching.counted import Counted, rhythm_of
from posecount.ingest.teaching.states import elsewhere, far_is_rest, state_names, zones_of
from posecount.names import safe_name
from posecount.tracking.sequence import LandmarkSequence

NONE = "none"
"""The class of poses that do not belong to the exercise."""

ENOUGH_REPETITIONS = 4
"""Fewer do not show how repetitions vary."""

WANTED_REPETITIONS = 5
_LONGEST_S = 3600.0
"""Seconds: many times what five repetitions take, and 54,000 moments to search."""
_OVER_AFTER_S = 1.0
"""Seconds after the last repetition wanted: until then its end may be a pause half way."""
_STOPPED_AFTER_S = 5.0
"""Seconds without another repetition after which a person has stopped, with fewer than wanted: between repetitions of
real clips people rest for up to three."""

_ALIKE = 0.7
"""Likeness below which a person should check the pictures: of 16 exercises, 15 reach 0.78 and all 0.66; a person who
moves about reaches 0.6."""
_PER_TURN = 4
"""Samples of each turning point; the frames in between are near-duplicates of these."""
_MOST = 80
"""The most samples of a class: those of twenty repetitions."""
FEWEST_NONE = 8
"""A class with fewer samples does more harm than good: the smallest class decides how many neighbours vote."""


class TeachingError(PosecountError):
    """No exercise can be learned from a recording. The message says why, and what to try."""


@dataclass(frozen=True, slots=True)
class TaughtRepetition:
    """A repetition in the recording; times are seconds of the recording.

    Attributes:
        start: when the rest state was left.
        turn: when the pose was furthest from it.
        end: when it was reached again.
    """

    start: float
    turn: float
    end: float


@dataclass(frozen=True, slots=True, eq=False)
class Taught:
    """What is learned from a recording.

    Attributes:
        dataset: the samples: two classes of one exercise, with its target, and perhaps `NONE`. A sample's name begins
            with the number of its repetition, as in ``rep2_7.43s.jpg``.
        frames: for each sample of the dataset, its index in the recording.
        rest: the class of the state in which a repetition starts and ends.
        target: the class of the state in which it turns.
        repetitions: the repetitions found, in order of time.
        examples: class → the seconds that show it best, once a repetition, for the two states.
        confidence: 0 to 1, how much more alike poses of one state are than poses of different states.
        warnings: what a person should know before counting with it, in sentences.
    """

    dataset: PoseDataset
    frames: tuple[int, ...]
    rest: str
    target: str
    repetitions: tuple[TaughtRepetition, ...]
    examples: Mapping[str, tuple[float, ...]]
    confidence: float
    warnings: tuple[str, ...]

    @property
    def exercise(self) -> str:
        """The exercise's name."""
        return exercise_of(self.target)

    def to_json(self) -> dict[str, Any]:
        """The result as JSON types, without the samples; times in seconds."""
        return {
            "rest": self.rest,
            "target": self.target,
            "samples": dict(Counter(self.dataset.labels)),
            "repetitions": [
                {"start_s": round(each.start, 3), "turn_s": round(each.turn, 3), "end_s": round(each.end, 3)}
                for each in self.repetitions
            ],
            "confidence": round(self.confidence, 3),
            "warnings": list(self.warnings),
        }


def teach(
    recording: LandmarkSequence,
    exercise: str,
    *,
    start: float | None = None,
    end: float | None = None,
    states: tuple[float, float] | None = None,
    target: str | None = None,
    repetitions: Sequence[Counted] = (),
) -> Taught:
    """Learn an exercise from about five repetitions.

    Rest is the state before and after the repetitions; if that is unclear, the state held for longer; otherwise the
    first one. The states are called ``up`` and ``down`` if shoulders or hips, or else hands, or else feet are clearly
    higher in one of them, and otherwise ``rest`` and ``target``.

    Args:
        recording: it may contain more than the repetitions.
        exercise: its name, which `posecount.names.safe_name` makes safe; classes are called ``<exercise>_<state>``.
        start: seconds; frames before are left out.
        end: seconds; frames after are left out.
        states: seconds that show rest and target, if a person has chosen them; by default they are found.
        target: the exercise's target class in the dataset that will hold these samples: a state of that name does not
            become rest.
        repetitions: those that were counted in the recording, if they were; by default they are found.

    Raises:
        TeachingError: if there is no person or no rhythm, or the name cannot be an exercise's.
        DatasetError: if the name has no letter or digit.
    """
    exercise = exercise_name(exercise)
    frames = visible_frames(recording, start, end)
    seconds = recording.timestamps[frames]
    motion = Motion.of(recording, frames)
    if repetitions:
        rhythm = rhythm_of(motion, repetitions)
    else:
        rhythm = find_rhythm(motion, (motion.index(states[0]), motion.index(states[1])) if states else None)
    if rhythm is None:
        raise TeachingError(
            "No rhythm was found: no movement repeats at least twice. Try: do five repetitions without a long pause, "
            "each from one end position to the other and back, with your whole body in frame."
        )
    at_target = rhythm.far if states or repetitions or not far_is_rest(motion, rhythm) else ~rhythm.far
    zones = zones_of(motion, rhythm)

    def frame_at(moment: int) -> int:
        return int(frames[np.abs(seconds - motion.times[moment]).argmin()])

    def choose() -> dict[bool, dict[int, str]]:
        chosen: dict[bool, dict[int, str]] = {False: {}, True: {}}
        for turn, number in enumerate(np.maximum(np.cumsum(at_target), 1)):
            for moment in _spread(np.flatnonzero(zones == turn), _PER_TURN):
                chosen[bool(at_target[turn])].setdefault(frame_at(moment), f"rep{number}")
        return chosen

    chosen = choose()
    names = state_names(*(recording.landmarks[list(chosen[state])] for state in (False, True)))
    if not states and target == f"{exercise}_{names[0]}":
        at_target, names = ~at_target, names[::-1]
        chosen = choose()
    rest, target = (f"{exercise}_{state}" for state in names)
    samples = {label: thinned(chosen[state], _MOST) for state, label in ((False, rest), (True, target))}
    others = {frame_at(moment): "other" for moment in elsewhere(motion, rhythm, zones)}
    if len(others) >= FEWEST_NONE:
        samples[NONE] = thinned(others, min(map(len, samples.values())))
    rows = [(label, frame, group) for label in sorted(samples) for frame, group in sorted(samples[label].items())]
    chosen_frames = tuple(frame for _, frame, _ in rows)
    found = tuple(_repetitions(motion, rhythm, zones, at_target))
    examples = {
        label: tuple(float(recording.timestamps[frame_at(turn)]) for turn in rhythm.turns[at_target == state])
        for state, label in ((False, rest), (True, target))
    }
    return Taught(
        dataset=PoseDataset(
            tuple(f"{group}_{recording.timestamps[frame]:.2f}s.jpg" for _, frame, group in rows),
            tuple(label for label, _, _ in rows),
            recording.landmarks[list(chosen_frames)],
            MappingProxyType({exercise: target}),
        ),
        frames=chosen_frames,
        rest=rest,
        target=target,
        repetitions=found,
        examples=MappingProxyType(examples),
        confidence=rhythm.likeness,
        warnings=_warnings(len(found), rhythm.likeness),
    )


def are_over(recording: LandmarkSequence, now: float) -> bool:
    """Whether a person who is being recorded has done the repetitions: five, or fewer and then none for some seconds.

    Args:
        recording: up to now.
        now: seconds of the recording; later than its last frame with a person if the person has left.
    """
    try:
        repetitions = teach(recording, "exercise").repetitions
    except PosecountError:
        return False
    if len(repetitions) >= WANTED_REPETITIONS:
        return now - repetitions[WANTED_REPETITIONS - 1].end >= _OVER_AFTER_S
    return len(repetitions) >= 2 and now - repetitions[-1].end >= _STOPPED_AFTER_S


def visible_frames(recording: LandmarkSequence, start: float | None, end: float | None) -> Indices:
    """The frames between two times, in seconds, in which there is a person: long enough, and not too long, to learn.

    Raises:
        TeachingError: if they are not.
    """
    inside = np.isfinite(recording.landmarks).all(axis=(1, 2))
    inside &= recording.timestamps >= (-np.inf if start is None else start)
    inside &= recording.timestamps <= (np.inf if end is None else end)
    frames = np.flatnonzero(inside)
    seconds = recording.timestamps[frames]
    seen = float(seconds[-1] - seconds[0]) if len(frames) else 0.0
    if seen < 2 * SHORTEST_S:
        raise TeachingError(
            f"A person is visible for only {seen:.1f} s. Try: record yourself with your whole body in frame, in good "
            "light."
        )
    if seen > _LONGEST_S:
        raise TeachingError(
            f"The recording lasts {seen / 60:.0f} minutes; at most {_LONGEST_S / 60:.0f} are searched. Try: choose the "
            "part with the exercise."
        )
    return frames


def exercise_name(name: str) -> str:
    """A name that an exercise and its classes can have.

    Raises:
        TeachingError, DatasetError: if there is none like it.
    """
    name = safe_name(name, "exercise")
    longest = f"{name}_target"  # no state has a longer name
    if is_negative(longest) or is_negative(name):
        raise TeachingError(
            f"{name} cannot be an exercise: the name is reserved for poses of no exercise. Try: rename it."
        )
    if safe_name(longest) != longest:
        raise TeachingError(f"The name {name[:40]}… is too long. Try: use at most 50 letters.")
    return name


def _repetitions(
    motion: Motion, rhythm: Rhythm, zones: Indices, at_target: NDArray[np.bool_]
) -> list[TaughtRepetition]:
    found = []
    for i in np.flatnonzero(at_target):
        before = i if i == 0 or rhythm.runs[i - 1] != rhythm.runs[i] else i - 1
        after = i if i == len(at_target) - 1 or rhythm.runs[i + 1] != rhythm.runs[i] else i + 1
        left, reached = np.flatnonzero(zones == before), np.flatnonzero(zones == after)
        start = left[-1] if before < i else left[0]
        end = reached[0] if after > i else reached[-1]
        found.append(TaughtRepetition(*(float(motion.times[at]) for at in (start, rhythm.turns[i], end))))
    return found


def _spread(items: Indices, count: int) -> Indices:
    """`count` of the items, evenly spaced from the first to the last; all if there are fewer."""
    chosen = np.linspace(0, len(items) - 1, min(count, len(items))).round().astype(np.intp)
    return np.asarray(items[chosen])


def thinned(samples: dict[int, str], count: int) -> dict[int, str]:
    """`count` of the samples, evenly spaced by frame."""
    return {int(frame): samples[int(frame)] for frame in _spread(np.array(sorted(samples)), count)}


def _warnings(repetitions: int, likeness: float) -> tuple[str, ...]:
    warnings = []
    if repetitions < ENOUGH_REPETITIONS:
        found = "1 repetition was" if repetitions == 1 else f"{repetitions} repetitions were"
        warnings.append(f"Only {found} found. Do at least {ENOUGH_REPETITIONS}, ideally five or six.")
    if likeness < _ALIKE:
        warnings.append("The repetitions differ a lot. Check that the pictures show the two positions.")
    return tuple(warnings)
