"""Recorded video: decode to (image, timestamp), encode annotated images."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self, cast

import av
import numpy as np

from posecount.atomic import replacing
from posecount.errors import PosecountError
from posecount.pose import Image

_TIME_BASE = Fraction(1, 90_000)
"""Ticks of encoded video; the usual clock of MPEG video, fine enough for any frame rate."""


MAX_PIXELS = 36_000_000
"""Of a frame: 8K is 33 million."""

_OPTIONS = {
    # Playlists and lists of files lead to other files, or out into the network; an upload is one file of pictures.
    "format_whitelist": "mov,matroska,avi,mpegts,mpeg,mpegvideo,flv,ogg,asf,gif,mjpeg,h264,hevc,ivf,apng,mxf,wav,mp3",
    "protocol_whitelist": "file",
}


class VideoError(PosecountError):
    """A video cannot be used: the message names the file and the remedy."""


class Video:
    """Frames of a video file, upright, in order of time. Iterate once; use as a context manager.

    Attributes:
        path: the file.
        frame_rate: average frames per second, or None where the file does not say.
        frame_count: how many frames the file says it has, or None; broken files may deliver fewer.
        broke_off: after iterating, why frames are missing (the file is truncated or damaged), or None.

    Raises:
        VideoError: if the file is missing, is no video, or yields no frame at all.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.broke_off: str | None = None
        if not self.path.is_file():
            raise VideoError(f"Video {path} does not exist. Remedy: check the path.")
        try:
            self._container = av.open(str(self.path), options=_OPTIONS)
        except (av.error.FFmpegError, ValueError) as error:
            raise VideoError(
                f"{path} cannot be opened as a video: {_reason(error)}. Remedy: if it was copied or recorded "
                "incompletely, copy it again; else convert it to MP4 (H.264)."
            ) from error
        if not self._container.streams.video:
            self._container.close()
            raise VideoError(f"{path} has no video stream. Remedy: choose a file with a picture, not only sound.")
        self._stream = self._container.streams.video[0]
        if self._stream.width * self._stream.height > MAX_PIXELS:
            self._container.close()
            raise VideoError(
                f"{path} has frames of {self._stream.width} × {self._stream.height} pixels; at most "
                f"{MAX_PIXELS // 1_000_000} million are decoded. Remedy: make it smaller."
            )
        self._stream.thread_type = "AUTO"
        rate = self._stream.average_rate
        self.frame_rate = float(rate) if rate else None
        self.frame_count: int | None = self._stream.frames or None
        if self.frame_count is None and self._duration and self.frame_rate:
            self.frame_count = round(self._duration * self.frame_rate)

    @property
    def _duration(self) -> float | None:
        if self._stream.duration is not None and self._stream.time_base is not None:
            return float(self._stream.duration * self._stream.time_base)
        return self._container.duration / av.time_base if self._container.duration else None

    def __iter__(self) -> Iterator[tuple[Image, float]]:
        """Yield (RGB uint8 (height, width, 3), seconds since the first frame); time strictly increases."""
        count, first, last = 0, 0.0, -1.0
        step = 1 / (self.frame_rate or 30)
        for frame in self._decode():
            time = frame.time if frame.time is not None else first + max(last, 0.0) + step
            if count == 0:
                first = time
            # Damaged and concatenated files repeat timestamps; counting needs time to go on.
            last = max(time - first, last + 0.001) if count else 0.0
            count += 1
            yield _upright(frame), last
        if count == 0:
            raise VideoError(
                f"{self.path} holds no frame that can be decoded{f' ({self.broke_off})' if self.broke_off else ''}. "
                "Remedy: record or copy it again, or convert it to MP4 (H.264)."
            )
        expected = self.frame_count
        # Containers round, and edit lists hide a few frames: less than a twentieth is no sign of damage.
        if self.broke_off is None and expected and count < 0.95 * expected - 2:
            self.broke_off = f"{count} of about {expected} frames could be read: the file is cut short"

    def _decode(self) -> Iterator[av.VideoFrame]:
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except av.error.FFmpegError as error:
                self.broke_off = f"reading stopped: {_reason(error)}"
                return
            try:
                frames = packet.decode()
            except av.error.FFmpegError as error:
                self.broke_off = f"some of it could not be decoded: {_reason(error)}"
                continue
            yield from frames

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def write_video(path: str | Path, frames: Iterable[tuple[Image, float]]) -> None:
    """Encode (image, timestamp) pairs as MP4 (H.264), replacing the file only when complete.

    Args:
        path: ends in ``.mp4``.
        frames: RGB uint8 images, scaled to the size of the first; timestamps in seconds, strictly increasing.

    Raises:
        VideoError: if there is no frame.
    """
    path = Path(path)
    with replacing(path) as temporary, av.open(str(temporary), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.pix_fmt = "yuv420p"
        stream.time_base = stream.codec_context.time_base = _TIME_BASE
        size: tuple[int, int] | None = None
        for image, timestamp in frames:
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
            if size is None:
                size = (frame.width // 2 * 2, frame.height // 2 * 2)  # yuv420p wants even sizes
                stream.width, stream.height = size
            frame = frame.reformat(width=size[0], height=size[1], format="yuv420p")
            frame.pts = round(timestamp / _TIME_BASE)
            frame.time_base = _TIME_BASE
            container.mux(stream.encode(frame))
        if size is None:
            raise VideoError(f"{path} was not written: there are no frames.")
        container.mux(stream.encode(None))


def _upright(frame: av.VideoFrame) -> Image:
    """The frame as RGB, turned as its display matrix says: phones store portrait video lying on its side."""
    image = frame.to_ndarray(format="rgb24")
    turns = round(frame.rotation / 90) % 4
    return cast(Image, np.ascontiguousarray(np.rot90(image, turns)) if turns else image)


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)
