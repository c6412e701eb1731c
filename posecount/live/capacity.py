"""How many live sessions one server carries, and how they share it.

A session that streams holds a place; where there is none, it is refused in words instead of slowing down all others.
Those that have one take turns at the tracker, in order, and each gets its share of the frames that the cores can do.
"""

from __future__ import annotations

import logging
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from math import inf
from pathlib import Path
from time import monotonic, process_time
from typing import NamedTuple, Protocol

from posecount.errors import PosecountError
from posecount.live.metrics import Metrics, Report
from posecount.pose import Image
from posecount.shipped import SAMPLE_CLIPS
from posecount.tracking.tracker import PoseTracker, Tracker
from posecount.video.reader import Video

MAX_SESSIONS_VARIABLE = "POSECOUNT_MAX_SESSIONS"

LAPSES_AFTER_S = 30.0
"""Seconds without a frame after which a place is given up: as long as WebRTC itself takes to believe that nobody is
there, and longer than it takes to connect."""
LOST_AFTER_S = 5.0
"""Seconds after which a turn counts as lost: a hundred times what a frame takes."""

_FULL_RATE, _LEAST_RATE = 30.0, 10.0
"""Frames a second that a session gets at most, and that each should get: profile `robust` counts the same at 10 and 30
a second, and loses repetitions of a second's length below 6."""
_USABLE = 0.9
"""Share of the cores that may be planned with. With four sessions on two cores 0.93 were in use, and frames came back
within half a second; only then are they fewer than planned."""
_AROUND_THE_TRACKER = 0.7
"""Of what tracking costs, for all besides: half of it decoding, colours, classifying, drawing and encoding, half RTP,
encryption, pages and the event loop, all in Python. Four sessions took 40 to 47 ms of processor time a frame where
tracking takes 25, and machines that are slow are so at both."""
_USUAL_TRACKER_S = 0.020
"""Processor seconds that tracking a frame took where it was measured: full model, 640x480."""

_logger = logging.getLogger(__name__)


class BusyError(PosecountError):
    """There is no place for another live session."""


class Holder(Protocol):
    """What holds a place."""

    def lapse(self) -> None:
        """The place is gone, as no frame has come for `LAPSES_AFTER_S`."""
        ...


class Step(NamedTuple):
    """What a browser is asked to send: a step of the ladder."""

    width: int
    height: int
    frame_rate: int


_LADDER = (Step(640, 480, 15), Step(480, 360, 12))
"""Alone at 640x480 on two cores, of 15 frames a second 94 % were processed within 0.34 s, for two thirds of a core; of
30, 17.7 were, for a whole core. Not less than 12, as of the 10 that each should get some come at the wrong moment."""


def _step(share: float) -> Step:
    return next((step for step in _LADDER if step.frame_rate <= share), _LADDER[-1])


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
        self._free = at_once or cores()
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

    def step(self) -> Step:
        """What to ask of the browser that comes next; the fewer frames it will get, the smaller it should send them."""
        return _step(self._share(self.live + 1))

    @property
    def is_crowded(self) -> bool:
        """Whether the share of each is at present less than the first step of the ladder wants."""
        return _step(self.frame_rate) is not _LADDER[0]

    @property
    def longest_side(self) -> float:
        """Pixels to which the longer side of a picture is to be scaled down at present: whoever came before the others
        was asked for larger ones. Infinite where there is room for what was asked for."""
        step = _step(self.frame_rate)
        return max(step.width, step.height) if self.is_crowded else inf

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
        return min(self._frame_rate / max(sessions, 1), _FULL_RATE)

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


def measured_capacity(model: Path, environment: Mapping[str, str] = os.environ) -> Capacity:
    """The capacity of this machine, with ``POSECOUNT_MAX_SESSIONS`` sessions where that is set.

    Takes about a second. Where it cannot be measured, the usual figure is taken.

    Args:
        model: path of the pose model.
        environment: where the variable is looked for.

    Raises:
        PosecountError: if the variable is no whole number above 0.
    """
    configured = environment.get(MAX_SESSIONS_VARIABLE, "").strip()
    if configured and not (configured.isdecimal() and int(configured)):
        raise PosecountError(
            f"{MAX_SESSIONS_VARIABLE} is {configured[:20]!r}. Remedy: make it a whole number above 0, or unset it."
        )
    seconds = _USUAL_TRACKER_S
    try:
        with PoseTracker(model) as tracker, Video(SAMPLE_CLIPS["squats"]) as video:
            seconds = tracking_cost(tracker, [image for image, _ in islice(video, 48)])
    except PosecountError:
        _logger.warning("the tracker could not be measured", exc_info=True)
    frame_rate = _USABLE * cores() / (seconds * (1 + _AROUND_THE_TRACKER))
    sessions = int(configured) if configured else max(1, int(frame_rate / _LEAST_RATE))
    _logger.info("%d sessions: %.0f frames a second, %.1f ms each to track", sessions, frame_rate, 1000 * seconds)
    return Capacity(sessions, frame_rate)


def tracking_cost(tracker: Tracker, images: list[Image], group: int = 6) -> float:
    """Processor seconds that tracking a frame takes, at least: what else the machine does must not count.

    Args:
        tracker: not used before.
        images: of one person; the first `group` are left out, as the first frames cost more.
        group: so many are timed together.
    """
    costs = []
    for start in range(0, len(images) - group + 1, group):
        began = process_time()
        for index in range(start, start + group):
            tracker.track(images[index], index / 15)
        costs.append((process_time() - began) / group)
    return min(costs[1:] or costs)


def cores(limits: Path = Path("/sys/fs/cgroup/cpu.max")) -> int:
    """Processor cores that this process may use, a container's quota (cgroup v2) considered; at least 1."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = limits.read_text().split()
        count = min(count, int(quota) // int(period))
    except (OSError, ValueError, ZeroDivisionError):  # no container, or one without a quota: "max"
        pass
    return max(count, 1)
