"""Sessions that share one server: places, turns, shares, and faults that stay with the session that has them."""

import threading
from collections.abc import Iterator
from pathlib import Path

import av
import pytest

from posecount import Pose
from posecount.live.server.capacity import LAPSES_AFTER_S, Capacity
from posecount.live.session import LiveSession
from posecount.live.state import LiveSettings
from posecount.pose import Image
from tests.live.scripted import FPS, RNG, Clock, ScriptedTracker, Streamer, frame_at, picture, play


@pytest.mark.parametrize(("size", "smaller"), [((640, 480), (480, 360)), ((480, 640), (360, 480)), ((320, 240),) * 2])
def test_larger_pictures_are_scaled_down_on_a_crowded_server(
    settings: LiveSettings, trackers: list[ScriptedTracker], size: tuple[int, int], smaller: tuple[int, int]
) -> None:
    capacity = Capacity(sessions=4, total_rate=40.0)
    sessions = [LiveSession(settings, make_tracker=ScriptedTracker, capacity=capacity) for _ in range(4)]
    alone = sessions[0].webrtc.callback(av.VideoFrame.from_ndarray(picture(*size), format="rgb24"))
    assert (alone.width, alone.height) == size
    for each in sessions:
        each.process(picture(), 0.0)
    crowded = sessions[0].webrtc.callback(av.VideoFrame.from_ndarray(picture(*size), format="rgb24"))
    assert (crowded.width, crowded.height) == smaller
    result = sessions[0].snapshot.result
    assert result and result.pose and result.pose.size == smaller
    for each in sessions:
        each.end()


def test_a_stream_takes_a_place_and_gives_it_back_when_it_ends(
    settings: LiveSettings, trackers: list[ScriptedTracker]
) -> None:
    capacity = Capacity(sessions=1)
    first, second = (LiveSession(settings, ScriptedTracker, capacity) for _ in range(2))
    assert capacity.live == 0, "a page that does not stream needs none"
    play(first, 1)
    assert capacity.live == 1
    first.end()
    assert capacity.live == 0
    play(second, 1)
    assert second.snapshot.error is None


def test_a_stream_without_a_place_is_told_so_on_its_picture_and_the_others_go_on(
    settings: LiveSettings, trackers: list[ScriptedTracker]
) -> None:
    capacity = Capacity(sessions=1)
    first, late = (LiveSession(settings, ScriptedTracker, capacity) for _ in range(2))
    play(first, 5)
    image = picture(640, 480)
    drawn = late.process(image, 0.0)
    assert (drawn != image).any()
    assert late.snapshot.refused
    assert "busy with 1 session" in (late.snapshot.error or "")
    assert len(trackers) == 1, "a refused stream gets no tracker"
    play(first, 5.4, start=5)
    assert first.snapshot.counts == {"squats": 5}
    play(late, 3)
    first.end()
    play(late, 7, start=3)
    assert not late.snapshot.refused
    assert late.snapshot.error is None
    assert late.snapshot.counts["squats"] >= 1, "it counts as soon as there is a place"
    assert capacity.take_report().refused < 5, "not once a frame"


def test_a_stream_without_frames_for_half_a_minute_loses_place_and_tracker(
    settings: LiveSettings, trackers: list[ScriptedTracker]
) -> None:
    clock = Clock()
    capacity = Capacity(sessions=1, clock=clock)
    unplugged = LiveSession(settings, ScriptedTracker, capacity)
    play(unplugged, 4.4)
    clock.now += LAPSES_AFTER_S + 1
    assert capacity.is_full(), "looking releases nothing"
    capacity.release_unused()
    assert not capacity.is_full()
    assert [tracker.closed for tracker in trackers] == [1]
    assert unplugged.snapshot.ended
    assert unplugged.snapshot.counts == {"squats": 2}


def test_frames_beyond_a_sessions_share_return_the_picture_before_and_are_counted_as_skipped(
    settings: LiveSettings, trackers: list[ScriptedTracker]
) -> None:
    capacity = Capacity(sessions=4, total_rate=20.0)
    sessions = [LiveSession(settings, ScriptedTracker, capacity) for _ in range(2)]
    sessions[0].expect_rate(30)
    sessions[1].process(picture(), 0.0)  # takes its place
    returned = [sessions[0].webrtc.callback(frame_at(index / FPS)) for index in range(10 * FPS)]
    assert sessions[0].snapshot.frames == pytest.approx(100, abs=3), "half of 20 a second"
    assert len({id(frame) for frame in returned}) == sessions[0].snapshot.frames
    assert sessions[0].snapshot.skipped == pytest.approx(200, abs=20)


