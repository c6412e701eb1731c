"""How many live sessions one server carries, and how they share it.

A session that streams holds a place; where there is none, it is refused in words instead of slowing down all others.
Those that have one take turns at the tracker, in order, and each gets its share of the frames that the cores can do.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf
from time import monotonic
from typing import NamedTuple, Protocol

import joblib

from posecount.errors import PosecountError
from posecount.live.metrics import Metrics, Report

LAPSES_AFTER_S = 30.0
"""Seconds without a frame after which a place is given up: as long as WebRTC itself takes to believe that nobody is
there, and longer than it takes to connect."""
LOST_AFTER_S = 5.0
"""Seconds after which a turn counts as lost: a hundred times what a frame takes."""

FULL_RATE, LEAST_RATE = 30.0, 10.0
"""Frames a second that a session gets at most, and that each should get: profile `robust` counts the same at 10 and 30
a second, and loses repetitions of a second's length below 6."""

_logger = logging.getLogger(__name__)


class BusyError(PosecountError):
    """There is no place for another live session."""


class Holder(Protocol):
    """What holds a place."""

    def lapse(self) -> None:
        """The place is gone, as no frame has come for `LAPSES_AFTER_S`."""
        ...


class Rung(NamedTuple):
    """What a browser is asked to send: a rung of the ladder."""

    width: int
    height: int
    frame_rate: int


_LADDER = (Rung(640, 480, 15), Rung(480, 360, 12))
"""Alone at 640x480 on two cores, of 15 frames a second 94 % were processed within 0.34 s, for two thirds of a core; of
30, 17.7 were, for a whole core. Not less than 12, as of the 10 that each should get some come at the wrong moment."""


def _rung(share: float) -> Rung:
    return next((rung for rung in _LADDER if rung.frame_rate <= share), _LADDER[-1])


class Capacity:
    """The places of one server, one for all its sessions. Every method may be called from any thread.

    Args:
        sessions: how many may stream at once; None is without limit.
        frame_rate: frames a second that all of them together may have.
        at_once: how many frames are processed at the same time; by default as many as there are cores. A tracker brings
            threads of its own, which cannot be set, so that more at once would only wait for each other.
        clock: seconds, as `time.monotonic`.
    """

    def __init__(
        self,
        sessions: int | None = None,
        frame_rate: float = float("inf"),
        at_once: int | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.sessions = sessions
        self._frame_rate = frame_rate
        self._clock = clock
        self._lock = threading.Lock()
        self._places: dict[Holder, float] = {}  # and when each was last used
        self._free = at_once or joblib.cpu_count()
        self._turns: dict[object, float] = {}  # those under way, and since when
        self._waiting: deque[tuple[object, threading.Event]] = deque()
        self.metrics = Metrics()

    @property
    def live(self) -> int:
        """How many places are taken."""
        self.give_up_unused()
        return len(self._places)

    @property
    def frame_rate(self) -> float:
        """Frames a second that each session may have at present."""
        return self._share(len(self._places))

    def __contains__(self, holder: Holder) -> bool:
        return holder in self._places

    def is_full(self, holder: Holder | None = None) -> bool:
        """Whether a newcomer, or this holder, would be refused."""
        return self.sessions is not None and self.live >= self.sessions and holder not in self._places

    @property
    def refusal(self) -> str:
        """What to tell somebody who is refused."""
        people = "1 session" if self.sessions == 1 else f"{self.sessions} sessions"
        return f"This server is busy with {people}. Try again when somebody has finished."

    def enter(self, holder: Holder) -> None:
        """Take a place, or show that it is still in use.

        Raises:
            BusyError: if there is none; fit to show.
        """
        if holder not in self._places and self.is_full():
            self.metrics.refused()
            raise BusyError(self.refusal)
        with self._lock:
            # Looked at again, as two may come at once.
            full = self.sessions is not None and len(self._places) >= self.sessions
            if not full or holder in self._places:
                self._places[holder] = self._clock()
                return
        self.metrics.refused()
        raise BusyError(self.refusal)

    def leave(self, holder: Holder) -> None:
        """Give the place up; may be called by one that has none."""
        with self._lock:
            self._places.pop(holder, None)

    def rung(self) -> Rung:
        """What to ask of the browser that comes next; the fewer frames it will get, the smaller it should send them."""
        return _rung(self._share(self.live + 1))

    @property
    def is_crowded(self) -> bool:
        """Whether the share of each is at present less than the first rung of the ladder wants."""
        return _rung(self.frame_rate) is not _LADDER[0]

    @property
    def longest_side(self) -> float:
        """Pixels to which the longer side of a picture is to be scaled down at present: whoever came before the others
        was asked for larger ones. Infinite where there is room for what was asked for."""
        rung = _rung(self.frame_rate)
        return max(rung.width, rung.height) if self.is_crowded else inf

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait to be one of those whose frames are processed, in the order of asking.

        A turn that is not given back within `LOST_AFTER_S` passes on to the next: a tracker that hangs holds up its own
        session alone.
        """
        mine, called = object(), threading.Event()
        with self._lock:
            if self._free and not self._waiting:
                self._free -= 1
                self._turns[mine] = self._clock()
            else:
                self._waiting.append((mine, called))
        while mine not in self._turns and not called.wait(LOST_AFTER_S / 2):
            self._pass_on_lost()
        try:
            yield
        finally:
            with self._lock:
                if self._turns.pop(mine, None) is not None:  # else it was lost
                    self._pass_on()

    def report(self) -> Report:
        """What has happened since the last report."""
        return self.metrics.take(self.live, self.sessions)

    def _share(self, sessions: int) -> float:
        return min(self._frame_rate / max(sessions, 1), FULL_RATE)

    def _pass_on(self) -> None:
        if self._waiting:
            following, called = self._waiting.popleft()
            self._turns[following] = self._clock()
            called.set()
        else:
            self._free += 1

    def _pass_on_lost(self) -> None:
        with self._lock:
            for turn, since in list(self._turns.items()):
                if self._clock() - since > LOST_AFTER_S:
                    _logger.error("a frame has been processed for more than %.0f s: others go on", LOST_AFTER_S)
                    del self._turns[turn]
                    self._pass_on()

    def give_up_unused(self) -> None:
        """Let the places lapse for which no frame has come in `LAPSES_AFTER_S`."""
        with self._lock:
            before = self._clock() - LAPSES_AFTER_S
            unused = [holder for holder, used in self._places.items() if used < before]
            for holder in unused:
                del self._places[holder]
        for holder in unused:
            holder.lapse()
