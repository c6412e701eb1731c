"""A burst of poses from a stream: when each is taken, and when it ends."""

import numpy as np
import pytest

from posecount.ingest.burst import PATIENCE_S, PoseBurst
from posecount.pose import Image
from tests.stick_figure import stick_pose

FPS = 20
POSE = stick_pose(0.0)


def picture(value: int = 0) -> Image:
    return np.full((48, 64, 3), value, np.uint8)


def play(burst: PoseBurst, seconds: float, start: float = 100.0, person: bool = True) -> float:
    for index in range(round(seconds * FPS)):
        burst.add(picture(), POSE if person else None, start + index / FPS)
    return start + round(seconds * FPS) / FPS


def test_poses_are_taken_at_regular_intervals_after_the_countdown() -> None:
    burst = PoseBurst(count=3, delay=3.0)
    assert (burst.message, burst.notice) == ("", "")
    now = play(burst, 2.5)
    assert (burst.message, burst.notice, len(burst.taken)) == ("Get ready: 1", "1", 0)
    now = play(burst, 1.0, now)
    assert (len(burst.taken), burst.notice) == (1, "")
    now = play(burst, 1.0, now)
    assert (len(burst.taken), burst.full) == (2, False)
    now = play(burst, 1.0, now)
    assert (len(burst.taken), burst.full, burst.message) == (3, True, "")
    play(burst, 5.0, now)
    assert len(burst.taken) == 3


def test_a_pose_is_taken_once_there_is_a_person() -> None:
    burst = PoseBurst(count=2)
    now = play(burst, PATIENCE_S - 1, person=False)
    assert (burst.message, burst.full) == ("Step into the frame", False)
    now = play(burst, 1.5, now)
    assert len(burst.taken) == 2


def test_it_ends_by_itself_when_nobody_comes_and_keeps_what_it_has() -> None:
    burst = PoseBurst(count=5)
    now = play(burst, 1.5)
    play(burst, PATIENCE_S + 2, now, person=False)
    assert burst.full
    assert len(burst.taken) == 2


@pytest.mark.parametrize("delay", [0.0, 3.0])
def test_it_can_be_stopped(delay: float) -> None:
    burst = PoseBurst(count=5, delay=delay)
    now = play(burst, 1.5)
    had = len(burst.taken)
    burst.stop()
    play(burst, 10, now)
    assert (burst.full, len(burst.taken)) == (True, had)
