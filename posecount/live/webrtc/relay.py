"""The relay between streamlit-webrtc's tracks: each consumer gets the newest frame, once."""

from __future__ import annotations

from typing import cast

import av
from aiortc import MediaStreamTrack
from aiortc.contrib.media import MediaRelay
from aiortc.mediastreams import MediaStreamError


class BoundedRelay(MediaRelay):
    """A relay that hands each consumer the newest frame only, and none twice.

    aiortc's own relay queues without limit unless told otherwise, and streamlit-webrtc subscribes on both sides of the
    callback without telling it: delay and memory then grow whenever the encoder or the event loop lags. While a frame
    is being processed, streamlit-webrtc returns the one before again and again; encoding it costs as much as a new one.
    """

    def subscribe(self, track: MediaStreamTrack, buffered: bool = False) -> MediaStreamTrack:
        """A proxy of the track that never queues, whatever `buffered` says."""
        return _NewestTrack(super().subscribe(track, buffered=False))


class _NewestTrack(MediaStreamTrack):
    def __init__(self, track: MediaStreamTrack) -> None:
        super().__init__()
        self.kind = track.kind
        self._track = track
        self._last: av.VideoFrame | None = None

    async def recv(self) -> av.VideoFrame:
        if self.readyState != "live":
            raise MediaStreamError
        try:
            frame = cast(av.VideoFrame, await self._track.recv())
            while frame is self._last:
                frame = cast(av.VideoFrame, await self._track.recv())
        except MediaStreamError:
            self.stop()
            raise
        self._last = frame
        return frame

    def stop(self) -> None:
        super().stop()
        self._track.stop()
        self._last = None
