"""Counts that outlive their page."""

import gc
import threading
import weakref

import pytest

from posecount.live import resume
from posecount.live.resume import KEPT_FOR_S, KeptSessions
from posecount.live.session import LiveSession
from posecount.live.state import LiveSettings
from tests.live.scripted import Clock


@pytest.fixture
def session(settings: LiveSettings) -> LiveSession:
    return LiveSession(settings)


def test_a_session_is_found_while_its_page_is_there_and_a_minute_longer(session: LiveSession) -> None:
    clock = Clock()
    kept = KeptSessions(clock)
    token = kept.keep(session)
    clock.now += 10 * KEPT_FOR_S
    assert kept.find(token) is session
    kept.leave(token)
    clock.now += KEPT_FOR_S - 1
    assert kept.find(token) is session
    clock.now += 2
    assert kept.find(token) is None
    assert len(kept) == 0
    kept.leave(token)


@pytest.mark.parametrize("token", [None, "", "x", "../../etc/passwd", "A" * 22, "A" * 10_000, "ä" * 22])
def test_a_token_from_outside_that_is_not_known_leads_to_nothing(token: str | None, session: LiveSession) -> None:
    kept = KeptSessions()
    kept.keep(session)
    assert kept.find(token) is None


def test_tokens_cannot_be_guessed(session: LiveSession) -> None:
    kept = KeptSessions()
    tokens = {kept.keep(session) for _ in range(200)}
    assert len(tokens) == 200
    assert {len(token) for token in tokens} == {22}, "128 bits"


def test_no_more_are_kept_than_a_fixed_number_and_the_oldest_go_first(
    monkeypatch: pytest.MonkeyPatch, settings: LiveSettings
) -> None:
    monkeypatch.setattr(resume, "_MOST", 3)
    kept = KeptSessions()
    sessions = [LiveSession(settings) for _ in range(5)]
    tokens = [kept.keep(each) for each in sessions]
    assert [kept.find(token) for token in tokens] == [None, None, *sessions[2:]]


def test_a_token_is_valid_for_its_owner_alone(session: LiveSession) -> None:
    kept = KeptSessions()
    token = kept.keep(session, "one")
    assert kept.find(token, "one") is session
    assert kept.find(token, "another") is None
    assert kept.find(token) is None


class Page:
    """Part of a cycle, so that only the garbage collector ends it."""

    def __init__(self, kept: KeptSessions, token: str) -> None:
        self.itself = self
        weakref.finalize(self, kept.leave, token)


def test_a_page_that_is_collected_in_the_middle_of_a_call_blocks_no_thread(session: LiveSession) -> None:
    kept, calls = KeptSessions(), 300

    def visit() -> None:
        for call in range(calls):
            gc.set_threshold(1 + call % 7, 1, 1)  # the collector runs at every few objects that are made
            Page(kept, kept.keep(session))
            kept.find("A" * 22)

    thresholds = gc.get_threshold()
    try:
        thread = threading.Thread(target=visit, daemon=True)
        thread.start()
        thread.join(60)
    finally:
        gc.set_threshold(*thresholds)
    assert not thread.is_alive(), "the thread waits for a lock that it holds"
    assert len(kept) == calls


def test_the_end_of_a_page_takes_no_lock(session: LiveSession) -> None:
    clock = Clock()
    kept = KeptSessions(clock)
    token = kept.keep(session)
    with kept._lock:  # as while this thread collects garbage
        thread = threading.Thread(target=kept.leave, args=(token,), daemon=True)
        thread.start()
        thread.join(10)
        assert not thread.is_alive()
    clock.now += KEPT_FOR_S + 1
    assert kept.find(token) is None, "it was noted when it happened"
