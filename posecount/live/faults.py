"""Faults: why frames of a session cannot be processed, and when to try again."""

from __future__ import annotations

import logging

from posecount.errors import PosecountError

_SHOWN_S = 5.0
"""Seconds for which an error stays published while frames are processed again: a page that looks seldom must not miss
one bad frame."""
_ENTER_AGAIN_AFTER_S = 5.0
_RETRY_AFTER_S = 1.0
"""Seconds of stream between attempts to get a place, and to go on after repeated errors."""

_logger = logging.getLogger(__name__)


class Faults:
    """What went wrong in one stream; times are seconds of the session's streams. Not thread-safe.

    Attributes:
        error: in words, from the fault until a while after it is over; or None.
        refused: whether that is because the server is busy with others.
    """

    def __init__(self) -> None:
        self.error: str | None = None
        self.refused = False
        self._failures = 0  # frames that failed in a row
        self._failed_at = self._retry_at = float("-inf")

    def is_due(self, now: float) -> bool:
        """Whether a frame is to be processed, rather than wait for the next attempt."""
        return now >= self._retry_at

    def passed(self, now: float) -> None:
        """A frame was processed."""
        self.refused = False
        if self._failures:
            self._failures, self._failed_at = 0, now  # a tracker that hung has taken seconds of the stream
        if now - self._failed_at > _SHOWN_S:
            self.error = None

    def refuse(self, refusal: Exception, now: float) -> None:
        """There was no place."""
        self.error, self.refused = str(refusal), True
        self._retry_at = now + _ENTER_AGAIN_AFTER_S

    def fail(self, failure: Exception, now: float) -> bool:
        """A frame failed. Log it, and return whether what processes frames is to be replaced.

        One bad frame costs only itself; a tracker that broke stays broken until it is replaced.
        """
        # An error about inputs has a message for people; of any other, the kind says more than the message.
        is_for_people = isinstance(failure, PosecountError)
        self.error, self.refused = str(failure) if is_for_people else f"{type(failure).__name__}: {failure}", False
        _logger.error("a frame could not be processed: %s", self.error, exc_info=failure)
        self._failures += 1
        self._failed_at = now
        if self._failures > 1:
            self._retry_at = now + _RETRY_AFTER_S
        return self._failures > 1
