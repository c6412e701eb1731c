"""Counts that outlive their page."""

import pytest

from posecount.live import resume
from posecount.live.resume import KEPT_FOR_S, KeptSessions


class Moment:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_session_is_found_while_its_page_is_there_and_a_minute_longer():
    moment, session = Moment(), object()
    kept = KeptSessions(moment)
    token = kept.keep(session)
    moment.now += 10 * KEPT_FOR_S
    assert kept.find(token) is session
    kept.leave(token)
    moment.now += KEPT_FOR_S - 1
    assert kept.find(token) is session
    moment.now += 2
    assert kept.find(token) is None
    assert len(kept) == 0
    kept.leave(token)


@pytest.mark.parametrize("token", [None, "", "x", "../../etc/passwd", "A" * 22, "A" * 10_000, "ä" * 22])
def test_a_token_from_outside_that_is_not_known_leads_to_nothing(token):
    kept = KeptSessions()
    kept.keep(object())
    assert kept.find(token) is None


def test_tokens_cannot_be_guessed():
    kept = KeptSessions()
    tokens = {kept.keep(object()) for _ in range(200)}
    assert len(tokens) == 200
    assert {len(token) for token in tokens} == {22}, "128 bits"


def test_no_more_are_kept_than_a_fixed_number_and_the_oldest_go_first(monkeypatch):
    monkeypatch.setattr(resume, "_MOST", 3)
    kept = KeptSessions()
    tokens = [kept.keep(number) for number in range(5)]
    assert [kept.find(token) for token in tokens] == [None, None, 2, 3, 4]


def test_a_token_is_good_for_its_owner_alone():
    kept = KeptSessions()
    session = object()
    token = kept.keep(session, "one")
    assert kept.find(token, "one") is session
    assert kept.find(token, "another") is None
    assert kept.find(token) is None
