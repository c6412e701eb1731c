"""The repetitions that a session publishes: no list ever changes, and all of them share what they have in common."""

import sys
from threading import Thread

import pytest

from posecount.counting.repetitions import Repetition
from posecount.live.repetition_list import RepetitionList


def repetition(end: float, exercise: str = "squats", measured: float | None = 0.95) -> Repetition:
    return Repetition(exercise, end - 2.0, end - 1.1, end, 9.3, measured)


DONE = (repetition(2.5), repetition(5.25, measured=None), repetition(8.1, "lunges"))


def test_a_list_gives_back_what_was_put_in() -> None:
    listed = RepetitionList(DONE)
    assert listed == DONE and list(listed) == list(DONE) and list(reversed(listed)) == list(reversed(DONE))
    assert (listed[0], listed[-1], listed[1:], listed[::-1]) == (DONE[0], DONE[-1], DONE[1:], DONE[::-1])
    assert DONE[1] in listed and listed != DONE[:2] and listed != 3 and RepetitionList() == ()
    with pytest.raises(IndexError):
        listed[3]


def test_a_list_that_others_have_grown_out_of_stays_as_it_is() -> None:
    begun = RepetitionList(DONE[:1])
    longer = begun.plus(DONE[1:2])
    longest = longer.plus(DONE[2:])
    other = begun.plus(DONE[2:])  # as after a correction
    assert begun == DONE[:1] and longer == DONE[:2] and longest == DONE and other == DONE[::2]
    assert begun.plus(()) is begun and other.plus(DONE[1:2]) == (DONE[0], DONE[2], DONE[1]) and longest == DONE


def test_what_is_new_is_known_where_a_list_begins_with_the_earlier_one() -> None:
    begun = RepetitionList(DONE[:1])
    longer = begun.plus(DONE[1:])
    assert longer.since(begun) == DONE[1:] and longer.since(longer) == () and longer.since(RepetitionList()) == DONE
    assert RepetitionList(DONE).since(begun) == DONE[1:], "it may be another list with the same beginning"
    assert begun.since(longer) is None and RepetitionList(DONE[1:]).since(begun) is None


def test_threads_that_add_to_the_same_list_each_get_their_own() -> None:
    begun, grown = RepetitionList(), {}

    def grow(name: str) -> None:
        mine = begun
        for end in range(200):
            mine = mine.plus([repetition(float(end), name)])
        grown[name] = mine

    threads = [Thread(target=grow, args=(name,)) for name in ("squats", "lunges")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name, mine in grown.items():
        assert [(each.exercise, each.end) for each in mine] == [(name, float(end)) for end in range(200)]


def test_a_repetition_takes_sixty_bytes_at_most() -> None:
    listed = RepetitionList()
    for end in range(1000):
        listed = listed.plus([repetition(float(end))])
    store = listed._store
    assert sys.getsizeof(store.numbers) + sys.getsizeof(store.exercises) < 60 * 1000
