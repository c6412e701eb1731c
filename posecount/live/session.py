"""LiveSession: one person's streams, between the media thread that brings frames and the page that shows counts.

Pictures come through `LiveSession.webrtc` on a media thread and are tracked here; or the person's device tracks, and
poses come through `LiveSession.process_pose` on the server's event loop. A page reads `LiveSession.snapshot`. An
exception would freeze the picture without a word, so processing never raises: the error is drawn, published and logged.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import TypeVar

from posecount.counting.pipeline import FrameResult
from posecount.counting.repetitions import Repetition
from posecount.ingest.burst import PoseBurst
from posecount.ingest.teaching.footage import FootageRecorder
from posecount.live.clock import StreamClock
from posecount.live.counter import SessionCounter
from posecount.live.faults import Faults
from posecount.live.listeners import Listeners
from posecount.live.recent import RecentPoses
from posecount.live.repetition_list import RepetitionList
from posecount.live.server.capacity import LOST_AFTER_S, BusyError, Capacity, Kind
from posecount.live.state import LiveSettings, LiveSnapshot, Status
from posecount.live.stream_stats import Pace
from posecount.live.trainer import Trainer
from posecount.live.webrtc.callbacks import WebRtcFrames
from posecount.live.webrtc.frames import draw_recording, with_error
from posecount.pose import Image, Pose
from posecount.tracking.sequence import LandmarkSequence
from posecount.tracking.tracker import PoseTracker, Tracker

STALLED_AFTER_S = 3.0
"""Seconds without a processed frame after which a stream counts as stalled."""

_POSE_WAITS_S = 0.1
"""The most seconds that a pose waits, on the event loop, while a page changes this session: that takes microseconds."""

T = TypeVar("T")


class LiveSession:
    """Counts one person's streams, one after the other; belongs to one browser session and outlives its reruns.

    Counts and repetitions add up until `reset`. Each stream gets a tracker and a pipeline of its own, which are closed
    when it ends. Every method may be called from any thread. Properties and `status` only look.

    Args:
        settings: what to begin with.
        make_tracker: makes a tracker from a model's path.
        capacity: the places and turns that all sessions of a server share; by default this session has its own.
        resumed: what another session had counted, which this one adds to.
        clock: seconds, as `time.monotonic`.
        tracker_within_s: seconds that a tracker may take for a frame before it is replaced.

    Attributes:
        webrtc: takes the pictures that streamlit-webrtc brings.
        listeners: who is told whenever a snapshot is published.
        trainer: leads through a plan, and pauses.
    """

    def __init__(
        self,
        settings: LiveSettings,
        make_tracker: Callable[[Path], Tracker] = PoseTracker,
        capacity: Capacity | None = None,
        resumed: LiveSnapshot | None = None,
        clock: Callable[[], float] = monotonic,
        tracker_within_s: float = LOST_AFTER_S,
    ) -> None:
        resumed = resumed or LiveSnapshot()
        self._capacity = capacity or Capacity()
        self._clock = clock

        # Each of these is replaced by one assignment, so that a page can read or set it without waiting for a frame.
        self._settings = settings
        self._requested_rate: float | None = None
        self._recorder: FootageRecorder | PoseBurst | None = None
        self._playing_since: float | None = None
        self._snapshot = resumed.carried_over()

        # The lock guards the rest, and every change of `_snapshot`. Who needs it waits for a frame to be processed.
        self._lock = threading.Lock()
        self._recent = RecentPoses()
        self._counter = SessionCounter(make_tracker, tracker_within_s, resumed.counts, resumed.seconds)
        self._stream_clock = StreamClock(self._snapshot.restored().last_end)
        self._pace = Pace()
        self._faults = Faults()
        self._counted: tuple[FrameResult, RepetitionList] | None = None  # by the frame that is being taken in, and all
        self.webrtc = WebRtcFrames(self)
        self.listeners = Listeners()
        self.trainer = Trainer()

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
        """Use other settings from the next frame on; the stream goes on and the counts stay."""
        self._settings = settings

    def recent(self, since: float = float("-inf")) -> LandmarkSequence:
        """The poses of the last minute, or since a time in it, timed as repetitions are; empty before there is one."""
        with self._lock:
            return self._recent.sequence(since)

    def expect_rate(self, requested_rate: float | None) -> None:
        """Expect as many frames a second as the source was asked for, to tell how many are skipped; None if unknown."""
        self._requested_rate = requested_rate

    def record(self, recorder: FootageRecorder | PoseBurst | None) -> None:
        """Hand every frame to a recorder, from the next one on, and say so on the picture; None ends it."""
        self._recorder = recorder

    @property
    def recorder(self) -> FootageRecorder | PoseBurst | None:
        """What every frame is handed to."""
        return self._recorder

    def set_playing(self, playing: bool) -> None:
        """Take over whether the browser says that it plays; pressing START begins a new stream."""
        if not playing:
            self._playing_since = None
        elif self._playing_since is None:
            self._playing_since = self._clock()
            with self._lock:
                if self._snapshot.ended:
                    self._begin()

    def status(self) -> Status:
        """How the stream is doing, by what the browser last said and when the last frame was processed."""
        playing_since, snapshot = self._playing_since, self._snapshot
        if playing_since is None:
            return "stopped"
        if snapshot.ended:
            return "ended"
        if self._clock() - max(playing_since, snapshot.processed_at) > STALLED_AFTER_S:
            return "stalled"
        return "live" if snapshot.frames else "waiting"

    def end(self) -> None:
        """End the stream: close the tracker, give up the place, keep the counts. May be called again."""
        with self._lock:
            self._end()
            self.trainer.expect_stream()
        self.listeners.tell()

    def lapse(self) -> None:
        """End the stream, as its place was released. Never waits: a session that looks for a place calls this."""
        if self._lock.acquire(blocking=False):
            try:
                self._end()
            finally:
                self._lock.release()

    def reset(self) -> None:
        """Set all counts to zero; a stream that plays goes on. `undo_reset` brings them back."""
        with self._lock:
            self._counter.zero()
            self._faults.error = None
            self._snapshot = self._snapshot.zeroed()
        self.listeners.tell()

    def undo_reset(self) -> None:
        """Bring back what the last reset took away; what was counted since stays."""
        with self._lock:
            if lost := self._snapshot.before_reset:
                self._counter.add(lost.counts, lost.seconds)
                self._snapshot = self._snapshot.restored()
        self.listeners.tell()

    def correct(self, exercise: str, by: int, back: Repetition | None = None) -> None:
        """Change a count: by -1 where the last one was none, by 1 where one was missed, or is put back."""
        with self._lock:
            self._counter.add({exercise: by}, {})
            self._snapshot = self._snapshot.corrected(exercise, by, back)
            self.trainer.correct(exercise, by, is_listed=back is not None)
        self.listeners.tell()

    def process(self, image: Image, timestamp: float | None) -> Image:
        """Track and count a frame: never raises.

        Args:
            image: RGB uint8 (height, width, 3); its size may change from frame to frame. Not changed.
            timestamp: seconds, of the frame. Where it runs back, as in a clip that loops, or is missing, time goes on.

        Returns:
            The image with the overlay, or with the error.
        """
        with self._lock:
            drawn = self._take(timestamp, "server", lambda now: self._count(image, now))
            error = self._faults.error
        self.listeners.tell()
        return with_error(image, error) if drawn is None else drawn

    def process_pose(self, pose: Pose | None, timestamp: float, image: Image | None = None) -> bool:
        """Count a pose that the person's own device has tracked: never raises, and never waits for a tracker.

        Args:
            pose: None where no person was found.
            timestamp: seconds, of the frame, by the device's clock.
            image: the picture of this frame, RGB uint8 (height, width, 3), where a recorder asked for one.

        Returns:
            Whether the frame was taken; False while this server tracks the person.
        """
        if self._counter.is_tracking or not self._lock.acquire(timeout=_POSE_WAITS_S):
            return False
        try:
            self._take(timestamp, "device", lambda now: self._count_pose(pose, now, image))
        finally:
            self._lock.release()
        self.listeners.tell()
        return True

    def _take(self, timestamp: float | None, kind: Kind, count: Callable[[float], T]) -> T | None:
        """Take in a frame, publish what is known then, and return what counting it returned; None if that failed."""
        started = self._clock()
        if self._snapshot.ended:
            self._begin()
        passed, now = self._stream_clock.tick(timestamp), self._stream_clock.now
        counted: T | None = None
        try:
            if self._faults.is_due(now):
                self._capacity.enter(self, kind)
                counted = count(now)
                self._faults.passed(now)
        except BusyError as refusal:  # a page refuses before the stream begins; this is for two that come at once
            self._faults.refuse(refusal, now)
        except Exception as failure:  # noqa: BLE001 - raising would freeze the picture for good
            self._fail(failure)
        finished = self._clock()
        if skipped := self._pace.add(started, finished, passed, self._requested_rate, self._capacity.allowed_rate):
            self._capacity.metrics.dropped(skipped)
        faults, (result, repetitions) = self._faults, self._counted or (None, self._snapshot.repetitions)
        self._snapshot = self._snapshot.after(result, repetitions, self._pace, faults.error, faults.refused, finished)
        self._counted = None
        return counted

    def _count(self, image: Image, now: float) -> Image:
        settings = self._settings
        result = self._follow(self._counter.process(image, now, settings, self.trainer.reason))
        self._capacity.metrics.frame(result.timings_ms["track"])
        drawn = self._counter.draw(image, result, settings, self.trainer.guide, self.trainer.is_shown_apart)
        if recorder := self._recorder:
            recorder.add(image, result.pose, now)
            draw_recording(drawn, recorder.message, recorder.notice)
        return drawn

    def _follow(self, result: FrameResult) -> FrameResult:
        """Take in what a frame has counted, which is published even if what is done with it then fails."""
        result = self.trainer.placed(result, self._settings)
        repetitions = self._snapshot.repetitions.plus(result.completed)
        self._counted = result, repetitions
        self._recent.add(result.pose, result.timestamp)
        self.trainer.follow(result, repetitions, self._settings)
        return result

    def _count_pose(self, pose: Pose | None, now: float, image: Image | None) -> None:
        self._follow(self._counter.process_pose(pose, now, self._settings, self.trainer.reason))
        self._capacity.metrics.device_frame()
        if recorder := self._recorder:
            recorder.add(image, pose, now)

    def fail(self, failure: Exception) -> None:
        """Publish and log why a frame could not even be read."""
        with self._lock:
            self._fail(failure)
            self._snapshot = replace(self._snapshot, error=self._faults.error, processed_at=self._clock())

    def _fail(self, failure: Exception) -> None:
        self._capacity.metrics.error()
        if self._faults.fail(failure, self._stream_clock.now):
            self._counter.close()

    def _end(self) -> None:
        self._counter.close()
        self._snapshot = replace(self._snapshot, ended=True)
        self._capacity.leave(self)

    def _begin(self) -> None:
        """Forget the last stream, except for what it counted."""
        self._stream_clock.new_stream()
        self._pace = Pace()
        self._faults = Faults()
        self._snapshot = replace(self._snapshot.stopped(), frames=0, skipped=0, error=None, ended=False)
