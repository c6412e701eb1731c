"""How many frames a stream skips."""

import numpy as np

from posecount.live.stream_stats import Pace


def paced(times: list[float], requested_rate: float | None = None) -> Pace:
    pace, before = Pace(), None
    for time in times:
        pace.add(time, time + 0.01, None if before is None else time - before, requested_rate)
        before = time
    return pace


def test_skipped_frames_are_those_missing_from_the_streams_own_rate() -> None:
    times = [0.0]
    for index in range(119):
        times.append(times[-1] + (3 if index % 10 == 9 else 1) / 15)
    assert paced(times).skipped == 2 * 11


def test_a_steady_stream_skips_nothing_despite_jitter() -> None:
    for seed in range(50):
        jitter = np.random.default_rng(seed).uniform(-0.008, 0.008, 300).tolist()
        assert paced([index / 15 + late for index, late in enumerate(jitter)]).skipped == 0


def test_frames_beyond_the_allowed_rate_count_as_skipped_even_if_none_ever_comes_through() -> None:
    pace = Pace()
    skipped = [pace.add(index / 10, index / 10 + 0.01, 0.1 if index else None, 30, 10) for index in range(50)]
    assert skipped == [0] + [2] * 49
    assert pace.skipped == 2 * 49


def test_rate_and_processing_time_are_averages_of_recent_frames() -> None:
    pace = Pace()
    for index in range(100):
        pace.add(index / 10, index / 10 + 0.02, 0.1, None)
    assert round(pace.processed_rate, 3) == 10
    assert round(pace.processing_ms, 3) == 20
