"""Footage: the poses of a recording with a small picture of each, to teach with.

`FootageRecorder` makes it from the live stream, and `track_footage` from a video. Its length is limited.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path

import numpy as np

from posecount.datasets.records import NewSample
from posecount.datasets.store import DatasetStore
from posecount.ingest.teaching.holds import TaughtHold
from posecount.ingest.teaching.repetitions import Taught, TeachingError, are_over
from posecount.jobs import Cancelled, Progress
from posecount.jpeg import thumbnail
from posecount.pose import Image, Pose
from posecount.tracking.sequence import LandmarkSequence
from posecount.tracking.tracker import Tracker
from posecount.video.reader import Video

LONGEST_S = 180.0
"""The most seconds of footage that are kept: many times what five repetitions take, and 30 MB of pictures."""
FRAME_RATE = 15.0
"""The most frames a second that are kept: `posecount.counting.rhythm` uses no more."""

_PICTURE_SIDE = 320
_ASK_BEFORE_S = 0.2
"""Seconds before it starts when a device is asked for pictures: what the question takes to arrive."""
_LOOK_EVERY_S = 2.0
_DONE_SHOWN_S = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class Footage:
    """A recording.

    Attributes:
        sequence: the poses of T frames, in pixels of the frames.
        pictures: T JPEG files, 320 pixels on the longer side; empty if there are only landmarks.
    """

    sequence: LandmarkSequence
    pictures: tuple[bytes, ...] = ()

    def picture(self, seconds: float) -> bytes:
        """The picture nearest to a time."""
        return self.pictures[int(np.abs(self.sequence.timestamps - seconds).argmin())]

    def samples(self, taught: Taught | TaughtHold) -> list[NewSample]:
        """The samples learned from this footage, with pictures; landmarks are in pixels of the pictures."""
        pictures = self.pictures or (None,) * len(self.sequence)
        scale = np.float32(min(1.0, _PICTURE_SIDE / max(self.sequence.size)) if self.pictures else 1)
        rows = zip(taught.dataset.labels, taught.dataset.names, taught.dataset.landmarks, taught.frames, strict=True)
        return [
            NewSample(label, name, landmarks * scale, self.sequence.visibility[frame], pictures[frame])
            for label, name, landmarks, frame in rows
        ]

    def add_to(self, store: DatasetStore, taught: Taught | TaughtHold) -> int:
        """Add the samples learned from this footage to a dataset; return how many.

        Raises:
            TeachingError: if the dataset already has the exercise, with another turning point.
            DatasetError: if the dataset cannot be changed.
        """
        for learned in taught.dataset.repeated:
            known = next((each for each in store.dataset.repeated if each.name == learned.name), None)
            if known and known.target != learned.target:
                raise TeachingError(
                    f"{store.folder.name} already has {learned.label.lower()}, whose turning point is {known.target}, "
                    f"not {learned.target}. Try: swap the two positions, or choose another name."
                )
        return len(store.add(self.samples(taught), targets=taught.dataset.targets))


class FootageRecorder:
    """Collects footage from a stream, frame by frame, until it is full or finished.

    One thread adds frames; other threads may read.

    Args:
        delay: seconds from the first frame added to the first frame kept, to get into position.
        longest: the most seconds of footage that are kept.
        is_over: whether the person has done what is recorded, from the footage so far and its seconds.

    Attributes:
        elapsed: seconds of footage; negative before it starts, None before the first frame.
        full: whether it keeps no more frames.
    """

    def __init__(
        self,
        delay: float = 0.0,
        longest: float = LONGEST_S,
        is_over: Callable[[LandmarkSequence, float], bool] = are_over,
    ) -> None:
        self.elapsed: float | None = None
        self.full = False
        self._delay = delay
        self._longest = longest
        self._is_over = is_over
        self._begin = 0.0
        self._due = float("-inf")
        self._looked = 0.0
        self._finished: float | None = None
        self._frames: list[tuple[float, Pose | None, bytes]] = []

    def add(self, image: Image | None, pose: Pose | None, timestamp: float) -> None:
        """Take in a frame.

        Args:
            image: RGB uint8 (height, width, 3); it is not kept. None where a device has tracked the pose and kept its
                picture: such a frame is left out.
            pose: the pose in it, or None.
            timestamp: seconds.
        """
        if self.elapsed is None:
            self._begin = timestamp + self._delay
        self.elapsed = timestamp - self._begin
        self.full = self.full or self.elapsed >= self._longest
        if self.elapsed >= 0 and not self.full and image is not None and timestamp >= self._due - 1e-6:
            self._due = max(self._due + 1 / FRAME_RATE, timestamp)
            self._frames.append((self.elapsed, pose, thumbnail(image, _PICTURE_SIDE)))

    @property
    def picture_side(self) -> int:
        """Pixels of the longer side of the picture that the next frame should bring; 0 if it needs none."""
        is_due = self.elapsed is not None and self.elapsed >= -_ASK_BEFORE_S and not self.full
        return _PICTURE_SIDE if is_due else 0

    @property
    def message(self) -> str:
        """The message to show to the person while it records."""
        if self.elapsed is None or self.full:
            return ""
        return f"Get ready: {ceil(-self.elapsed)}" if self.elapsed < 0 else f"Recording: {self.elapsed:.0f} s"

    @property
    def notice(self) -> str:
        """What the person should read from across the room: the seconds until it starts, and that it is done."""
        if self.elapsed is None:
            return ""
        if self._finished is not None:
            return "Done" if self.elapsed - self._finished < _DONE_SHOWN_S else ""
        return str(ceil(-self.elapsed)) if self.elapsed < 0 else ""

    def look(self) -> bool:
        """Look whether the person has done what is recorded, or the recorder is full.

        It takes about as long as a few frames, so it looks again only after two seconds of footage.
        """
        elapsed = self.elapsed
        if self.full or elapsed is None or elapsed - self._looked < _LOOK_EVERY_S:
            return self.full
        self._looked = elapsed
        return self._is_over(self._sequence(list(self._frames)), elapsed)

    def footage(self) -> Footage:
        """The footage kept so far."""
        frames = list(self._frames)
        return Footage(self._sequence(frames), tuple(picture for _, _, picture in frames))

    def finish(self) -> Footage:
        """Keep no more frames, let go of those kept so far, and return them."""
        self.full, self._finished = True, self.elapsed
        footage, self._frames = self.footage(), []
        return footage

    @staticmethod
    def _sequence(frames: list[tuple[float, Pose | None, bytes]]) -> LandmarkSequence:
        return LandmarkSequence.from_poses((time, pose) for time, pose, _ in frames)


def track_footage(
    path: str | Path,
    tracker: Tracker,
    *,
    start: float | None = None,
    end: float | None = None,
    longest: float = LONGEST_S,
    progress: Progress | None = None,
    cancelled: Cancelled = lambda: False,
) -> tuple[Footage, str | None]:
    """Make footage of a video, or of a part of it; of less if `cancelled` says so.

    Returns:
        The footage, in the video's own time, and the reason in words if it is not all that was asked for.

    Raises:
        VideoError: if the video cannot be used at all.
        TeachingError: if the video has no frame between those times.
    """
    start = start or 0.0
    recorder = FootageRecorder(longest=longest)
    first: float | None = None
    with Video(path) as video:
        for done, frame in enumerate(video.frames(), 1):
            timestamp = frame.timestamp
            if timestamp >= start:
                first = timestamp if first is None else first
                pose = tracker.track(frame.image, timestamp)
                recorder.add(frame.image, pose.scaled(frame.size) if pose else None, timestamp)
            if progress:
                progress(done, video.frame_count)
            if recorder.full or (end is not None and timestamp >= end) or cancelled():
                break
        broke_off = video.broke_off
    if first is None and not cancelled():
        raise TeachingError(f"The video ends before second {start:g}. Try: choose times within it.")
    if recorder.full:
        broke_off = f"{longest:g} s from second {start:g} on"
    footage = recorder.footage()
    times = footage.sequence.timestamps + (first or 0.0)
    return replace(footage, sequence=replace(footage.sequence, timestamps=times)), broke_off
