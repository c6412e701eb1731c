"""Teach by doing: about five repetitions of anything become a dataset that counts it.

The rhythm of the recording has turning points of two kinds (see `posecount.counting.rhythm`): the two states of the
exercise. Poses near them are their samples; poses that are nowhere near the motion, before and after it, are samples
of ``none``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from posecount.counting.rhythm import SHORTEST_S, Indices, Motion, Rhythm, find_rhythm
from posecount.datasets.dataset import PoseDataset, is_negative
from posecount.embedding import TORSO_MULTIPLIER
from posecount.errors import PosecountError
from posecount.names import safe_name
from posecount.pose import LANDMARK, FloatArray
from posecount.tracking.sequence import LandmarkSequence

NONE = "none"
"""The class of poses that are no part of the exercise."""

ENOUGH_REPETITIONS = 4
"""Fewer do not show what varies from one repetition to the next."""

_ALIKE = 0.7
"""Likeness below which somebody should look at the pictures: of the 16 exercises tried, 15 reach 0.78 and all 0.66, a
person who moves about 0.6."""
_OUTER = 0.2
"""The share of a swing, from its turning point, whose poses are samples of a state."""
_PER_TURN = 4
"""Samples of each turning point; frames in between are near duplicates of these."""
_MOST = 80
"""Samples of a class: those of twenty repetitions."""
_APART = 0.5
"""Poses further than this share of a swing from all of the motion are no part of it."""
_FEWEST_NONE = 8
"""A class of fewer samples is more of a hindrance than a help: the smallest class decides how many neighbours vote."""
_LONGER = 1.25
"""How many times as long a state must be held to be taken for the one of rest."""
_VERTICAL = 0.08
"""Share of body size that part of the body must rise or sink, for the states to be named after it."""
_PARTS = (("shoulder", "hip"), ("wrist",), ("ankle",))
"""What names the states, the first that moves enough."""


class TeachingError(PosecountError):
    """No exercise can be learned from a recording: the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class TaughtRepetition:
    """A repetition that was found; times are seconds of the recording.

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
    """What was learned from a recording.

    Attributes:
        dataset: the samples: two classes of one exercise, whose target it names, and perhaps `NONE`. A sample's name
            begins with the number of its repetition, as in ``rep2_7.43s.jpg``.
        frames: index into the recording of each sample of the dataset.
        rest: the class of the state in which a repetition begins and ends.
        target: the class of the state in which it turns.
        repetitions: those found, in order of time.
        examples: class → seconds at which it can best be seen, once a repetition, for the two states.
        confidence: 0 to 1, how much more the poses of one state are alike than those of different states.
        warnings: what to know before counting with it, in sentences.
    """

    dataset: PoseDataset
    frames: tuple[int, ...]
    rest: str
    target: str
    repetitions: tuple[TaughtRepetition, ...]
    examples: Mapping[str, tuple[float, ...]]
    confidence: float
    warnings: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """What was learned as JSON types, without the samples; times in seconds."""
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
) -> Taught:
    """Learn an exercise from about five repetitions.

    Which of the two states is rest? The one the person is in before and after the repetitions; else the one that is
    held for longer; else the one that comes first. The states are called ``up`` and ``down`` where shoulders or hips,
    else hands, else feet are clearly higher in one of them, otherwise ``rest`` and ``target``.

    Args:
        recording: may hold more than the repetitions.
        exercise: its name, made safe by `posecount.names.safe_name`; classes are called ``<exercise>_<state>``.
        start: leave out what is before, in seconds.
        end: leave out what is after, in seconds.
        states: seconds at which rest and target can be seen, where somebody has chosen them; else they are found.
        target: the class that is the exercise's target in the dataset these samples are for: a state of that name is
            not taken for rest.

    Raises:
        TeachingError: if there is no person, no rhythm, or the name cannot be that of an exercise.
        DatasetError: if the name has no letter or digit.
    """
    exercise = _exercise_name(exercise)
    inside = np.isfinite(recording.landmarks).all(axis=(1, 2))
    inside &= recording.timestamps >= (-np.inf if start is None else start)
    inside &= recording.timestamps <= (np.inf if end is None else end)
    frames = np.flatnonzero(inside)
    seconds = recording.timestamps[frames]
    seen = float(seconds[-1] - seconds[0]) if len(frames) else 0.0
    if seen < 2 * SHORTEST_S:
        raise TeachingError(
            f"There is hardly a person to be seen: for {seen:.1f} s. Remedy: record some repetitions, with all of you "
            "in the picture, in good light."
        )
    motion = Motion.of(recording, frames)
    rhythm = find_rhythm(motion, (motion.index(states[0]), motion.index(states[1])) if states else None)
    if rhythm is None:
        raise TeachingError(
            "No rhythm was found: nothing comes again at least twice. Remedy: do five repetitions without a long "
            "pause, each from one end position to the other and back, with all of you in the picture."
        )
    at_target = rhythm.far if states or not _far_is_rest(motion, rhythm) else ~rhythm.far
    zones = _zones(motion, rhythm)

    def frame_at(moment: int) -> int:
        return int(frames[np.abs(seconds - motion.times[moment]).argmin()])

    def choose() -> dict[bool, dict[int, str]]:
        chosen: dict[bool, dict[int, str]] = {False: {}, True: {}}
        for turn, number in enumerate(np.maximum(np.cumsum(at_target), 1)):
            for moment in _spread(np.flatnonzero(zones == turn), _PER_TURN):
                chosen[bool(at_target[turn])].setdefault(frame_at(moment), f"rep{number}")
        return chosen

    chosen = choose()
    state_names = _state_names(*(recording.landmarks[list(chosen[state])] for state in (False, True)))
    if not states and target == f"{exercise}_{state_names[0]}":
        at_target, state_names = ~at_target, state_names[::-1]
        chosen = choose()
    rest, target = (f"{exercise}_{state}" for state in state_names)
    samples = {label: _thinned(chosen[state], _MOST) for state, label in ((False, rest), (True, target))}
    others = {frame_at(moment): "other" for moment in _elsewhere(motion, rhythm, zones)}
    if len(others) >= _FEWEST_NONE:
        samples[NONE] = _thinned(others, min(map(len, samples.values())))
    rows = [(label, frame, group) for label in sorted(samples) for frame, group in sorted(samples[label].items())]
    chosen_frames = tuple(frame for _, frame, _ in rows)
    repetitions = tuple(_repetitions(motion, rhythm, zones, at_target))
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
        repetitions=repetitions,
        examples=MappingProxyType(examples),
        confidence=rhythm.likeness,
        warnings=_warnings(len(repetitions), rhythm.likeness),
    )


def _exercise_name(name: str) -> str:
    name = safe_name(name, "exercise")
    longest = f"{name}_target"
    if is_negative(longest) or is_negative(name):
        raise TeachingError(f"{name} cannot be an exercise: the name is one of poses that are none. Remedy: rename it.")
    if safe_name(longest) != longest:
        raise TeachingError(f"{name[:40]}… is too long a name. Remedy: choose one of at most 50 letters.")
    return name


def _far_is_rest(motion: Motion, rhythm: Rhythm) -> bool:
    """Whether rest is the state called `far` in the rhythm."""
    turns, far = rhythm.turns, rhythm.far
    swing = _swing(motion, rhythm)
    half_repetition = int(np.median(np.diff(turns)))
    to_far, to_near = (_nearest(motion, turns[far == state]) for state in (True, False))
    balance = 0  # of where the person comes from and goes to
    for run in np.unique(rhythm.runs):
        first, last = np.flatnonzero(rhythm.runs == run)[[0, -1]]
        before = slice(max(turns[first] - half_repetition, 0), turns[first] + 1)
        after = slice(turns[last], turns[last] + half_repetition + 1)
        for turn, beyond in ((first, before), (last, after)):
            to_opposite = (to_near if far[turn] else to_far)[beyond].min()
            balance += 1 if far[turn] == bool(to_opposite > swing / 2) else -1
    if balance:
        return balance > 0
    held_far, held_near = (int((each < swing / 4).sum()) for each in (to_far, to_near))
    if max(held_far, held_near) > _LONGER * min(held_far, held_near):
        return held_far > held_near
    return bool(far[0])


def _swing(motion: Motion, rhythm: Rhythm) -> float:
    """How much opposite turning points of a run differ, typically."""
    pairs = np.flatnonzero(np.diff(rhythm.runs) == 0)
    return float(np.median(motion.difference(rhythm.turns[pairs], rhythm.turns[pairs + 1])))


def _nearest(motion: Motion, some: Indices) -> FloatArray:
    """How much each pose of the motion differs from the most similar one of some of them."""
    poses = motion.poses[some[:: len(some) // 500 + 1]].astype(np.float64)  # of many, every few will do
    squared = (np.square(motion.poses).sum(axis=1)[:, None] + np.square(poses).sum(axis=1)) - 2 * motion.poses @ poses.T
    nearest: FloatArray = np.sqrt(np.maximum(squared.min(axis=1), 0) / poses.shape[1]).astype(np.float32)
    return nearest


def _zones(motion: Motion, rhythm: Rhythm) -> Indices:
    """For each moment of the motion (T,) the number of the turning point it belongs to, or -1."""
    poses, turns, runs = motion.poses, rhythm.turns, rhythm.runs
    zones = np.full(len(poses), -1, dtype=np.intp)
    zones[turns] = np.arange(len(turns))
    ends = np.diff(runs, prepend=-1, append=runs[-1] + 1) != 0
    for i in np.flatnonzero(~ends[1:-1]):
        between = slice(turns[i], turns[i + 1] + 1)
        axis = poses[turns[i + 1]] - poses[turns[i]]
        way = (poses[between] - poses[turns[i]]) @ axis / (axis @ axis)
        zones[between][way <= _OUTER] = i
        zones[between][way >= 1 - _OUTER] = i + 1
    # A state may be held before and after its run.
    still = _OUTER * _swing(motion, rhythm)
    for outer, step in ((ends[:-1], -1), (ends[1:], 1)):
        for i in np.flatnonzero(outer):
            stop = motion.difference(np.arange(len(poses)), turns[i : i + 1]) > still
            stop |= (zones != i) & (zones != -1)
            away = np.flatnonzero(stop[turns[i] :: step])
            zones[turns[i] :: step][: away[0] if len(away) else None] = i
    return zones


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
    """So many of the items, from the first to the last at even distances; all where there are fewer."""
    chosen = np.linspace(0, len(items) - 1, min(count, len(items))).round().astype(np.intp)
    return np.asarray(items[chosen])


def _thinned(samples: dict[int, str], count: int) -> dict[int, str]:
    """So many samples, by frame, at even distances."""
    return {int(frame): samples[int(frame)] for frame in _spread(np.array(sorted(samples)), count)}


def _elsewhere(motion: Motion, rhythm: Rhythm, zones: Indices) -> Indices:
    """Indices of the motion that are in no run, and unlike any pose in one."""
    in_run = np.zeros(len(zones), dtype=bool)
    for run in np.unique(rhythm.runs):
        own = np.flatnonzero(np.isin(zones, np.flatnonzero(rhythm.runs == run)))
        in_run[own[0] : own[-1] + 1] = True
    unlike = _nearest(motion, np.flatnonzero(in_run)) > _APART * _swing(motion, rhythm)
    return np.flatnonzero(~in_run & unlike)


def _state_names(rest: FloatArray, target: FloatArray) -> tuple[str, str]:
    """What to call the states that are seen in landmarks (N, 33, 3) and (M, 33, 3)."""
    middle_rest, middle_target = np.median(rest, axis=0), np.median(target, axis=0)
    size = np.mean([_body_size(middle_rest), _body_size(middle_target)])
    for parts in _PARTS:
        heights = [
            (middle_rest - middle_target)[[LANDMARK[f"left_{part}"], LANDMARK[f"right_{part}"]], 1].mean() / size
            for part in parts
        ]
        risen = max(heights, key=abs)  # y grows downwards
        if abs(risen) > _VERTICAL:
            return ("down", "up") if risen > 0 else ("up", "down")
    return "rest", "target"


def _body_size(landmarks: FloatArray) -> float:
    """In pixels, as in the embedding."""
    shoulders, hips = (
        landmarks[[LANDMARK[f"left_{part}"], LANDMARK[f"right_{part}"]], :2].mean(axis=0)
        for part in ("shoulder", "hip")
    )
    reach = np.linalg.norm(landmarks[:, :2] - hips, axis=1).max()
    return float(max(reach, TORSO_MULTIPLIER * np.linalg.norm(shoulders - hips), 1e-6))


def _warnings(repetitions: int, likeness: float) -> tuple[str, ...]:
    warnings = []
    if repetitions < ENOUGH_REPETITIONS:
        found = "1 repetition was" if repetitions == 1 else f"{repetitions} repetitions were"
        warnings.append(f"Only {found} found: do at least {ENOUGH_REPETITIONS}, better five or six.")
    if likeness < _ALIKE:
        warnings.append("The repetitions are not much alike: look whether the pictures show the two states.")
    return tuple(warnings)
