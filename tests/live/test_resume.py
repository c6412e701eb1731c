"""Counts that outlive their page."""

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
