"""How many sessions a machine can serve: measured with a tracker, or set."""

import threading
from pathlib import Path

import joblib
import numpy as np
import pytest

from posecount import PosecountError
from posecount.errors import ModelError
from posecount.live.server.calibration import (
    MAX_DEVICE_SESSIONS_VARIABLE,
    MAX_SESSIONS_VARIABLE,
    cost_apart,
    measured_capacity,
    tracking_cost,
)
from posecount.pose import Image, Pose


class Tracker:
    """Takes processor time by a clock of its own: more for its first frames, as real ones do."""

    def __init__(self) -> None:
        self.calls, self.spent = 0, 0.0

    def track(self, image: Image, timestamp: float) -> Pose | None:
        self.calls += 1
        self.spent += 0.08 if self.calls <= 6 else 0.02 if self.calls > 12 else 0.03
        return None

    def close(self) -> None:
        pass


def test_the_cost_of_tracking_is_that_of_the_fastest_frames_but_the_first() -> None:
    images = [np.zeros((4, 4, 3), np.uint8)] * 24
    tracker, early = Tracker(), Tracker()
    assert tracking_cost(tracker, images, clock=lambda: tracker.spent) == pytest.approx(0.02)
    assert tracker.calls == 24
    assert tracking_cost(early, images[:6], clock=lambda: early.spent) == pytest.approx(0.08), "there are no others"


def test_this_machine_is_measured_with_the_real_tracker(real_model: Path) -> None:
    found = measured_capacity(real_model, {})
    assert found.sessions
    assert 1 <= found.sessions <= 100 * joblib.cpu_count()
    assert found.total_rate > 0


def test_work_in_this_process_does_not_change_what_is_measured(real_model: Path) -> None:
    quiet, stop = cost_apart(real_model), threading.Event()

    def work() -> None:
        while not stop.is_set():
            pass

    thread = threading.Thread(target=work)
    thread.start()
    try:
        busy = cost_apart(real_model)
    finally:
        stop.set()
        thread.join()
    assert busy < 1.5 * quiet, "within the process it is twice as much"


def test_places_follow_from_the_cost_of_a_frame() -> None:
    def sessions(cost: float) -> int:
        return measured_capacity(Path("model"), {}, cost=lambda model: cost).sessions or 0

    places = [sessions(cost) for cost in (0.01, 0.02, 0.08, 30.0)]
    assert places == sorted(places, reverse=True)
    assert places[-1] == 1


def test_a_tracker_that_cannot_be_measured_is_an_error_in_words(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be measured"):
        cost_apart(tmp_path / "missing.task")


def test_the_number_of_sessions_can_be_set() -> None:
    environment = {MAX_SESSIONS_VARIABLE: " 7 "}
    assert measured_capacity(Path("model"), environment, cost=lambda model: 0.02).sessions == 7


@pytest.mark.parametrize("value", ["0", "-1", "many", "2.5", "٣x"])
def test_a_number_of_sessions_that_is_not_one_is_refused_with_what_to_try(value: str, real_model: Path) -> None:
    with pytest.raises(PosecountError, match=r"POSECOUNT_MAX_SESSIONS.*Try: "):
        measured_capacity(real_model, {MAX_SESSIONS_VARIABLE: value})


def test_without_a_usable_model_the_usual_figure_is_taken(tmp_path: Path) -> None:
    (tmp_path / "model.task").write_bytes(b"nothing")
    assert (measured_capacity(tmp_path / "model.task", {}).sessions or 0) >= 1


def test_how_many_devices_may_track_follows_the_machine_or_is_set() -> None:
    slow, fast = (
        measured_capacity(Path("model"), {}, lambda _: 0.04),
        measured_capacity(Path("model"), {}, lambda _: 0.01),
    )
    assert slow.device_sessions and fast.device_sessions and 0 < slow.device_sessions < fast.device_sessions
    found = measured_capacity(Path("model"), {MAX_DEVICE_SESSIONS_VARIABLE: "7"}, lambda _: 0.02)
    assert found.device_sessions == 7
    with pytest.raises(PosecountError, match=MAX_DEVICE_SESSIONS_VARIABLE):
        measured_capacity(Path("model"), {MAX_DEVICE_SESSIONS_VARIABLE: "many"}, lambda _: 0.02)
