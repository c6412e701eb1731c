"""What a session publishes: nothing is lost from one frame to the next, and nobody can change it."""

from dataclasses import fields, replace
from typing import Any

import pytest

from posecount import RepetitionPipeline
from posecount.counting.holds import Hold
from posecount.counting.repetitions import Repetition
from posecount.live.repetition_list import RepetitionList
from posecount.live.session import LiveSession
from posecount.live.state import LiveSettings, LiveSnapshot
from posecount.live.stream_stats import Pace
from tests.live.scripted import play

_OF_THE_FRAME = {"frames", "skipped", "processed_rate", "processing_ms", "error", "refused", "processed_at"}


def test_what_a_frame_says_nothing_about_stays_as_it_was(settings: LiveSettings) -> None:
    result = RepetitionPipeline(None, settings.classifier, settings.profile).process_pose(None, 0.0)
    values: dict[str, Any] = {
        "result": result,
        "counts": {"squats": 1},
        "repetitions": RepetitionList([Repetition("squats", 0.0, 1.0, 2.0, 10.0)]),
        "seconds": {"planks": 3.0},
        "holds": (Hold("planks", 3.0, 6.0),),
        "ended": True,
        "before_reset": LiveSnapshot(frames=7),
    }
    kept = {each.name for each in fields(LiveSnapshot)} - _OF_THE_FRAME
    assert set(values) == kept, "a new field is of the frame, or `after` keeps it"
    before = replace(LiveSnapshot(), **values)
    pace = Pace()
    pace.add(8.9, 9.0, 0.1, None, 30.0)
    after = before.after(None, before.repetitions, pace, "The frame is damaged.", True, 9.0)
    assert {name for name in kept if getattr(after, name) is not values[name]} == set()
    assert (after.frames, after.error, after.refused, after.processed_at) == (1, "The frame is damaged.", True, 9.0)


def test_what_is_published_cannot_be_changed(session: LiveSession) -> None:
    play(session, 1)
    result = session.snapshot.result
    assert result
    for published in (result.counts, result.seconds, session.snapshot.counts, session.snapshot.seconds):
        with pytest.raises(TypeError, match="item assignment"):
            published["squats"] = 9  # type: ignore[index]


def test_the_last_end_is_the_latest_also_where_earlier_repetitions_count_later() -> None:
    listed = RepetitionList(Repetition("squats", end - 2, end - 1, end, 10.0) for end in (10.0, 12.0, 6.0, 8.0))
    assert LiveSnapshot(repetitions=listed).last_end == 12
    assert LiveSnapshot(repetitions=listed, holds=(Hold("planks", 13.0, 20.0),)).last_end == 20
    assert LiveSnapshot().last_end == 0
