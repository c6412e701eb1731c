"""How a command ends early: Ctrl-C keeps what is done, and no signal leaves temporary files behind."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from posecount.jobs import Progress
    from posecount.tracking.sequence import LandmarkSequence
    from posecount.tracking.variant import Variant

INTERRUPTED = 130
"""The exit code after Ctrl-C, as shells have it: 128 and the number of the signal."""


def was_cancelled(broke_off: str | None) -> bool:
    """Whether a recording or sequence is partial because of Ctrl-C."""
    return bool(broke_off) and "cancelled" in str(broke_off)


def track_spread(
    video: Path, variant: Variant, jobs: int, scheduler: str | None, progress: Progress
) -> LandmarkSequence:
    """Track a video with several workers, or as a whole where it cannot be split; Ctrl-C keeps what is tracked."""
    from posecount.video.segments import plan_segments, track_in_segments

    if len(plan_segments(video, jobs)) < 2:
        with interruptible() as stopped:
            return track_in_segments(
                video, variant, jobs=jobs, scheduler=scheduler, progress=progress, cancelled=stopped.is_set
            )
    return track_in_segments(video, variant, jobs=jobs, scheduler=scheduler, progress=progress)


@contextmanager
def interruptible() -> Iterator[threading.Event]:
    """Yield an event that the first Ctrl-C sets; a second one ends the program as usual."""
    event = threading.Event()

    def interrupted(number: int, frame: FrameType | None) -> None:
        if event.is_set():
            raise KeyboardInterrupt
        event.set()

    before = signal.signal(signal.SIGINT, interrupted)
    try:
        yield event
    finally:
        signal.signal(signal.SIGINT, before)


def unwind_on_termination() -> None:
    """Let SIGTERM and SIGHUP end the program as an error does, so that temporary files are removed."""

    def terminated(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    for number in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):  # Windows has no SIGHUP
        if signal.getsignal(number) is signal.SIG_DFL:  # under nohup it is ignored, and stays so
            signal.signal(number, terminated)
