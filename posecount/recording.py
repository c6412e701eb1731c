"""Counting in recorded video: the same pipeline as live, over a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from posecount.counting import Repetition
from posecount.overlay import Overlay
from posecount.pipeline import FrameResult, RepetitionPipeline
from posecount.pose import Image, Pose
from posecount.sequence import LandmarkSequence
from posecount.tracker import PoseTracker
from posecount.video import Video, write_video

Progress = Callable[[int, int | None], None]
"""Called after each frame with (frames so far, frames in all or None where unknown)."""

SEQUENCE_SUFFIX = ".npz"


@dataclass(frozen=True, slots=True)
class Recording:
    """What was counted in a video or landmark sequence.

    Attributes:
        source: the file; None for a sequence in memory.
        frames: how many frames were counted with.
        duration: seconds from the first to the last frame.
        profile: the pipeline's profile.
        counts: repetitions per exercise.
        repetitions: each of them, in order of their ends.
        timings_ms: median milliseconds a frame per stage; 0 for a stage that did not run.
        broke_off: why the file yielded fewer frames than it should, or None.
    """

    source: Path | None
    frames: int
    duration: float
    profile: str
    counts: dict[str, int]
    repetitions: tuple[Repetition, ...]
    timings_ms: dict[str, float]
    broke_off: str | None

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


def count_recording(
    source: str | Path | LandmarkSequence,
    pipeline: RepetitionPipeline,
    output: Path | None = None,
    progress: Progress | None = None,
) -> Recording:
    """Count in a video, or in a landmark sequence (``.npz``, or one in memory).

    Args:
        source: the file or sequence. A video that breaks off counts as far as it goes, see `Recording.broke_off`.
        pipeline: a new one, with a tracker if the source is a video.
        output: write the video with the overlay here, as MP4.
        progress: told after each frame.

    Raises:
        VideoError, SequenceError: if the source cannot be used at all.
        ValueError: if an output is asked for a landmark sequence, which has no picture.
    """
    tally = _Tally()
    broke_off = None
    if isinstance(source, LandmarkSequence) or Path(source).suffix.lower() == SEQUENCE_SUFFIX:
        if output:
            raise ValueError("a landmark sequence has no picture to draw on")
        sequence = source if isinstance(source, LandmarkSequence) else LandmarkSequence.load(source)
        for done, (timestamp, pose) in enumerate(sequence.poses(), 1):
            tally.add(pipeline.process_pose(pose, timestamp), 0.0)
            if progress:
                progress(done, len(sequence))
    else:
        with Video(source) as video:
            frames = _annotated(video, pipeline, tally, progress)
            if output:
                write_video(output, frames)
            else:
                for _ in frames:
                    pass
            broke_off = video.broke_off
    return Recording(
        source=None if isinstance(source, LandmarkSequence) else Path(source),
        frames=tally.frames,
        duration=tally.duration,
        profile=pipeline.profile,
        counts=pipeline.counts,
        repetitions=tuple(tally.repetitions),
        timings_ms={stage: median(values) if values else 0.0 for stage, values in tally.timings_ms.items()},
        broke_off=broke_off,
    )


def track_video(
    path: str | Path, tracker: PoseTracker, fps: float | None = None, progress: Progress | None = None
) -> tuple[LandmarkSequence, str | None]:
    """Track a whole video.

    Args:
        path: the video.
        tracker: a new one, in video mode.
        fps: drop frames before tracking to come down to this rate; None, or a rate above the video's, keeps all.
        progress: told after each frame that was read.

    Returns:
        The sequence, and why the file broke off, or None.

    Raises:
        VideoError: if the video cannot be used at all.
    """
    with Video(path) as video:

        def poses() -> Iterator[tuple[float, Pose | None]]:
            due = 0.0
            for done, (image, timestamp) in enumerate(video, 1):
                if fps is None or timestamp >= due - 1e-6:
                    due = max(due + 1 / fps, timestamp) if fps else 0.0
                    yield timestamp, tracker.track(image, timestamp)
                if progress:
                    progress(done, video.frame_count)

        sequence = LandmarkSequence.from_poses(poses())
        return sequence, video.broke_off


class _Tally:
    """What a recording adds up to, frame by frame."""

    def __init__(self) -> None:
        self.frames = 0
        self.duration = 0.0
        self.repetitions: list[Repetition] = []
        self.timings_ms: dict[str, list[float]] = {"track": [], "classify": [], "count": [], "overlay": []}

    def add(self, result: FrameResult, overlay_ms: float) -> None:
        self.frames += 1
        self.duration = result.timestamp
        self.repetitions += result.completed
        for stage, value in {**result.timings_ms, "overlay": overlay_ms}.items():
            self.timings_ms.setdefault(stage, []).append(value)


def _annotated(
    video: Video, pipeline: RepetitionPipeline, tally: _Tally, progress: Progress | None
) -> Iterable[tuple[Image, float]]:
    overlay = Overlay(pipeline.exercises, pipeline.settings)
    for image, timestamp in video:
        result = pipeline.process(image, timestamp)
        started = perf_counter()
        drawn = overlay.draw(image, result)
        tally.add(result, (perf_counter() - started) * 1000)
        if progress:
            progress(tally.frames, video.frame_count)
        yield drawn, timestamp
