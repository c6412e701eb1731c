"""The thread seam: a scripted tracker in, snapshots out; and the relay and worker of streamlit-webrtc around it."""

import asyncio
import gc
import logging
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from inspect import Parameter, signature
from pathlib import Path
from types import FunctionType, ModuleType

import av
import numpy as np
import psutil
import pytest
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaRelay
from aiortc.mediastreams import MediaStreamError
from streamlit_webrtc import WebRtcMode
from streamlit_webrtc.webrtc import WebRtcWorker

from posecount import Pose, PoseClassifier, PoseDataset, Settings
from posecount.ingest.footage import FootageRecorder
from posecount.live import session as live
from posecount.live.capacity import LAPSES_AFTER_S, Capacity
from posecount.live.relay import BoundedRelay, newest
from posecount.live.session import STALLED_AFTER_S, LiveSession
from posecount.live.state import LiveSettings

FPS = 30
RNG = np.random.default_rng(1)
UP = RNG.uniform((250, 100, 0), (390, 400, 50), (33, 3)).astype(np.float32)
DOWN = RNG.uniform((200, 200, 0), (440, 420, 50), (33, 3)).astype(np.float32)


def dataset(exercise: str = "squats") -> PoseDataset:
    poses = [(f"{exercise}_{state}", at + RNG.normal(0, 1, at.shape)) for state, at in (("up", UP), ("down", DOWN))]
    labels = [label for label, _ in poses for _ in range(12)]
    landmarks = np.array([pose for _, pose in poses for _ in range(12)], dtype=np.float32)
    return PoseDataset(tuple(f"{n}.png" for n in range(24)), tuple(labels), landmarks)


def picture(width: int = 64, height: int = 48) -> np.ndarray:
    return np.full((height, width, 3), 120, dtype=np.uint8)


class ScriptedTracker:
    """Squats with a period of two seconds, wherever it looks; what `script` holds for a frame comes first."""

    made: "list[ScriptedTracker]"

    def __init__(self, model: Path) -> None:
        self.model, self.closed, self.timestamps = model, 0, []
        self.script: dict[int, BaseException | None] = {}
        type(self).made.append(self)

    def track(self, image: np.ndarray, timestamp: float) -> Pose | None:
        assert not self.closed, "a closed tracker must not be used"
        index = len(self.timestamps)
        self.timestamps.append(timestamp)
        if index in self.script:
            if self.script[index] is not None:
                raise self.script[index]
            return None
        pose = DOWN if (index / FPS) % 2 >= 1 else UP
        return Pose(pose, np.ones(33, dtype=np.float32), (image.shape[1], image.shape[0]))

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def trackers(monkeypatch):
    monkeypatch.setattr(ScriptedTracker, "made", [], raising=False)
    return ScriptedTracker.made


@pytest.fixture
def settings() -> LiveSettings:
    return LiveSettings(Path("full.task"), PoseClassifier(dataset()), profile="colab")


@pytest.fixture
def session(settings, trackers) -> LiveSession:
    return LiveSession(settings, make_tracker=ScriptedTracker)


def play(session: LiveSession, seconds: float, start: float = 0.0) -> float:
    frames = round(seconds * FPS)
    for index in range(frames):
        session.process(picture(), start + index / FPS)
    return start + frames / FPS


def test_repetitions_are_counted_and_listed_as_they_complete(session):
    play(session, 10.4)
    snapshot = session.snapshot
    assert snapshot.counts == {"squats": 5}
    assert [round(each.end - each.start) for each in snapshot.repetitions] == [1] * 5
    assert snapshot.frames == round(10.4 * FPS)
    assert snapshot.error is None
    assert snapshot.result.counts == snapshot.counts


def test_a_snapshot_is_never_changed_once_published(session):
    play(session, 3)
    before = session.snapshot
    counts, repetitions = dict(before.counts), before.repetitions
    play(session, 6, start=3)
    session.reset()
    assert (dict(before.counts), before.repetitions) == (counts, repetitions)
    with pytest.raises(TypeError):
        before.counts["squats"] = 99


