"""What a server's live sessions do, counted for the operator: one line a minute in the log."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

LOG_EVERY_S = 60.0

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Report:
    """What happened in an interval; printed as ``key=value`` pairs, as log collectors read them.

    Attributes:
        seconds: length of the interval.
        sessions: live sessions at its end that are tracked here.
        limit: how many there may be; None for no limit.
        frames: frames processed.
        dropped: frames that were not processed.
        tracker_ms: milliseconds that tracking took, on average; 0 where there was no frame.
        slowest_ms: the longest that tracking a frame took.
        refused: how often a person was told that the server is busy.
        errors: frames that could not be processed.
        on_devices: live sessions at its end that are tracked on devices.
        device_frames: frames of those that were counted.
        device_refused: frames of those that were dropped, as they were not as they should be.
    """

    seconds: float
    sessions: int
    limit: int | None
    frames: int
    dropped: int
    tracker_ms: float
    slowest_ms: float
    refused: int
    errors: int
    on_devices: int = 0
    device_frames: int = 0
    device_refused: int = 0

    def __str__(self) -> str:
        return (
            f"sessions={self.sessions} limit={self.limit or 'none'} seconds={self.seconds:.0f} frames={self.frames} "
            f"dropped={self.dropped} tracker_ms={self.tracker_ms:.1f} slowest_ms={self.slowest_ms:.1f} "
            f"refused={self.refused} errors={self.errors} on_devices={self.on_devices} "
            f"device_frames={self.device_frames} device_refused={self.device_refused}"
        )


class Metrics:
    """Counts until the next report is taken. Every method may be called from any thread."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._since = clock()
        self._zero()

    def _zero(self) -> None:
        self._frames = self._dropped = self._refused = self._errors = 0
        self._device_frames = self._device_refused = 0
        self._tracker_ms = self._slowest_ms = 0.0

    def frame(self, tracker_ms: float) -> None:
        """Count a frame that was tracked here."""
        with self._lock:
            self._frames += 1
            self._tracker_ms += tracker_ms
            self._slowest_ms = max(self._slowest_ms, tracker_ms)

    def device_frame(self) -> None:
        """Count a frame that a device has tracked."""
        with self._lock:
            self._device_frames += 1

    def device_refused(self) -> None:
        """Count a frame of a device that was dropped."""
        with self._lock:
            self._device_refused += 1

    def dropped(self, frames: int) -> None:
        """Count frames that were not processed."""
        with self._lock:
            self._dropped += frames

    def error(self) -> None:
        """Count a frame that could not be processed."""
        with self._lock:
            self._errors += 1

    def refused(self) -> None:
        """Count a person who was turned away."""
        with self._lock:
            self._refused += 1

    def take(self, sessions: int, limit: int | None, on_devices: int = 0) -> Report:
        """Report what was counted since the last report, and start counting again at zero."""
        with self._lock:
            now = self._clock()
            report = Report(
                now - self._since,
                sessions,
                limit,
                self._frames,
                self._dropped,
                self._tracker_ms / max(self._frames, 1),
                self._slowest_ms,
                self._refused,
                self._errors,
                on_devices,
                self._device_frames,
                self._device_refused,
            )
            self._since = now
            self._zero()
        return report


def log_reports(take_report: Callable[[], Report | None], every: float = LOG_EVERY_S) -> threading.Event:
    """Log a report at regular intervals on a thread of its own, until the returned event is set.

    Args:
        take_report: returns None once there is nothing left to report on, which ends the thread too.
        every: seconds.
    """
    stop = threading.Event()

    def run() -> None:
        while not stop.wait(every) and (report := take_report()):
            logger.info("%s", report)

    threading.Thread(target=run, name="posecount-metrics", daemon=True).start()
    return stop
