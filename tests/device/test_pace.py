"""Which frames of a device are taken: in order, at most 60 a second, up to ten seconds late."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posecount.device.messages import FrameError
from posecount.device.pace import BACKLOG_S, MOST_PER_S, DevicePace
from tests.live.scripted import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pace(clock: Clock) -> DevicePace:
    return DevicePace(clock)


def fault(pace: DevicePace, timestamp: float) -> str | None:
    try:
        pace.admit(timestamp)
    except FrameError as error:
        return error.fault
    return None


def send(pace: DevicePace, clock: Clock, start: float, seconds: float, rate: float) -> list[str | None]:
    """Send frames as they are taken."""
    faults = []
    for index in range(round(seconds * rate)):
        faults.append(fault(pace, start + index / rate))
        clock.now += 1 / rate
    return faults


@pytest.mark.parametrize("rate", [5, 15, 30, 60])
def test_every_frame_of_a_camera_is_taken(pace: DevicePace, clock: Clock, rate: float) -> None:
    assert set(send(pace, clock, 7.0, 20, rate)) == {None}


def test_of_more_than_sixty_a_second_sixty_are_taken(pace: DevicePace, clock: Clock) -> None:
    faults = send(pace, clock, 0.0, 10, 240)
    assert set(faults) == {None, "too many"}
    assert faults.count(None) == pytest.approx(10 * MOST_PER_S, abs=10)


def test_time_never_runs_back_or_stands_still(pace: DevicePace) -> None:
    pace.admit(5.0)
    assert [fault(pace, timestamp) for timestamp in (5.0, 4.9, 5.1)] == ["time", "time", None]
    assert pace.last == 5.1


def test_ten_seconds_that_were_kept_are_taken_at_once(pace: DevicePace, clock: Clock) -> None:
    send(pace, clock, 0.0, 5, 15)
    clock.now += BACKLOG_S
    pace.reconnect()
    assert {fault(pace, 5 + index / 15) for index in range(1, round(BACKLOG_S * 15))} == {None}


def test_a_clock_that_stood_still_while_the_device_slept_is_tied_again_by_the_next_connection(
    pace: DevicePace, clock: Clock
) -> None:
    send(pace, clock, 0.0, 5, 15)
    clock.now += 3600
    assert fault(pace, 5.1) == "late"
    pace.reconnect()
    assert set(send(pace, clock, 5.1, 5, 15)) == {None}


@given(
    st.lists(
        st.tuples(st.floats(0, 1e6), st.floats(0, 3), st.booleans()),
        min_size=1,
        max_size=200,
    )
)
def test_whatever_times_a_device_writes_it_sends_no_more_for_long_than_sixty_a_second(
    moves: list[tuple[float, float, bool]],
) -> None:
    clock, taken = Clock(), 0
    pace, began = DevicePace(clock), clock.now
    for timestamp, passed, reconnects in moves:
        clock.now += passed
        if reconnects:
            pace.reconnect()
        for step in range(30):
            taken += fault(pace, timestamp + step / 100) is None
    passed = clock.now - began
    # Each time that the clocks are tied, at most every ten seconds, as many frames as fit into what may be late.
    assert taken <= (passed + (passed / BACKLOG_S + 1) * (2 * BACKLOG_S + 2)) * MOST_PER_S + 10
