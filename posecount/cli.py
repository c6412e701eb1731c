"""The command line: ``python -m posecount COMMAND``; each command is one call of the library."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from posecount.benchmark import benchmark, benchmark_bootstrap, benchmark_leave_one_out
from posecount.classifier import PoseClassifier
from posecount.dataset import DatasetError, PoseDataset, exercise_label
from posecount.errors import PosecountError
from posecount.evaluation import Evaluation, Summary, evaluate, sweep
from posecount.export import export_colab, export_mlkit
from posecount.intake import Intake, IntakeJob
from posecount.journal import HIDDEN
from posecount.model import Variant, find_model, model_path
from posecount.neighbours import find_neighbours
from posecount.outliers import OutlierProfile, find_outliers
from posecount.pipeline import DEFAULT_PROFILE, Profile, RepetitionPipeline, Settings
from posecount.quality import assess
from posecount.recording import count_recording, track_video
from posecount.samples import STARTER_DATASET
from posecount.sequence import SEQUENCE_SUFFIX, LandmarkSequence
from posecount.statistics import advice, class_statistics
from posecount.store import DatasetStore
from posecount.teaching import teach as learn
from posecount.tracker import PoseTracker

app = typer.Typer(
    name="posecount",
    help="Count exercise repetitions in video.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
_out = Console(soft_wrap=True, highlight=False)
_err = Console(stderr=True, soft_wrap=True, highlight=False)

DatasetOption = Annotated[Path, typer.Option(help="Colab folder or ML Kit CSV.", show_default="the starter dataset")]
DatasetArgument = Annotated[Path, typer.Argument(help="Colab folder or ML Kit CSV.")]
ProfileOption = Annotated[Profile, typer.Option(help="How votes become repetitions.")]
VariantOption = Annotated[Variant, typer.Option(help="Pose model: lite is faster, heavy more exact.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


def main() -> None:
    """Run the command line; errors about inputs are one message on standard error and exit code 1."""
    _silence_native_logs()
    try:
        app()
    except PosecountError as error:
        _err.print(f"Error: {error}", style="red", markup=False)
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


@contextmanager
def _progress(task: str) -> Iterator[Callable[[int, int | None], None]]:
    """A progress bar on standard error, if that is a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=_err, transient=True, disable=not _err.is_terminal) as bar:
        identifier = bar.add_task(task, total=None)
        yield lambda done, total: bar.update(identifier, completed=done, total=total)


def _print_json(document: object) -> None:
    typer.echo(json.dumps(document, indent=1))


def _model(variant: Variant) -> Path:
    with _progress("Fetching the pose model") as progress:
        return model_path(variant, progress=lambda _, done, total: progress(done, total))


@app.command()
def count(
    source: Annotated[Path, typer.Argument(help="A video, or a landmark sequence (.npz).")],
    dataset: DatasetOption = STARTER_DATASET,
    profile: ProfileOption = DEFAULT_PROFILE,
    target: Annotated[str | None, typer.Option(help="Count this class alone, as the notebook does.")] = None,
    variant: VariantOption = "full",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write the annotated video here (MP4).")] = None,
    as_json: JsonOption = False,
) -> None:
    """Count the repetitions in a video or landmark sequence."""
    classifier = PoseClassifier(PoseDataset.load(dataset))
    if target is not None and target not in classifier.classes:
        raise typer.BadParameter(f"{target} is no class of the dataset: it has {', '.join(classifier.classes)}.")
    tracked = source.suffix.lower() == SEQUENCE_SUFFIX
    if tracked and output:
        raise typer.BadParameter("A landmark sequence has no picture to draw on: leave --output out.")
    tracker = None if tracked else PoseTracker(_model(variant))
    try:
        with _progress(f"Counting in {source.name}") as progress:
            pipeline = RepetitionPipeline(tracker, classifier, profile, target=target)
            recording = count_recording(source, pipeline, output, progress)
    finally:
        if tracker:
            tracker.close()
    if recording.broke_off:
        _err.print(f"Warning: {source} broke off; counted as far as it goes. {recording.broke_off}", style="yellow")
    if as_json:
        _print_json(recording.to_json())
        return
    table = Table("Repetition", "Exercise", "Start", "End", box=None)
    for number, repetition in enumerate(recording.repetitions, 1):
        table.add_row(
            str(number), exercise_label(repetition.exercise), f"{repetition.start:.1f} s", f"{repetition.end:.1f} s"
        )
    if recording.repetitions:
        _out.print(table)
    for name, number in recording.counts.items():
        _out.print(f"{exercise_label(name)}: {number}")


