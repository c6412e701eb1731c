"""Measures how many live sessions this machine can serve."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path
from time import process_time

import joblib

from posecount.errors import PosecountError
from posecount.live.capacity import LEAST_RATE, Capacity
from posecount.pose import Image
from posecount.shipped import SAMPLE_CLIPS
from posecount.tracking.tracker import PoseTracker, Tracker
from posecount.video.reader import Video

MAX_SESSIONS_VARIABLE = "POSECOUNT_MAX_SESSIONS"

_USABLE = 0.9
"""Share of the cores to plan with. Four sessions on two cores used 0.93, and frames still came back within half a
second; frames only become fewer than planned."""
_AROUND_THE_TRACKER = 0.7
"""What everything else costs, as a share of tracking: half of it decoding, colours, classifying, drawing and encoding,
half RTP, encryption, pages and the event loop, all in Python. Four sessions took 40 to 47 ms of processor time a frame
where tracking takes 25, and machines that are slow are slow at both."""
_USUAL_TRACKER_S = 0.020
"""Processor seconds that tracking a frame took where it was measured: full model, 640x480."""

_logger = logging.getLogger(__name__)


def measured_capacity(model: Path, environment: Mapping[str, str] = os.environ) -> Capacity:
    """The capacity of this machine, with ``POSECOUNT_MAX_SESSIONS`` sessions where that is set.

    Takes about a second. Where the tracker cannot be measured, the usual figure is used.

    Args:
        model: path of the pose model.
        environment: where the variable is looked up.

    Raises:
        PosecountError: if the variable is not a whole number above 0.
    """
    configured = environment.get(MAX_SESSIONS_VARIABLE, "").strip()
    if configured and not (configured.isdecimal() and int(configured)):
        raise PosecountError(
            f"{MAX_SESSIONS_VARIABLE} is {configured[:20]!r}. Try: set it to a whole number above 0, or unset it."
        )
    seconds = _USUAL_TRACKER_S
    try:
        with PoseTracker(model) as tracker, Video(SAMPLE_CLIPS["squats"]) as video:
            seconds = tracking_cost(tracker, [frame.image for frame in islice(video.frames(), 48)])
    except PosecountError:
        _logger.warning("the tracker could not be measured", exc_info=True)
    total_rate = _USABLE * joblib.cpu_count() / (seconds * (1 + _AROUND_THE_TRACKER))
    sessions = int(configured) if configured else max(1, int(total_rate / LEAST_RATE))
    _logger.info("%d sessions: %.0f frames a second, %.1f ms each to track", sessions, total_rate, 1000 * seconds)
    return Capacity(sessions, total_rate)


def tracking_cost(
    tracker: Tracker, images: list[Image], group: int = 6, clock: Callable[[], float] = process_time
) -> float:
    """Processor seconds that tracking a frame takes: the least of several groups, so that other load does not count.

    Args:
        tracker: not used before.
        images: of one person; the first group is left out, as the first frames cost more.
        group: how many images are timed together.
        clock: processor seconds, as `time.process_time`.
    """
    costs = []
    for start in range(0, len(images) - group + 1, group):
        began = clock()
        for index in range(start, start + group):
            tracker.track(images[index], index / 15)
        costs.append((clock() - began) / group)
    return min(costs[1:] or costs)
