"""A live session: a scripted tracker in, snapshots and pictures out, and no exception ever."""

import gc
import logging
import sys
import threading
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import av
import numpy as np
import pytest

from posecount import Pose, PoseClassifier
from posecount.counting.settings import Profile, Settings
from posecount.ingest.teaching.footage import FootageRecorder
from posecount.live.session import STALLED_AFTER_S, LiveSession
from posecount.live.state import LiveSettings
from posecount.pose import Image
from tests.live.scripted import FPS, UP, Clock, ScriptedTracker, picture, play
from tests.stick_figure import plank_pose, stick_dataset, with_planks


def test_repetitions_are_counted_and_listed_as_they_complete(session: LiveSession) -> None:
    play(session, 10.4)
    snapshot = session.snapshot
    assert snapshot.counts == {"squats": 5}
    assert [round(each.end - each.start) for each in snapshot.repetitions] == [1] * 5
    assert snapshot.frames == round(10.4 * FPS)
    assert snapshot.error is None
    assert snapshot.result and snapshot.result.counts == snapshot.counts


def test_a_snapshot_is_never_changed_once_published(session: LiveSession) -> None:
    play(session, 3)
    before = session.snapshot
    counts, repetitions = dict(before.counts), before.repetitions
    play(session, 6, start=3)
    session.reset()
    assert (dict(before.counts), before.repetitions) == (counts, repetitions)
    with pytest.raises(TypeError):
        before.counts["squats"] = 99  # type: ignore[index]


def test_the_poses_of_the_last_minute_can_be_had_from_a_time_on(session: LiveSession) -> None:
    play(session, 3)
    whole = session.recent()
    since = whole.timestamps[20] - 1e-6
    last = session.recent(since)
    np.testing.assert_array_equal(last.timestamps, whole.timestamps[20:])
    np.testing.assert_array_equal(last.landmarks, whole.landmarks[20:])
    assert len(session.recent(10.0)) == 0


def test_the_callback_never_raises_and_the_error_is_drawn_published_and_logged(
    session: LiveSession, trackers: list[ScriptedTracker], caplog: pytest.LogCaptureFixture
) -> None:
    play(session, 1)
    trackers[0].script[30] = RuntimeError("the graph has failed")
    image = picture(640, 480)
    with caplog.at_level(logging.ERROR, "posecount.live.session"):
        drawn = session.process(image, 1.0)
    assert (drawn[:40] != image[:40]).any()
    assert session.snapshot.error == "RuntimeError: the graph has failed"
    assert "the graph has failed" in caplog.text


def test_one_bad_frame_costs_nothing_but_itself(session: LiveSession, trackers: list[ScriptedTracker]) -> None:
    play(session, 1)
    trackers[0].script[40] = ValueError("bad frame")
    play(session, 9.4, start=1)
    assert session.snapshot.counts == {"squats": 5}
    assert len(trackers) == 1
    assert session.snapshot.error is None, "an error is not shown forever"


def test_an_error_stays_published_for_long_enough_that_a_page_sees_it(
    session: LiveSession, trackers: list[ScriptedTracker]
) -> None:
    play(session, 1)
    trackers[0].script[30] = ValueError("bad frame")
    play(session, 2, start=1)
    assert session.snapshot.error == "ValueError: bad frame"


def test_an_error_that_held_up_the_stream_for_seconds_stays_published_as_long(
    session: LiveSession, trackers: list[ScriptedTracker]
) -> None:
    play(session, 1)
    trackers[0].script[30] = ValueError("it took six seconds")
    session.process(picture(), 1.0)
    play(session, 2, start=7)
    assert session.snapshot.error == "ValueError: it took six seconds"
    play(session, 4, start=9)
    assert session.snapshot.error is None


@pytest.mark.parametrize("image", [np.zeros((0, 0, 3), np.uint8), np.zeros(7, np.uint8), None])
def test_what_is_not_an_image_never_raises(session: LiveSession, image: Any, trackers: list[ScriptedTracker]) -> None:
    session.process(image, 0.0)
    assert session.snapshot.error


def test_a_frame_that_cannot_be_converted_is_returned_as_it_is(session: LiveSession) -> None:
    frame = av.AudioFrame(format="s16", layout="mono", samples=16)
    assert session.webrtc.callback(frame) is frame  # type: ignore[arg-type, comparison-overlap]
    assert "Error" in (session.snapshot.error or "")


