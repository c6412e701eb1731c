"""WatchedTracker: a tracker that hangs holds up nobody else."""

from __future__ import annotations

from queue import Empty, SimpleQueue
from threading import Thread
from typing import Literal

from posecount.errors import PosecountError
from posecount.pose import Image, Pose
from posecount.tracking.tracker import Tracker


class TrackerHangsError(PosecountError):
    """A tracker does not answer."""


class WatchedTracker:
    """Runs a tracker on a thread of its own and waits only so long for it, as native code cannot be interrupted.

    One that hangs is given up: its thread and what it holds are lost, but nobody waits for them.

    Args:
        tracker: used and closed on that thread alone.
        within_s: seconds that it may take for an image.
    """

    def __init__(self, tracker: Tracker, within_s: float) -> None:
        self._within_s = within_s
        self._asked: SimpleQueue[tuple[Image, float] | None] = SimpleQueue()
        self._answers: SimpleQueue[Pose | BaseException | None] = SimpleQueue()
        self._state: Literal["open", "closed", "lost"] = "open"
        Thread(target=self._run, args=(tracker,), name="posecount-tracker", daemon=True).start()

    def track(self, image: Image, timestamp: float) -> Pose | None:
        """What the tracker finds, or raises.

        Raises:
            TrackerHangsError: if it has not answered in time; from then on at once.
            ValueError: if it was closed.
        """
        if self._state == "closed":
            raise ValueError("the tracker was closed")
        return self._answer((image, timestamp))

    def close(self) -> None:
        """Close the tracker and end its thread; may be called again, and after it was given up."""
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
                self._asked.put(None)  # in case it comes back after all
            else:
                if isinstance(answer, BaseException):
                    raise answer
                return answer
        raise TrackerHangsError(f"The tracker has not answered for {self._within_s:g} seconds: another takes its place")

    def _run(self, tracker: Tracker) -> None:
        is_open = True
        while is_open:
            asked = self._asked.get()
            is_open = asked is not None
            answer: Pose | BaseException | None = None
            try:
                if asked:
                    answer = tracker.track(*asked)
                else:
                    tracker.close()
            except BaseException as error:  # noqa: BLE001 - it belongs to who asked
                answer = error
            self._answers.put(answer)
