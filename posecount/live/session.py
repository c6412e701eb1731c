"""The thread seam of the live page: media thread in, immutable snapshots out. Knows WebRTC frames, but no page.

streamlit-webrtc calls `LiveSession.callback` on a thread of its own; a page reads `LiveSession.snapshot` and changes
settings from its script thread. An exception in the callback would freeze the picture for good and in silence, so
nothing raises there: the error is drawn, published and logged, and the stream goes on.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from time import monotonic
from types import MappingProxyType
from typing import cast

import av
import cv2
from av.video.reformatter import VideoReformatter

from posecount.counting.pipeline import RepetitionPipeline
from posecount.drawing.overlay import Overlay, draw_message
from posecount.errors import PosecountError
from posecount.ingest.footage import FootageRecorder
from posecount.live.capacity import LOST_AFTER_S, BusyError, Capacity
from posecount.live.clock import Ration, StreamClock
from posecount.live.relay import newest
from posecount.live.state import LiveSettings, LiveSnapshot, Status
from posecount.live.stream_stats import Pace
from posecount.pose import Image, Pose
from posecount.tracking.tracker import PoseTracker, Tracker
from posecount.tracking.watchdog import WatchedTracker
from posecount.video.writer import video_frame

cv2.setNumThreads(1)  # frames of several sessions are processed at once: threads of OpenCV's would only get in the way

STALLED_AFTER_S = 3.0
"""Seconds without a processed frame after which a stream counts as stalled."""

_ERROR_SHOWN_S = 5.0
"""Seconds for which an error stays published: a page that looks twice a second must not miss one bad frame."""
_ENTER_AGAIN_AFTER_S = 5.0
"""Seconds of stream between attempts to get a place."""
_RETRY_AFTER_S = 1.0
"""Seconds of stream between attempts to start anew after repeated errors; loading a model takes a fifth of that."""

_logger = logging.getLogger(__name__)


class LiveSession:
    """Counts one person's streams, one after the other; belongs to one browser session and outlives its reruns.

    Counts and repetitions add up over streams until `reset`. A new stream gets a new tracker and pipeline, which are
    closed when it ends. Every method may be called from any thread.

    Args:
        settings: what to begin with.
        make_tracker: makes a tracker of a model's path.
        capacity: the places and turns that all sessions of a server share; by default this one is alone.
        resumed: what another session had counted, which this one goes on from.
    """

    def __init__(
        self,
        settings: LiveSettings,
        make_tracker: Callable[[Path], Tracker] = PoseTracker,
        capacity: Capacity | None = None,
        resumed: LiveSnapshot | None = None,
    ) -> None:
        self._make_tracker = make_tracker
        self._capacity = capacity or Capacity()
        self._lock = threading.Lock()  # guards what follows; held while a frame is processed
        self._settings = settings
        self._active: LiveSettings | None = None  # what tracker, pipeline and overlay were made with
        self._tracker: Tracker | None = None
        self._pipeline: RepetitionPipeline | None = None
        self._overlay: Overlay | None = None
        self._banked: dict[str, int] = {}  # counts of pipelines that are gone
        self._clock = StreamClock()
        self._ration = Ration()
        self._returned: av.VideoFrame | None = None
        self._pace = Pace()
        self._error: str | None = None
        self._refused = False
        self._failures = 0  # frames that failed in a row
        self._failed_at = self._retry_at = float("-inf")
        self._snapshot = LiveSnapshot()
        if resumed:
            self._banked.update(resumed.counts)
            self._clock.now = max((repetition.end for repetition in resumed.repetitions), default=0.0)
            self._snapshot = LiveSnapshot(counts=resumed.counts, repetitions=resumed.repetitions)
        self._playing_since: float | None = None
        self._loops: dict[threading.Thread, asyncio.AbstractEventLoop] = {}
        self._recorder: FootageRecorder | None = None
        self._frame: tuple[Image, Pose] | None = None

    @property
    def snapshot(self) -> LiveSnapshot:
        """The newest snapshot; never waits for a frame."""
        return self._snapshot

    @property
    def capacity(self) -> Capacity:
        """The places and turns that this session shares with others."""
        return self._capacity

    @property
    def settings(self) -> LiveSettings:
        """What the next frame will be processed with."""
        return self._settings

    def configure(self, settings: LiveSettings) -> None:
        """Take other settings, from the next frame on; the stream goes on and counts stay."""
        self._settings = settings  # one assignment: a frame sees the old or the new ones, without waiting

    @property
    def frame(self) -> tuple[Image, Pose] | None:
        """The newest picture, as it came, with the pose in it; None where there is no person, or no stream."""
        return self._frame

    def record(self, recorder: FootageRecorder | None) -> None:
        """Hand every frame to a recorder, from the next one on, and say so on the picture; None ends it."""
        self._recorder = recorder

    def status(self, playing: bool, now: float | None = None) -> Status:
        """How the stream is doing.

        Args:
            playing: whether the browser says that it plays, which it goes on saying when processing has died.
            now: as of `time.monotonic`, which is the default.
        """
        now = monotonic() if now is None else now
        if not playing:
            self._playing_since = None
            return "stopped"
        if self._playing_since is None:
            self._playing_since = now
            with self._lock:
                if self._snapshot.ended:
                    self._begin()
        snapshot = self._snapshot
        if snapshot.ended:
            return "ended"
        if now - max(self._playing_since, snapshot.processed_at) > STALLED_AFTER_S:
            self._capacity.give_up_unused()
            return "ended" if self._snapshot.ended else "stalled"
        return "live" if snapshot.frames else "waiting"

    def end(self) -> None:
        """End the stream: close the tracker, give up the place, keep the counts. May be called again."""
        with self._lock:
            self._end()

    def stream_ended(self) -> None:
        """The media thread of a stream is over: end, and close the event loop that streamlit-webrtc leaves open.

        Garbage collection would close it too, hours later, and with three descriptors each until then.
        """
        self.end()
        for thread in [thread for thread in self._loops if not thread.is_alive()]:
            self._loops.pop(thread).close()

    def lapse(self) -> None:
        """No frame has come for so long that the place was given up: the stream is over.

        Never waits: whoever looked for a place calls this, and a tracker that hangs must not hold them up as well.
        """
        if self._lock.acquire(blocking=False):
            try:
                self._end()
            finally:
                self._lock.release()

    def reset(self) -> None:
        """Zero all counts and forget all repetitions; a stream that plays goes on."""
        with self._lock:
            self._pipeline = None  # it may be in the middle of a repetition
            self._banked.clear()
            self._error = None
            self._snapshot = replace(
                self._snapshot, result=None, counts=MappingProxyType({}), repetitions=(), error=None
            )

    def callback(self, frame: av.VideoFrame) -> av.VideoFrame:
        """Process the newest frame of a media thread: never raises, always returns a picture.

        A frame that is more than this session's share gets the picture that was returned before.
        """
        with suppress(RuntimeError):  # on a thread without a loop there is none to close
            self._loops[threading.current_thread()] = asyncio.get_running_loop()
        try:
            if self._ration.is_due(newest(frame).time, self._capacity.frame_rate):
                with self._capacity.turn():
                    frame = newest(frame)  # what came while others had their turn
                    self._ration.take(frame.time, self._capacity.frame_rate)
                    image = _picture(frame, self._capacity.longest_side)
                    self._returned = video_frame(self.process(image, frame.time))
            return self._returned or frame
        except Exception as failure:  # noqa: BLE001 - whatever it is, raising would freeze the picture for good
            with self._lock:
                self._fail(failure)
                self._snapshot = replace(self._snapshot, error=self._error, processed_at=monotonic())
            return frame  # it could not be converted, so nothing can be drawn on it either

    def process(self, image: Image, timestamp: float | None) -> Image:
        """Process a frame: never raises.

        Args:
            image: RGB uint8 (height, width, 3); its size may change from frame to frame. Not changed.
            timestamp: seconds, of the frame. Where it runs back, as in a clip that loops, or is missing, time goes on.

        Returns:
            The image with the overlay, or with the error that was met.
        """
        with self._lock:
            started = monotonic()
            if self._snapshot.ended:
                self._begin()
            passed = self._clock.tick(timestamp)
            drawn: Image | None = None
            try:
                if self._clock.now >= self._retry_at:
                    self._capacity.enter(self)
                    self._refused = False
                    drawn = self._count(image)
            except BusyError as refusal:  # a page refuses before the stream begins; this is for two who come at once
                self._error, self._refused = str(refusal), True
                self._retry_at = self._clock.now + _ENTER_AGAIN_AFTER_S
            except Exception as failure:  # noqa: BLE001 - whatever it is, raising would freeze the picture for good
                self._fail(failure)
            finished = monotonic()
            before = self._pace.skipped
            self._pace.add(started, finished, passed, self._settings.frame_rate, self._capacity.frame_rate)
            self._capacity.metrics.dropped(self._pace.skipped - before)
            self._snapshot = replace(
                self._snapshot,
                frames=self._snapshot.frames + 1,
                skipped=self._pace.skipped,
                frame_rate=self._pace.frame_rate,
                processing_ms=self._pace.processing_ms,
                error=self._error,
                refused=self._refused,
                processed_at=finished,
            )
            return _with_error(image, self._error) if drawn is None else drawn

    def _count(self, image: Image) -> Image:
        settings = self._settings
        pipeline, overlay = self._prepare(settings)
        result = pipeline.process(image, self._clock.now)
        self._capacity.metrics.frame(result.timings_ms["track"])
        counts = dict(self._banked)
        for name, count in result.counts.items():
            counts[name] = counts.get(name, 0) + count
        result = replace(result, counts=MappingProxyType(counts))
        self._snapshot = replace(
            self._snapshot,
            result=result,
            counts=result.counts,
            repetitions=self._snapshot.repetitions + result.completed,
        )
        self._frame = (image, result.pose) if result.pose else None
        drawn = overlay.draw(image, result, settings.mirror)
        if recorder := self._recorder:
            recorder.add(image, result.pose, self._clock.now)
            if recorder.message:
                draw_message(drawn, recorder.message, canvas=drawn)
        self._failures = 0
        if self._clock.now - self._failed_at > _ERROR_SHOWN_S:
            self._error = None
        return drawn

    def _prepare(self, settings: LiveSettings) -> tuple[RepetitionPipeline, Overlay]:
        """The pipeline and overlay for these settings; a tracker that is still right is kept."""
        active, self._active = self._active, settings
        if active is None or settings.model != active.model:
            self._close()
        elif (settings.classifier, settings.profile, settings.counting) != (
            active.classifier,
            active.profile,
            active.counting,
        ):
            self._bank()
        if self._tracker is None:
            self._tracker = WatchedTracker(self._make_tracker(settings.model), LOST_AFTER_S)
        if self._pipeline is None or self._overlay is None:
            self._pipeline = RepetitionPipeline(
                self._tracker, settings.classifier, profile=settings.profile, settings=settings.counting
            )
            self._overlay = Overlay(self._pipeline.exercises, self._pipeline.settings)
        return self._pipeline, self._overlay

    def _fail(self, failure: Exception) -> None:
        # The words of an error about inputs are meant for people; of others, the kind tells more than the words.
        self._error = str(failure) if isinstance(failure, PosecountError) else f"{type(failure).__name__}: {failure}"
        self._capacity.metrics.error()
        _logger.error("a frame could not be processed: %s", self._error, exc_info=failure)
        self._failures += 1
        self._failed_at = self._clock.now
        if self._failures > 1:  # one bad frame costs nothing; a tracker that broke stays broken until it is made anew
            self._retry_at = self._clock.now + _RETRY_AFTER_S
            self._close()

    def _end(self) -> None:
        self._close()
        self._frame = self._returned = None
        self._snapshot = replace(self._snapshot, ended=True)
        self._capacity.leave(self)

    def _begin(self) -> None:
        """Forget the last stream, save for what it counted."""
        self._clock.new_stream()
        self._ration = Ration()
        self._pace = Pace()
        self._error, self._refused, self._failures, self._retry_at = None, False, 0, float("-inf")
        self._snapshot = replace(self._snapshot, result=None, frames=0, skipped=0, error=None, ended=False)

    def _bank(self) -> None:
        """Let the pipeline go, but keep its counts."""
        if self._pipeline:
            for name, count in self._pipeline.counts.items():
                self._banked[name] = self._banked.get(name, 0) + count
        self._pipeline = None

    def _close(self) -> None:
        """Let pipeline and tracker go, but keep the counts."""
        self._bank()
        tracker, self._tracker = self._tracker, None
        if tracker:
            try:
                tracker.close()
            except Exception:  # it is gone either way, and no thread that calls this can do anything about it
                _logger.exception("a tracker did not close cleanly")


class _Colours(threading.local):
    """Turns frames into RGB; one for each media thread, as to set one up takes five times as long as a frame does."""

    def __init__(self) -> None:
        self.reformatter = VideoReformatter()


_colours = _Colours()


def _picture(frame: av.VideoFrame, longest_side: float) -> Image:
    """RGB uint8 (height, width, 3), scaled down to a longest side, to even numbers of pixels."""
    image = cast(Image, _colours.reformatter.reformat(frame, format="rgb24", threads=1).to_ndarray())
    scale = longest_side / max(frame.width, frame.height)
    if scale >= 1:
        return image
    width, height = (max(2, 2 * round(side * scale / 2)) for side in (frame.width, frame.height))
    return cast(Image, cv2.resize(image, (width, height)))  # a quarter of the time of doing both at once


def _with_error(image: Image, error: str | None) -> Image:
    try:
        return draw_message(image, error or "starting anew")
    except Exception:  # noqa: BLE001 - the image itself may be what is wrong; returning it beats raising
        return image
