"""How often pages refresh: together never too often, alone every two seconds, and seldom another interval."""

from itertools import pairwise

import pytest

from posecount.live.server.capacity import Capacity
from posecount.live.server.refreshing import MOST_PER_S, USUAL_S, next_slowdown
from tests.live.scripted import Streamer


@pytest.mark.parametrize("pages", [0, 1, 10, 20])
def test_few_pages_refresh_as_often_as_they_like(pages: int) -> None:
    assert next_slowdown(pages) == 1


@pytest.mark.parametrize("pages", [21, 30, 40, 41, 100, 1000])
def test_many_pages_together_refresh_no_more_than_ten_times_a_second_and_no_less_than_half_of_it(pages: int) -> None:
    assert MOST_PER_S / 2 <= pages / (USUAL_S * next_slowdown(pages)) <= MOST_PER_S


def test_a_page_slows_down_as_others_come_and_is_as_fast_as_at_first_once_they_have_gone() -> None:
    slowdown, seen = 1, []
    for pages in [*range(100), *reversed(range(100))]:
        slowdown = next_slowdown(pages, slowdown)
        assert pages / (USUAL_S * slowdown) <= MOST_PER_S
        seen.append(slowdown)
    assert max(seen) == 8
    assert seen[-1] == 1


def test_one_person_who_comes_and_goes_changes_no_interval() -> None:
    slowdown = next_slowdown(21, next_slowdown(20))
    assert slowdown == next_slowdown(20, slowdown) == next_slowdown(21, slowdown) == 2


def test_pages_that_refresh_together_do_not_stay_together_where_many_play() -> None:
    capacity, people = Capacity(), [Streamer() for _ in range(30)]
    assert {capacity.interval_s(each, USUAL_S, 1) for each in people} == {USUAL_S}
    each_one = [capacity.interval_s(each, USUAL_S, 2) for each in people]
    assert each_one == [capacity.interval_s(each, USUAL_S, 2) for each in people], "it is the same with each rerun"
    intervals = sorted(each_one)
    assert 2 * USUAL_S <= intervals[0] <= intervals[-1] <= 1.3 * 2 * USUAL_S
    assert all(0.01 < after - before < 0.1 for before, after in pairwise(intervals))


def test_servers_know_nothing_of_each_others_pages() -> None:
    assert len({Capacity().interval_s(Streamer(), USUAL_S, 2) for _ in range(2)}) == 1
