"""``python -m benchmarks``: posecount against the published notebook, and its import times."""

from __future__ import annotations

import tempfile
from pathlib import Path
from time import perf_counter

from rich.console import Console
from rich.table import Table

from benchmarks import notebook
from benchmarks.blended import blended
from benchmarks.frames import learning, process_pose_ms
from benchmarks.imports import import_seconds
from posecount.cli.app import silence_native_logs
from posecount.counting.knn import PoseClassifier
from posecount.counting.pipeline import RepetitionPipeline
from posecount.datasets.dataset import PoseDataset
from posecount.datasets.store import DatasetStore
from posecount.embedding import embed
from posecount.ingest.bootstrap import bootstrap
from posecount.ingest.collection import photo_of
from posecount.jpeg import encode_jpeg
from posecount.review.outliers import find_outliers
from posecount.shipped import SAMPLE_CLIPS, STARTER_DATASET
from posecount.tracking.model import model_path
from posecount.tracking.tracker import PoseTracker
from posecount.video.count import count_recording
from posecount.video.reader import Video

_CLIP = SAMPLE_CLIPS["squats"]


def main() -> None:
    """Measure and print one table."""
    silence_native_logs()
    table = Table("", "seconds", "", box=None)
    imports = import_seconds()
    for name, seconds in imports.items():
        beyond = seconds - imports["python"]
        table.add_row(name, f"{seconds:.3f}", f"{beyond:.3f} more than Python itself" if beyond else "")
    model = model_path()
    dataset = PoseDataset.load(STARTER_DATASET)
    with tempfile.TemporaryDirectory(prefix="posecount-") as temporary:
        folder = Path(temporary)
        published = notebook.count_ms(_CLIP, model, dataset, folder / "notebook.mp4") / 1000
        ours = _annotate(model, dataset, folder / "annotated.mp4")
        table.add_row("annotate a frame: the notebook", f"{published:.3f}", "")
        table.add_row("annotate a frame: posecount", f"{ours:.3f}", f"{published / ours:.1f} times as fast")
        for name, seconds, ratio in _bootstrap_rows(model, folder):
            table.add_row(name, f"{seconds:.3f}", ratio)
    for name, seconds, ratio in _outlier_rows(dataset):
        table.add_row(name, f"{seconds:.2f}", ratio)
    console = Console(highlight=False)
    console.print(table)
    console.print(_cost_table())


def _cost_table() -> Table:
    """What counting costs in processor time."""
    table = Table("processor time", "mean", "99 of 100 below", "most", box=None)
    figures, exercises = process_pose_ms()
    cells = (f"{figures[name]:.2f} ms" for name in ("mean", "p99", "max"))
    table.add_row(f"process_pose, {exercises} exercises of the starter", *cells)
    for samples in (20_000, 50_000):
        seconds, megabytes = learning(samples)
        table.add_row(f"learn from {samples:,} samples", f"{seconds:.1f} s", "", f"{megabytes:.0f} MB")
    return table


def _annotate(model: Path, dataset: PoseDataset, output: Path) -> float:
    """Seconds per frame of counting in the clip and writing the annotated video."""
    classifier = PoseClassifier(dataset)
    RepetitionPipeline(None, classifier)  # learns from the dataset
    started = perf_counter()
    with PoseTracker(model) as tracker:
        recording = count_recording(_CLIP, RepetitionPipeline(tracker, classifier), output)
    return (perf_counter() - started) / recording.frames


def _bootstrap_rows(model: Path, folder: Path, count: int = 40) -> list[tuple[str, float, str]]:
    """Seconds per photo, of frames of the clip; the workers run before the clock does."""
    with Video(_CLIP) as video:
        step = max((video.frame_count or count) // count, 1)
        frames = [encode_jpeg(each.image) for index, each in enumerate(video.frames()) if index % step == 0][:count]
    started = perf_counter()
    notebook.bootstrap(frames, model)
    published = (perf_counter() - started) / len(frames)
    rows = [("bootstrap a photo: the notebook", published, "")]
    photos = [photo_of("squats_up", f"{index:03}.jpg", data) for index, data in enumerate(frames)]
    for jobs in (1, 2):
        bootstrap(DatasetStore.create(folder / f"warm-{jobs}"), photos[: 4 * jobs], model, jobs=jobs)
        started = perf_counter()
        bootstrap(DatasetStore.create(folder / f"{jobs}"), photos, model, jobs=jobs)
        ours = (perf_counter() - started) / len(photos)
        rows.append((f"bootstrap a photo: posecount, {jobs} jobs", ours, f"{published / ours:.1f} times as fast"))
    return rows


def _outlier_rows(starter: PoseDataset, samples: int = 812, looped: int = 20) -> list[tuple[str, float, str]]:
    """Seconds of leaving each sample out; the notebook's loop classifies 20 of them, from which the rest follows."""
    dataset = blended(starter, samples)
    embeddings = embed(dataset.landmarks)
    started = perf_counter()
    for index in range(looped):
        notebook.published_votes(dataset, embeddings, dataset.landmarks[index])
    published = (perf_counter() - started) / looped * samples
    rows = [(f"outliers of {samples} samples: the notebook", published, "")]
    for count in (samples, 20_000):
        tested = dataset if count == samples else blended(starter, count)
        started = perf_counter()
        find_outliers(tested)
        ours = perf_counter() - started
        ratio = f"{published / ours:.0f} times as fast" if count == samples else ""
        rows.append((f"outliers of {count:,} samples: posecount", ours, ratio))
    return rows


if __name__ == "__main__":
    main()
