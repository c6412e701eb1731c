"""Measures how many live sessions this machine can serve.

``python -m posecount.live.server.calibration MODEL`` prints the processor seconds that tracking a frame takes.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path
from time import process_time

import joblib

from posecount.errors import ModelError, PosecountError
from posecount.live.server.capacity import LEAST_RATE, Capacity
from posecount.pose import Image
from posecount.shipped import SAMPLE_CLIPS
from posecount.tracking.tracker import PoseTracker, Tracker
from posecount.video.reader import Video

MAX_SESSIONS_VARIABLE = "POSECOUNT_MAX_SESSIONS"
MAX_DEVICE_SESSIONS_VARIABLE = "POSECOUNT_MAX_DEVICE_SESSIONS"

_USABLE = 0.9
"""Share of the cores to plan with. Four sessions on two cores used 0.93, and frames still came back within half a
second; frames only become fewer than planned."""
_AROUND_THE_TRACKER = 0.7
"""What everything else costs, as a share of tracking: half of it decoding, colours, classifying, drawing and encoding,
half RTP, encryption, pages and the event loop, all in Python. Four sessions took 40 to 47 ms of processor time a frame
where tracking takes 25, and machines that are slow are slow at both."""
_USUAL_TRACKER_S = 0.020
"""Processor seconds that tracking a frame took where it was measured: full model, 640x480."""

_DEVICE_SESSIONS = 40
"""Sessions tracked on devices that one server carries where tracking a frame takes `_USUAL_TRACKER_S`: 0.7 of a core at
1.15 ms a frame. Python counts on one core at a time, however many there are, and what is left of it keeps frames from
queuing. On a machine that other work kept fully busy, where a frame took 1.5 ms, 40 were all counted right with 0.91 of
a core, at most a second or so late; 30 took 0.74."""

_PATIENCE_S = 60
"""Seconds that measuring may take; a fast machine takes two, a busy one many times that."""

_logger = logging.getLogger(__name__)


def measured_capacity(
    model: Path, environment: Mapping[str, str] = os.environ, cost: Callable[[Path], float] | None = None
) -> Capacity:
    """The capacity of this machine, with ``POSECOUNT_MAX_SESSIONS`` and ``POSECOUNT_MAX_DEVICE_SESSIONS`` where set.

    Takes some seconds. Where the tracker cannot be measured, the usual figure is used.

    Args:
        model: path of the pose model.
        environment: where the variable is looked up.
        cost: processor seconds that tracking a frame takes with a model; by default `cost_apart`.

    Raises:
        PosecountError: if a variable is not a whole number above 0.
    """
    configured = _configured(environment, MAX_SESSIONS_VARIABLE)
    on_devices = _configured(environment, MAX_DEVICE_SESSIONS_VARIABLE)
    seconds = _USUAL_TRACKER_S
    try:
        seconds = (cost or cost_apart)(model)
    except PosecountError:
        _logger.warning("the tracker could not be measured", exc_info=True)
    total_rate = _USABLE * joblib.cpu_count() / (seconds * (1 + _AROUND_THE_TRACKER))
    sessions = configured or max(1, int(total_rate / LEAST_RATE))
    on_devices = on_devices or max(1, round(_DEVICE_SESSIONS * _USUAL_TRACKER_S / seconds))
    _logger.info("%d sessions: %.0f frames a second, %.1f ms each to track", sessions, total_rate, 1000 * seconds)
    _logger.info("%d sessions more that are tracked on devices", on_devices)
    return Capacity(sessions, total_rate, device_sessions=on_devices)


def _configured(environment: Mapping[str, str], variable: str) -> int | None:
    words = environment.get(variable, "").strip()
    if words and not (words.isdecimal() and int(words)):
        raise PosecountError(f"{variable} is {words[:20]!r}. Try: set it to a whole number above 0, or unset it.")
    return int(words) if words else None


def cost_apart(model: Path) -> float:
    """Processor seconds that tracking a frame takes, measured in a process of its own.

    A tracker works on threads of its own, so only a whole process's time covers it, and this process may be counting a
    video meanwhile.

    Raises:
        ModelError: if the tracker cannot be measured.
    """
    command = [sys.executable, "-m", __name__, str(model.resolve())]
    try:
        run = subprocess.run(
            command,
            cwd=Path(__file__).resolve().parents[3],  # where posecount can be imported, installed or not
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
            check=True,
        )
        return float(run.stdout)
    except subprocess.CalledProcessError as error:
        raise ModelError(f"The tracker cannot be measured: {error.stderr.strip()[-500:]}") from error
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise ModelError(f"The tracker cannot be measured: {error}") from error


def _cost_here(model: Path) -> float:
    with PoseTracker(model) as tracker, Video(SAMPLE_CLIPS["squats"]) as video:
        return tracking_cost(tracker, [frame.image for frame in islice(video.frames(), 48)])


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


if __name__ == "__main__":
    print(_cost_here(Path(sys.argv[1])))
