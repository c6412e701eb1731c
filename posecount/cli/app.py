"""The command line: ``python -m posecount COMMAND``; each command is one call of the library."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from posecount.cli.count import count, track
from posecount.cli.terminal import (
    DatasetOption,
    JsonOption,
    ProfileOption,
    VariantOption,
    err,
    fetch_model,
    out,
    print_json,
    progress_bar,
)
from posecount.counting.knn import PoseClassifier
from posecount.counting.settings import DEFAULT_PROFILE, Settings
from posecount.datasets.dataset import PoseDataset, exercise_label
from posecount.datasets.export import export_colab, export_mlkit
from posecount.datasets.folder import HIDDEN
from posecount.datasets.statistics import advice, class_statistics
from posecount.datasets.store import DatasetStore
from posecount.errors import DatasetError, PosecountError
from posecount.evaluation.bench import benchmark, benchmark_bootstrap, benchmark_leave_one_out
from posecount.evaluation.bench_video import benchmark_video
from posecount.evaluation.evaluate import evaluate, sweep
from posecount.evaluation.results import Evaluation, Summary
from posecount.ingest.footage import Footage, track_footage
from posecount.ingest.intake import Intake, IntakeJob
from posecount.ingest.teaching import teach as learn
from posecount.names import safe_name
from posecount.review.neighbours import find_neighbours
from posecount.review.outliers import find_outliers
from posecount.review.profile import OutlierProfile
from posecount.review.quality import assess
from posecount.shipped import SAMPLE_CLIPS, STARTER_DATASET
from posecount.tracking.model import find_model
from posecount.tracking.sequence import SEQUENCE_SUFFIX, LandmarkSequence
from posecount.tracking.tracker import PoseTracker

app = typer.Typer(
    name="posecount",
    help="Count exercise repetitions in video.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
DatasetArgument = Annotated[Path, typer.Argument(help="Colab folder or ML Kit CSV.")]


def main() -> None:
    """Run the command line; errors about inputs are one message on standard error and exit code 1."""
    _silence_native_logs()
    try:
        app()
    except PosecountError as error:
        err.print(f"Error: {error}", style="red", markup=False)
        sys.exit(1)


def _silence_native_logs() -> None:
    """Keep standard error for people: MediaPipe's native code writes forty lines there, and heeds no setting.

    It writes to the file descriptor, so that descriptor goes nowhere, and Python's own stream gets another one.
    """
    if os.environ.get("POSECOUNT_NATIVE_LOGS"):
        return
    sys.stderr.flush()
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1, encoding=sys.stderr.encoding, errors="backslashreplace")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


app.command()(count)
app.command()(track)


@app.command("evaluate")
def evaluate_command(
    manifest: Annotated[Path, typer.Argument(help="CSV with the columns path, exercise, reps; optional: also, fps.")],
    dataset: DatasetOption = STARTER_DATASET,
    profile: ProfileOption = DEFAULT_PROFILE,
    fps: Annotated[str, typer.Option(help="Rates to come down to, such as 30,15,10.", show_default="as it is")] = "",
    sweep_field: Annotated[
        str | None, typer.Option("--sweep", help="Try a setting at several values: exit_threshold=3,4,5.")
    ] = None,
    variant: VariantOption = "full",
    as_json: JsonOption = False,
) -> None:
    """Count clips whose repetitions are known, and say how right that is."""
    rates = _numbers(fps, "--fps") if fps else ()
    classifier = PoseClassifier(PoseDataset.load(dataset))
    if sweep_field:
        field, _, values = sweep_field.partition("=")
        if field not in Settings.__dataclass_fields__:
            raise typer.BadParameter(f"{field} is no setting: it has {', '.join(Settings.__dataclass_fields__)}.")
        for value, tried in sweep(manifest, classifier, field, _numbers(values, "--sweep"), rates):
            out.print(f"{field} = {value:g}")
            _print_summaries(tried)
        return
    with progress_bar("Evaluating") as progress:
        evaluation = evaluate(manifest, classifier, profile, rates, variant=variant, progress=progress)
    if as_json:
        print_json(evaluation.to_json())
        return
    table = Table("Clip", "fps", "Exercise", "True", "Counted", "False", box=None)
    for each in evaluation.results:
        counted = each.counts.get(each.clip.exercise)
        table.add_row(
            each.clip.path,
            f"{each.fps:g}",
            exercise_label(each.clip.exercise),
            str(each.clip.reps),
            "–" if counted is None else str(counted),
            str(each.false_repetitions or ""),
        )
    out.print(table)
    _print_summaries(evaluation)


def _print_summaries(evaluation: Evaluation) -> None:
    names = list(Summary.__dataclass_fields__)
    table = Table("fps", *(name.replace("_", " ") for name in names), box=None)
    for rate, summary in evaluation.by_fps.items():
        figures = summary.to_json()
        table.add_row(f"{rate:g}", *("–" if figures[name] is None else f"{figures[name]:g}" for name in names))
    out.print(table)


def _numbers(text: str, option: str) -> tuple[float, ...]:
    try:
        numbers = tuple(float(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    if not numbers or min(numbers) <= 0:
        raise typer.BadParameter(f"{text!r} is no list of numbers such as 30,15,10.", param_hint=option)
    return numbers


@app.command()
def model(variant: VariantOption = "full") -> None:
    """Find the pose model, fetching it where it is missing, and say which is used."""
    with progress_bar("Fetching the pose model") as progress:
        found = find_model(variant, progress=lambda _, done, total: progress(done, total))
    out.print(f"{found.path} (variant {found.variant}, from {found.source})")


@app.command()
def bench(
    samples: Annotated[int, typer.Option(min=2, help="Thin the starter dataset to about this many samples.")] = 800,
    videos: Annotated[
        Path, typer.Option("--videos", help="The clip for recorded video.", show_default="the shipped clip")
    ] = SAMPLE_CLIPS["squats"],
    datasets: Annotated[bool, typer.Option("--datasets", help="Measure bootstrap and outlier search too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Measure each stage, whether any grows with the length of a session, and recorded video against baselines."""
    tracker_model = fetch_model("full")
    with progress_bar("Measuring") as progress:
        result = benchmark(tracker_model, samples, progress)
    with progress_bar("Measuring recorded video") as progress:
        result["video"] = benchmark_video(videos, tracker_model, progress)
    if datasets:
        result["bootstrap"] = benchmark_bootstrap(tracker_model)
        result["leave_one_out"] = benchmark_leave_one_out()
    if as_json:
        print_json(result)
        return
    table = Table("Stage", "median ms", "p95 ms", "frame 10,000 / frame 1", box=None)
    for stage, figures in result["stages"].items():
        growth = result["growth"].get(stage)
        table.add_row(
            stage, f"{figures['median_ms']:.2f}", f"{figures['p95_ms']:.2f}", f"{growth:.2f}" if growth else "–"
        )
    out.print(table)
    out.print(
        f"All but the tracker: {result['without_tracker_ms']:.2f} ms a frame with {result['samples']} samples, "
        f"{result['ratio_to_tracker']:.3f} of the tracker."
    )
    video = result["video"]
    table = Table(f"Recorded video: {video['clip']}", "ms a frame", "ratio", box=None)
    table.add_row("decode and track, one after the other", f"{video['bare_ms']:.1f}", "1")
    table.add_row("count", f"{video['count_ms']:.1f}", f"{video['count_to_bare']:.2f} of that")
    table.add_row(
        "count and write the annotated video",
        f"{video['annotated_ms']:.1f}",
        f"{video['annotated_to_bare']:.2f} of that",
    )
    table.add_row(
        "the published notebook's loop",
        f"{video['notebook_ms']:.1f}",
        f"{video['notebook_to_annotated']:.1f} times the last",
    )
    out.print(table)
    out.print(
        f"{video['long_s']:.0f} s of it: {video['one_job_s']:.1f} s with one job, {video['two_jobs_s']:.1f} s with two "
        f"({video['two_jobs_faster']:.2f} times as fast); {video['seconds_per_minute']:.1f} s per minute of video."
    )
    if datasets:
        rates, search = result["bootstrap"], result["leave_one_out"]
        out.print(
            f"Bootstrap, images per second: {rates['fresh']:.1f} with a fresh tracker each, {rates['one_worker']:.1f} "
            f"with one worker ({rates['one_worker_ratio']:.1f} times), {rates['two_workers']:.1f} with two "
            f"({rates['two_workers_ratio']:.1f} times)."
        )
        out.print(
            f"Leave-one-out over 812 samples: {search['search_s']:.2f} s, the published loop {search['loop_s']:.1f} s "
            f"({search['ratio']:.0f} times); over 20,000: {search['large_s']:.1f} s."
        )


