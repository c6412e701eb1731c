"""What is loaded is spared; pages that have ended are collected all the same."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from posecount.ui.server.garbage import _ALL_EVERY, collect_once_a_minute, set_aside_what_is_loaded


class Page:
    """Refers to itself, as Streamlit's sessions do."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    thresholds = gc.get_threshold()
    set_aside_what_is_loaded.cache_clear()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)
    set_aside_what_is_loaded.cache_clear()


def test_what_is_loaded_is_set_aside_once() -> None:
    set_aside_what_is_loaded()
    before = gc.get_freeze_count()
    assert before > 10_000
    of_sessions: list[list[str]] = [[] for _ in range(100)]
    set_aside_what_is_loaded()
    assert of_sessions and gc.get_freeze_count() <= before, "what comes later can be collected"


def test_a_page_that_has_ended_is_collected_within_the_minute() -> None:
    set_aside_what_is_loaded()
    ended = weakref.ref(Page())
    collect_once_a_minute()
    assert ended() is None


def test_a_page_that_was_set_aside_is_collected_in_the_end_and_the_modules_are_set_aside_again() -> None:
    page = Page()
    ended = weakref.ref(page)
    set_aside_what_is_loaded()
    before = gc.get_freeze_count()
    del page
    for _ in range(_ALL_EVERY):
        collect_once_a_minute()
    assert ended() is None
    assert gc.get_freeze_count() > before / 2
