"""The clock of a video goes on whatever the timestamps of its file."""

import itertools

import pytest

from posecount.video.clock import Clock


def clock(stamps: list[float | None], step: float = 0.1) -> list[float]:
    reader = Clock(step)
    return [round(reader.read(stamp), 6) for stamp in stamps]


@pytest.mark.parametrize(
    ("stamps", "expected"),
    [
        ([5.0, 5.1, 5.3], [0, 0.1, 0.3]),
        ([None, None, None], [0, 0.1, 0.2]),
        ([None, 7.0, None, 7.2], [0, 0.1, 0.2, 0.3]),
        ([0.0, 0.2, 0.1, 0.3], [0, 0.2, 0.25, 0.3]),
        ([0.0, 0.1, 0.1, 0.2], [0, 0.1, 0.15, 0.2]),
        ([50.0, 50.1, 3.0, 3.1, 3.2], [0, 0.1, 0.2, 0.3, 0.4]),
    ],
    ids=["as they are", "missing", "missing at times", "out of order", "repeated", "joined files"],
)
def test_time_goes_on_whatever_the_timestamps(stamps: list[float | None], expected: list[float]) -> None:
    assert clock(stamps) == pytest.approx(expected)


def test_timestamps_that_are_all_the_same_are_as_good_as_none() -> None:
    times = clock([0.0] * 100)
    assert all(later > earlier for earlier, later in itertools.pairwise(times))
    assert times[-1] == pytest.approx(9.9, abs=0.6)
