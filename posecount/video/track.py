"""Tracking recorded video into landmark sequences."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from posecount.jobs import Cancelled, Progress
from posecount.pose import Pose
from posecount.tracking.sequence import LandmarkSequence, SequenceBuilder
from posecount.tracking.tracker import Tracker
from posecount.video.prefetch import Stoppable, ahead
from posecount.video.reader import Frame, Video


def track_video(
    path: str | Path,
    tracker: Tracker,
    fps: float | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled = lambda: False,
) -> LandmarkSequence:
    """Track a video; `LandmarkSequence.broke_off` tells whether it was tracked completely.

    Args:
        path: the video.
        tracker: a new one, in video mode.
        fps: drop frames before tracking to reach this rate; None, or a rate above the video's, keeps all.
        progress: told after each frame that was read.
        cancelled: asked before each frame.

    Raises:
        VideoError: if the video cannot be used at all.
    """
    collected = SequenceBuilder()
    due = timestamp = 0.0
    with Video(path) as video, ahead(video.frames()) as frames:
        kept = Stoppable(frames, cancelled)
        for done, frame in enumerate(kept, 1):
            timestamp = frame.timestamp
            if fps is None or timestamp >= due - 1e-6:
                due = max(due + 1 / fps, timestamp) if fps else 0.0
                collected.add(timestamp, _track(frame, tracker))
            if progress:
                progress(done, video.frame_count)
    return collected.sequence(f"it was cancelled at {timestamp:.1f} s" if kept.stopped else video.broke_off)


def track_frames(frames: Iterable[Frame], tracker: Tracker, start: float = 0.0) -> LandmarkSequence:
    """Track consecutive frames, and keep the poses from `start` on, in seconds."""
    collected = SequenceBuilder()
    with ahead(frames) as waiting:
        for frame in waiting:
            pose = _track(frame, tracker)
            if frame.timestamp >= start:
                collected.add(frame.timestamp, pose)
    return collected.sequence()


def _track(frame: Frame, tracker: Tracker) -> Pose | None:
    pose = tracker.track(frame.image, frame.timestamp)
    return pose.scaled(frame.size) if pose else None
