"""What a server logs once a minute."""

import logging
import threading

import pytest

from posecount.live.server.capacity import BusyError, Capacity
from posecount.live.server.metrics import Metrics, Report, log_reports
from tests.live.scripted import Streamer


def test_a_report_sums_up_what_happened_since_the_last_one() -> None:
    moments = iter([10.0, 70.0, 75.0])
    metrics = Metrics(clock=lambda: next(moments))
    for milliseconds in (20.0, 40.0, 90.0):
        metrics.frame(milliseconds)
    metrics.dropped(7)
    metrics.error()
    metrics.refused()
    first, second = metrics.take(2, 4), metrics.take(1, 4)
    assert (first.seconds, first.frames, first.dropped, first.errors, first.refused) == (60, 3, 7, 1, 1)
    assert (first.tracker_ms, first.slowest_ms) == (50, 90)
    assert (second.seconds, second.sessions, second.frames, second.tracker_ms, second.dropped) == (5, 1, 0, 0, 0)


def test_a_report_is_a_line_of_keys_and_values() -> None:
    capacity = Capacity(sessions=1)
    capacity.enter(Streamer())
    with pytest.raises(BusyError):
        capacity.enter(Streamer())
    pairs = dict(pair.split("=") for pair in str(capacity.take_report()).split())
    assert set(pairs) == {
        "sessions", "limit", "seconds", "frames", "dropped", "tracker_ms", "slowest_ms", "refused", "errors",
        "on_devices", "device_frames", "device_refused",
    }  # fmt: skip
    assert (pairs["sessions"], pairs["limit"], pairs["refused"]) == ("1", "1", "1")


def test_reports_are_logged_until_they_are_stopped(caplog: pytest.LogCaptureFixture) -> None:
    capacity, twice = Capacity(), threading.Event()
    told: list[Report] = []

    def take_report() -> Report:
        told.append(capacity.take_report())
        if len(told) == 2:
            twice.set()
        return told[-1]

    before = set(threading.enumerate())
    with caplog.at_level(logging.INFO, "posecount.live.server.metrics"):
        stop = log_reports(take_report, every=0.01)
        (thread,) = (each for each in set(threading.enumerate()) - before if each.name == "posecount-metrics")
        assert twice.wait(60)
        stop.set()
    assert "sessions=0 limit=none" in caplog.text
    thread.join(60)
    assert not thread.is_alive()


def test_reports_end_with_what_they_are_about() -> None:
    before = set(threading.enumerate())
    log_reports(lambda: None, every=0.2)
    (thread,) = (each for each in set(threading.enumerate()) - before if each.name == "posecount-metrics")
    thread.join(60)
    assert not thread.is_alive()
