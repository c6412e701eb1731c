"""How many live sessions one server carries, and how they share it.

A session that streams holds a place: one of few where this server tracks, or one of many where the person's device
does. Where none is left, a newcomer is told so instead of slowing down everyone else. Sessions that are tracked here
take turns at the tracker, and each gets its share of the frames that the cores can process.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from math import inf
from time import monotonic
from typing import Literal, NamedTuple, Protocol
from weakref import WeakKeyDictionary

import joblib

from posecount.errors import PosecountError
from posecount.live.server.metrics import Metrics, Report
from posecount.live.server.refreshing import interval_s, next_slowdown

LAPSES_AFTER_S = 30.0
"""Seconds without a frame after which a place may be released: as long as WebRTC itself takes to notice that the other
side has gone, and longer than connecting takes."""
LOST_AFTER_S = 5.0
"""Seconds after which a turn counts as lost: a hundred times what a frame takes."""
FULL_RATE, LEAST_RATE = 30.0, 10.0
"""Frames a second: the most that a session gets, and what each should get. Profile `robust` counts the same at 10 and
30 a second, and loses repetitions of a second's length below 6."""

DEVICE_WEIGHT = 0.38
"""Frames a second that this server could track for what one session costs that is tracked on a device: 15 frames at
1.15 ms of processor time, page included, where a frame that is tracked here takes 45 ms with all that is around it."""

Kind = Literal["server", "device"]
"""Where a session is tracked."""

_TURN_WITHIN_S = 1 / 15
"""Seconds that a frame waits for its turn: until the next frame comes, which is the better one to process. In a
simulation of four sessions on two cores that take 45 ms a frame, each got 11 frames a second this way, as it did with
waits without limit; 8.6 to 11 when frames waited half as long, and 6 when they did not wait at all."""

_logger = logging.getLogger(__name__)


class BusyError(PosecountError):
    """There is no place for another live session."""


class Holder(Protocol):
    """A session that holds a place or takes a turn."""

    def lapse(self) -> None:
        """End the stream: its place is gone, as no frame has come for `LAPSES_AFTER_S`."""
        ...


class Rung(NamedTuple):
    """What a browser is asked to send: pixels, and frames a second. One rung of the ladder."""

    width: int
    height: int
    frame_rate: int


_LADDER: tuple[Rung, ...] = (Rung(640, 480, 15), Rung(480, 360, 12))
"""Alone at 640x480 on two cores, 94 % of 15 frames a second were processed within 0.34 s, for two thirds of a core; of
30, 17.7 were, for a whole core. 12 is the least, as some of the 10 that each should get come at the wrong moment."""


def _rung(allowed_rate: float) -> Rung:
    return next((rung for rung in _LADDER if rung.frame_rate <= allowed_rate), _LADDER[-1])


