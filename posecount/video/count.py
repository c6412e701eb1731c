"""Counting in recorded video: the same pipeline as live, over a file or a camera, its stages overlapping."""

from __future__ import annotations

import csv
import io
from array import array
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from posecount.counting.pipeline import FrameResult, RepetitionPipeline
from posecount.counting.repetitions import Repetition
from posecount.drawing.overlay import Overlay
from posecount.pose import FloatArray, Image, Pose
from posecount.tracking.sequence import SEQUENCE_SUFFIX, LandmarkSequence, SequenceBuilder
from posecount.tracking.tracker import Tracker
from posecount.video.camera import Camera
from posecount.video.prefetch import ahead
from posecount.video.reader import Frame, Video
from posecount.video.writer import write_video

Progress = Callable[[int, int | None], None]
"""Called after each frame with (frames so far, frames in all or None where unknown)."""
Cancelled = Callable[[], bool]
"""Asked before each frame whether to stop; what was done until then is kept."""
Watch = Callable[[Image, FrameResult], None]
"""Called with pictures as they are drawn."""

T = TypeVar("T")

_DRAWN_EVERY = 30
"""Where no annotated video is wanted, one frame of so many is drawn: to be watched, and to tell what drawing costs."""


@dataclass(frozen=True, slots=True, eq=False)
class Confidence:
    """What was read from each of T frames about the turning points of E exercises.

    Attributes:
        exercises: their names, E of them.
        timestamps: float64 (T,), seconds.
        raw: float32 (T, E), 0 to 10: votes for, or confidence in, each exercise's target.
        smoothed: float32 (T, E), the same smoothed, which is what is counted with.
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
        frames: how many frames were counted with.
        duration: seconds from the first to the last frame.
        profile: the pipeline's profile.
        counts: repetitions per exercise.
        repetitions: each of them, in order of their ends.
        timings_ms: median milliseconds a frame per stage; 0 for a stage that did not run.
        broke_off: why this is only a part (the file is damaged, or counting was cancelled), or None.
        landmarks: what was tracked, where `count_recording` was asked for details.
        confidence: the same for what was read.
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
            "timings_ms": {stage: round(value, 3) for stage, value in self.timings_ms.items()},
            "broke_off": self.broke_off,
        }


def repetitions_csv(recordings: Iterable[Recording]) -> str:
    """The repetitions of recordings as CSV with a header.

    Columns: ``source``, ``repetition`` (from 1 in each source), ``exercise``, ``start_s``, ``turn_s``, ``end_s``,
    ``duration_s``, ``range`` (0 at rest to 1 at the turning point of the samples; empty where it is not measured), and
    ``partial`` (``yes`` where only a part of the source was counted).
    """
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["source", "repetition", "exercise", "start_s", "turn_s", "end_s", "duration_s", "range", "partial"])
    for recording in recordings:
        for number, each in enumerate(recording.repetitions, 1):
            times = (f"{seconds:.3f}" for seconds in (each.start, each.turn, each.end, each.duration))
            motion = "" if each.range_of_motion is None else f"{each.range_of_motion:.3f}"
            partial = "yes" if recording.broke_off else ""
            table.writerow([recording.source or "", number, each.exercise, *times, motion, partial])
    return text.getvalue()


def count_recording(
    source: str | Path | Camera | LandmarkSequence,
    pipeline: RepetitionPipeline,
    output: Path | None = None,
    progress: Progress | None = None,
    *,
    cancelled: Cancelled = lambda: False,
    watch: Watch | None = None,
    details: bool = False,
) -> Recording:
    """Count in a video, from a camera, or in a landmark sequence (``.npz``, or one in memory).

    Decoding, tracking, and drawing with encoding each have a thread and overlap; memory does not grow with the length,
    save for what `details` keeps. Poses and drawings are in the pixels of the file, however small the tracked images.

    Args:
        source: the file, camera or sequence. A video that breaks off counts as far as it goes, see
            `Recording.broke_off`.
        pipeline: a new one, with a tracker if the source is a video or camera.
        output: write the video with the overlay here, as MP4 with the video's sound.
        progress: told after each frame.
        cancelled: asked before each frame.
        watch: shown every picture that is drawn: all of them with an output, else about one a second.
        details: keep `Recording.landmarks` and `Recording.confidence`: 60 MB for an hour.

    Raises:
        VideoError, SequenceError: if the source cannot be used at all.
        ValueError: if an output is asked for a landmark sequence, which has no picture.
    """
    tally = _Tally(pipeline, details)
    if isinstance(source, LandmarkSequence) or (
        not isinstance(source, Camera) and Path(source).suffix.lower() == SEQUENCE_SUFFIX
    ):
        if output:
            raise ValueError("a landmark sequence has no picture to draw on")
        sequence = source if isinstance(source, LandmarkSequence) else LandmarkSequence.load(source)
        broke_off = sequence.broke_off
        for timestamp, pose in sequence.poses():
            if cancelled():
                break
            tally.add(pipeline.process_pose(pose, timestamp))
            if progress:
                progress(tally.frames, len(sequence))
        stopped = tally.frames < len(sequence)
    else:
        sequence = None
        with source if isinstance(source, Camera) else Video(source) as video:
            overlay = Overlay(pipeline.exercises, pipeline.settings)
            tracked = _Stoppable(_tracked(video, pipeline, output is not None), cancelled)
            drawn = _drawn(tracked, overlay, tally, video.frame_count, output is not None, progress, watch)
            with closing(drawn):  # ends the threads before the file is closed under them, whatever happens
                if output:
                    write_video(output, drawn, video if isinstance(video, Video) else None)
                else:
                    for _ in drawn:
                        pass
            broke_off, stopped = video.broke_off, tracked.stopped
    if stopped:
        broke_off = f"it was cancelled at {tally.duration:.1f} s"
    return Recording(
        source=None if isinstance(source, LandmarkSequence) else Path(str(source)),
        frames=tally.frames,
        duration=tally.duration,
        profile=pipeline.profile,
        counts=pipeline.counts,
        repetitions=tuple(tally.repetitions),
        timings_ms={stage: median(values) if values else 0.0 for stage, values in tally.timings_ms.items()},
        broke_off=broke_off,
        landmarks=tally.landmarks(sequence, broke_off) if details else None,
        confidence=tally.confidence() if details else None,
    )


def track_video(
    path: str | Path,
    tracker: Tracker,
    fps: float | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled = lambda: False,
) -> LandmarkSequence:
    """Track a whole video; see `LandmarkSequence.broke_off` for whether it was whole.

    Args:
        path: the video.
        tracker: a new one, in video mode.
        fps: drop frames before tracking to come down to this rate; None, or a rate above the video's, keeps all.
        progress: told after each frame that was read.
        cancelled: asked before each frame.

    Raises:
        VideoError: if the video cannot be used at all.
    """
    collected = SequenceBuilder()
    due = timestamp = 0.0
    with Video(path) as video, ahead(video.read()) as frames:
        kept = _Stoppable(frames, cancelled)
        for done, frame in enumerate(kept, 1):
            timestamp = frame.timestamp
            if fps is None or timestamp >= due - 1e-6:
                due = max(due + 1 / fps, timestamp) if fps else 0.0
                collected.add(timestamp, _track(frame, tracker))
            if progress:
                progress(done, video.frame_count)
    return collected.sequence(f"it was cancelled at {timestamp:.1f} s" if kept.stopped else video.broke_off)


def track_frames(frames: Iterable[Frame], tracker: Tracker, start: float = 0.0) -> LandmarkSequence:
    """Track frames that follow each other, and keep the poses from a time on, in seconds."""
    collected = SequenceBuilder()
    with ahead(frames) as waiting:
        for frame in waiting:
            pose = _track(frame, tracker)
            if frame.timestamp >= start:
                collected.add(frame.timestamp, pose)
    return collected.sequence()


def _track(frame: Frame, tracker: Tracker) -> Pose | None:
    pose = tracker.track(frame.image, frame.timestamp)
    return pose.scaled(frame.size) if pose else None


class _Stoppable(Generic[T]):
    """The items of a generator until somebody cancels."""

    def __init__(self, items: Generator[T, None, None], cancelled: Cancelled) -> None:
        self.stopped = False
        self._items = items
        self._cancelled = cancelled

    def __iter__(self) -> Generator[T, None, None]:
        with closing(self._items):
            for item in self._items:
                if self._cancelled():
                    self.stopped = True
                    break
                yield item


class _Tally:
    """What a recording adds up to, frame by frame."""

    def __init__(self, pipeline: RepetitionPipeline, details: bool) -> None:
        self.frames = 0
        self.duration = 0.0
        self.repetitions: list[Repetition] = []
        self.timings_ms = {stage: array("f") for stage in ("track", "classify", "count", "overlay")}
        self._exercises = {exercise.name: exercise.target for exercise in pipeline.exercises}
        self._details = details
        self._poses = SequenceBuilder()
        self._timestamps, self._raw, self._smoothed = array("d"), array("f"), array("f")

    def add(self, result: FrameResult) -> None:
        self.frames += 1
        self.duration = result.timestamp
        self.repetitions += result.completed
        for stage, value in result.timings_ms.items():
            self.timings_ms[stage].append(value)
        if self._details:
            self._poses.add(result.timestamp, result.pose)
            self._timestamps.append(result.timestamp)
            self._raw.extend(result.votes.get(target, 0.0) for target in self._exercises.values())
            self._smoothed.extend(result.smoothed.get(target, 0.0) for target in self._exercises.values())

    def landmarks(self, replayed: LandmarkSequence | None, broke_off: str | None) -> LandmarkSequence:
        if replayed is not None and self.frames == len(replayed):
            return replayed
        return self._poses.sequence(broke_off)

    def confidence(self) -> Confidence:
        shape = (self.frames, len(self._exercises))
        return Confidence(
            tuple(self._exercises),
            np.frombuffer(self._timestamps, np.float64),
            np.frombuffer(self._raw, np.float32).reshape(shape),
            np.frombuffer(self._smoothed, np.float32).reshape(shape),
        )


def _tracked(
    video: Video | Camera, pipeline: RepetitionPipeline, drawn: bool
) -> Generator[tuple[Frame, FrameResult], None, None]:
    with ahead(video.read(drawn)) as frames:
        for frame in frames:
            yield frame, pipeline.process(frame.image, frame.timestamp, frame.size)


def _drawn(
    tracked: Iterable[tuple[Frame, FrameResult]],
    overlay: Overlay,
    tally: _Tally,
    total: int | None,
    wanted: bool,
    progress: Progress | None,
    watch: Watch | None,
) -> Generator[tuple[Image, float], None, None]:
    """Draw the pictures that are wanted; tell of every frame."""
    with ahead(tracked) as results:
        for frame, result in results:
            if wanted or tally.frames % _DRAWN_EVERY == 0:
                started = perf_counter()
                picture = overlay.draw(frame.picture, result, canvas=frame.picture)  # nobody wants it plain any more
                tally.timings_ms["overlay"].append((perf_counter() - started) * 1000)
                if watch:
                    watch(picture, result)
                if wanted:
                    yield picture, frame.timestamp
            tally.add(result)
            if progress:
                progress(tally.frames, total)
