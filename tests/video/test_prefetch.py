"""Working ahead: same items, bounded, errors pass, and no thread stays."""

import threading
import time
from collections.abc import Iterator

import pytest

from posecount.video.prefetch import ahead


def test_the_same_items_in_the_same_order() -> None:
    with ahead(range(100), 3) as items:
        assert list(items) == list(range(100))


def test_never_further_ahead_than_its_depth_so_that_memory_stays_flat() -> None:
    made = 0

    def make() -> Iterator[int]:
        nonlocal made
        for number in range(200):
            made += 1
            yield number

    furthest = 0
    with ahead(make(), 4) as items:
        for taken, _ in enumerate(items, 1):
            if taken == 50:
                time.sleep(0.2)  # time enough to run away
            furthest = max(furthest, made - taken)
    assert 1 <= furthest <= 4 + 2  # those that wait, one in each hand


def test_an_error_is_raised_where_the_items_are_taken_after_those_before_it() -> None:
    def make() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    taken = []
    with pytest.raises(ValueError, match="broken"), ahead(make()) as items:
        for item in items:
            taken.append(item)
    assert taken == [1]


def test_leaving_early_ends_the_thread_and_closes_what_was_made() -> None:
    closed = threading.Event()

    def make() -> Iterator[int]:
        try:
            while True:
                yield 1
        finally:
            closed.set()

    with ahead(make(), 2) as items:
        next(items)
    assert closed.is_set()
    assert not [thread for thread in threading.enumerate() if thread.name == "ahead"]