@app.command()
def bootstrap(
    images: Annotated[Path, typer.Argument(help="A folder or zip of <class>/<image>; or an ML Kit CSV, or Colab's.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The dataset to add to; made where it is missing.")],
    limit: Annotated[int | None, typer.Option(min=1, help="Use only the first so many photos of each class.")] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Worker processes.", show_default="2 to 4")] = None,
    again: Annotated[bool, typer.Option("--again", help="Look again where nobody was found before.")] = False,
    variant: VariantOption = "full",
) -> None:
    """Make samples of photos: find the pose in each new one. Ctrl-C keeps what was found."""
    if not images.exists():
        raise DatasetError(f"{images} does not exist. Remedy: check the path.")
    store = _existing(output) or DatasetStore.create(output)
    tracker_model = fetch_model(variant)
    with progress_bar(f"Bootstrapping {images.name}") as progress:
        intake = Intake(store, tracker_model, limit=limit, jobs=jobs, again=again)
        job = IntakeJob(intake, lambda intake: intake.path(images))
        while job.running:
            try:
                job.wait(0.1)
            except KeyboardInterrupt:
                job.cancel()
            if job.progress:
                progress(job.progress.done, job.progress.total)
    if job.error:
        raise DatasetError(job.error)
    assert job.result is not None
    for problem in job.result.problems:
        err.print(f"{problem.name}: {problem.kind}: {problem.reason}", style="yellow", markup=False)
    out.print(f"{output}: {job.result.summary}", markup=False)
    statistics = class_statistics(store)
    table = Table("Class", "Images", "Poses found", "Samples", "Removed", box=None)
    for each in statistics:
        table.add_row(each.class_name, *map(str, (each.images, each.poses, each.samples, each.removed)))
    out.print(table)
    for words in advice({each.class_name: each.samples for each in statistics}):
        out.print(words, markup=False)


