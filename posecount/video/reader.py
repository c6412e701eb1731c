"""Recorded video: decodes files to upright RGB frames with their timestamps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self, cast

import av
import cv2
import numpy as np
from av.video.reformatter import VideoReformatter

from posecount.errors import VideoError
from posecount.pose import Image
from posecount.video.clock import Clock
from posecount.video.first_bytes import check_file, is_picture

VIDEO_SUFFIXES = (".mp4", ".mov", ".m4v", ".webm", ".mkv", ".avi", ".gif")
"""The files that a folder is searched for, and that can be uploaded."""

TRACKED_SIDE = 1280
"""Pixels of the longer side of what is tracked. The model sees the person at 256 pixels, and a person who fills a fifth
of the picture still has that many."""
DRAWN_SIDE = 1920
"""Pixels of the longer side of what is drawn on. More is slow to encode, and some browsers do not play it."""

MAX_FRAME_PIXELS = 36_000_000
"""Of a frame: a header can claim any size; 8K is 33 million."""
MAX_FRAME_BYTES = 60_000_000
"""Of a frame as it is decoded: 8K in 4:2:0 has 50 million, and 100 with 10 bits; four channels of 16 bits have 265."""
MAX_GROWN_PIXELS = 6_000_000
"""Of a frame that is larger than the header says. A decoder may keep 20 of them: 180 MB."""
_THREADED_PIXELS = 4096 * 2160

# Other formats are not opened: FFmpeg would follow a playlist named .mp4 to any file it lists.
_FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,gif,apng,mpegts,mpeg,mpegvideo,flv,asf,ogg,mxf,dv,nut,h264,hevc,m4v,"
    "ivf,mjpeg,rm,yuv4mpegpipe,wav,mp3,flac,aac,aiff"
)
OPEN_OPTIONS = {
    "format_whitelist": _FORMATS,
    "protocol_whitelist": "file",
    "max_pixels": str(MAX_FRAME_PIXELS),  # of the frames that are decoded to learn what the streams are
}


class Segment(NamedTuple):
    """A part of a video; all times in seconds since its first frame, except `first`.

    Attributes:
        warm_up: frames are read from here, so that a tracker has settled when the segment begins.
        start: the segment begins with the first frame from here on.
        end: it ends before this; None: at the end of the video.
        first: time of the video's first frame, by the file's clock.
    """

    warm_up: float
    start: float
    end: float | None
    first: float


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A frame of a video.

    Attributes:
        image: what to track, RGB uint8 (height, width, 3); its longer side is at most `TRACKED_SIDE`.
        timestamp: seconds since the first frame of the video; strictly increasing.
        size: (width, height) of the frame in the file, upright.
        picture: what to draw on; its longer side is at most `DRAWN_SIDE`. The image itself unless `drawn` was set.
    """

    image: Image
    timestamp: float
    size: tuple[int, int]
    picture: Image


