"""What a recorded video costs, against a bare loop of decoding and tracking in the same run."""

from __future__ import annotations

import tempfile
from fractions import Fraction
from math import ceil
from pathlib import Path
from time import perf_counter
from typing import Any

import av

from posecount.counting.knn import PoseClassifier
from posecount.counting.pipeline import RepetitionPipeline
from posecount.datasets.dataset import PoseDataset
from posecount.jobs import Progress
from posecount.shipped import STARTER_DATASET
from posecount.tracking.tracker import PoseTracker
from posecount.video.count import count_recording
from posecount.video.parallel import Counting
from posecount.video.reader import Video
from posecount.video.segments import track_in_segments

_LONG_S = 60.0
"""Seconds of the looped clip that several processes share."""


def benchmark_video(clip: Path, model: Path, progress: Progress = lambda done, total: None) -> dict[str, Any]:
    """Time counting in a clip.

    Args:
        clip: a video of a few seconds or more.
        model: path of the pose model.
        progress: told after each measurement.

    Returns:
        Milliseconds per frame: ``bare_ms`` (decode and track, one after the other), ``count_ms``, ``annotated_ms``;
        seconds ``one_job_s`` and ``two_jobs_s`` for the clip looped to a minute; the ratios ``count_to_bare``,
        ``annotated_to_bare`` and ``two_jobs_faster``; and ``seconds_per_minute``, of counting with one job, per minute
        of video.

    Raises:
        VideoError: if the clip cannot be used.
    """
    dataset = PoseDataset.load(STARTER_DATASET)
    classifier = PoseClassifier(dataset)
    classifier.learn()
    with tempfile.TemporaryDirectory(prefix="posecount-") as folder:
        output, long = Path(folder) / "annotated.mp4", Path(folder) / f"long{clip.suffix}"
        progress(0, 5)
        figures: dict[str, Any] = {"clip": clip.name, "frames": 0}
        started = perf_counter()
        with PoseTracker(model) as tracker, Video(clip) as video:
            for frame in video.frames():
                tracker.track(frame.image, frame.timestamp)
                figures["frames"] += 1
        figures["bare_ms"] = (perf_counter() - started) / figures["frames"] * 1000
        for step, (name, target) in enumerate((("count_ms", None), ("annotated_ms", output)), 1):
            progress(step, 5)
            started = perf_counter()
            with PoseTracker(model) as tracker:
                recording = count_recording(clip, RepetitionPipeline(tracker, classifier), target)
            figures[name] = (perf_counter() - started) / recording.frames * 1000
        progress(3, 5)
        figures["long_s"] = loop_video(clip, long, _LONG_S)
        counting = Counting(dataset)
        started = perf_counter()
        with PoseTracker(model) as tracker:
            count_recording(long, counting.pipeline(tracker))
        figures["one_job_s"] = perf_counter() - started
        progress(4, 5)
        track_in_segments(clip, jobs=2)  # starts the workers, which stay for the next call
        started = perf_counter()
        count_recording(track_in_segments(long, jobs=2), counting.pipeline(None))
        figures["two_jobs_s"] = perf_counter() - started
        progress(5, 5)
    return figures | {
        "count_to_bare": figures["count_ms"] / figures["bare_ms"],
        "annotated_to_bare": figures["annotated_ms"] / figures["bare_ms"],
        "two_jobs_faster": figures["one_job_s"] / figures["two_jobs_s"],
        "seconds_per_minute": figures["one_job_s"] / figures["long_s"] * 60,
    }


def loop_video(source: Path, target: Path, seconds: float) -> float:
    """Write the picture of a video over and over, without encoding it again; return the length, in seconds."""
    with av.open(str(source)) as video:
        origin = video.streams.video[0]
        base = origin.time_base or Fraction(1, av.time_base)
        packets = [packet for packet in video.demux(origin) if packet.pts is not None and packet.dts is not None]
        first = min(packet.pts or 0 for packet in packets)
        length = max((packet.pts or 0) + (packet.duration or 1) for packet in packets) - first
        content = [(bytes(packet), packet.pts or 0, packet.dts or 0, packet.is_keyframe) for packet in packets]
        with av.open(str(target), "w") as container:
            stream = container.add_stream_from_template(origin)
            times = ceil(seconds / float(length * base))
            for shift in range(-first, times * length - first, length):
                for data, pts, dts, is_key in content:
                    packet = av.Packet(data)
                    packet.stream, packet.time_base, packet.is_keyframe = stream, base, is_key
                    packet.pts, packet.dts = pts + shift, dts + shift
                    container.mux(packet)
    return float(times * length * base)
