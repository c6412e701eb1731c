"""Counting in recorded video: the same pipeline as live, over a file or camera, with overlapping stages."""

from __future__ import annotations

import logging
from array import array
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np

from posecount.counting.pipeline import FrameResult, RepetitionPipeline
from posecount.counting.repetitions import Repetition
from posecount.drawing.overlay import Overlay
from posecount.errors import PosecountError, VideoError
from posecount.files import unwritable
from posecount.jobs import Cancelled, Progress
from posecount.pose import Image
from posecount.tracking.sequence import SEQUENCE_SUFFIX, LandmarkSequence, SequenceBuilder
from posecount.video.camera import Camera
from posecount.video.prefetch import Stoppable, ahead
from posecount.video.reader import Frame, Video
from posecount.video.recording import Confidence, Recording
from posecount.video.writer import write_video

Watch = Callable[[Image, FrameResult], None]
"""Called with pictures as they are drawn."""

_DRAWN_EVERY = 30
"""Where no annotated video is wanted, one frame in this many is drawn: to be watched, and to time drawing."""

_logger = logging.getLogger(__name__)


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

    Decoding, tracking, and drawing with encoding each have a thread and overlap. Memory does not grow with the length,
    except for what `details` keeps. Poses and drawings are in the pixels of the file, whatever size is tracked.

    Args:
        source: the file, camera or sequence. A damaged video counts as far as it can be read, see
            `Recording.broke_off`.
        pipeline: a new one, with a tracker if the source is a video or camera.
        output: write the video with the overlay here, as MP4 with the video's sound. If that fails, counting goes on,
            see `Recording.unwritten`.
        progress: called after each frame.
        cancelled: asked before each frame.
        watch: called with every picture that is drawn: all of them with an output, else about one a second.
        details: keep `Recording.landmarks` and `Recording.confidence`: 60 MB for an hour.

    Raises:
        VideoError, SequenceError: if the source cannot be used at all.
        ValueError: if an output is wanted of a landmark sequence, which has no picture.
    """
    tally = _Tally(pipeline, details)
    unwritten = None
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
            overlay = Overlay(pipeline.exercises, pipeline.settings, pipeline.held)
            tracked = Stoppable(_tracked(video, pipeline, output is not None), cancelled)
            drawn = _drawn(tracked, overlay, tally, video.frame_count, output is not None, progress, watch)
            with closing(drawn):  # ends the threads before the file they read is closed
                if output:
                    try:
                        unwritten = _write(output, drawn, video if isinstance(video, Video) else None)
                    except VideoError:
                        if not tracked.stopped or tally.frames:  # cancelled before the first frame: nothing to write
                            raise
                else:
                    for _ in drawn:
                        pass
            broke_off, stopped = video.broke_off, tracked.stopped
    if stopped:
        broke_off = f"it was cancelled at {tally.last:.1f} s"
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
        unwritten=unwritten,
        holds=pipeline.holds,
        seconds=pipeline.seconds,
        too_shallow=tuple((second, words) for words, second in tally.too_shallow.items()),
    )


def _write(output: Path, drawn: Iterator[tuple[Image, float]], sound_of: Video | None) -> str | None:
    """Write the annotated video, and take all that is drawn even if that fails; return why it failed, or None.

    Errors of what is drawn are raised.
    """
    failures: list[Exception] = []

    def passed_on() -> Iterator[tuple[Image, float]]:
        try:
            for each in drawn:  # noqa: UP028 `yield from` would close what is drawn, and the rest is counted
                yield each
        except Exception as error:  # raised again; it only tells what failed, the drawing or the encoder
            failures.append(error)
            raise

    try:
        write_video(output, passed_on(), sound_of)
    except PosecountError:
        raise
    except Exception as error:  # a full disk, or whatever an encoder makes of odd frames: the count is worth more
        if failures:
            raise
        _logger.warning("%s is not written", output, exc_info=True)
        for _ in drawn:
            pass
        return unwritable(output, error)
    return None


class _Tally:
    """Adds up a recording, frame by frame."""

    def __init__(self, pipeline: RepetitionPipeline, details: bool) -> None:
        self.frames = 0
        self.first: float | None = None
        self.last = 0.0
        self.repetitions: list[Repetition] = []
        self.too_shallow: dict[str, float] = {}  # what was said → when for the first time
        self.timings_ms = {stage: array("f") for stage in ("track", "classify", "count", "overlay")}
        self._exercises = {each.name: each.target for each in (*pipeline.exercises, *pipeline.held)}
        self._details = details
        self._poses = SequenceBuilder()
        self._timestamps, self._raw, self._smoothed = array("d"), array("f"), array("f")

    def add(self, result: FrameResult) -> None:
        self.frames += 1
        self.first = result.timestamp if self.first is None else self.first
        self.last = result.timestamp
        self.repetitions += result.completed
        if result.reason and result.reason.is_too_shallow:
            self.too_shallow.setdefault(result.reason.text, result.timestamp)
        for stage, value in result.timings_ms.items():
            self.timings_ms[stage].append(value)
        if self._details:
            self._poses.add(result.timestamp, result.pose)
            self._timestamps.append(result.timestamp)
            self._raw.extend(result.votes.get(target, 0.0) for target in self._exercises.values())
            self._smoothed.extend(result.smoothed.get(target, 0.0) for target in self._exercises.values())

    @property
    def duration(self) -> float:
        """Seconds from the first to the last frame: a stream may begin at any time."""
        return 0.0 if self.first is None else self.last - self.first

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
    with ahead(video.frames(drawn)) as frames:
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
    """Draw the pictures that are wanted; report progress after every frame."""
    with ahead(tracked) as results:
        for frame, result in results:
            if wanted or tally.frames % _DRAWN_EVERY == 0:
                started = perf_counter()
                picture = overlay.draw(frame.picture, result, canvas=frame.picture)  # it is not needed unchanged
                tally.timings_ms["overlay"].append((perf_counter() - started) * 1000)
                if watch:
                    watch(picture, result)
                if wanted:
                    yield picture, frame.timestamp
            tally.add(result)
            if progress:
                progress(tally.frames, total)