@app.command()
def track(
    video: Annotated[Path, typer.Argument(help="A video.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The landmark sequence to write (.npz).")],
    fps: Annotated[float | None, typer.Option(min=1, help="Drop frames to come down to this rate.")] = None,
    variant: VariantOption = "full",
) -> None:
    """Track the person in a video and keep the landmarks, to count again without tracking."""
    if output.suffix.lower() != SEQUENCE_SUFFIX:
        raise typer.BadParameter(f"{output} must end in {SEQUENCE_SUFFIX}.", param_hint="--output")
    if not output.parent.is_dir():
        raise typer.BadParameter(f"the folder {output.parent} does not exist.", param_hint="--output")
    with PoseTracker(_model(variant)) as tracker, _progress(f"Tracking {video.name}") as progress:
        sequence = track_video(video, tracker, fps, progress)
    sequence.save(output)
    if sequence.broke_off:
        _err.print(f"Warning: {video} broke off; tracked as far as it goes. {sequence.broke_off}", style="yellow")
    found = sum(pose is not None for _, pose in sequence.poses())
    _out.print(f"{output}: {len(sequence)} frames, a pose in {found} of them")


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
            _out.print(f"{field} = {value:g}")
            _print_summaries(tried)
        return
    with _progress("Evaluating") as progress:
        evaluation = evaluate(
            manifest, classifier, profile, rates, variant=variant, progress=lambda _, done, total: progress(done, total)
        )
    if as_json:
        _print_json(evaluation.to_json())
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
    _out.print(table)
    _print_summaries(evaluation)


def _print_summaries(evaluation: Evaluation) -> None:
    names = list(Summary.__dataclass_fields__)
    table = Table("fps", *(name.replace("_", " ") for name in names), box=None)
    for rate, summary in evaluation.by_fps.items():
        figures = summary.to_json()
        table.add_row(f"{rate:g}", *("–" if figures[name] is None else f"{figures[name]:g}" for name in names))
    _out.print(table)


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
    with _progress("Fetching the pose model") as progress:
        found = find_model(variant, progress=lambda _, done, total: progress(done, total))
    _out.print(f"{found.path} (variant {found.variant}, from {found.source})")