def test_a_steady_camera_at_just_its_share_loses_no_frame_to_jitter(
    settings: LiveSettings, trackers: list[ScriptedTracker]
) -> None:
    session = LiveSession(settings, ScriptedTracker, Capacity(sessions=4, total_rate=15.0))
    for index in range(150):
        session.webrtc.callback(frame_at(index / 15 + RNG.uniform(-0.008, 0.008)))
    assert session.snapshot.frames >= 149


def test_the_faults_of_one_session_do_not_reach_another(
    settings: LiveSettings, trackers: list[ScriptedTracker]
) -> None:
    capacity = Capacity(sessions=2, at_once=1)

    class Broken(ScriptedTracker):
        def track(self, image: Image, timestamp: float) -> Pose | None:
            raise RuntimeError("dead")

    faulty, sound = LiveSession(settings, Broken, capacity), LiveSession(settings, ScriptedTracker, capacity)
    for index in range(312):
        faulty.webrtc.callback(frame_at(index / FPS))
        sound.webrtc.callback(frame_at(index / FPS))
    assert faulty.snapshot.error
    assert sound.snapshot.error is None
    assert sound.snapshot.counts == {"squats": 5}


def test_a_frame_whose_turn_does_not_come_in_time_gets_the_picture_before_and_a_newer_one_is_processed(
    settings: LiveSettings, trackers: list[ScriptedTracker]
) -> None:
    capacity = Capacity(at_once=1)
    session = LiveSession(settings, ScriptedTracker, capacity)
    before = session.webrtc.callback(frame_at(0.0))
    with capacity.turn(Streamer()):
        assert session.webrtc.callback(frame_at(0.1)) is before
    assert session.snapshot.frames == 1
    assert session.webrtc.callback(frame_at(0.2)) is not before
    assert session.snapshot.frames == 2
    assert trackers[0].timestamps[1] - trackers[0].timestamps[0] == pytest.approx(0.2)


class HangingTracker(ScriptedTracker):
    """The first one hangs with its first image, until `go_on`."""

    hangs: threading.Event
    go_on: threading.Event

    def track(self, image: Image, timestamp: float) -> Pose | None:
        if self is self.made[0]:
            self.hangs.set()
            self.go_on.wait(60)
        return super().track(image, timestamp)


@pytest.fixture
def go_on(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    for name in ("hangs", "go_on"):
        monkeypatch.setattr(HangingTracker, name, threading.Event(), raising=False)
    yield HangingTracker.go_on
    HangingTracker.go_on.set()


def test_a_tracker_that_hangs_does_not_hold_up_a_session_that_looks_for_a_place(
    settings: LiveSettings, trackers: list[ScriptedTracker], go_on: threading.Event
) -> None:
    clock = Clock()
    capacity = Capacity(2, clock=clock)
    session = LiveSession(settings, HangingTracker, capacity, tracker_within_s=60)
    worker = threading.Thread(target=session.process, args=(picture(), 0.0))
    worker.start()
    assert HangingTracker.hangs.wait(60)
    clock.now += LAPSES_AFTER_S + 1
    capacity.release_unused()
    assert worker.is_alive()
    assert session not in capacity
    go_on.set()
    worker.join(60)


def test_a_tracker_that_hangs_is_reported_and_replaced_and_the_stream_goes_on(
    settings: LiveSettings, trackers: list[ScriptedTracker], go_on: threading.Event
) -> None:
    session = LiveSession(settings, HangingTracker, tracker_within_s=1)
    session.process(picture(), 0.0)
    assert "has not answered" in (session.snapshot.error or "")
    play(session, 12.4, start=1 / FPS)
    assert session.snapshot.counts == {"squats": 5}
    assert session.snapshot.error is None
    assert len(trackers) == 2
    session.end()
    assert [tracker.closed for tracker in trackers] == [0, 1], "nothing waits for the first"


def test_a_tracker_that_hangs_while_it_is_made_is_replaced_like_any_other(
    settings: LiveSettings, trackers: list[ScriptedTracker]
) -> None:
    go_on = threading.Event()
    made: list[Path] = []

    def make(model: Path) -> ScriptedTracker:
        made.append(model)
        if len(made) == 1:
            go_on.wait(60)
        return ScriptedTracker(model)

    session = LiveSession(settings, make, tracker_within_s=1)
    session.process(picture(), 0.0)
    assert "has not answered" in (session.snapshot.error or "")
    play(session, 12.4, start=1 / FPS)
    assert session.snapshot.counts == {"squats": 5}
    assert len(made) == 2
    session.end()
    go_on.set()
