"""What a server's log says once a minute."""

import logging
import threading

import pytest

from posecount.live.capacity import BusyError, Capacity
from posecount.live.metrics import Metrics, log_reports


class Somebody:
    def lapse(self) -> None:
        pass


def test_a_report_sums_up_what_happened_since_the_last_one():
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


def test_a_report_is_a_line_of_keys_and_values():
    capacity = Capacity(sessions=1)
    capacity.enter(Somebody())
    with pytest.raises(BusyError):
        capacity.enter(Somebody())
    pairs = dict(pair.split("=") for pair in str(capacity.report()).split())
    assert set(pairs) == {
        "sessions", "limit", "seconds", "frames", "dropped", "tracker_ms", "slowest_ms", "refused", "errors"
    }  # fmt: skip
    assert (pairs["sessions"], pairs["limit"], pairs["refused"]) == ("1", "1", "1")


def test_reports_are_logged_until_they_are_stopped(caplog):
    capacity, twice = Capacity(), threading.Event()
    told = []

    def report():
        told.append(capacity.report())
        if len(told) == 2:
            twice.set()
        return told[-1]

    before = set(threading.enumerate())
    with caplog.at_level(logging.INFO, "posecount.live.metrics"):
        stop = log_reports(report, every=0.01)
        (thread,) = (each for each in set(threading.enumerate()) - before if each.name == "posecount-metrics")
        assert twice.wait(20)
        stop.set()
    assert "sessions=0 limit=none" in caplog.text
    thread.join(20)
    assert not thread.is_alive()