@app.command()
def bench(
    samples: Annotated[int, typer.Option(min=2, help="Thin the starter dataset to about this many samples.")] = 800,
    datasets: Annotated[bool, typer.Option("--datasets", help="Measure bootstrap and outlier search too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Measure each stage over the shipped clip, and whether any grows with the length of a session."""
    tracker_model = _model("full")
    with _progress("Measuring") as progress:
        result = benchmark(tracker_model, samples, progress)
    if datasets:
        result["bootstrap"] = benchmark_bootstrap(tracker_model)
        result["leave_one_out"] = benchmark_leave_one_out()
    if as_json:
        _print_json(result)
        return
    table = Table("Stage", "median ms", "p95 ms", "frame 10,000 / frame 1", box=None)
    for stage, figures in result["stages"].items():
        growth = result["growth"].get(stage)
        table.add_row(
            stage, f"{figures['median_ms']:.2f}", f"{figures['p95_ms']:.2f}", f"{growth:.2f}" if growth else "–"
        )
    _out.print(table)
    _out.print(
        f"All but the tracker: {result['without_tracker_ms']:.2f} ms a frame with {result['samples']} samples, "
        f"{result['ratio_to_tracker']:.3f} of the tracker."
    )
    if datasets:
        rates, search = result["bootstrap"], result["leave_one_out"]
        _out.print(
            f"Bootstrap, images per second: {rates['fresh']:.1f} with a fresh tracker each, {rates['one_worker']:.1f} "
            f"with one worker ({rates['one_worker_ratio']:.1f} times), {rates['two_workers']:.1f} with two "
            f"({rates['two_workers_ratio']:.1f} times)."
        )
        _out.print(
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
    store = DatasetStore(output) if output.is_dir() and any(output.iterdir()) else DatasetStore.create(output)
    for line in store.report:
        _err.print(f"Note: {line}", style="yellow", markup=False)
    tracker_model = _model(variant)
    with _progress(f"Bootstrapping {images.name}") as progress:
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
    assert job.report is not None
    for problem in job.report.problems:
        _err.print(f"{problem.name}: {problem.kind}: {problem.reason}", style="yellow", markup=False)
    _out.print(f"{output}: {job.report.summary}", markup=False)
    statistics = class_statistics(store)
    table = Table("Class", "Images", "Poses found", "Samples", "Removed", box=None)
    for each in statistics:
        table.add_row(each.class_name, *map(str, (each.images, each.poses, each.samples, each.removed)))
    _out.print(table)
    for words in advice({each.class_name: each.samples for each in statistics}):
        _out.print(words, markup=False)


@app.command()
def teach(
    source: Annotated[Path, typer.Argument(help="A video of about five repetitions, or a landmark sequence (.npz).")],
    name: Annotated[str, typer.Option(help="The exercise; its classes are called NAME_up and NAME_down, or the like.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The dataset to write, a new Colab folder.")],
    start: Annotated[float | None, typer.Option("--from", help="Second at which the repetitions begin.")] = None,
    end: Annotated[float | None, typer.Option("--to", help="Second at which they end.")] = None,
    variant: VariantOption = "full",
    as_json: JsonOption = False,
) -> None:
    """Learn an exercise from a few repetitions, as a dataset for `count --dataset`."""
    if output.is_dir() and any(output.iterdir()):
        raise typer.BadParameter(f"{output} holds something already: choose a new folder.", param_hint="--output")
    if source.suffix.lower() == SEQUENCE_SUFFIX:
        sequence = LandmarkSequence.load(source)
    else:
        with PoseTracker(_model(variant)) as tracker, _progress(f"Tracking {source.name}") as progress:
            sequence = track_video(source, tracker, progress=progress)
    if sequence.broke_off:
        _err.print(f"Warning: {source} broke off; learned from as far as it goes. {sequence.broke_off}", style="yellow")
    taught = learn(sequence, name, start=start, end=end)
    taught.dataset.save(output)
    for warning in taught.warnings:
        _err.print(f"Warning: {warning}", style="yellow")
    if as_json:
        _print_json(taught.to_json())
        return
    table = Table("Repetition", "Start", "Turn", "End", box=None)
    for number, each in enumerate(taught.repetitions, 1):
        table.add_row(str(number), f"{each.start:.1f} s", f"{each.turn:.1f} s", f"{each.end:.1f} s")
    _out.print(table)
    for label in taught.dataset.classes:
        role = {taught.rest: "rest", taught.target: "turning point"}.get(label, "no part of it")
        _out.print(f"{label} ({role}): {taught.dataset.labels.count(label)} samples")
    _out.print(f"Written to {output}. Count with it: python -m posecount count VIDEO --dataset {output}")


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
        _print_json(
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
        _out.print(f"{each.class_name}/{each.name}: {each.reason}", markup=False)
    _out.print(f"{len(found)} of {len(samples)} samples are doubtful. {quality.summary}", markup=False)


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
        _err.print(f"Warning: {warning}", style="yellow", markup=False)
    _out.print(f"{output}: {len(plan.dataset)} samples of {len(plan.counts)} classes", markup=False)
    if output.suffix.lower() == ".csv":
        _out.print(f"For PoseClassifierProcessor.java:\n{plan.java}", markup=False)


def _open(path: Path) -> tuple[PoseDataset, DatasetStore | None]:
    """A dataset to read; as store where it is a folder."""
    if not path.is_dir():
        return PoseDataset.load(path), None
    store = DatasetStore(path, read_only=not (path / HIDDEN).is_dir())  # leaves a folder that is no store untouched
    for line in store.report:
        _err.print(f"Note: {line}", style="yellow", markup=False)
    return store.dataset, store
