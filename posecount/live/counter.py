"""SessionCounter: counts and draws a session's frames, whatever tracker and pipeline it has at the moment."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from time import perf_counter

from posecount.counting.pipeline import FrameResult, RepetitionPipeline
from posecount.counting.profiles import Reason
from posecount.drawing.guide import Guide, draw_guide
from posecount.drawing.overlay import Overlay
from posecount.live.state import LiveSettings, added
from posecount.pose import Image, Pose
from posecount.tracking.tracker import Tracker
from posecount.tracking.watchdog import WatchedTracker

_logger = logging.getLogger(__name__)


class SessionCounter:
    """Makes tracker, pipeline and overlay when a frame needs them, and keeps the counts of those that are gone.

    Not thread-safe.

    Args:
        make_tracker: makes a tracker from a model's path.
        within_s: seconds that the tracker may take for a frame, see `WatchedTracker`.
        counts: repetitions per exercise to add to.
        seconds: seconds held per exercise to add to.
    """

    def __init__(
        self,
        make_tracker: Callable[[Path], Tracker],
        within_s: float,
        counts: Mapping[str, int],
        seconds: Mapping[str, float],
    ) -> None:
        self._make_tracker = make_tracker
        self._within_s = within_s
        self._counts, self._seconds = counts, seconds  # of pipelines that are gone
        self._active: LiveSettings | None = None  # what tracker, pipeline and overlay were made with
        self._tracker: WatchedTracker | None = None
        self._pipeline: RepetitionPipeline | None = None
        self._overlay: Overlay | None = None
        self._was_paused = False

    def process(
        self, image: Image, timestamp: float, settings: LiveSettings, paused: Reason | None = None
    ) -> FrameResult:
        """Track and count a frame; the result has the total counts and seconds.

        Args:
            image, timestamp, settings: of the frame.
            paused: why the frame is tracked, but not counted.
        """
        pipeline = self._prepare(settings, paused)
        if self._tracker is None:
            self._tracker = WatchedTracker(partial(self._make_tracker, settings.model), self._within_s)
        if paused:
            started = perf_counter()
            pose = self._tracker.track(image, timestamp)
            return self._paused(pose, timestamp, paused, (perf_counter() - started) * 1000)
        pipeline.tracker = self._tracker
        return self._total(pipeline.process(image, timestamp))

    def process_pose(
        self, pose: Pose | None, timestamp: float, settings: LiveSettings, paused: Reason | None = None
    ) -> FrameResult:
        """Count a pose that is already tracked, as `process` does."""
        pipeline = self._prepare(settings, paused)
        return self._paused(pose, timestamp, paused) if paused else self._total(pipeline.process_pose(pose, timestamp))

    @property
    def is_tracking(self) -> bool:
        """Whether there is a tracker: pictures come, or came until a moment ago."""
        return self._tracker is not None

    def _paused(self, pose: Pose | None, timestamp: float, reason: Reason, track_ms: float = 0.0) -> FrameResult:
        assert self._pipeline is not None, "it was prepared"
        result = self._pipeline.process_pose(None, timestamp)
        timings = {**result.timings_ms, "track": track_ms}
        return self._total(result._replace(pose=pose, reason=reason, timings_ms=timings))

    def _total(self, result: FrameResult) -> FrameResult:
        if not self._counts and not self._seconds:  # as with nearly every frame
            return result
        return result._replace(counts=added(self._counts, result.counts), seconds=added(self._seconds, result.seconds))

    def draw(
        self,
        image: Image,
        result: FrameResult,
        settings: LiveSettings,
        guide: Guide | None = None,
        bare: bool = False,
    ) -> Image:
        """The image of the frame that was just processed, with the overlay and where the person is to be."""
        assert self._pipeline is not None, "a frame was processed before"
        if self._overlay is None:
            self._overlay = Overlay(self._pipeline.exercises, self._pipeline.settings, self._pipeline.held)
        drawn = self._overlay.draw(image, result, settings.mirror, bare=bare)
        if guide:
            draw_guide(drawn, guide, settings.mirror)
        return drawn

    def zero(self) -> None:
        """Set all counts and seconds to zero; the tracker stays."""
        self._pipeline = None  # it may be in the middle of a repetition
        self._counts, self._seconds = {}, {}

    def add(self, counts: Mapping[str, int], seconds: Mapping[str, float]) -> None:
        """Add to the counts and seconds."""
        self._counts, self._seconds = added(self._counts, counts), added(self._seconds, seconds)

    def close(self) -> None:
        """Let pipeline and tracker go, but keep the counts; the next frame gets new ones."""
        self._bank()
        tracker, self._tracker = self._tracker, None
        if tracker:
            try:
                tracker.close()
            except Exception:  # it is gone either way, and no thread that calls this can do anything about it
                _logger.exception("a tracker did not close cleanly")

    def _prepare(self, settings: LiveSettings, paused: Reason | None) -> RepetitionPipeline:
        """The pipeline for these settings; a tracker that still suits them is kept."""
        if paused and not self._was_paused:
            self._bank()  # what was under way does not go on after the pause
        self._was_paused = paused is not None
        active, self._active = self._active, settings
        if active is None or settings.model != active.model:
            self.close()
        elif _counting(settings) != _counting(active):
            self._bank()
        if self._pipeline is None:
            self._pipeline = RepetitionPipeline(
                None, settings.classifier, settings.profile, settings.counting, only=settings.exercises
            )
            self._overlay = None  # it remembers ten seconds of what the last pipeline saw
        return self._pipeline

    def _bank(self) -> None:
        """Let the pipeline go, but keep its counts."""
        if self._pipeline:
            self.add(self._pipeline.counts, self._pipeline.seconds)
        self._pipeline = None


def _counting(settings: LiveSettings) -> tuple[object, ...]:
    """What a pipeline is made with."""
    return settings.classifier, settings.profile, settings.counting, settings.exercises
