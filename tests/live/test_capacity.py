"""Places, turns and shares: who streams, in what order, and how fast."""

import threading
from concurrent.futures import ThreadPoolExecutor
from math import inf

import pytest

from posecount.live import capacity
from posecount.live.capacity import (
    LAPSES_AFTER_S,
    LOST_AFTER_S,
    BusyError,
    Capacity,
)


class Somebody:
    """Holds a place."""

    def __init__(self) -> None:
        self.lapsed = 0

    def lapse(self) -> None:
        self.lapsed += 1


class Moment:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_as_many_enter_as_there_are_places_and_the_next_is_refused_in_words():
    capacity, people = Capacity(sessions=4), [Somebody() for _ in range(5)]
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


def test_without_a_limit_nobody_is_refused():
    capacity = Capacity()
    for _ in range(50):
        capacity.enter(Somebody())
    assert not capacity.is_full()


def test_of_many_who_come_at_once_exactly_as_many_enter_as_there_are_places():
    capacity, together = Capacity(sessions=3), threading.Barrier(16)

    def come(_: int) -> bool:
        together.wait()
        try:
            capacity.enter(Somebody())
        except BusyError:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(come, range(16))) == 3
    assert capacity.report().refused == 13


def test_a_place_that_is_not_used_lapses_and_its_holder_is_told_once():
    moment = Moment()
    capacity, gone, there = Capacity(sessions=2, clock=moment), Somebody(), Somebody()
    capacity.enter(gone)
    capacity.enter(there)
    moment.now += LAPSES_AFTER_S - 1
    capacity.enter(there)
    assert capacity.is_full()
    moment.now += 2
    assert not capacity.is_full()
    assert (gone.lapsed, there.lapsed) == (1, 0)
    assert capacity.live == 1
    assert gone.lapsed == 1


def test_sessions_share_the_frames_and_nobody_gets_more_than_a_camera_gives():
    capacity, rates = Capacity(sessions=4, frame_rate=45.0), []
    for _ in range(4):
        capacity.enter(Somebody())
        rates.append(capacity.frame_rate)
    assert rates == [30.0, 22.5, 15.0, 11.25]


def test_the_ladder_asks_for_smaller_pictures_and_fewer_of_them_as_the_server_fills():
    capacity, rungs = Capacity(sessions=4, frame_rate=45.0), []
    for _ in range(4):
        rungs.append(capacity.rung())
        capacity.enter(Somebody())
    assert [rung.frame_rate for rung in rungs] == [15, 15, 15, 12]
    assert [rung.width for rung in rungs] == [640, 640, 640, 480]
    assert Capacity(frame_rate=3.0).rung().frame_rate == 12, "never less, as fewer may not count"


def test_pictures_are_bounded_only_while_sessions_have_to_share():
    capacity, here = Capacity(sessions=4, frame_rate=40.0), [Somebody() for _ in range(4)]
    bounds = []
    for somebody in here:
        capacity.enter(somebody)
        bounds.append(capacity.longest_side)
    assert bounds == [inf, inf, 480, 480]
    assert capacity.is_crowded
    capacity.leave(here[0])
    capacity.leave(here[1])
    assert (capacity.longest_side, capacity.is_crowded) == (inf, False)


def test_no_more_take_their_turn_at_once_than_may():
    capacity, lock = Capacity(at_once=2), threading.Lock()
    inside, most = 0, 0

    def work(_: int) -> None:
        nonlocal inside, most
        with capacity.turn():
            with lock:
                inside += 1
                most = max(most, inside)
            threading.Event().wait(0.005)
            with lock:
                inside -= 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(40)))
    assert most == 2


def test_turns_come_in_the_order_of_asking():
    capacity, order, threads = Capacity(at_once=1), [], []

    def work(number: int) -> None:
        with capacity.turn():
            order.append(number)

    with capacity.turn():
        for number in range(6):
            threads.append(threading.Thread(target=work, args=(number,)))
            threads[-1].start()
            while len(capacity._waiting) <= number:
                threading.Event().wait(0.001)
    for thread in threads:
        thread.join()
    assert order == list(range(6))


def test_a_turn_is_given_back_whatever_happens_in_it():
    capacity = Capacity(at_once=1)
    for _ in range(3):
        with pytest.raises(RuntimeError), capacity.turn():
            raise RuntimeError("the graph has failed")
    with capacity.turn():
        pass


def test_a_turn_that_is_lost_passes_on_and_coming_back_late_it_changes_nothing(monkeypatch):
    monkeypatch.setattr(capacity, "LOST_AFTER_S", 0.05)
    shared, hung, release = Capacity(at_once=1), threading.Event(), threading.Event()

    def hang() -> None:
        with shared.turn():
            hung.set()
            release.wait(20)

    thread = threading.Thread(target=hang)
    thread.start()
    hung.wait(20)
    with shared.turn():
        release.set()
        thread.join()
        assert len(shared._turns) == 1, "the late one gave back nothing that was not its own"
    assert shared._free == 1
    assert LOST_AFTER_S > 1, "far more than a frame takes on a slow machine"
