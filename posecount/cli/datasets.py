"""The commands about datasets: ``bootstrap``, ``teach``, ``outliers`` and ``export``."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from posecount.cli.outputs import ForceOption, check_outputs
from posecount.cli.terminal import (
    JsonOption,
    OutputOption,
    VariantOption,
    err,
    fetch_model,
    out,
    print_json,
    progress_bar,
    warn,
)
from posecount.errors import DatasetError
from posecount.review.profile import OutlierProfile

if TYPE_CHECKING:
    from posecount.datasets.dataset import PoseDataset
    from posecount.datasets.store import DatasetStore
    from posecount.ingest.teaching.footage import Footage
    from posecount.ingest.teaching.holds import TaughtHold
    from posecount.tracking.variant import Variant

DatasetArgument = Annotated[Path, typer.Argument(help="Colab folder or ML Kit CSV.")]


def bootstrap(
    images: Annotated[
        Path, typer.Argument(help="A folder or zip of <class>/<image>, an ML Kit CSV, or one class's Colab CSV.")
    ],
    output: OutputOption,
    limit: Annotated[int | None, typer.Option(min=1, help="Max photos per class.")] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Worker processes.", show_default="2 to 4")] = None,
    again: Annotated[bool, typer.Option("--again", help="Retry photos in which no person was found before.")] = False,
    variant: VariantOption = "full",
) -> None:
    """Turn photos into samples of a dataset.

    Only new photos are looked at. Ctrl-C keeps what was found.
    """
    from posecount.datasets.statistics import advice, class_statistics
    from posecount.datasets.store import DatasetStore
    from posecount.ingest.intake import IntakeJob, open_path

    collection = open_path(images)
    store = _existing(output) or DatasetStore.create(output)
    tracker_model = fetch_model(variant) if collection.needs_model else None
    with progress_bar(f"Bootstrapping {images.name}") as progress:
        job = IntakeJob(store, collection, tracker_model, limit=limit, jobs=jobs, again=again)
        while job.running:
            try:
                job.wait(0.1)
            except KeyboardInterrupt:
                job.cancel()
            if job.progress:
                progress(*job.progress[:2])
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


def teach(
    source: Annotated[Path, typer.Argument(help="A video of about five repetitions, or a landmark sequence (.npz).")],
    name: Annotated[str, typer.Option(help="The exercise. Its classes become NAME_up and NAME_down, or similar.")],
    output: OutputOption,
    start: Annotated[float | None, typer.Option("--from", help="Second at which the repetitions begin.")] = None,
    end: Annotated[float | None, typer.Option("--to", help="Second at which they end.")] = None,
    hold: Annotated[bool, typer.Option("--hold", help="Learn a pose that is held for five seconds.")] = False,
    variant: VariantOption = "full",
    as_json: JsonOption = False,
) -> None:
    """Learn an exercise from a few repetitions, or with --hold a pose to hold.

    The samples and their pictures go into a dataset for `count --dataset`.
    """
    from posecount.datasets.store import DatasetStore
    from posecount.ingest.teaching.holds import teach_hold
    from posecount.ingest.teaching.repetitions import Taught, teach
    from posecount.names import safe_name

    for option, second in (("--from", start), ("--to", end)):
        if second is not None and not math.isfinite(second):
            raise typer.BadParameter(f"{second} is not a number of seconds.", param_hint=option)
    store = _existing(output)
    footage = _footage(source, start, end, variant)
    known = store.dataset.repeated if store else ()
    target = next((each.target for each in known if each.name == safe_name(name)), None)
    taught: Taught | TaughtHold
    if hold:
        taught = teach_hold(footage.sequence, name, start=start, end=end)
    else:
        taught = teach(footage.sequence, name, start=start, end=end, target=target)
    footage.add_to(store or DatasetStore.create(output), taught)
    for warning in taught.warnings:
        warn(warning)
    if as_json:
        print_json(taught.to_json())
        return
    if isinstance(taught, Taught):
        table = Table("Repetition", "Start", "Turn", "End", box=None)
        for number, each in enumerate(taught.repetitions, 1):
            table.add_row(str(number), f"{each.start:.1f} s", f"{each.turn:.1f} s", f"{each.end:.1f} s")
        out.print(table)
        roles = {taught.rest: "rest", taught.target: "turning point"}
    else:
        out.print(f"Held from {taught.start:.1f} s to {taught.end:.1f} s")
        roles = {taught.held: "held"}
    for label in taught.dataset.classes:
        role = roles.get(label, "not part of it")
        out.print(f"{label} ({role}): {taught.dataset.labels.count(label)} samples", markup=False)
    out.print(f"Added to {output}. Count with it: posecount count VIDEO --dataset {output}", markup=False)


def _footage(source: Path, start: float | None, end: float | None, variant: Variant) -> Footage:
    from posecount.ingest.teaching.footage import Footage, track_footage
    from posecount.tracking.sequence import SEQUENCE_SUFFIX, LandmarkSequence
    from posecount.tracking.tracker import PoseTracker

    if source.suffix.lower() == SEQUENCE_SUFFIX:
        return Footage(LandmarkSequence.load(source))
    with PoseTracker(fetch_model(variant)) as tracker, progress_bar(f"Tracking {source.name}") as progress:
        footage, broke_off = track_footage(
            source, tracker, start=start, end=end, longest=float("inf"), progress=progress
        )
    if broke_off:
        warn(f"{source} was read only in part, and the exercise is learned from that part: {broke_off}.")
    return footage


def outliers(
    dataset: DatasetArgument,
    profile: Annotated[
        OutlierProfile, typer.Option(help="robust leaves each sample out; colab is the published search.")
    ] = "robust",
    as_json: JsonOption = False,
) -> None:
    """List the doubtful samples of a dataset.

    The most doubtful comes first; the last line rates the whole dataset.
    """
    from posecount.review.neighbours import find_neighbours
    from posecount.review.outliers import find_outliers
    from posecount.review.quality import assess

    samples, store = _open(dataset)
    kept = [index for index, sample in enumerate(store.samples) if sample in store.kept] if store else []
    neighbours = find_neighbours(samples.landmarks)
    found = find_outliers(
        samples, profile, neighbours=neighbours, visibility=store.visibility if store else None, kept=kept
    )
    quality = assess(samples, neighbours=neighbours)
    if as_json:
        doubtful = [
            {
                "class": each.class_name,
                "name": each.name,
                "kind": each.kind,
                "reason": each.reason,
                "margin": round(each.margin, 4),
                "votes": each.votes,
                "suggested": each.suggested,
                "neighbours": [
                    {"class": samples.labels[index], "name": samples.names[index], "distance": round(distance, 3)}
                    for index, distance in each.neighbours
                ],
            }
            for each in found
        ]
        print_json({"accuracy": quality.accuracy, "verdict": quality.verdict, "outliers": doubtful})
        return
    for each in found:
        out.print(f"{each.class_name}/{each.name}: {each.reason}", markup=False)
    out.print(f"{len(found)} of {len(samples)} samples are doubtful. {quality.summary}", markup=False)


def export(
    dataset: DatasetArgument,
    output: Annotated[Path, typer.Option("--output", "-o", help="ML Kit CSV (.csv) or Colab folder (.zip) to write.")],
    images: Annotated[bool, typer.Option(help="Include the images in the zip.")] = True,
    force: ForceOption = False,
) -> None:
    """Write a dataset for ML Kit (.csv) or Colab (.zip)."""
    from posecount.datasets.export import export_colab, export_mlkit

    suffix = output.suffix.lower()
    if suffix not in (".csv", ".zip"):
        raise typer.BadParameter(f"{output} must end in .csv or .zip.", param_hint="--output")
    check_outputs([output], "--output", sources=[dataset], force=force)
    samples, store = _open(dataset)
    if suffix == ".csv":
        plan = export_mlkit(samples, output)
    else:
        plan = export_colab(
            samples, output, (lambda index: store.image_path(store.samples[index])) if store and images else None
        )
    for warning in (*map(str, plan.renamed), *plan.warnings):
        warn(warning)
    out.print(f"{output}: {len(plan.dataset)} samples of {len(plan.counts)} classes", markup=False)
    if suffix == ".csv":
        out.print(f"For PoseClassifierProcessor.java:\n{plan.java}", markup=False)


def _existing(folder: Path) -> DatasetStore | None:
    """The dataset to add to, or None if it does not exist yet."""
    from posecount.datasets.store import DatasetStore

    if not folder.is_dir() or not any(folder.iterdir()):
        return None
    store = DatasetStore(folder)
    _print_notes(store)
    return store


def _open(path: Path) -> tuple[PoseDataset, DatasetStore | None]:
    """A dataset to read; with its store if it is a folder."""
    from posecount.datasets.dataset import PoseDataset
    from posecount.datasets.folder import HIDDEN
    from posecount.datasets.store import DatasetStore

    if not path.is_dir():
        return PoseDataset.load(path), None
    store = DatasetStore(path, read_only=not (path / HIDDEN).is_dir())  # a folder that is not a store stays untouched
    _print_notes(store)
    return store.dataset, store


def _print_notes(store: DatasetStore) -> None:
    for line in store.report:
        err.print(f"Note: {line}", style="yellow", markup=False)
