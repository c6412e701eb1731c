"""What a recorded video costs, against baselines in the same run: a bare loop, and the published notebook's."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from fractions import Fraction
from math import ceil
from pathlib import Path
from time import perf_counter
from typing import Any

import av
import cv2
import numpy as np

from posecount.counting.knn import PoseClassifier
from posecount.counting.pipeline import RepetitionPipeline
from posecount.counting.repetitions import RepetitionCounter
from posecount.counting.smoothing import EMASmoother
from posecount.datasets.dataset import PoseDataset
from posecount.drawing.skeleton import draw_skeleton
from posecount.embedding import embed
from posecount.errors import PosecountError
from posecount.evaluation.bench import published_votes
from posecount.pose import Image
from posecount.shipped import STARTER_DATASET
from posecount.tracking.tracker import PoseTracker
from posecount.video.count import count_recording
from posecount.video.parallel import Counting
from posecount.video.reader import Video
from posecount.video.segments import track_in_segments

_NOTEBOOK_FRAMES = 90
"""The notebook's loop draws its whole history anew for every frame, so that its first frames are its cheapest."""
_LONG_S = 60.0
"""Seconds of the looped clip that several processes share."""


class BenchmarkError(PosecountError):
    """A baseline cannot be measured: the message gives the remedy."""


def benchmark_video(
    clip: Path, model: Path, progress: Callable[[int, int | None], None] = lambda done, total: None
) -> dict[str, Any]:
    """Time counting in a clip.

    Args:
        clip: a video of some seconds.
        model: path of the pose model.
        progress: called with (measurements done, measurements in all).

    Returns:
        Milliseconds per frame: ``bare_ms`` (decode and track, one after the other), ``count_ms``, ``annotated_ms`` and
        ``notebook_ms``; seconds ``one_job_s`` and ``two_jobs_s`` for the clip looped to a minute; the ratios
        ``count_to_bare``, ``annotated_to_bare``, ``notebook_to_annotated`` and ``two_jobs_faster``; and
        ``seconds_per_minute``: of counting with one job, per minute of video.

    Raises:
        VideoError: if the clip cannot be used.
        BenchmarkError: if matplotlib, which the notebook draws with, is missing.
    """
    dataset = PoseDataset.load(STARTER_DATASET)
    classifier = PoseClassifier(dataset)
    RepetitionPipeline(None, classifier)  # learns from the dataset
    with tempfile.TemporaryDirectory(prefix="posecount-") as folder:
        output, long = Path(folder) / "annotated.mp4", Path(folder) / f"long{clip.suffix}"
        progress(0, 6)
        figures: dict[str, Any] = {"clip": clip.name, "frames": 0}
        started = perf_counter()
        with PoseTracker(model) as tracker, Video(clip) as video:
            for image, timestamp in video:
                tracker.track(image, timestamp)
                figures["frames"] += 1
        figures["bare_ms"] = (perf_counter() - started) / figures["frames"] * 1000
        for step, (name, target) in enumerate((("count_ms", None), ("annotated_ms", output)), 1):
            progress(step, 6)
            started = perf_counter()
            with PoseTracker(model) as tracker:
                recording = count_recording(clip, RepetitionPipeline(tracker, classifier), target)
            figures[name] = (perf_counter() - started) / recording.frames * 1000
        progress(3, 6)
        figures["notebook_ms"] = _notebook_ms(clip, model, dataset, Path(folder) / "notebook.mp4")
        progress(4, 6)
        figures["long_s"] = loop_video(clip, long, _LONG_S)
        counting = Counting(dataset)
        started = perf_counter()
        with PoseTracker(model) as tracker:
            count_recording(long, counting.pipeline(tracker))
        figures["one_job_s"] = perf_counter() - started
        progress(5, 6)
        track_in_segments(clip, jobs=2)  # starts the workers, which stay
        started = perf_counter()
        count_recording(track_in_segments(long, jobs=2), counting.pipeline(None))
        figures["two_jobs_s"] = perf_counter() - started
        progress(6, 6)
    return figures | {
        "count_to_bare": figures["count_ms"] / figures["bare_ms"],
        "annotated_to_bare": figures["annotated_ms"] / figures["bare_ms"],
        "notebook_to_annotated": figures["notebook_ms"] / figures["annotated_ms"],
        "two_jobs_faster": figures["one_job_s"] / figures["two_jobs_s"],
        "seconds_per_minute": figures["one_job_s"] / figures["long_s"] * 60,
    }


def loop_video(source: Path, target: Path, seconds: float) -> float:
    """Write the picture of a video over and over, without encoding it again; return how long it became, in seconds."""
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


def _notebook_ms(clip: Path, model: Path, dataset: PoseDataset, output: Path) -> float:
    """The published notebook's loop over the first frames of a clip, in milliseconds per frame."""
    try:
        import matplotlib as mpl

        mpl.use("agg")
        from matplotlib import pyplot
    except ImportError:
        raise BenchmarkError(
            "The notebook draws with matplotlib, which is not installed. Remedy: pip install -r requirements-dev.txt."
        ) from None
    embeddings = embed(dataset.landmarks)
    (target, *_) = [exercise.target for exercise in dataset.exercises]
    smoother, counter = EMASmoother(), RepetitionCounter(target)
    history: list[dict[str, float]] = []
    writer = None
    started = perf_counter()
    capture = cv2.VideoCapture(str(clip))
    with PoseTracker(model) as tracker:
        for index in range(_NOTEBOOK_FRAMES):
            done, picture = capture.read()
            if not done:
                break
            image: Image = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)  # type: ignore[assignment]
            pose = tracker.track(image, index / 30)
            votes = published_votes(dataset, embeddings, pose.landmarks) if pose else {}
            smoothed = smoother.update(votes, index / 30)
            count = counter.update(smoothed, index / 30)
            history.append(smoothed)
            canvas = image.copy()
            if pose:
                draw_skeleton(canvas, pose)
            height, width = canvas.shape[:2]
            figure = pyplot.figure(figsize=(4, 4))
            for name in sorted({name for each in history for name in each}):
                pyplot.plot([each.get(name, 0) for each in history], linewidth=7)
            pyplot.grid(axis="y", alpha=0.75)
            pyplot.xlabel("Frame")
            pyplot.ylabel("Confidence")
            pyplot.title(f"Classification history for `{target}`")
            pyplot.legend(loc="upper right")
            figure.canvas.draw()
            plot = np.asarray(figure.canvas.buffer_rgba())[..., :3]  # type: ignore[attr-defined]
            pyplot.close(figure)
            plot = cv2.resize(plot, (width // 4, width // 4))
            canvas[: plot.shape[0], width - plot.shape[1] :] = plot[:height]
            cv2.putText(canvas, str(count), (20, 80), cv2.FONT_HERSHEY_SIMPLEX, 3, (255, 0, 0), 3)
            if writer is None:
                code = cv2.VideoWriter.fourcc(*"mp4v")
                writer = cv2.VideoWriter(str(output), code, 30, (width, height))
            writer.write(cv2.cvtColor(canvas, cv2.COLOR_RGB2BGR))
    if writer:
        writer.release()
    capture.release()
    return (perf_counter() - started) / max(len(history), 1) * 1000
