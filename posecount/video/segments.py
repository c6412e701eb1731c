"""Tracking one long video on several cores or on a cluster, in segments."""

from __future__ import annotations

import math
from contextlib import closing
from dataclasses import replace
from functools import partial
from itertools import takewhile
from pathlib import Path

from posecount.jobs import Cancelled, Progress
from posecount.tracking.model import model_path
from posecount.tracking.sequence import LandmarkSequence
from posecount.tracking.tracker import PoseTracker
from posecount.tracking.variant import Variant
from posecount.video.reader import Segment, Video
from posecount.video.track import track_frames, track_video
from posecount.video.workers import (
    ClusterError,
    as_it_is,
    at_hand,
    check_scheduler,
    ignore_interrupts,
    spread,
    with_content,
)

WARM_UP_S = 3.0
"""Seconds tracked before a segment begins. MediaPipe smooths over less, but it may lock on to the person differently
than in the whole video; counts of real clips stay the same, see tests/video/test_segments.py."""
SEGMENT_S = 120.0
"""The longest a segment lasts, about, so that all cores finish at about the same time."""


def track_in_segments(
    path: Path,
    variant: Variant = "full",
    *,
    jobs: int = 2,
    scheduler: str | None = None,
    progress: Progress = lambda done, total: None,
    cancelled: Cancelled = lambda: False,
) -> LandmarkSequence:
    """Track one long video on several cores: as one tracker would, but for what the warm-up does not settle.

    A video that cannot be split (no second key frame, timestamps missing or going back) is tracked as a whole.

    Args:
        path: the video.
        variant: of the pose model.
        jobs, scheduler: see `count_many`.
        progress: told of frames, after each segment.
        cancelled: asked before each frame if the video is tracked as a whole.

    Returns:
        The landmarks. After Ctrl-C, those of the first segments that are complete; see `LandmarkSequence.broke_off`.

    Raises:
        VideoError: if the video cannot be used at all.
        ModelError, ClusterError: if the model or the cluster cannot be used.
    """
    check_scheduler(scheduler)
    model = model_path(variant)
    segments = plan_segments(path, jobs)
    if len(segments) < 2:
        with PoseTracker(model) as tracker:
            return track_video(path, tracker, progress=progress, cancelled=cancelled)
    with Video(path) as video:
        expected = video.frame_count
    parts: dict[int, LandmarkSequence] = {}
    arguments = {index: (path, segment) for index, segment in enumerate(segments)}
    task = partial(_track_segment, variant)
    try:
        for prepare in (as_it_is, with_content):  # files that workers could not see are sent
            missing = {index: each for index, each in arguments.items() if index not in parts}
            with closing(spread(task, missing, jobs, scheduler, prepare)) as answers:
                for index, part in answers:
                    if part is not None:
                        parts[index] = part
                        progress(sum(map(len, parts.values())), expected)
    except KeyboardInterrupt:
        complete = list(takewhile(parts.__contains__, range(len(segments))))
        if not complete:
            raise
        joined = LandmarkSequence.joined([parts[index] for index in complete])
        return replace(joined, broke_off=f"it was cancelled at {joined.timestamps[-1]:.1f} s")
    if len(parts) < len(segments):
        raise ClusterError(f"Tracking a part of {path} crashes the worker. Try: convert it to MP4 (H.264).")
    joined = LandmarkSequence.joined([parts[index] for index in range(len(segments))])
    if expected and joined.broke_off is None and len(joined) < 0.95 * expected - 2:
        joined = replace(joined, broke_off=f"only {len(joined)} of about {expected} frames could be read")
    return joined


def plan_segments(path: Path, parts: int, longest: float = SEGMENT_S) -> tuple[Segment, ...]:
    """Split a video at key frames into at least `parts` segments of similar length; none if it cannot be split."""
    with Video(path) as video:
        keys, end = video.key_times()
    if len(keys) < 2:
        return ()
    with Video(path) as video:
        next(video.frames())
        first = video.first
    length = end - first
    parts = max(parts, math.ceil(length / longest))
    cuts = {min(keys, key=lambda key: abs(key - first - length * part / parts)) - first for part in range(1, parts)}
    starts = [0.0, *sorted(cut for cut in cuts if WARM_UP_S < cut < length)]
    ends = [*starts[1:], None]
    return tuple(
        Segment(max(start - WARM_UP_S, 0.0), start, end, first) for start, end in zip(starts, ends, strict=True)
    )


def _track_segment(
    variant: Variant, path: Path, segment: Segment, content: bytes | None = None
) -> LandmarkSequence | None:
    """Runs in a worker; None if the worker does not see the file."""
    ignore_interrupts()
    if content is None and not path.is_file():
        return None
    with at_hand(path, content) as file, PoseTracker(model_path(variant)) as tracker, Video(file, segment) as video:
        sequence = track_frames(video.frames(), tracker, segment.start)
        return replace(sequence, broke_off=video.broke_off)