def test_the_callback_never_raises_and_the_error_is_drawn_published_and_logged(session, trackers, caplog):
    play(session, 1)
    trackers[0].script[30] = RuntimeError("the graph has failed")
    image = picture(640, 480)
    with caplog.at_level(logging.ERROR, "posecount.live.session"):
        drawn = session.process(image, 1.0)
    assert (drawn[:40] != image[:40]).any()
    assert session.snapshot.error == "RuntimeError: the graph has failed"
    assert "the graph has failed" in caplog.text


def test_one_bad_frame_costs_nothing_but_itself(session, trackers):
    play(session, 1)
    trackers[0].script[40] = ValueError("bad frame")
    play(session, 9.4, start=1)
    assert session.snapshot.counts == {"squats": 5}
    assert len(trackers) == 1
    assert session.snapshot.error is None, "an error is not shown for ever"


def test_an_error_stays_published_long_enough_for_a_page_to_see_it(session, trackers):
    play(session, 1)
    trackers[0].script[30] = ValueError("bad frame")
    play(session, 2, start=1)
    assert session.snapshot.error == "ValueError: bad frame"


def test_a_tracker_that_stays_broken_is_made_anew_and_the_counts_stay(session, trackers):
    play(session, 4.4)
    trackers[0].script.update({index: RuntimeError("dead") for index in range(len(trackers[0].timestamps), 10_000)})
    image = picture(640, 480)
    drawn = [session.process(image, 4.4 + index / FPS) for index in range(60)]
    assert all((each != image).any() for each in drawn), "never a silent echo of the camera"
    assert len(trackers) == 2
    assert [tracker.closed for tracker in trackers] == [1, 0]
    play(session, 4.4, start=6.4)
    assert session.snapshot.counts == {"squats": 4}
    assert session.snapshot.frames == 132 + 60 + 132


def test_a_model_that_cannot_be_loaded_is_tried_again_only_now_and_then(settings):
    attempts = []

    def broken(model: Path):
        attempts.append(model)
        raise OSError("no such model")

    session = LiveSession(settings, make_tracker=broken)
    play(session, 5)
    assert 2 <= len(attempts) <= 7
    assert session.snapshot.error == "OSError: no such model"
    assert session.snapshot.frames == 150


@pytest.mark.parametrize("image", [np.zeros((0, 0, 3), np.uint8), np.zeros(7, np.uint8), None])
def test_an_image_that_is_none_never_raises(session, image, trackers):
    session.process(image, 0.0)
    assert session.snapshot.error


def test_a_frame_that_cannot_be_converted_is_returned_as_it_is(session):
    frame = av.AudioFrame(format="s16", layout="mono", samples=16)
    assert session.callback(frame) is frame
    assert "Error" in session.snapshot.error


def test_the_callback_takes_time_from_the_frame(session, trackers):
    for index in range(4):
        frame = av.VideoFrame.from_ndarray(picture(), format="rgb24")
        frame.pts, frame.time_base = 9_000_000 + index * 6000, Fraction(1, 90_000)
        returned = session.callback(frame)
    assert (returned.width, returned.height) == (64, 48)
    assert np.diff(trackers[0].timestamps) == pytest.approx([6000 / 90_000] * 3)


