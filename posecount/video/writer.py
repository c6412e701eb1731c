"""Encodes annotated video as MP4 that browsers play: H.264, with the sound of the source video."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import cv2
import numpy as np
from av.container import OutputContainer

from posecount.errors import VideoError
from posecount.files import replacing_output
from posecount.pose import Image
from posecount.video.reader import OPEN_OPTIONS, Video

_TIME_BASE = Fraction(1, 90_000)
"""Duration of a tick, in seconds: the usual clock of MPEG video, fine enough for any frame rate."""
_OPTIONS = {
    "preset": "veryfast",  # a third of the time of x264's default, for a file a tenth larger
    "crf": "23",
}
_COPIED = {"aac", "mp3"}
"""Sound that every browser plays in MP4; other sound is encoded again."""
_AAC_FRAME = 1024

_logger = logging.getLogger(__name__)


def write_video(path: str | Path, frames: Iterable[tuple[Image, float]], sound_of: Video | None = None) -> None:
    """Encode (image, timestamp) pairs as MP4 (H.264), replacing the file only when complete.

    Args:
        path: ends in ``.mp4``.
        frames: RGB uint8 images, scaled to the size of the first; timestamps in seconds, strictly increasing.
        sound_of: the video that the frames come from. Its sound is copied, or encoded as AAC; where it cannot be
            decoded the sound ends, as a picture without sound is better than none.

    Raises:
        VideoError: if there is no frame.
    """
    path = Path(path)
    options = {"movflags": "faststart"}  # the index goes first, so a player need not fetch the end of the file
    with (
        replacing_output(path) as temporary,
        av.open(f"file:{temporary}", "w", format="mp4", options=options) as container,
    ):
        stream = container.add_stream("libx264", rate=30, options=_OPTIONS)
        stream.pix_fmt = "yuv420p"
        stream.time_base = stream.codec_context.time_base = _TIME_BASE
        size: tuple[int, int] | None = None
        sound: _Sound | None = None
        for image, timestamp in frames:
            if size is None:
                # yuv420p needs even sizes, so one pixel becomes two
                size = (max(image.shape[1] // 2 * 2, 2), max(image.shape[0] // 2 * 2, 2))
                stream.width, stream.height = size
                sound = _Sound(sound_of, container) if sound_of else None
            if (image.shape[1], image.shape[0]) != size:
                image = cast(Image, cv2.resize(image, size))
            frame = video_frame(image)
            frame.pts = round(timestamp / _TIME_BASE)
            frame.time_base = _TIME_BASE
            container.mux(stream.encode(frame))
            if sound:
                sound.write_until(timestamp)
        if size is None:
            raise VideoError(f"{path} was not written, as there are no frames. Try: another video.")
        container.mux(stream.encode(None))
        if sound:
            sound.close()


def video_frame(image: Image) -> av.VideoFrame:
    """A frame to encode, in YUV 4:2:0 as encoders need it. Converting here takes a fifth of the time it takes there.

    Args:
        image: RGB uint8 (height, width, 3). With an odd width or height it stays RGB, as two pixels share a colour.
    """
    height, width = image.shape[:2]
    if width % 2 or height % 2:
        return av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
    yuv = cast(Image, cv2.cvtColor(image, cv2.COLOR_RGB2YUV_I420))
    # Without copying, PyAV 18 takes the height for a multiple of four.
    make = av.VideoFrame.from_ndarray if height % 4 else av.VideoFrame.from_numpy_buffer
    return make(yuv, format="yuv420p")


class _Sound:
    """Writes the sound of a video along with its pictures, little by little, so that it does not fill memory."""

    def __init__(self, video: Video, container: OutputContainer) -> None:
        self._target = container
        self._first = video.first
        self._source = av.open(f"file:{video.path}", options=OPEN_OPTIONS)
        self._packets: Iterator[Any] = iter(())
        self._next: Any = None
        audio = self._source.streams.audio
        if audio and audio[0].codec_context.sample_rate:
            context = audio[0].codec_context
            # AAC without a description of itself comes from broadcast formats: it may change, and be damaged.
            copied = context.name in _COPIED and (context.name != "aac" or context.extradata)
            self._packets = self._copied(audio[0]) if copied else self._encoded(audio[0])
            self._advance()

    def write_until(self, timestamp: float) -> None:
        """Write the sound up to a time, in seconds since the first frame."""
        while self._next is not None and float(self._next.pts * self._next.time_base) <= timestamp:
            try:
                self._target.mux(self._next)
            except (av.error.FFmpegError, ValueError) as error:
                self._end(error)
            else:
                self._advance()

    def _advance(self) -> None:
        try:
            self._next = next(self._packets, None)
        except (av.error.FFmpegError, ValueError) as error:
            self._end(error)

    def _end(self, error: Exception) -> None:
        _logger.warning("the sound of %s ends early: %s", self._source.name, error)
        self._next = None

    def close(self) -> None:
        self._source.close()

    def _copied(self, stream: Any) -> Iterator[Any]:
        target = self._target.add_stream_from_template(stream)
        last = -1
        for packet in self._source.demux(stream):
            if packet.pts is None or packet.time_base is None:
                continue
            shift = round(self._first / packet.time_base)
            packet.pts -= shift
            packet.dts = packet.pts
            if packet.dts > last and packet.pts >= 0:  # the muxer refuses others
                last = packet.dts
                packet.stream = target
                yield packet

    def _encoded(self, stream: Any) -> Iterator[Any]:
        context = stream.codec_context
        rate = context.sample_rate if context.sample_rate in (32_000, 44_100, 48_000) else 48_000
        layout = "mono" if context.channels == 1 else "stereo"
        target: Any = self._target.add_stream("aac", rate=rate, layout=layout)
        resampler: av.AudioResampler | None = None
        known: tuple[object, ...] = ()
        for decoded in self._decoded(stream):
            if decoded.time is None or decoded.time < self._first:
                continue
            kind = (decoded.format.name, decoded.layout.name, decoded.sample_rate, decoded.time_base)
            if resampler is None or kind != known:  # sound may change in the middle
                known = kind
                resampler = av.AudioResampler(format="fltp", layout=layout, rate=rate, frame_size=_AAC_FRAME)
            for frame in resampler.resample(decoded):
                yield from self._shifted(target.encode(frame))
        for frame in resampler.resample(None) if resampler else ():
            yield from self._shifted(target.encode(frame))
        yield from self._shifted(target.encode(None))

    def _decoded(self, stream: Any) -> Iterator[Any]:
        """The sound that can be decoded; damaged packets are left out."""
        try:
            for packet in self._source.demux(stream):
                try:
                    yield from packet.decode()
                except av.error.FFmpegError:
                    continue
        except av.error.FFmpegError as error:
            _logger.warning("the sound of %s ends early: %s", self._source.name, error)

    def _shifted(self, packets: Iterable[Any]) -> Iterator[Any]:
        for packet in packets:
            shift = round(self._first / packet.time_base)
            packet.pts -= shift
            packet.dts -= shift
            yield packet