class Video:
    """A video file, or a segment of one. Read its frames once; use it as a context manager.

    Args:
        path: the file.
        segment: read this part only.

    Attributes:
        path: the file.
        frame_rate: average frames per second, or None if the file does not say.
        frame_count: how many frames the whole file claims to have, or None; a damaged file may deliver fewer.
        first: time of the first frame by the file's clock, in seconds, once that frame was read.
        broke_off: after reading, why frames are missing (the file is truncated or damaged), or None.

    Raises:
        VideoError: if the file is missing, is no video, or yields no frame at all.
    """

    def __init__(self, path: str | Path, segment: Segment | None = None) -> None:
        self.path = Path(path)
        self.segment = segment
        self.broke_off: str | None = None
        self.first = 0.0
        # One for each size of picture: setting one up takes five times as long as converting a picture.
        self._reformatters: defaultdict[int, VideoReformatter] = defaultdict(VideoReformatter)
        head = check_file(self.path)
        try:
            # With the protocol in front, a name like 10:30.mp4 is not taken for one.
            self._container = av.open(f"file:{self.path}", options=OPEN_OPTIONS)
        except (av.error.FFmpegError, ValueError) as error:
            if is_picture(head):
                raise VideoError(f"{path} is a picture, not a video. Try: choose a video.") from error
            raise VideoError(
                f"{path} cannot be opened as a video: {_reason(error)}. Try: copy it again if it is "
                "incomplete, otherwise convert it to MP4 (H.264)."
            ) from error
        # The picture of an album is a stream of one frame.
        streams = [each for each in self._container.streams.video if not each.disposition & _COVER]
        if not streams:
            self._container.close()
            raise VideoError(f"{path} has no video stream. Try: choose a file with a picture, not just sound.")
        self._stream = streams[0]
        pixels = self._stream.width * self._stream.height
        if pixels > MAX_FRAME_PIXELS:
            self._container.close()
            raise VideoError(
                f"{path} has frames of {self._stream.width} × {self._stream.height} pixels; at most "
                f"{MAX_FRAME_PIXELS // 1_000_000} million are decoded. Try: make it smaller."
            )
        layout = self._stream.codec_context.format
        if layout and pixels * layout.padded_bits_per_pixel / 8 > MAX_FRAME_BYTES:
            self._container.close()
            raise VideoError(
                f"{path} has frames of {self._stream.width} × {self._stream.height} pixels of "
                f"{layout.padded_bits_per_pixel} bits ({layout.name}); at most {MAX_FRAME_BYTES // 1_000_000} MB a "
                "frame are decoded. Try: make it smaller, or convert it to MP4 (H.264)."
            )
        # Threads that share a frame need no more memory than one; with a frame each, 8K takes 200 MB more.
        large = pixels > _THREADED_PIXELS
        self._stream.thread_type = "SLICE" if large else "AUTO"
        options = {"max_pixels": str(max(pixels, MAX_GROWN_PIXELS))}
        # AV1's decoder has frames of its own under way, whatever its threads share.
        self._stream.codec_context.options = {**options, "max_frame_delay": "1"} if large else options
        rate = self._stream.average_rate
        self.frame_rate = float(rate) if rate else None
        self.frame_count: int | None = self._stream.frames or None
        if self.frame_count is None and self.duration and self.frame_rate:
            self.frame_count = round(self.duration * self.frame_rate)

    @property
    def duration(self) -> float | None:
        """Seconds that the file says it lasts, or None."""
        if self._stream.duration is not None and self._stream.time_base is not None:
            return float(self._stream.duration * self._stream.time_base)
        return self._container.duration / av.time_base if self._container.duration else None

    def frames(self, drawn: bool = False) -> Iterator[Frame]:
        """Yield each frame, upright, in order of time.

        Args:
            drawn: whether `Frame.picture` is needed too.
        """
        for frame, timestamp in self._timed() if self.segment is None else self._timed_part(self.segment):
            image = self._picture(frame, TRACKED_SIDE)
            larger = drawn and max(frame.width, frame.height) > TRACKED_SIDE
            picture = self._picture(frame, DRAWN_SIDE) if larger else image
            yield Frame(image, timestamp, _upright_size(frame), picture)

    def _timed_part(self, segment: Segment) -> Iterator[tuple[av.VideoFrame, float]]:
        """The frames of a segment, its warm-up first, with the times they have in the whole."""
        for frame in self._decode_from(segment):
            timestamp = (frame.time or 0.0) - segment.first
            if segment.end is not None and timestamp >= segment.end:
                return
            if timestamp >= segment.warm_up:
                yield frame, timestamp

    def _decode_from(self, segment: Segment) -> Iterator[av.VideoFrame]:
        """Decode from the key frame before a segment's warm-up, or from the beginning if there is none."""
        for place in (segment.warm_up, 0.0):
            if segment.warm_up > 0:
                self._container.seek(int((place + segment.first) / self._time_base), stream=self._stream)
            frames = self._decode()
            frame = next(frames, None)
            if frame is not None and (frame.time or 0.0) - segment.first <= segment.start:
                yield frame
                yield from frames
                return

    def key_times(self) -> tuple[list[float], float]:
        """The times of the key frames, and of the last frame, in seconds by the file's clock.

        There are none if timestamps are missing, repeat or go back, as they do not identify frames then.
        This reads through the file without decoding; the frames cannot be read afterwards.
        """
        times: list[float] = []
        stamps: set[int] = set()
        last = -float("inf")
        none: tuple[list[float], float] = ([], 0.0)
        try:
            for packet in self._container.demux(self._stream):
                if packet.size == 0:
                    continue
                if packet.pts is None or packet.dts is None or packet.dts <= last or packet.pts in stamps:
                    return none
                last = packet.dts
                stamps.add(packet.pts)
                if packet.is_keyframe:
                    times.append(float(packet.pts * self._time_base))
        except av.error.FFmpegError:
            return none  # a damaged file is read from its beginning
        return times, float(max(stamps, default=0) * self._time_base)

    @property
    def _time_base(self) -> Fraction:
        return self._stream.time_base or Fraction(1, av.time_base)

    def _timed(self) -> Iterator[tuple[av.VideoFrame, float]]:
        clock = Clock(1 / (self.frame_rate or 30))
        count = 0
        for frame in self._decode():
            if count == 0:
                self.first = frame.time or 0.0
            count += 1
            yield frame, clock.read(frame.time)
        if count == 0:
            raise VideoError(
                f"{self.path} has no frame that can be decoded{f' ({self.broke_off})' if self.broke_off else ''}. "
                "Try: record or copy it again, or convert it to MP4 (H.264)."
            )
        expected = self.frame_count
        # Containers round, and edit lists hide a few frames: losing less than a twentieth is no sign of damage.
        if self.broke_off is None and expected and count < 0.95 * expected - 2:
            self.broke_off = f"only {count} of about {expected} frames could be read: the file is cut short"

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

    def _picture(self, frame: av.VideoFrame, longest: int) -> Image:
        """The frame as RGB, upright, with a bounded longer side; it may be drawn on."""
        scale = min(1.0, longest / max(frame.width, frame.height))
        width, height = (max(round(side * scale), 1) for side in (frame.width, frame.height))
        rgb = self._reformatters[longest].reformat(frame, width, height, "rgb24", threads=1)
        image, turns = cast(Image, rgb.to_ndarray()), _turns(frame)
        if turns:
            return cast(Image, cv2.rotate(image, _TURNS[turns]))
        # A frame that was RGB already belongs to the decoder, which may build the next frame on it.
        return image.copy() if rgb is frame else np.ascontiguousarray(image)

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


_COVER = av.stream.Disposition.attached_pic
_TURNS = {1: cv2.ROTATE_90_COUNTERCLOCKWISE, 2: cv2.ROTATE_180, 3: cv2.ROTATE_90_CLOCKWISE}


def _turns(frame: av.VideoFrame) -> int:
    """Quarter turns counterclockwise that set the frame upright: phones store portrait video on its side."""
    return round(frame.rotation / 90) % 4


def _upright_size(frame: av.VideoFrame) -> tuple[int, int]:
    return (frame.height, frame.width) if _turns(frame) % 2 else (frame.width, frame.height)


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)
