"""Teaching a pose to hold: the part of a recording in which a person holds still becomes a class that is timed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from posecount.counting.holds import LEAST_HOLD, STILL
from posecount.counting.rhythm import Indices, Motion
from posecount.datasets.dataset import PoseDataset
from posecount.errors import PosecountError
from posecount.ingest.teaching.repetitions import (
    FEWEST_NONE,
    NONE,
    TeachingError,
    exercise_name,
    thinned,
    visible_frames,
)
from posecount.pose import FloatArray
from posecount.tracking.sequence import LandmarkSequence

WANTED_S = 5.0
"""Seconds that a person is asked to hold still."""
_LEAST_S = 2.0
"""Seconds of holding still from which a pose is learned."""
_SAME = 6.0
"""Still poses that differ less than this from the longest one are the same pose, taken up again."""
_APART = 12.0
"""Poses that differ more than this from all that were held do not belong to the hold; those between lead to it."""
_SAMPLES = 24


@dataclass(frozen=True, slots=True, eq=False)
class TaughtHold:
    """A pose to hold, learned from a recording.

    Attributes:
        dataset: the samples: the class ``<exercise>_hold``, and perhaps `NONE`.
        frames: for each sample of the dataset, its index in the recording.
        held: the class.
        start: seconds of the recording at which the person began to hold still, for as long as nowhere else.
        end: when that ended.
        warnings: what a person should know before using it, in sentences.
    """

    dataset: PoseDataset
    frames: tuple[int, ...]
    held: str
    start: float
    end: float
    warnings: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The result as JSON types, without the samples; times in seconds."""
        return {
            "hold": self.held,
            "samples": dict(Counter(self.dataset.labels)),
            "start_s": round(self.start, 3),
            "end_s": round(self.end, 3),
            "warnings": list(self.warnings),
        }


def teach_hold(
    recording: LandmarkSequence, exercise: str, *, start: float | None = None, end: float | None = None
) -> TaughtHold:
    """Learn a pose to hold from a recording in which a person holds it for some seconds.

    Args:
        recording: it may contain more than the hold.
        exercise: its name, which `posecount.names.safe_name` makes safe; the class is called ``<exercise>_hold``.
        start: seconds; frames before are left out.
        end: seconds; frames after are left out.

    Raises:
        TeachingError: if there is no person, the hold is too short, or the name cannot be an exercise's.
        DatasetError: if the name has no letter or digit.
    """
    exercise = exercise_name(exercise)
    frames = visible_frames(recording, start, end)
    motion = Motion.of(recording, frames)
    still = _still(motion)
    begin, stop = _longest_run(still)
    held_s = float(motion.times[stop - 1] - motion.times[begin]) if stop > begin else 0.0
    if held_s < _LEAST_S:
        raise TeachingError(
            f"The person holds still for no longer than {held_s:.1f} s. Try: hold the pose for {WANTED_S:.0f} seconds, "
            "with your whole body in frame."
        )
    pose = np.median(motion.poses[begin:stop], axis=0)
    held = np.flatnonzero(still & (_differences(motion.poses, pose) < _SAME))
    seconds = recording.timestamps[frames]

    def frame_at(moment: np.intp) -> int:
        return int(frames[np.abs(seconds - motion.times[moment]).argmin()])

    label = f"{exercise}_hold"
    samples = {label: {frame_at(moment): "hold" for moment in _varied(motion.poses, held, _SAMPLES)}}
    kept = motion.poses[held[:: len(held) // 200 + 1]]
    away = np.min([_differences(motion.poses, each) for each in kept], axis=0) > _APART
    others = {frame_at(moment): "other" for moment in np.flatnonzero(away)}
    if len(others) >= FEWEST_NONE:
        samples[NONE] = thinned(others, len(samples[label]))
    rows = [(name, frame, group) for name in sorted(samples) for frame, group in sorted(samples[name].items())]
    return TaughtHold(
        dataset=PoseDataset(
            tuple(f"{group}_{recording.timestamps[frame]:.2f}s.jpg" for _, frame, group in rows),
            tuple(name for name, _, _ in rows),
            recording.landmarks[[frame for _, frame, _ in rows]],
        ),
        frames=tuple(frame for _, frame, _ in rows),
        held=label,
        start=float(motion.times[begin]),
        end=float(motion.times[stop - 1]),
        warnings=_warnings(held_s),
    )


def is_held(recording: LandmarkSequence, now: float) -> bool:
    """Whether a person who is being recorded has held still for `WANTED_S`; `now` as in `teaching.are_over`."""
    try:
        taught = teach_hold(recording, "exercise")
    except PosecountError:
        return False
    return taught.end - taught.start >= WANTED_S - 1 / 3  # the last frames are not steady until the next ones come


def _still(motion: Motion) -> NDArray[np.bool_]:
    """Whether each moment is in a stretch of `LEAST_HOLD` in which a person holds still."""
    still = np.zeros(len(motion.times), dtype=bool)
    reach = int(np.searchsorted(motion.times - motion.times[0], LEAST_HOLD))
    if reach >= len(still):
        return still
    stretches = np.lib.stride_tricks.sliding_window_view(motion.poses, reach, axis=0)
    steady = np.sqrt(stretches.var(axis=-1).mean(axis=-1)) < STILL
    for first in np.flatnonzero(steady):
        still[first : first + reach] = True
    return still


def _longest_run(still: NDArray[np.bool_]) -> tuple[int, int]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], still.astype(np.int8), [0])))).reshape(-1, 2)
    if not len(edges):
        return 0, 0
    begin, stop = edges[np.diff(edges, axis=1).argmax()]
    return int(begin), int(stop)


def _differences(poses: FloatArray, pose: FloatArray) -> FloatArray:
    """How much poses (T, F) differ from one (F,), as `Motion.difference`."""
    return np.asarray(np.sqrt(np.square(poses - pose).mean(axis=-1)))


def _varied(poses: FloatArray, among: Indices, count: int) -> Indices:
    """`count` of some moments, each as unlike those chosen before as there is: still poses are near-duplicates."""
    chosen = [0]
    distance = _differences(poses[among], poses[among[0]])
    while len(chosen) < min(count, len(among)):
        distance[chosen] = -1.0  # frames may be equal
        chosen.append(int(distance.argmax()))
        distance = np.minimum(distance, _differences(poses[among], poses[among[chosen[-1]]]))
    return np.asarray(among[sorted(chosen)])


def _warnings(held_s: float) -> tuple[str, ...]:
    if held_s < WANTED_S - 1:
        return (f"The pose was held for only {held_s:.1f} s. Hold it for {WANTED_S:.0f}.",)
    return ()
