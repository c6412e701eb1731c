"""TimeSmoother: frames weigh by their age, at any rate."""

import pytest

from posecount.counting.smoothing import TimeSmoother


@pytest.mark.parametrize("rate", [60, 30, 15, 10])
def test_smoothing_means_the_same_at_every_rate(rate: float) -> None:
    smoother = TimeSmoother()
    for index in range(round(rate)):
        smoother.update({"a": 10.0}, index / rate)
    entered = next(
        index / rate for index in range(1, 100) if smoother.update({"b": 10.0}, 1 - 1 / rate + index / rate)["b"] > 6
    )
    assert entered == pytest.approx(0.15, abs=0.06)


def test_smoothing_starts_over_where_time_runs_back() -> None:
    smoother = TimeSmoother()
    smoother.update({"a": 10.0}, 100.0)
    assert smoother.update({"b": 10.0}, 1.0) == {"b": 10.0}


def test_smoothing_forgets_over_a_gap() -> None:
    smoother = TimeSmoother()
    smoother.update({"a": 10.0}, 0.0)
    assert smoother.update({"b": 10.0}, 0.5) == {"b": 10.0}
