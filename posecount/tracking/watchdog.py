"""WatchedTracker: a tracker that hangs, while it is made or later, holds up only its own thread."""

from __future__ import annotations

from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Literal

from posecount.errors import PosecountError
from posecount.pose import Image, Pose
from posecount.tracking.tracker import Tracker


class TrackerHangsError(PosecountError):
    """A tracker does not answer."""


class WatchedTracker:
    """Makes, uses and closes a tracker on a thread of its own, and waits a limited time for each answer.

    Native code cannot be interrupted. A tracker that hangs is therefore abandoned with its thread, and nothing waits
    for it again; if it comes back after all, it is closed.

    Args:
        make: makes the tracker, for the first image, within whose time it must be ready. Called again for the next
            image if it raises.
        within_s: seconds to wait for an answer.
    """

    def __init__(self, make: Callable[[], Tracker], within_s: float) -> None:
        self._within_s = within_s
        self._asked: SimpleQueue[tuple[Image, float] | None] = SimpleQueue()
        self._answers: SimpleQueue[Pose | BaseException | None] = SimpleQueue()
        self._state: Literal["open", "closed", "lost"] = "open"
        Thread(target=self._run, args=(make,), name="posecount-tracker", daemon=True).start()

    def track(self, image: Image, timestamp: float) -> Pose | None:
        """What the tracker finds; raises what making it or tracking raises.

        Raises:
            TrackerHangsError: if it has not answered in time; every later call raises this at once.
            ValueError: if it was closed.
        """
        if self._state == "closed":
            raise ValueError("the tracker was closed")
        return self._answer((image, timestamp))

    def close(self) -> None:
        """Close the tracker and end its thread; may be called again, and after the tracker was abandoned."""
        if self._state == "open":
            self._state = "closed"
            self._answer(None)

    def _answer(self, asked: tuple[Image, float] | None) -> Pose | None:
        if self._state != "lost":
            self._asked.put(asked)
            try:
                answer = self._answers.get(timeout=self._within_s)
            except Empty:
                self._state = "lost"
                self._asked.put(None)  # so that it is closed if it comes back
            else:
                if isinstance(answer, BaseException):
                    raise answer
                return answer
        raise TrackerHangsError(f"The tracker has not answered for {self._within_s:g} seconds and is being replaced")

    def _run(self, make: Callable[[], Tracker]) -> None:
        tracker: Tracker | None = None
        is_open = True
        while is_open:
            asked = self._asked.get()
            is_open = asked is not None
            answer: Pose | BaseException | None = None
            try:
                if asked:
                    if tracker is None:
                        tracker = make()
                    answer = tracker.track(*asked)
                elif tracker is not None:
                    tracker.close()
            except BaseException as error:  # noqa: BLE001 - raised where the answer is awaited
                answer = error
            self._answers.put(answer)
