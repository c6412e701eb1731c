"""Places, turns and shares: who streams, in what order, and how fast."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from math import inf

import pytest

from posecount.live.server.capacity import DEVICE_WEIGHT, LAPSES_AFTER_S, LOST_AFTER_S, BusyError, Capacity
from tests.live.scripted import Clock, Streamer

LONG_S = 60.0
"""Longer than any turn here takes on a busy machine."""


def test_the_next_session_is_refused_with_a_message_when_all_places_are_taken() -> None:
    capacity, people = Capacity(sessions=4), [Streamer() for _ in range(5)]
    for each in people[:4]:
        assert not capacity.is_full(each)
        capacity.enter(each)
        capacity.enter(each)  # still there
    with pytest.raises(BusyError, match="busy with 4 sessions"):
        capacity.enter(people[4])
    assert capacity.live == 4
    assert capacity.is_full(people[4])
    assert not capacity.is_full(people[0])
    capacity.leave(people[0])
    capacity.leave(people[0])
    capacity.enter(people[4])
    assert people[4] in capacity
    assert people[0] not in capacity


def test_without_a_limit_no_session_is_refused() -> None:
    capacity = Capacity()
    for _ in range(50):
        capacity.enter(Streamer())
    assert not capacity.is_full()


def test_of_many_that_come_at_once_exactly_as_many_enter_as_there_are_places() -> None:
    capacity, together = Capacity(sessions=3), threading.Barrier(16)

    def come(_: int) -> bool:
        together.wait()
        try:
            capacity.enter(Streamer())
        except BusyError:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(come, range(16))) == 3
    assert capacity.take_report().refused == 13


def test_an_unused_place_is_released_when_that_is_asked_for_and_its_holder_is_told_once() -> None:
    clock = Clock()
    capacity, gone, there = Capacity(sessions=2, clock=clock), Streamer(), Streamer()
    capacity.enter(gone)
    capacity.enter(there)
    clock.now += LAPSES_AFTER_S - 1
    capacity.enter(there)
    clock.now += 2
    for look in (
        capacity.is_full,
        capacity.next_rung,
        lambda: (capacity.live, capacity.allowed_rate, gone in capacity),
    ):
        look()
    assert (capacity.live, gone.lapsed) == (2, 0), "looking releases nothing"
    capacity.release_unused()
    capacity.release_unused()
    assert (capacity.live, gone.lapsed, there.lapsed) == (1, 1, 0)
    assert not capacity.is_full()


def test_a_newcomer_gets_a_place_that_is_unused() -> None:
    clock = Clock()
    capacity, gone, late = Capacity(sessions=1, clock=clock), Streamer(), Streamer()
    capacity.enter(gone)
    with pytest.raises(BusyError):
        capacity.enter(late)
    clock.now += LAPSES_AFTER_S + 1
    capacity.enter(late)
    assert late in capacity
    assert gone.lapsed == 1


def test_sessions_share_the_frames_and_none_gets_more_than_a_camera_gives() -> None:
    capacity, rates = Capacity(sessions=4, total_rate=45.0), list[float]()
    for _ in range(4):
        capacity.enter(Streamer())
        rates.append(capacity.allowed_rate)
    assert rates == [30.0, 22.5, 15.0, 11.25]


def test_the_ladder_asks_for_smaller_pictures_and_fewer_of_them_as_the_server_fills() -> None:
    capacity, rungs = Capacity(sessions=4, total_rate=45.0), []
    for _ in range(4):
        rungs.append(capacity.next_rung())
        capacity.enter(Streamer())
    assert [rung.frame_rate for rung in rungs] == [15, 15, 15, 12]
    assert [rung.width for rung in rungs] == [640, 640, 640, 480]
    assert Capacity(total_rate=3.0).next_rung().frame_rate == 12, "never fewer, as that may not count"


def test_pictures_are_bounded_only_while_sessions_have_to_share() -> None:
    capacity, here = Capacity(sessions=4, total_rate=40.0), [Streamer() for _ in range(4)]
    bounds = []
    for each in here:
        capacity.enter(each)
        bounds.append(capacity.longest_side)
    assert bounds == [inf, inf, 480, 480]
    assert capacity.is_crowded
    capacity.leave(here[0])
    capacity.leave(here[1])
    assert (capacity.longest_side, capacity.is_crowded) == (inf, False)


def test_no_more_take_their_turn_at_once_than_may() -> None:
    capacity, lock = Capacity(at_once=2), threading.Lock()
    inside = most = 0

    def work(_: int) -> None:
        nonlocal inside, most
        with capacity.turn(Streamer(), LONG_S) as is_free:
            assert is_free
            with lock:
                inside += 1
                most = max(most, inside)
            threading.Event().wait(0.001)
            with lock:
                inside -= 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(40)))
    assert most == 2


def start_waiting(capacity: Capacity, streamer: Streamer, order: list[Streamer]) -> threading.Thread:
    """Have a thread wait for a turn; return once it stands in line."""

    def work() -> None:
        with capacity.turn(streamer, LONG_S) as is_free:
            assert is_free
            order.append(streamer)

    thread = threading.Thread(target=work)
    thread.start()
    while not capacity._line.get(streamer):
        threading.Event().wait(0.001)
    return thread


def test_turns_come_in_the_order_of_asking() -> None:
    capacity, order, streamers = Capacity(at_once=1), list[Streamer](), [Streamer() for _ in range(6)]
    with capacity.turn(Streamer()):
        threads = [start_waiting(capacity, each, order) for each in streamers]
    for thread in threads:
        thread.join()
    assert order == streamers


def test_a_session_that_gets_no_turn_in_time_keeps_its_place_in_line_and_holds_up_no_other() -> None:
    capacity, order = Capacity(at_once=1), list[Streamer]()
    first, second = Streamer(), Streamer()
    with capacity.turn(Streamer()):
        for each in (first, second):
            with capacity.turn(each, 0) as is_free:
                assert not is_free
    with capacity.turn(second, 0) as is_free:
        assert is_free, "the first is not there"
    with capacity.turn(Streamer()):
        threads = [start_waiting(capacity, each, order) for each in (second, first)]
    for thread in threads:
        thread.join()
    assert order == [first, second]


def test_a_session_that_leaves_gives_up_its_place_in_line() -> None:
    capacity, gone = Capacity(at_once=1), Streamer()
    with capacity.turn(Streamer()), capacity.turn(gone, 0) as is_free:
        assert not is_free
    capacity.leave(gone)
    assert gone not in capacity._line


def test_a_turn_is_given_back_whatever_happens_in_it() -> None:
    capacity, streamer = Capacity(at_once=1), Streamer()
    for _ in range(3):
        with pytest.raises(RuntimeError), capacity.turn(streamer, 0) as is_free:
            assert is_free
            raise RuntimeError("the graph has failed")


def test_a_lost_turn_passes_on_and_changes_nothing_when_it_comes_back_late() -> None:
    clock = Clock()
    capacity = Capacity(at_once=1, clock=clock)
    with ExitStack() as lost:
        assert lost.enter_context(capacity.turn(Streamer()))
        clock.now += LOST_AFTER_S + 1
        with capacity.turn(Streamer(), 0) as is_free:
            assert is_free
            lost.close()
            with capacity.turn(Streamer(), 0) as is_another_free:
                assert not is_another_free, "the late one gives back nothing that is not its own"
    with capacity.turn(Streamer(), 0) as is_free:
        assert is_free


def test_a_session_whose_device_tracks_has_a_place_of_another_kind() -> None:
    capacity = Capacity(sessions=1, device_sessions=2)
    here, first, second, third = (Streamer() for _ in range(4))
    capacity.enter(here)
    for each in (first, second):
        capacity.enter(each, "device")
    assert (capacity.live, capacity.on_devices) == (1, 2)
    with pytest.raises(BusyError, match="busy with 2 sessions"):
        capacity.enter(third, "device")
    with pytest.raises(BusyError, match="busy with 1 session"):
        capacity.enter(first)
    assert first in capacity, "it keeps the place that it has"
    capacity.leave(here)
    capacity.enter(first)
    assert (capacity.live, capacity.on_devices) == (1, 1), "it gave up the other place"
    report = capacity.take_report()
    assert (report.sessions, report.on_devices, report.refused) == (1, 1, 2)


def test_a_session_whose_device_tracks_takes_from_the_others_what_it_costs() -> None:
    capacity = Capacity(sessions=4, total_rate=20.0)
    capacity.enter(Streamer())
    for _ in range(10):
        capacity.enter(Streamer(), "device")
    assert capacity.allowed_rate == pytest.approx(20 - 10 * DEVICE_WEIGHT)
    for _ in range(1000):
        capacity.enter(Streamer(), "device")
    assert capacity.allowed_rate > 0


def test_the_place_of_a_device_that_went_silent_is_released_too() -> None:
    clock = Clock()
    capacity, gone = Capacity(device_sessions=1, clock=clock), Streamer()
    capacity.enter(gone, "device")
    clock.now += LAPSES_AFTER_S + 1
    capacity.enter(Streamer(), "device")
    assert (capacity.on_devices, gone.lapsed) == (1, 1)