@app.command()
def teach(
    source: Annotated[Path, typer.Argument(help="A video of about five repetitions, or a landmark sequence (.npz).")],
    name: Annotated[str, typer.Option(help="The exercise; its classes are called NAME_up and NAME_down, or the like.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The dataset to add to; made where it is missing.")],
    start: Annotated[float | None, typer.Option("--from", help="Second at which the repetitions begin.")] = None,
    end: Annotated[float | None, typer.Option("--to", help="Second at which they end.")] = None,
    variant: VariantOption = "full",
    as_json: JsonOption = False,
) -> None:
    """Learn an exercise from a few repetitions: samples with their pictures, in a dataset for `count --dataset`."""
    store = _existing(output)
    if source.suffix.lower() == SEQUENCE_SUFFIX:
        footage = Footage(LandmarkSequence.load(source))
    else:
        with PoseTracker(fetch_model(variant)) as tracker, progress_bar(f"Tracking {source.name}") as progress:
            footage, broke_off = track_footage(
                source, tracker, start=start, end=end, longest=float("inf"), progress=progress
            )
        if broke_off:
            err.print(f"Warning: {source} broke off; learned from as far as it goes. {broke_off}", style="yellow")
    known = store.dataset.exercises if store else ()
    target = next((each.target for each in known if each.name == safe_name(name)), None)
    taught = learn(footage.sequence, name, start=start, end=end, target=target)
    footage.add_to(store or DatasetStore.create(output), taught)
    for warning in taught.warnings:
        err.print(f"Warning: {warning}", style="yellow")
    if as_json:
        print_json(taught.to_json())
        return
    table = Table("Repetition", "Start", "Turn", "End", box=None)
    for number, each in enumerate(taught.repetitions, 1):
        table.add_row(str(number), f"{each.start:.1f} s", f"{each.turn:.1f} s", f"{each.end:.1f} s")
    out.print(table)
    for label in taught.dataset.classes:
        role = {taught.rest: "rest", taught.target: "turning point"}.get(label, "no part of it")
        out.print(f"{label} ({role}): {taught.dataset.labels.count(label)} samples")
    out.print(f"Added to {output}. Count with it: python -m posecount count VIDEO --dataset {output}")


