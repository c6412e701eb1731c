"""The relay, and streamlit-webrtc's real worker around a session: no browser, no Streamlit."""

import asyncio
import gc
from collections.abc import Callable, Iterator
from contextlib import suppress
from fractions import Fraction
from inspect import Parameter, signature
from typing import Any, cast

import av
import numpy as np
import pytest
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaRelay
from aiortc.mediastreams import MediaStreamError
from streamlit_webrtc import WebRtcMode
from streamlit_webrtc.webrtc import WebRtcWorker

from posecount.live.session import LiveSession
from posecount.live.webrtc.relay import BoundedRelay
from posecount.pose import Image
from tests.live.scripted import ScriptedTracker, picture


class Camera(MediaStreamTrack):
    """Numbers its frames by their time stamps, and sends one whenever the test lets it."""

    kind = "video"

    def __init__(self) -> None:
        super().__init__()
        self.sent = 0
        self._let = asyncio.Semaphore(0)

    async def send(self, frames: int) -> None:
        """Let so many frames go, and wait until they are on their way."""
        until = self.sent + frames
        for _ in range(frames):
            self._let.release()
        while self.sent < until:
            await asyncio.sleep(0)
        await asyncio.sleep(0)

    async def recv(self) -> av.VideoFrame:
        await self._let.acquire()
        frame = av.VideoFrame.from_ndarray(picture(320, 240), format="rgb24")
        frame.pts, frame.time_base = self.sent * 6000, Fraction(1, 90_000)
        self.sent += 1
        return frame


async def lags_of_a_slow_consumer(relay: MediaRelay, buffered: bool = True) -> list[int]:
    """How many frames each frame lags behind the camera, for a consumer that takes one of four."""
    camera = Camera()
    consumer = relay.subscribe(camera, buffered=buffered)
    lags = []
    first = asyncio.ensure_future(consumer.recv())
    await asyncio.sleep(0)
    await camera.send(1)
    await first
    for _ in range(12):
        await camera.send(4)
        frame = await consumer.recv()
        assert frame.pts is not None
        lags.append(camera.sent - 1 - frame.pts // 6000)
    consumer.stop()
    return lags


@pytest.mark.parametrize("buffered", [False, True])
def test_the_relay_hands_a_slow_consumer_the_newest_frame_and_queues_none(buffered: bool) -> None:
    assert max(asyncio.run(lags_of_a_slow_consumer(BoundedRelay(), buffered))) == 0


def test_the_lag_of_the_relay_it_replaces_grows() -> None:
    lags = asyncio.run(lags_of_a_slow_consumer(MediaRelay()))
    assert lags[-1] > 30


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
    proxy, frames, ended = BoundedRelay().subscribe(track), list[av.VideoFrame](), list[bool]()
    proxy.on("ended", lambda: ended.append(True))
    with suppress(MediaStreamError):
        while True:
            frames.append(cast(av.VideoFrame, await proxy.recv()))
    return frames, ended == [True]


def test_the_relay_hands_out_no_picture_twice_and_ends_when_its_source_does() -> None:
    frames, ended = asyncio.run(relayed(Repeating(5)))
    assert len(frames) == len({id(frame) for frame in frames}) == 5
    assert ended


class Watcher:
    """Takes the returned track's frames and keeps the last one."""

    def __init__(self) -> None:
        self.frames = 0
        self.last: Image = picture()

    async def watch(self, track: MediaStreamTrack) -> None:
        while True:
            frame = cast(av.VideoFrame, await track.recv())
            self.frames += 1
            self.last = frame.to_ndarray(format="rgb24").astype(np.uint8)


async def through_a_worker(session: LiveSession, frames: int) -> Watcher:
    """Stream through streamlit-webrtc's worker until so many frames have returned, then end the stream."""
    loop = asyncio.get_running_loop()
    required = [name for name, each in signature(WebRtcWorker).parameters.items() if each.default is Parameter.empty]
    used: dict[str, Any] = {
        "mode": WebRtcMode.SENDRECV,
        "video_frame_callback": session.webrtc.callback,
        "on_video_ended": session.webrtc.end,
        "async_processing": True,
        "sendback_video": True,
    }
    arguments: dict[str, Any] = {**dict.fromkeys(required), **used}
    worker: Any = WebRtcWorker(**arguments, loop=loop, relay=BoundedRelay())
    peer, watcher, camera = RTCPeerConnection(), Watcher(), Camera()
    tasks: list[asyncio.Task[None]] = []
    peer.on("track", lambda track: tasks.append(asyncio.ensure_future(watcher.watch(track))))
    peer.addTrack(camera)
    await peer.setLocalDescription(await peer.createOffer())
    offer = peer.localDescription
    answer = await loop.run_in_executor(None, worker.process_offer, offer.sdp, offer.type, 60)
    await peer.setRemoteDescription(RTCSessionDescription(answer.sdp, answer.type))

    async def until(condition: Callable[[], bool], each: Callable[[], Any] = lambda: None) -> None:
        async with asyncio.timeout(120):
            while not condition():
                each()
                await asyncio.sleep(1 / 30)

    await until(lambda: watcher.frames >= frames and session.snapshot.frames >= frames, camera._let.release)
    for task in tasks:
        task.cancel()
    await peer.close()
    await loop.run_in_executor(None, worker.stop)
    await until(lambda: session.snapshot.ended)
    if closing := asyncio.all_tasks() - {asyncio.current_task()}:  # on a busy machine its sockets are still open
        await asyncio.wait(closing, timeout=5)
    return watcher


@pytest.fixture
def nothing_unclosed() -> Iterator[None]:
    """Collects what is still open, so that its warning fails the test: streamlit-webrtc closes no event loop."""
    yield
    gc.collect()


@pytest.mark.usefixtures("nothing_unclosed")
def test_frames_go_through_the_real_worker_and_return_with_the_overlay(
    session: LiveSession, trackers: list[ScriptedTracker]
) -> None:
    watcher = asyncio.run(through_a_worker(session, frames=30))
    assert watcher.last[:60, :60].max() > 200, "the count is drawn white on the grey picture"
    assert session.snapshot.error is None
    assert session.snapshot.ended
    assert [tracker.closed for tracker in trackers] == [1]


@pytest.mark.usefixtures("nothing_unclosed")
def test_errors_in_every_frame_leave_the_real_worker_running(
    session: LiveSession, trackers: list[ScriptedTracker], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the graph has failed")

    monkeypatch.setattr(ScriptedTracker, "track", fail)
    asyncio.run(through_a_worker(session, frames=30))
    assert session.snapshot.error == "RuntimeError: the graph has failed"