def test_the_callback_takes_time_from_the_frame(session: LiveSession, trackers: list[ScriptedTracker]) -> None:
    for index in range(4):
        frame = av.VideoFrame.from_ndarray(picture(), format="rgb24")
        frame.pts, frame.time_base = 9_000_000 + index * 6000, Fraction(1, 90_000)
        returned = session.webrtc.callback(frame)
    assert (returned.width, returned.height) == (64, 48)
    assert np.diff(trackers[0].timestamps) == pytest.approx([6000 / 90_000] * 3)


@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("size", [(640, 480), (360, 640), (322, 242), (321, 241)])
def test_the_returned_frame_shows_what_processing_drew(
    session: LiveSession, size: tuple[int, int], mirror: bool
) -> None:
    session.configure(replace(session.settings, mirror=mirror))
    image = picture(*size)
    image[:, : size[0] // 3] = (200, 80, 60)
    returned = session.webrtc.callback(av.VideoFrame.from_ndarray(image, format="rgb24"))
    beside = LiveSession(session.settings, make_tracker=ScriptedTracker)
    drawn = beside.process(image, 0.0)
    differences = np.abs(returned.to_ndarray(format="rgb24").astype(int) - drawn)
    assert np.quantile(differences, 0.95) < 12, "colours are one for four pixels, which the edges of lines show"
    assert np.median(differences) <= 3


def test_the_returned_frame_is_ready_for_the_encoder(session: LiveSession) -> None:
    frame = av.VideoFrame.from_ndarray(picture(), format="rgb24")
    assert session.webrtc.callback(frame).format.name == "yuv420p"


def test_time_goes_on_when_a_clip_loops_or_a_frame_has_none(
    session: LiveSession, trackers: list[ScriptedTracker]
) -> None:
    for timestamp in (5.0, 5.1, 5.2, 0.0, 0.1, None, None, 0.2, float("nan"), 0.3):
        session.process(picture(), timestamp)
    assert (np.diff(trackers[0].timestamps) > 0).all()
    assert trackers[0].timestamps[-1] < 1.0


def test_a_late_frame_that_aiortc_takes_for_thirteen_hours_costs_no_repetition(session: LiveSession) -> None:
    for index in range(312):
        late = index == 100
        session.process(picture(), (index - 3 * late) / FPS + (2**32 / 90_000 if index >= 100 else 0))
    assert session.snapshot.counts == {"squats": 5}
    assert session.snapshot.skipped < 10
    assert session.snapshot.repetitions[-1].end < 11


def test_counting_goes_on_when_the_frame_size_changes(session: LiveSession) -> None:
    for index, size in enumerate([(640, 480), (480, 360), (320, 240), (960, 540)] * 78):
        assert session.process(picture(*size), index / FPS).shape == (size[1], size[0], 3)
    assert session.snapshot.counts == {"squats": 5}
    assert session.snapshot.error is None


def test_the_end_of_a_stream_closes_its_tracker_exactly_once_and_keeps_the_counts(
    session: LiveSession, trackers: list[ScriptedTracker]
) -> None:
    play(session, 4.4)
    for _ in range(3):
        session.end()
    assert [tracker.closed for tracker in trackers] == [1]
    assert session.snapshot.ended
    assert session.snapshot.counts == {"squats": 2}
    assert len(session.snapshot.repetitions) == 2


def test_a_new_stream_gets_a_new_tracker_and_adds_to_the_counts(
    session: LiveSession, trackers: list[ScriptedTracker]
) -> None:
    play(session, 4.4)
    session.end()
    play(session, 4.4)
    assert len(trackers) == 2
    assert session.snapshot.counts == {"squats": 4}
    assert not session.snapshot.ended
    starts = [repetition.start for repetition in session.snapshot.repetitions]
    assert starts == sorted(starts), "times of later streams come after those of earlier ones"


def test_ending_a_session_that_never_streamed_closes_nothing(
    session: LiveSession, trackers: list[ScriptedTracker]
) -> None:
    session.end()
    assert trackers == []


def test_reset_works_when_nothing_plays(session: LiveSession) -> None:
    play(session, 4.4)
    session.end()
    session.reset()
    assert session.snapshot.counts == {}


def footprint(session: LiveSession) -> int:
    """Bytes of all that a session holds, save for its settings."""
    seen: set[int] = {id(session.settings)}
    pending: list[object] = [session]
    total = 0
    while pending:
        each = pending.pop()
        if id(each) in seen or isinstance(each, type | ModuleType | FunctionType):
            continue
        seen.add(id(each))
        total += sys.getsizeof(each)
        pending += gc.get_referents(each)
    return total


def test_four_thousand_frames_leave_no_more_state_than_two_thousand(
    session: LiveSession, trackers: list[ScriptedTracker], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ScriptedTracker, "track", lambda *_: Pose(UP, np.ones(33, np.float32), (64, 48)))
    play(session, 2_000 / FPS)  # poses of the last minute are kept
    before = footprint(session)
    play(session, 2_000 / FPS, start=2_000 / FPS)
    assert session.snapshot.frames == 4_000
    assert footprint(session) <= before + 2_000


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def timed(settings: LiveSettings, trackers: list[ScriptedTracker], clock: Clock) -> LiveSession:
    """A session by a clock that stands still."""
    return LiveSession(settings, ScriptedTracker, clock=clock)


def test_the_status_tells_stopped_waiting_live_and_stalled_apart(timed: LiveSession, clock: Clock) -> None:
    assert timed.status() == "stopped"
    timed.set_playing(True)
    assert timed.status() == "waiting"
    clock.now += STALLED_AFTER_S + 0.1
    assert timed.status() == "stalled", "no frame ever came"
    timed.process(picture(), 0.0)
    assert timed.status() == "live"
    clock.now += STALLED_AFTER_S - 0.1
    assert timed.status() == "live"
    clock.now += 0.2
    assert timed.status() == "stalled"
    timed.set_playing(False)
    assert timed.status() == "stopped"


def test_a_stream_that_fails_on_every_frame_is_not_called_stalled(
    timed: LiveSession, clock: Clock, trackers: list[ScriptedTracker]
) -> None:
    timed.set_playing(True)
    play(timed, 1)
    trackers[0].script.update({index: RuntimeError("dead") for index in range(30, 200)})
    for index in range(FPS):
        clock.now += 0.2
        timed.process(picture(), 1 + index / FPS)
    assert timed.status() == "live"
    assert timed.snapshot.error


def test_an_ended_stream_is_ended_until_the_next_start(session: LiveSession) -> None:
    session.set_playing(True)
    play(session, 1)
    assert session.status() == "live"
    session.end()
    session.set_playing(True)
    assert session.status() == "ended", "the browser has not noticed yet"
    session.set_playing(False)
    assert session.status() == "stopped"
    session.set_playing(True)
    assert session.status() == "waiting"


def test_looking_changes_nothing(timed: LiveSession, clock: Clock) -> None:
    timed.set_playing(True)
    play(timed, 1)
    timed.end()
    clock.now += 3600
    before = timed.snapshot
    looks = (timed.status, lambda: timed.recorder, lambda: timed.settings, lambda: timed.capacity.is_full(timed))
    for look in looks:
        look()
    assert timed.snapshot is before


def test_the_pace_is_that_of_the_clock(timed: LiveSession, clock: Clock) -> None:
    for index in range(20):
        clock.now += 0.1
        timed.process(picture(), index / 10)
    assert timed.snapshot.processed_rate == pytest.approx(10)
    assert timed.snapshot.processing_ms == 0


def test_a_page_that_resets_and_configures_all_the_time_never_disturbs_the_stream(
    session: LiveSession, settings: LiveSettings, trackers: list[ScriptedTracker]
) -> None:
    stop = threading.Event()
    others = [settings, replace(settings, profile="mlkit"), replace(settings, model=Path("lite.task"))]

    def meddle() -> None:
        index = 0
        while not stop.is_set():
            session.configure(others[index % 3])
            session.reset() if index % 2 else session.set_playing(playing=True)
            index += 1

    thread = threading.Thread(target=meddle)
    thread.start()
    play(session, 20)
    stop.set()
    thread.join()
    session.end()
    assert session.snapshot.frames == 20 * FPS
    assert session.snapshot.error is None
    assert {tracker.closed for tracker in trackers} == {1}


def test_a_recorder_gets_the_frames_unchanged_and_the_picture_says_that_it_runs(session: LiveSession) -> None:
    play(session, 1)
    recorder = FootageRecorder(delay=1)
    session.record(recorder)
    image = picture(640, 480)
    drawn = session.process(image, 1.0)
    assert (drawn[:30, :200] != image[:30, :200]).any(), "the countdown is on the picture"
    assert (image == 120).all()
    end = play(session, 4, start=1.0)
    session.record(None)
    play(session, 2, start=end)
    footage = recorder.footage()
    assert footage.sequence.timestamps[-1] == pytest.approx(3, abs=0.1)
    assert np.isfinite(footage.sequence.landmarks).all()


def test_a_resumed_session_adds_to_what_another_one_counted(
    settings: LiveSettings, trackers: list[ScriptedTracker]
) -> None:
    former = LiveSession(settings, ScriptedTracker)
    play(former, 4.4)
    session = LiveSession(settings, ScriptedTracker, resumed=former.snapshot)
    assert session.snapshot.counts == {"squats": 2}
    play(session, 4.4)
    assert session.snapshot.counts == {"squats": 4}
    starts = [repetition.start for repetition in session.snapshot.repetitions]
    assert starts == sorted(starts)
    assert len(starts) == 4
    assert former.snapshot.counts == {"squats": 2}
    session.reset()
    assert session.snapshot.counts == {}


def test_a_hold_outlives_changed_settings_a_new_stream_and_a_reset_that_is_undone(
    settings: LiveSettings, trackers: list[ScriptedTracker]
) -> None:
    holding = replace(settings, classifier=PoseClassifier(with_planks(stick_dataset())), profile="robust")

    class Planker(ScriptedTracker):
        def track(self, image: Image, timestamp: float) -> Pose | None:
            return plank_pose(arms=0.4)

    session = LiveSession(holding, Planker)
    now = play(session, 3)
    running = session.snapshot.result
    assert running and running.hold and running.hold.seconds > 2 and not session.snapshot.holds
    session.configure(replace(holding, counting=Settings(enter_threshold=7)))
    now = play(session, 3, start=now)
    session.end()
    now = play(session, 3, start=now)
    session.reset()
    assert not session.snapshot.holds and not session.snapshot.seconds
    play(session, 3, start=now)
    session.undo_reset()
    assert len(session.snapshot.holds) == 3, "the fourth goes on"
    resumed = LiveSession(holding, Planker, resumed=session.snapshot)
    play(resumed, 3)
    assert [hold.seconds for hold in resumed.snapshot.holds] == pytest.approx([3] * 4, abs=0.3)
    starts = [hold.start for hold in resumed.snapshot.holds]
    assert starts == sorted(starts)
    assert resumed.snapshot.seconds["planks"] == pytest.approx(15, abs=1)


NONSENSE = {
    "nan": np.full((33, 3), np.nan, np.float32),
    "infinite": np.full((33, 3), np.inf, np.float32),
    "far outside": np.float32(1e6) * UP,
    "absurd": np.full((33, 3), 1e30, np.float32),
    "all in one point": np.zeros((33, 3), np.float32),
}


@pytest.mark.parametrize("kind", NONSENSE)
@pytest.mark.parametrize("profile", ["robust", "colab"])
def test_nonsense_from_the_tracker_neither_raises_nor_counts(
    kind: str,
    profile: Profile,
    settings: LiveSettings,
    trackers: list[ScriptedTracker],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = ScriptedTracker.track

    def track(self: ScriptedTracker, image: Image, timestamp: float) -> Pose | None:
        pose = whole(self, image, timestamp)
        ill = self is trackers[0] and 30 <= len(self.timestamps) < 40
        return Pose(NONSENSE[kind], np.ones(33, np.float32), (64, 48)) if ill else pose

    session = LiveSession(replace(settings, profile=profile), ScriptedTracker)
    play(session, 0.9)
    before = session.snapshot.counts["squats"]
    monkeypatch.setattr(ScriptedTracker, "track", track)
    for index in range(20):
        drawn = session.process(picture(640, 480), 0.9 + index / FPS)
        assert drawn.shape == (480, 640, 3)
    assert session.snapshot.counts["squats"] == before == 0
    if kind == "nan":
        assert "not finite" in (session.snapshot.error or "")
    play(session, 8, start=2)
    assert session.snapshot.error is None
    assert session.snapshot.counts["squats"] >= 3
