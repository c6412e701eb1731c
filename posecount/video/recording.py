"""Recording: the counts of a video, and their JSON and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from posecount.counting.holds import Hold
from posecount.counting.repetitions import Repetition
from posecount.pose import FloatArray
from posecount.tracking.sequence import LandmarkSequence


@dataclass(frozen=True, slots=True, eq=False)
class Confidence:
    """How confident each of T frames was about the turning points of E exercises, or the poses that they hold.

    Attributes:
        exercises: their names, E of them; those that are held come last.
        timestamps: float64 (T,), seconds.
        raw: float32 (T, E), 0 to 10: votes for, or confidence in, each exercise's target class.
        smoothed: float32 (T, E), the same smoothed, which counting uses.
    """

    exercises: tuple[str, ...]
    timestamps: NDArray[np.float64]
    raw: FloatArray
    smoothed: FloatArray


@dataclass(frozen=True, slots=True)
class Recording:
    """What was counted in a video, camera or landmark sequence.

    Attributes:
        source: the file or camera; None for a sequence in memory.
        frames: how many frames were counted.
        duration: seconds from the first to the last frame.
        profile: the pipeline's profile.
        counts: repetitions per exercise.
        repetitions: in the order in which they end.
        timings_ms: median milliseconds per frame of each stage; 0 for a stage that did not run.
        broke_off: why only a part was counted (the file is damaged, or counting was cancelled), or None.
        landmarks: what was tracked, if `count_recording` was asked for details.
        confidence: of each frame, likewise.
        unwritten: why the annotated video that was asked for could not be written, or None.
        holds: poses that were held, in order of time.
        seconds: seconds held, per exercise that is held.
        too_shallow: from which second on which words said that repetitions did not go far enough to count.
    """

    source: Path | None
    frames: int
    duration: float
    profile: str
    counts: dict[str, int]
    repetitions: tuple[Repetition, ...]
    timings_ms: dict[str, float]
    broke_off: str | None
    landmarks: LandmarkSequence | None = None
    confidence: Confidence | None = None
    unwritten: str | None = None
    holds: tuple[Hold, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)
    too_shallow: tuple[tuple[float, str], ...] = ()

    @property
    def in_order(self) -> tuple[Repetition | Hold, ...]:
        """Repetitions and holds, in the order in which they end."""
        return tuple(sorted((*self.repetitions, *self.holds), key=lambda each: each.end))

    def to_json(self) -> dict[str, Any]:
        """The recording as JSON types; times in seconds."""
        return {
            "source": str(self.source) if self.source else None,
            "frames": self.frames,
            "duration_s": round(self.duration, 3),
            "profile": self.profile,
            "counts": self.counts,
            "repetitions": [
                {"exercise": each.exercise, "start_s": round(each.start, 3), "end_s": round(each.end, 3)}
                for each in self.repetitions
            ],
            "holds": [
                {
                    "exercise": each.exercise,
                    "start_s": round(each.start, 3),
                    "end_s": round(each.end, 3),
                    "seconds": round(each.seconds, 3),
                }
                for each in self.holds
            ],
            "seconds": {name: round(seconds, 3) for name, seconds in self.seconds.items()},
            "too_shallow": [{"from_s": round(second, 3), "words": words} for second, words in self.too_shallow],
            "timings_ms": {stage: round(value, 3) for stage, value in self.timings_ms.items()},
            "broke_off": self.broke_off,
        }


def repetitions_csv(recordings: Iterable[Recording]) -> str:
    """The repetitions and holds of recordings as CSV with a header.

    Columns: ``source``, ``repetition`` (from 1 in each source), ``exercise``, ``start_s``, ``turn_s``, ``end_s``,
    ``duration_s``, ``range`` (0 at rest to 1 at the turning point of the samples; empty if it is not measured), and
    ``partial`` (``yes`` if only a part of the source was counted). The holds of a source follow its repetitions, with
    ``repetition``, ``turn_s`` and ``range`` empty.
    """
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["source", "repetition", "exercise", "start_s", "turn_s", "end_s", "duration_s", "range", "partial"])
    for recording in recordings:
        partial = "yes" if recording.broke_off else ""
        for number, each in enumerate(recording.repetitions, 1):
            times = (f"{seconds:.3f}" for seconds in (each.start, each.turn, each.end, each.duration))
            motion = "" if each.range_of_motion is None else f"{each.range_of_motion:.3f}"
            table.writerow([recording.source or "", number, each.exercise, *times, motion, partial])
        for hold in recording.holds:
            start, end, duration = (f"{seconds:.3f}" for seconds in (hold.start, hold.end, hold.seconds))
            table.writerow([recording.source or "", "", hold.exercise, start, "", end, duration, "", partial])
    return text.getvalue()