class Capacity:
    """The places and turns of one server, shared by all its sessions. Every method may be called from any thread.

    Properties only look. What changes anything is a method: `enter` and `leave` a place, `release_unused` places,
    take a `turn`, `take_report`.

    Args:
        sessions: how many that are tracked here may stream at once; None for no limit.
        total_rate: frames a second that can be processed for all sessions together.
        at_once: how many frames are processed at the same time; by default as many as there are cores. A tracker's own
            threads cannot be limited, so more at once would only wait for each other.
        clock: seconds, as `time.monotonic`.
        device_sessions: how many that are tracked on devices may stream at once; None for no limit.
    """

    def __init__(
        self,
        sessions: int | None = None,
        total_rate: float = inf,
        at_once: int | None = None,
        clock: Callable[[], float] = monotonic,
        device_sessions: int | None = None,
    ) -> None:
        self.sessions = sessions
        self.device_sessions = device_sessions
        self.total_rate = total_rate
        self.metrics = Metrics()
        self._at_once = at_once or joblib.cpu_count()
        self._clock = clock
        self._changed = threading.Condition()  # guards the dicts below; notified when a turn may be free
        self._places: dict[Kind, dict[Holder, float]] = {"server": {}, "device": {}}  # and when each was last used
        self._turns: dict[object, float] = {}  # under way, and since when
        self._line: dict[Holder, bool] = {}  # in order of asking, and whether each still waits
        self._numbers = count()
        self._numbered: WeakKeyDictionary[Holder, int] = WeakKeyDictionary()  # whose pages refresh, in order of asking

    @property
    def live(self) -> int:
        """How many sessions that are tracked here have a place, unused places included."""
        return len(self._places["server"])

    @property
    def on_devices(self) -> int:
        """How many sessions that are tracked on devices have a place, unused places included."""
        return len(self._places["device"])

    @property
    def allowed_rate(self) -> float:
        """Frames a second that each session that is tracked here may have processed at present."""
        return self._share(self.live)

    @property
    def is_crowded(self) -> bool:
        """Whether each session's share is at present less than the ladder's first rung wants."""
        return _rung(self.allowed_rate) is not _LADDER[0]

    @property
    def longest_side(self) -> float:
        """Pixels to which a picture's longer side is scaled down at present; infinite where there is room.

        Sessions that began when there was more room still send larger pictures.
        """
        rung = _rung(self.allowed_rate)
        return max(rung.width, rung.height) if self.is_crowded else inf

    def __contains__(self, holder: Holder) -> bool:
        return any(holder in places for places in self._places.values())

    def is_full(self, holder: Holder | None = None, kind: Kind = "server") -> bool:
        """Whether a newcomer, or this holder, would find no place; places that are unused count until released."""
        limit, places = self._limit(kind), self._places[kind]
        return limit is not None and len(places) >= limit and holder not in places

    def next_rung(self) -> Rung:
        """What to ask of the next browser: the fewer of its frames can be processed, the smaller they should be."""
        return _rung(self._share(self.live + 1))

    def next_slowdown(self, slowdown: int = 1) -> int:
        """How many times its usual interval a page should wait between refreshes, see `refreshing.next_slowdown`."""
        return next_slowdown(self.live + self.on_devices, slowdown)

    def interval_s(self, holder: Holder, usual_s: float, slowdown: int) -> float:
        """Seconds between refreshes of this holder's page, the same whenever it asks, see `refreshing.interval_s`."""
        with self._changed:
            if holder not in self._numbered:
                self._numbered[holder] = next(self._numbers)
            return interval_s(usual_s, slowdown, self._numbered[holder])

    def enter(self, holder: Holder, kind: Kind = "server") -> None:
        """Take a place, or show that it is still in use; give up one of the other kind. Releases unused places where
        there is no other.

        Raises:
            BusyError: if no place is left; its message is fit to show.
        """
        with self._changed:
            if holder in self._places[kind]:  # as with every frame but the first
                self._places[kind][holder] = self._clock()
                return
        if self.is_full(holder, kind):
            self.release_unused()
        with self._changed:
            if not self.is_full(holder, kind):
                self._places["device" if kind == "server" else "server"].pop(holder, None)
                self._places[kind][holder] = self._clock()
                return
        self.metrics.refused()
        raise BusyError(self.refusal(kind))

    def leave(self, holder: Holder) -> None:
        """Give up the place and the place in line for a turn; a holder that has neither may call this too."""
        with self._changed:
            for places in self._places.values():
                places.pop(holder, None)
            self._line.pop(holder, None)
            self._changed.notify_all()

    def release_unused(self) -> None:
        """Release the places for which no frame has come in `LAPSES_AFTER_S`, and end their streams."""
        with self._changed:
            before = self._clock() - LAPSES_AFTER_S
            unused = [
                (places, holder) for places in self._places.values() for holder, used in places.items() if used < before
            ]
            for places, holder in unused:
                del places[holder]
        for _, holder in unused:
            holder.lapse()

    @contextmanager
    def turn(self, holder: Holder, within_s: float = _TURN_WITHIN_S) -> Iterator[bool]:
        """Take a turn at processing a frame; yields whether there is one, after at most the time that is given.

        Turns come in the order of asking. A holder without a turn keeps its place in line for its next frame, while
        those behind it that still wait may go first: no core waits for a frame to come.
        A turn that has not ended within `LOST_AFTER_S` passes on, so that a tracker that hangs holds up its own session
        alone.
        """
        turn = object()
        with self._changed:
            self._pass_on_lost()
            self._line[holder] = True  # in its old place, if it has one
            if is_free := self._changed.wait_for(lambda: self._is_next(holder), within_s):
                del self._line[holder]
                self._turns[turn] = self._clock()
                self._changed.notify_all()  # there may be another one free
            elif holder in self._line:
                self._line[holder] = False
        try:
            yield is_free
        finally:
            with self._changed:
                self._turns.pop(turn, None)  # it may be lost already
                self._changed.notify_all()

    def take_report(self) -> Report:
        """What has happened since the last report; begins the next one."""
        return self.metrics.take(self.live, self.sessions, self.on_devices)

    def _limit(self, kind: Kind) -> int | None:
        return self.sessions if kind == "server" else self.device_sessions

    def refusal(self, kind: Kind = "server") -> str:
        """What to tell a person who is refused."""
        limit = self._limit(kind)
        people = "1 session" if limit == 1 else f"{limit} sessions"
        return f"This server is busy with {people}. Try again in a few minutes."

    def _share(self, sessions: int) -> float:
        left = max(self.total_rate - DEVICE_WEIGHT * self.on_devices, 1.0)
        return min(left / max(sessions, 1), FULL_RATE)

    def _is_next(self, holder: Holder) -> bool:
        if len(self._turns) >= self._at_once:
            return False
        return holder is next((waiting for waiting, still in self._line.items() if still), None)

    def _pass_on_lost(self) -> None:
        before = self._clock() - LOST_AFTER_S
        for turn, since in list(self._turns.items()):
            if since < before:
                _logger.error("a frame has been processed for more than %.0f s: other sessions go on", LOST_AFTER_S)
                del self._turns[turn]
                self._changed.notify_all()
