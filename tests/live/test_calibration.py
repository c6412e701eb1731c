"""How many sessions a machine can serve: measured with a tracker, or set."""

import joblib
import numpy as np
import pytest

from posecount import PosecountError
from posecount.live.calibration import MAX_SESSIONS_VARIABLE, measured_capacity, tracking_cost


class Tracker:
    """Burns processor time: more for its first frames, as real ones do."""

    def __init__(self) -> None:
        self.calls = 0

    def track(self, image, timestamp):
        self.calls += 1
        for _ in range(40 if self.calls <= 6 else 10):
            sum(range(3000))

    def close(self) -> None:
        pass


def test_the_cost_of_tracking_leaves_the_first_frames_out():
    images = [np.zeros((4, 4, 3), np.uint8)] * 24
    tracker = Tracker()
    cost = tracking_cost(tracker, images)
    assert tracker.calls == 24
    assert 0 < cost < tracking_cost(Tracker(), images[:6]), "six frames are all first ones"


def test_this_machine_is_measured_with_the_real_tracker(real_model):
    found = measured_capacity(real_model, {})
    assert 1 <= found.sessions <= 100 * joblib.cpu_count()
    assert found.frame_rate > 0


def test_the_number_of_sessions_can_be_set(real_model):
    assert measured_capacity(real_model, {MAX_SESSIONS_VARIABLE: " 7 "}).sessions == 7


@pytest.mark.parametrize("value", ["0", "-1", "many", "2.5", "٣x"])
def test_a_number_of_sessions_that_is_none_is_refused_with_a_remedy(value, real_model):
    with pytest.raises(PosecountError, match=r"POSECOUNT_MAX_SESSIONS.*Remedy"):
        measured_capacity(real_model, {MAX_SESSIONS_VARIABLE: value})


def test_without_a_usable_model_the_usual_figure_is_taken(tmp_path):
    (tmp_path / "model.task").write_bytes(b"nothing")
    assert measured_capacity(tmp_path / "model.task", {}).sessions >= 1