@app.command()
def outliers(
    dataset: DatasetArgument,
    profile: Annotated[
        OutlierProfile, typer.Option(help="robust leaves each sample out; colab is the published search.")
    ] = "robust",
    as_json: JsonOption = False,
) -> None:
    """List the doubtful samples of a dataset, most doubtful first, and say how good it is."""
    samples, store = _open(dataset)
    kept = [index for index, sample in enumerate(store.samples) if sample in store.kept] if store else []
    neighbours = find_neighbours(samples.landmarks)
    found = find_outliers(
        samples, profile, neighbours=neighbours, visibility=store.visibility if store else None, kept=kept
    )
    quality = assess(samples, neighbours=neighbours)
    if as_json:
        print_json(
            {
                "accuracy": quality.accuracy,
                "verdict": quality.verdict,
                "outliers": [
                    {
                        "class": each.class_name,
                        "name": each.name,
                        "kind": each.kind,
                        "reason": each.reason,
                        "margin": round(each.margin, 4),
                        "votes": each.votes,
                        "suggested": each.suggested,
                        "neighbours": [
                            {
                                "class": samples.labels[index],
                                "name": samples.names[index],
                                "distance": round(distance, 3),
                            }
                            for index, distance in each.neighbours
                        ],
                    }
                    for each in found
                ],
            }
        )
        return
    for each in found:
        out.print(f"{each.class_name}/{each.name}: {each.reason}", markup=False)
    out.print(f"{len(found)} of {len(samples)} samples are doubtful. {quality.summary}", markup=False)


@app.command()
def export(
    dataset: DatasetArgument,
    output: Annotated[Path, typer.Option("--output", "-o", help="ML Kit CSV (.csv) or Colab folder (.zip) to write.")],
    images: Annotated[bool, typer.Option(help="Put the images into the zip too.")] = True,
) -> None:
    """Write a dataset for Google's ML Kit sample app (.csv) or for the Colab notebook (.zip)."""
    if output.suffix.lower() not in (".csv", ".zip"):
        raise typer.BadParameter(f"{output} must end in .csv or .zip.", param_hint="--output")
    samples, store = _open(dataset)
    if output.suffix.lower() == ".csv":
        plan = export_mlkit(samples, output)
    else:
        plan = export_colab(
            samples, output, (lambda index: store.image_path(store.samples[index])) if store and images else None
        )
    for warning in (*map(str, plan.renamed), *plan.warnings):
        err.print(f"Warning: {warning}", style="yellow", markup=False)
    out.print(f"{output}: {len(plan.dataset)} samples of {len(plan.counts)} classes", markup=False)
    if output.suffix.lower() == ".csv":
        out.print(f"For PoseClassifierProcessor.java:\n{plan.java}", markup=False)


def _existing(folder: Path) -> DatasetStore | None:
    """The dataset to add to, or None where it is yet to be made."""
    if not folder.is_dir() or not any(folder.iterdir()):
        return None
    store = DatasetStore(folder)
    for line in store.report:
        err.print(f"Note: {line}", style="yellow", markup=False)
    return store


def _open(path: Path) -> tuple[PoseDataset, DatasetStore | None]:
    """A dataset to read; as store where it is a folder."""
    if not path.is_dir():
        return PoseDataset.load(path), None
    store = DatasetStore(path, read_only=not (path / HIDDEN).is_dir())  # leaves a folder that is no store untouched
    for line in store.report:
        err.print(f"Note: {line}", style="yellow", markup=False)
    return store.dataset, store