@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("size", [(640, 480), (360, 640), (322, 242), (321, 241)])
def test_the_returned_frame_shows_what_processing_drew(session, size, mirror):
    session.configure(replace(session.settings, mirror=mirror))
    image = picture(*size)
    image[:, : size[0] // 3] = (200, 80, 60)
    returned = session.callback(av.VideoFrame.from_ndarray(image, format="rgb24"))
    beside = LiveSession(session.settings, make_tracker=ScriptedTracker)
    drawn = beside.process(image, 0.0)
    differences = np.abs(returned.to_ndarray(format="rgb24").astype(int) - drawn)
    assert np.quantile(differences, 0.95) < 12, "colours are one for four pixels, which the edges of lines show"
    assert np.median(differences) <= 3


def test_the_returned_frame_is_ready_for_the_encoder(session):
    frame = av.VideoFrame.from_ndarray(picture(), format="rgb24")
    assert session.callback(frame).format.name == "yuv420p"


@pytest.mark.parametrize(("size", "smaller"), [((640, 480), (480, 360)), ((480, 640), (360, 480)), ((320, 240),) * 2])
def test_where_many_share_the_server_larger_pictures_are_scaled_down(settings, trackers, size, smaller):
    capacity = Capacity(sessions=4, frame_rate=40.0)
    sessions = [LiveSession(settings, make_tracker=ScriptedTracker, capacity=capacity) for _ in range(4)]
    alone = sessions[0].callback(av.VideoFrame.from_ndarray(picture(*size), format="rgb24"))
    assert (alone.width, alone.height) == size
    for each in sessions:
        each.process(picture(), 0.0)
    crowded = sessions[0].callback(av.VideoFrame.from_ndarray(picture(*size), format="rgb24"))
    assert (crowded.width, crowded.height) == smaller
    assert sessions[0].snapshot.result.pose.size == smaller
    for each in sessions:
        each.end()


def test_time_goes_on_when_a_clip_loops_or_a_frame_has_none(session, trackers):
    for timestamp in (5.0, 5.1, 5.2, 0.0, 0.1, None, None, 0.2, float("nan"), 0.3):
        session.process(picture(), timestamp)
    assert (np.diff(trackers[0].timestamps) > 0).all()
    assert trackers[0].timestamps[-1] < 1.0


def test_a_late_frame_that_aiortc_takes_for_thirteen_hours_costs_no_repetition(session):
    for index in range(312):
        late = index == 100
        session.process(picture(), (index - 3 * late) / FPS + (2**32 / 90_000 if index >= 100 else 0))
    assert session.snapshot.counts == {"squats": 5}
    assert session.snapshot.skipped < 10
    assert session.snapshot.repetitions[-1].end < 11


def test_a_frame_size_that_changes_in_mid_stream_keeps_counting(session):
    for index, size in enumerate([(640, 480), (480, 360), (320, 240), (960, 540)] * 78):
        assert session.process(picture(*size), index / FPS).shape == (size[1], size[0], 3)
    assert session.snapshot.counts == {"squats": 5}
    assert session.snapshot.error is None


def test_the_end_of_a_stream_closes_its_tracker_exactly_once_and_keeps_the_counts(session, trackers):
    play(session, 4.4)
    for _ in range(3):
        session.end()
    assert [tracker.closed for tracker in trackers] == [1]
    assert session.snapshot.ended
    assert session.snapshot.counts == {"squats": 2}
    assert len(session.snapshot.repetitions) == 2


def test_a_new_stream_gets_a_new_tracker_and_adds_to_the_counts(session, trackers):
    play(session, 4.4)
    session.end()
    play(session, 4.4)
    assert len(trackers) == 2
    assert session.snapshot.counts == {"squats": 4}
    assert not session.snapshot.ended
    starts = [repetition.start for repetition in session.snapshot.repetitions]
    assert starts == sorted(starts), "times of later streams come after those of earlier ones"


def test_ending_what_never_began_closes_nothing(session, trackers):
    session.end()
    assert trackers == []


def test_a_tracker_that_does_not_close_cleanly_harms_nobody(session, trackers, monkeypatch):
    def refuse(self):
        raise RuntimeError("still busy")

    play(session, 1)
    monkeypatch.setattr(ScriptedTracker, "close", refuse)
    session.end()
    assert session.snapshot.ended


def test_reset_zeroes_the_counts_and_the_stream_goes_on_with_its_tracker(session, trackers):
    now = play(session, 4.4)
    session.reset()
    assert session.snapshot.counts == {}
    assert session.snapshot.repetitions == ()
    play(session, 4.4, start=now)
    assert session.snapshot.counts == {"squats": 2}
    assert len(trackers) == 1


def test_reset_works_when_nothing_plays(session):
    play(session, 4.4)
    session.end()
    session.reset()
    assert session.snapshot.counts == {}


@pytest.mark.parametrize(
    "change",
    [
        {"profile": "mlkit"},
        {"counting": Settings(enter_threshold=7, exit_threshold=3)},
        {"classifier": PoseClassifier(dataset("lunges"))},
    ],
)
def test_settings_change_between_two_frames_without_a_new_tracker(session, settings, trackers, change):
    now = play(session, 4.4)
    session.configure(replace(settings, **change))
    play(session, 4.4, start=now)
    exercise = "lunges" if "classifier" in change else "squats"
    assert len(trackers) == 1
    assert session.snapshot.counts["squats"] >= 2
    assert session.snapshot.counts[exercise] == (2 if exercise == "lunges" else 4)


def test_another_model_gets_another_tracker_and_the_old_one_is_closed(session, settings, trackers):
    now = play(session, 4.4)
    session.configure(replace(settings, model=Path("lite.task")))
    play(session, 4.4, start=now)
    assert [(tracker.model.name, tracker.closed) for tracker in trackers] == [("full.task", 1), ("lite.task", 0)]
    assert session.snapshot.counts == {"squats": 4}


def test_equal_settings_change_nothing(session, settings, trackers):
    now = play(session, 1.5)
    session.configure(replace(settings))
    play(session, 1, start=now)
    assert session.snapshot.counts == {"squats": 1}, "a rerun in the middle of a repetition must not lose it"


def test_the_mirror_swaps_the_returned_picture(session, settings):
    image = picture(640, 480)
    image[150:300, :60] = 255
    plain = session.process(image, 0.0)
    session.configure(replace(settings, mirror=True))
    mirrored = session.process(image, 0.1)
    assert (plain[200:250, :40] == 255).all()
    assert (mirrored[200:250, 600:] == 255).all()


def footprint(session: LiveSession) -> int:
    """Bytes of all that a session holds, save for its settings."""
    seen: set[int] = {id(session.settings)}
    pending, total = [session], 0
    while pending:
        each = pending.pop()
        if id(each) in seen or isinstance(each, type | ModuleType | FunctionType):
            continue
        seen.add(id(each))
        total += sys.getsizeof(each)
        pending += gc.get_referents(each)
    return total


def test_ten_thousand_frames_leave_no_more_state_than_two_thousand(session, trackers, monkeypatch):
    monkeypatch.setattr(ScriptedTracker, "track", lambda *_: Pose(UP, np.ones(33, np.float32), (64, 48)))
    play(session, 2_000 / FPS)
    before = footprint(session)
    play(session, 8_000 / FPS, start=2_000 / FPS)
    assert session.snapshot.frames == 10_000
    assert footprint(session) <= before + 2_000


def test_skipped_frames_are_those_missing_from_the_streams_own_rate(session):
    time = 0.0
    for index in range(120):
        session.process(picture(), time)
        time += (3 if index % 10 == 9 else 1) / 15
    assert session.snapshot.skipped == 2 * 11


def test_a_steady_stream_skips_nothing_despite_jitter(session):
    for index in range(300):
        session.process(picture(), index / 15 + RNG.uniform(-0.008, 0.008))
    assert session.snapshot.skipped == 0


def test_the_watchdog_tells_waiting_live_stalled_and_stopped(session):
    assert session.status(playing=False) == "stopped"
    assert session.status(playing=True, now=1000.0) == "waiting"
    assert session.status(playing=True, now=1000.1 + STALLED_AFTER_S) == "stalled", "no frame ever came"
    session.process(picture(), 0.0)
    came = session.snapshot.processed_at
    session.status(playing=False)
    assert session.status(playing=True, now=came) == "live"
    assert session.status(playing=True, now=came + STALLED_AFTER_S - 0.1) == "live"
    assert session.status(playing=True, now=came + STALLED_AFTER_S + 0.1) == "stalled"


def test_a_stream_that_fails_on_every_frame_is_not_called_stalled(session, trackers):
    play(session, 1)
    trackers[0].script.update({index: RuntimeError("dead") for index in range(30, 200)})
    play(session, 1, start=1)
    assert session.status(playing=True, now=session.snapshot.processed_at + 1) == "live"
    assert session.snapshot.error


def test_an_ended_stream_is_ended_until_the_next_start(session):
    play(session, 1)
    assert session.status(playing=True) == "live"
    session.end()
    assert session.status(playing=True) == "ended"
    assert session.status(playing=False) == "stopped"
    assert session.status(playing=True) == "waiting"


def test_a_page_that_resets_and_configures_at_will_never_disturbs_the_stream(session, settings, trackers):
    stop = threading.Event()
    others = [settings, replace(settings, profile="mlkit"), replace(settings, model=Path("lite.task"))]

    def meddle() -> None:
        index = 0
        while not stop.is_set():
            session.configure(others[index % 3])
            session.reset() if index % 2 else session.status(playing=True)
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


class Frames(MediaStreamTrack):
    """A camera that numbers its frames by their time stamps."""

    kind = "video"

    def __init__(self, count: int, interval: float) -> None:
        super().__init__()
        self._count, self._interval, self._sent = count, interval, 0

    async def recv(self) -> av.VideoFrame:
        if self._sent == self._count:
            self.stop()
            await asyncio.sleep(3600)
        await asyncio.sleep(self._interval)
        frame = av.VideoFrame.from_ndarray(picture(320, 240), format="rgb24")
        frame.pts, frame.time_base = self._sent * 6000, Fraction(1, 90_000)
        self._sent += 1
        return frame


async def lag_of_a_slow_consumer(relay: MediaRelay, buffered: bool = True) -> list[int]:
    """How many frames each frame lags behind the camera, for a consumer that takes four times as long."""
    camera = Frames(80, 0.005)
    consumer = relay.subscribe(camera, buffered=buffered)
    lags = []
    for _ in range(12):
        frame = await consumer.recv()
        lags.append(camera._sent - 1 - frame.pts // 6000)
        sent = camera._sent
        while camera._sent < sent + 4:
            await asyncio.sleep(0.005)
    consumer.stop()
    return lags


@pytest.mark.parametrize("buffered", [False, True])
def test_the_relay_hands_a_slow_consumer_the_newest_frame_and_queues_none(buffered):
    assert max(asyncio.run(lag_of_a_slow_consumer(BoundedRelay(), buffered))) <= 5


def test_the_lag_of_the_relay_it_replaces_grows():
    lags = asyncio.run(lag_of_a_slow_consumer(MediaRelay()))
    assert lags[-1] > 15


class Repeating(MediaStreamTrack):
    """Returns each picture three times, as streamlit-webrtc does while the next one is being processed."""

    kind = "video"

    def __init__(self, pictures: int) -> None:
        super().__init__()
        self.left = [av.VideoFrame(64, 48, "rgb24") for _ in range(pictures) for _ in range(3)]
        self.left = [self.left[index // 3 * 3] for index in range(len(self.left))]

    async def recv(self) -> av.VideoFrame:
        await asyncio.sleep(0)
        if not self.left:
            raise MediaStreamError
        return self.left.pop(0)


async def relayed(track: MediaStreamTrack) -> tuple[list[av.VideoFrame], bool]:
    """What comes out of the relay, and whether the proxy says that it has ended."""
    proxy, frames, ended = BoundedRelay().subscribe(track), [], []
    proxy.on("ended", lambda: ended.append(True))
    with suppress(MediaStreamError):
        while True:
            frames.append(await proxy.recv())
    return frames, ended == [True]


def test_the_relay_hands_out_no_picture_twice_and_ends_when_its_source_does():
    frames, ended = asyncio.run(relayed(Repeating(5)))
    assert len(frames) == len({id(frame) for frame in frames}) == 5
    assert ended


async def newest_after_a_wait() -> tuple[int, int]:
    camera = Frames(40, 0.005)
    proxy = BoundedRelay().subscribe(camera)
    first = await proxy.recv()
    for _ in range(5):
        last = await proxy.recv()
    return newest(first).pts, last.pts


def test_a_frame_that_waited_leads_to_the_newest_one_of_its_stream():
    found, last = asyncio.run(newest_after_a_wait())
    assert found == last
    frame = av.VideoFrame(64, 48, "rgb24")
    assert newest(frame) is frame, "one that came by no relay"


class Watcher:
    """Takes the returned track's frames and keeps the last one."""

    def __init__(self) -> None:
        self.frames, self.last = 0, None

    async def watch(self, track: MediaStreamTrack) -> None:
        while True:
            frame = await track.recv()
            self.frames, self.last = self.frames + 1, frame.to_ndarray(format="rgb24")


async def through_a_worker(session: LiveSession, frames: int) -> Watcher:
    """A peer that sends frames to streamlit-webrtc's worker and watches what returns; no browser, no Streamlit."""
    loop = asyncio.get_running_loop()
    required = [name for name, each in signature(WebRtcWorker).parameters.items() if each.default is Parameter.empty]
    used = {
        "mode": WebRtcMode.SENDRECV,
        "video_frame_callback": session.callback,
        "on_video_ended": session.stream_ended,
        "async_processing": True,
        "sendback_video": True,
    }
    worker = WebRtcWorker(**(dict.fromkeys(required) | used), loop=loop, relay=BoundedRelay())
    peer, watcher, tasks = RTCPeerConnection(), Watcher(), []
    peer.on("track", lambda track: tasks.append(asyncio.ensure_future(watcher.watch(track))))
    peer.addTrack(Frames(frames, 1 / 15))
    await peer.setLocalDescription(await peer.createOffer())
    offer = peer.localDescription
    answer = await loop.run_in_executor(None, worker.process_offer, offer.sdp, offer.type, 10)
    await peer.setRemoteDescription(RTCSessionDescription(answer.sdp, answer.type))
    await asyncio.sleep(frames / 15 + 1.5)
    for task in tasks:
        task.cancel()
    await peer.close()
    await loop.run_in_executor(None, worker.stop)
    for _ in range(50):
        if session.snapshot.ended:
            break
        await asyncio.sleep(0.1)
    return watcher


@pytest.fixture
def nothing_unclosed():
    """What is still open is collected here, and its warning fails the test: streamlit-webrtc closes no event loop."""
    yield
    gc.collect()


@pytest.mark.usefixtures("nothing_unclosed")
def test_frames_go_through_the_real_worker_and_return_with_the_overlay(session, trackers):
    watcher = asyncio.run(through_a_worker(session, frames=60))
    assert session.snapshot.frames >= 45
    assert watcher.frames >= 40
    assert watcher.last[:60, :60].max() > 200, "the count is drawn white on the grey picture"
    assert session.snapshot.error is None
    assert session.snapshot.ended
    assert [tracker.closed for tracker in trackers] == [1]


@pytest.mark.usefixtures("nothing_unclosed")
def test_errors_in_every_frame_leave_the_real_worker_running(session, trackers, monkeypatch):
    def fail(*_):
        raise RuntimeError("the graph has failed")

    monkeypatch.setattr(ScriptedTracker, "track", fail)
    watcher = asyncio.run(through_a_worker(session, frames=45))
    assert session.snapshot.frames >= 30
    assert watcher.frames >= 25, "pictures go on returning"
    assert session.snapshot.error == "RuntimeError: the graph has failed"


def test_a_recorder_gets_the_frames_as_they_came_and_the_person_sees_that_it_runs(session):
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


def test_the_newest_frame_can_be_had_with_its_pose_until_the_stream_ends(session, trackers):
    assert session.frame is None
    image = picture()
    session.process(image, 0.0)
    kept, pose = session.frame
    assert kept is image
    assert pose is session.snapshot.result.pose
    trackers[0].script[1] = None
    session.process(image, 0.1)
    assert session.frame is None, "nobody is in it"
    session.process(image, 0.2)
    session.end()
    assert session.frame is None


class Moment:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def frame_at(time: float) -> av.VideoFrame:
    frame = av.VideoFrame.from_ndarray(picture(), format="rgb24")
    frame.pts, frame.time_base = round(time * 90_000), Fraction(1, 90_000)
    return frame


def test_a_stream_takes_a_place_and_gives_it_back_when_it_ends(settings, trackers):
    capacity = Capacity(sessions=1)
    first, second = (LiveSession(settings, ScriptedTracker, capacity) for _ in range(2))
    assert capacity.live == 0, "a page that does not stream needs none"
    play(first, 1)
    assert capacity.live == 1
    first.end()
    assert capacity.live == 0
    play(second, 1)
    assert second.snapshot.error is None


def test_a_stream_for_which_there_is_no_place_is_told_so_on_its_picture_and_the_others_do_not_notice(
    settings, trackers
):
    capacity = Capacity(sessions=1)
    first, late = (LiveSession(settings, ScriptedTracker, capacity) for _ in range(2))
    play(first, 5)
    image = picture(640, 480)
    drawn = late.process(image, 0.0)
    assert (drawn != image).any()
    assert late.snapshot.refused
    assert "busy with 1 session" in late.snapshot.error
    assert len(trackers) == 1, "no tracker for those who are refused"
    play(first, 5.4, start=5)
    assert first.snapshot.counts == {"squats": 5}
    play(late, 3)
    first.end()
    play(late, 7, start=3)
    assert not late.snapshot.refused
    assert late.snapshot.error is None
    assert late.snapshot.counts["squats"] >= 1, "as soon as there is a place, it counts"
    assert capacity.report().refused < 5, "not once a frame"


def test_a_stream_without_frames_for_half_a_minute_loses_place_and_tracker(settings, trackers):
    moment = Moment()
    capacity = Capacity(sessions=1, clock=moment)
    unplugged = LiveSession(settings, ScriptedTracker, capacity)
    play(unplugged, 4.4)
    moment.now += LAPSES_AFTER_S + 1
    assert not capacity.is_full()
    assert [tracker.closed for tracker in trackers] == [1]
    assert unplugged.snapshot.ended
    assert unplugged.snapshot.counts == {"squats": 2}


def test_frames_beyond_a_sessions_share_return_the_picture_before_and_are_counted_as_skipped(settings, trackers):
    capacity = Capacity(sessions=4, frame_rate=20.0)
    sessions = [LiveSession(replace(settings, frame_rate=30), ScriptedTracker, capacity) for _ in range(2)]
    sessions[1].process(picture(), 0.0)  # takes its place
    returned = [sessions[0].callback(frame_at(index / FPS)) for index in range(10 * FPS)]
    assert sessions[0].snapshot.frames == pytest.approx(100, abs=3), "half of 20 a second"
    assert len({id(frame) for frame in returned}) == sessions[0].snapshot.frames
    assert sessions[0].snapshot.skipped == pytest.approx(200, abs=20)


def test_a_steady_camera_at_just_its_share_loses_no_frame_to_jitter(settings, trackers):
    session = LiveSession(settings, ScriptedTracker, Capacity(sessions=4, frame_rate=15.0))
    for index in range(150):
        session.callback(frame_at(index / 15 + RNG.uniform(-0.008, 0.008)))
    assert session.snapshot.frames >= 149


def test_what_another_session_counted_goes_on(settings, trackers):
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


NONSENSE = {
    "nan": np.full((33, 3), np.nan, np.float32),
    "infinite": np.full((33, 3), np.inf, np.float32),
    "far outside": np.float32(1e6) * UP,
    "absurd": np.full((33, 3), 1e30, np.float32),
    "all in one point": np.zeros((33, 3), np.float32),
}


@pytest.mark.parametrize("kind", NONSENSE)
@pytest.mark.parametrize("profile", ["robust", "colab"])
def test_nonsense_from_the_tracker_neither_raises_nor_counts_and_the_stream_goes_on(
    kind, profile, settings, trackers, monkeypatch
):
    whole = ScriptedTracker.track

    def track(self, image, timestamp):
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
        assert "not finite" in session.snapshot.error
    play(session, 8, start=2)
    assert session.snapshot.error is None
    assert session.snapshot.counts["squats"] >= 3


def test_one_sessions_faults_are_not_noticed_by_another(settings, trackers):
    capacity = Capacity(sessions=2, at_once=1)

    class Broken(ScriptedTracker):
        def track(self, image, timestamp):
            raise RuntimeError("dead")

    faulty, sound = LiveSession(settings, Broken, capacity), LiveSession(settings, ScriptedTracker, capacity)
    for index in range(312):
        faulty.callback(frame_at(index / FPS))
        sound.callback(frame_at(index / FPS))
    assert faulty.snapshot.error
    assert sound.snapshot.error is None
    assert sound.snapshot.counts == {"squats": 5}


DAMAGE = {
    "deleted": Path.unlink,
    "cut short": lambda path: path.write_bytes(path.read_bytes()[:1000]),
    "overwritten": lambda path: path.write_bytes(bytes(range(256)) * 1000),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_model_file_that_is_damaged_under_way_costs_nothing_until_it_is_loaded_anew_which_says_what_to_do(
    damage, settings, real_model, tmp_path
):
    model = tmp_path / "model.task"
    model.write_bytes(real_model.read_bytes())
    session = LiveSession(replace(settings, model=model))
    session.process(picture(640, 480), 0.0)
    DAMAGE[damage](model)
    for index in range(1, 4):
        session.process(picture(640, 480), index / FPS)
    assert session.snapshot.error is None, "the tracker has read all of it"
    session.end()
    session.process(picture(640, 480), 0.0)
    assert "model.task" in session.snapshot.error
    assert "Remedy" in session.snapshot.error
    model.write_bytes(real_model.read_bytes())
    for index in range(1, 300):
        session.process(picture(640, 480), index / FPS)
    assert session.snapshot.error is None, "it goes on by itself once the file is back"
    session.end()


def test_twenty_changes_of_settings_hold_no_more_than_one(settings, real_model, tmp_path):
    models = [tmp_path / "one.task", tmp_path / "other.task"]
    for model in models:
        model.write_bytes(real_model.read_bytes())
    session, process, held = LiveSession(settings), psutil.Process(), []
    for change in range(20):
        profile = ("robust", "colab", "mlkit")[change % 3]
        session.configure(replace(settings, model=models[change % 2], profile=profile, mirror=change % 5 == 0))
        session.process(picture(640, 480), change / 10)
        assert session.snapshot.error is None
        held.append((process.num_threads(), process.num_fds()))
    session.end()
    threads, descriptors = zip(*held, strict=True)
    assert max(threads[10:]) <= max(threads[:3]), "a tracker's threads end with it"
    assert max(descriptors[10:]) <= max(descriptors[:3])
    assert process.num_threads() < threads[-1], "and so do the last one's"


class HangingTracker(ScriptedTracker):
    """The first one hangs, until `go_on`."""

    hangs: threading.Event
    go_on: threading.Event

    def track(self, image, timestamp):
        if self is self.made[0]:
            self.hangs.set()
            self.go_on.wait(30)
        return super().track(image, timestamp)


@pytest.fixture
def go_on(monkeypatch) -> Iterator[threading.Event]:
    for name in ("hangs", "go_on"):
        monkeypatch.setattr(HangingTracker, name, threading.Event(), raising=False)
    yield HangingTracker.go_on
    HangingTracker.go_on.set()


def test_a_tracker_that_hangs_holds_up_nobody_who_looks_at_places(settings, trackers, go_on):
    now = [0.0]
    capacity = Capacity(2, clock=lambda: now[0])
    session = LiveSession(settings, make_tracker=HangingTracker, capacity=capacity)
    worker = threading.Thread(target=session.process, args=(picture(), 0.0))
    worker.start()
    assert HangingTracker.hangs.wait(30)
    now[0] = LAPSES_AFTER_S + 1
    looker = threading.Thread(target=capacity.give_up_unused)
    looker.start()
    looker.join(3)  # sooner than the tracker is given up
    waited = looker.is_alive()
    go_on.set()
    worker.join(30)
    looker.join(30)
    assert not waited
    assert session not in capacity


def test_a_tracker_that_hangs_is_said_and_replaced_and_the_stream_goes_on(settings, trackers, go_on, monkeypatch):
    monkeypatch.setattr(live, "LOST_AFTER_S", 0.3)
    session = LiveSession(settings, make_tracker=HangingTracker)
    session.process(picture(), 0.0)
    assert "has not answered" in session.snapshot.error
    play(session, 12.4, start=1 / FPS)
    assert session.snapshot.counts == {"squats": 5}
    assert session.snapshot.error is None
    assert len(trackers) == 2
    session.end()
    assert [tracker.closed for tracker in trackers] == [0, 1], "nobody waits for the first"
    go_on.set()
    deadline = time.monotonic() + 30
    while not trackers[0].closed and time.monotonic() < deadline:
        time.sleep(0.01)
    assert trackers[0].closed, "if it comes back it is closed"
