"""CycleCounter: whole cycles count, anything less does not."""

import pytest

from posecount.counting.repetitions import CycleCounter, Repetition
from posecount.counting.smoothing import TimeSmoother
from posecount.datasets.dataset import Exercise

SQUATS = Exercise("squats", "squats_down", ("squats_up",))
UP, DOWN, ELSE = ("squats_up",), ("squats_down",), ("none",)


def run(*phases: tuple[tuple[str, ...], float], rate: float = 30, depth: float = 1.0) -> list[Repetition]:
    """Repetitions found where each phase shows a class for some seconds; ("gap",) shows no person."""
    counter, smoother, rests = CycleCounter(SQUATS), TimeSmoother(), TimeSmoother()
    found, time = [], 0.0
    for (name,), seconds in phases:
        for _ in range(round(seconds * rate)):
            time += 1 / rate
            if name == "gap":
                continue
            smoothed = smoother.update({name: 10.0}, time)
            rest = rests.update({"rest": 10.0 * (name == "squats_up")}, time)["rest"]
            repetition = counter.update(smoothed, rest, depth * (name == "squats_down"), time)
            if repetition:
                found.append(repetition)
    return found


@pytest.mark.parametrize("rate", [30, 15, 10])
@pytest.mark.parametrize("seconds", [4.0, 1.0, 0.5])
def test_whole_cycles_count_at_any_rate_and_pace(rate: float, seconds: float) -> None:
    found = run((UP, 1), *[(DOWN, seconds / 2), (UP, seconds / 2)] * 6, (UP, 1), rate=rate)
    assert len(found) == 6
    for repetition in found:
        assert repetition.start < repetition.turn < repetition.end
        assert repetition.duration == pytest.approx(seconds / 2 + 0.15, abs=0.2)
        assert repetition.range_of_motion == 1.0
        assert repetition.peak > 6


@pytest.mark.parametrize(
    "phases",
    [
        [(DOWN, 2), (UP, 2)],  # begins in the target
        [(UP, 2), (DOWN, 2)],  # ends in it
        [(UP, 2), (ELSE, 2), (UP, 2)],  # something else
        [(UP, 2), (DOWN, 0.05), (UP, 2)],  # a flicker
        [(UP, 2), (DOWN, 20), (UP, 2)],  # sits down for good
        [(UP, 2), (DOWN, 1), (("gap",), 2), (UP, 2)],  # walks off
        [(UP, 2), (("gap",), 2), (DOWN, 1), (UP, 2)],  # comes back elsewhere
        [(UP, 2), (DOWN, 0.4), (ELSE, 1), (DOWN, 0.4), (UP, 2)],  # passes through the target on the way to something
    ],
)
def test_what_is_no_whole_cycle_counts_nothing(phases: list[tuple[tuple[str, ...], float]]) -> None:
    assert run(*phases) == []


def test_half_way_counts_nothing() -> None:
    assert run((UP, 1), (DOWN, 1), (UP, 1), depth=0.6) == []


def test_a_short_gap_does_not_interrupt() -> None:
    assert len(run((UP, 1), (DOWN, 0.5), (("gap",), 0.5), (DOWN, 0.5), (UP, 1))) == 1
