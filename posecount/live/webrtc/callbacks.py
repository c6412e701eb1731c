"""What streamlit-webrtc calls: which frames of a stream a session processes, and what is returned for the others."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from typing import Protocol

import av

from posecount.live.clock import Ration
from posecount.live.server.capacity import Capacity, Holder
from posecount.live.webrtc.frames import picture
from posecount.pose import Image
from posecount.video.writer import video_frame


class _Session(Holder, Protocol):
    """The part of a `LiveSession` that is used here."""

    @property
    def capacity(self) -> Capacity: ...

    def process(self, image: Image, timestamp: float | None) -> Image: ...

    def fail(self, failure: Exception) -> None: ...

    def end(self) -> None: ...


class WebRtcFrames:
    """Brings the frames of one session's streams, one stream after the other; only its media thread calls it.

    Args:
        session: processes the frames.
    """

    def __init__(self, session: _Session) -> None:
        self._session = session
        self._ration = Ration()
        self._returned: av.VideoFrame | None = None
        self._loops: dict[threading.Thread, asyncio.AbstractEventLoop] = {}

    def callback(self, frame: av.VideoFrame) -> av.VideoFrame:
        """Process a frame on a media thread: never raises, always returns a picture.

        A frame beyond this session's share, or whose turn does not come in time, gets the picture that was returned
        before. streamlit-webrtc then brings the newest frame.
        """
        with suppress(RuntimeError):  # a thread without a loop has none to close
            self._loops[threading.current_thread()] = asyncio.get_running_loop()
        session = self._session
        capacity = session.capacity
        try:
            allowed_rate = capacity.allowed_rate
            if self._ration.is_due(frame.time, allowed_rate):
                with capacity.turn(session) as is_free:
                    if is_free:
                        self._ration.take(frame.time, allowed_rate)
                        image = picture(frame, capacity.longest_side)
                        self._returned = video_frame(session.process(image, frame.time))
            return self._returned or frame
        except Exception as failure:  # noqa: BLE001 - raising would freeze the picture for good
            session.fail(failure)
            return frame  # it could not be converted, so nothing can be drawn on it either

    def end(self) -> None:
        """End the stream whose media thread is over, and close the event loop that streamlit-webrtc leaves open.

        Garbage collection would close it too, but hours later, and it holds three descriptors until then.
        """
        self._session.end()
        self._ration, self._returned = Ration(), None
        for thread in [thread for thread in self._loops if not thread.is_alive()]:
            self._loops.pop(thread).close()
