"""The command ``count``: recordings in, counts out."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from posecount.cli.count_report import print_many, print_one, warn_of_part, write_repetitions
from posecount.cli.history import save_recordings
from posecount.cli.interrupt import INTERRUPTED, interruptible, track_spread, was_cancelled
from posecount.cli.outputs import ForceOption, check_outputs
from posecount.cli.terminal import (
    DatasetOption,
    JobsOption,
    JsonOption,
    ProfileOption,
    SchedulerOption,
    VariantOption,
    err,
    fail,
    fetch_model,
    print_json,
    printable,
    progress_bar,
)
from posecount.counting.settings import DEFAULT_PROFILE, Settings
from posecount.files import is_special
from posecount.shipped import STARTER_DATASET

if TYPE_CHECKING:
    from posecount.video.parallel import Counting, SourceResult
    from posecount.video.recording import Recording


def count(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE…", help="Videos, landmark sequences (.npz), folders, globs, or a camera number."
        ),
    ],
    dataset: DatasetOption = STARTER_DATASET,
    profile: ProfileOption = DEFAULT_PROFILE,
    target: Annotated[str | None, typer.Option(help="Count only this class, as the notebook does.")] = None,
    variant: VariantOption = "full",
    enter: Annotated[float | None, typer.Option(help="Confidence above which a pose starts.", show_default="6")] = None,
    leave: Annotated[
        float | None, typer.Option("--exit", help="Confidence below which it ends.", show_default="4")
    ] = None,
    range_of_motion: Annotated[
        float | None, typer.Option(help="How far a repetition goes: 0 rest, 1 turning point.", show_default="0.75")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write the annotated video here (MP4); with several sources, a folder."),
    ] = None,
    reps: Annotated[Path | None, typer.Option(help="Write a table of the repetitions here (CSV).")] = None,
    jobs: JobsOption = 1,
    scheduler: SchedulerOption = None,
    save: Annotated[bool, typer.Option("--save", help="Save what was counted to your history of workouts.")] = False,
    force: ForceOption = False,
    as_json: JsonOption = False,
) -> None:
    """Count repetitions in videos or from a camera.

    It also counts in landmark sequences. Ctrl-C keeps what was counted.
    """
    from posecount.counting.knn import PoseClassifier
    from posecount.datasets.dataset import PoseDataset
    from posecount.video.parallel import Counting, find_sources

    settings = _settings(enter, leave, range_of_motion)
    counting = Counting(PoseDataset.load(dataset), profile, settings, target, variant=variant)
    classes = PoseClassifier(counting.dataset).classes
    if target is not None and target not in classes:
        raise typer.BadParameter(
            f"{target} is not a class of the dataset. Try: {', '.join(classes)}.", param_hint="--target"
        )
    camera = len(sources) == 1 and _is_camera(sources[0])
    if len(sources) == 1 and (camera or find_sources(sources[0]) == [Path(sources[0])]):
        source = int(sources[0]) if camera else Path(sources[0])
        _check_outputs(output, reps, [] if isinstance(source, int) else [source], dataset, force)
        recording = _count_one(source, counting, output, jobs, scheduler)
        warn_of_part(recording)
        problems = [*filter(None, [recording.unwritten]), *write_repetitions(reps, [recording])]
        if as_json:
            print_json(recording.to_json())
        else:
            print_one(recording)
        if save:
            err.print(save_recordings([recording], dataset))
        _end(problems, cancelled=was_cancelled(recording.broke_off))
        return
    results, left = _count_all(sources, counting, output, reps, jobs, scheduler, dataset, force)
    recordings = [each.recording for each in results if each.recording]
    for recording in recordings:
        warn_of_part(recording)
    problems = write_repetitions(reps, recordings)
    totals: Counter[str] = Counter()
    seconds: defaultdict[str, float] = defaultdict(float)
    for recording in recordings:
        totals.update(recording.counts)
        for name, held in recording.seconds.items():
            seconds[name] += held
    if as_json:
        documents = [
            each.recording.to_json() if each.recording else {"source": str(each.source), "error": each.error}
            for each in results
        ]
        rounded = {name: round(held, 3) for name, held in seconds.items()}
        print_json({"sources": documents, "counts": dict(totals), "seconds": rounded})
    else:
        print_many(recordings, totals, seconds)
    if save:
        err.print(save_recordings(recordings, dataset))
    if left:
        problems.append(f"Cancelled: {left} sources were not counted.")
    cancelled = left > 0 or any(was_cancelled(each.broke_off) for each in recordings)
    _end([each.error for each in results if each.error] + problems, cancelled)


def _settings(enter: float | None, leave: float | None, range_of_motion: float | None) -> Settings:
    for option, value, largest in (
        ("--enter", enter, 10),
        ("--exit", leave, 10),
        ("--range-of-motion", range_of_motion, 1),
    ):
        if value is not None and not 0 <= value <= largest:  # not a number either
            raise typer.BadParameter(f"{value} is not between 0 and {largest}.", param_hint=option)
    given: dict[str, Any] = {"enter_threshold": enter, "exit_threshold": leave, "range_of_motion": range_of_motion}
    try:
        return replace(Settings(), **{name: value for name, value in given.items() if value is not None})
    except ValueError as error:
        raise typer.BadParameter(f"{error}. Try: a lower --exit, or a higher --enter.", param_hint="--exit") from None


def _end(problems: Sequence[str], cancelled: bool) -> None:
    """Print what went wrong, after the counts; exit code 1 if anything did, and 130 after Ctrl-C."""
    for problem in problems:
        fail(problem)
    if problems or cancelled:
        raise typer.Exit(INTERRUPTED if cancelled else 1)


def _check_outputs(output: Path | None, reps: Path | None, sources: list[Path], dataset: Path, force: bool) -> None:
    """Check the outputs of a single source."""
    if output:
        check_outputs([output], "--output", sources=[*sources, dataset], force=force)
    if reps:
        check_outputs([reps], "--reps", sources=[*sources, dataset], force=force)
    if output and reps and os.path.realpath(output) == os.path.realpath(reps) and not is_special(reps):
        raise typer.BadParameter(f"{printable(reps)} is the --output too. Try: another name.", param_hint="--reps")


def _is_camera(source: str) -> bool:
    return source.isascii() and source.isdigit() and not Path(source).exists()


def _count_one(
    source: Path | int, counting: Counting, output: Path | None, jobs: int, scheduler: str | None
) -> Recording:
    from posecount.tracking.sequence import SEQUENCE_SUFFIX
    from posecount.tracking.tracker import PoseTracker
    from posecount.video.camera import Camera
    from posecount.video.count import count_recording
    from posecount.video.workers import check_scheduler

    if isinstance(source, int) or source.suffix.lower() == SEQUENCE_SUFFIX:
        check_scheduler(scheduler)  # it is not needed, but a wrong address is no less wrong
    if isinstance(source, int):
        err.print("Press Ctrl-C to stop.")
        with PoseTracker(fetch_model(counting.variant)) as tracker, interruptible() as stopped:
            pipeline = counting.pipeline(tracker)
            with progress_bar(f"Counting from camera {source}") as progress:
                recording = count_recording(Camera(source), pipeline, output, progress, cancelled=stopped.is_set)
        return replace(recording, broke_off=None) if stopped.is_set() else recording  # a camera has no end
    if source.suffix.lower() == SEQUENCE_SUFFIX:
        if output:
            raise typer.BadParameter("A landmark sequence has no picture to draw on. Try: leave out --output.")
        with interruptible() as stopped:
            return count_recording(source, counting.pipeline(None), cancelled=stopped.is_set)
    model = fetch_model(counting.variant)
    if jobs == 1 and scheduler is None:
        with PoseTracker(model) as tracker, interruptible() as stopped:
            pipeline = counting.pipeline(tracker)
            with progress_bar(f"Counting in {source.name}") as progress:
                return count_recording(source, pipeline, output, progress, cancelled=stopped.is_set)
    with progress_bar(f"Tracking {source.name}") as progress:
        sequence = track_spread(source, counting.variant, jobs, scheduler, progress)
    pipeline = counting.pipeline(None)
    if output is None:
        return replace(count_recording(sequence, pipeline), source=source)
    if was_cancelled(sequence.broke_off):
        why = f"{output} was not written, as tracking was cancelled."
        return replace(count_recording(sequence, pipeline), source=source, unwritten=why)
    pipeline.tracker = sequence.replay()
    with progress_bar(f"Drawing {output.name}") as progress, interruptible() as stopped:
        return count_recording(source, pipeline, output, progress, cancelled=stopped.is_set)


def _count_all(
    arguments: Sequence[str],
    counting: Counting,
    output: Path | None,
    reps: Path | None,
    jobs: int,
    scheduler: str | None,
    dataset: Path,
    force: bool,
) -> tuple[list[SourceResult], int]:
    """The results, and how many sources Ctrl-C left uncounted."""
    from posecount.tracking.sequence import SEQUENCE_SUFFIX
    from posecount.video.parallel import SourceError, SourceResult, count_many, find_sources

    sources: list[Path] = []
    results: list[SourceResult] = []
    for argument in arguments:
        if _is_camera(argument):
            raise typer.BadParameter(f"Camera {argument} cannot be counted with other sources. Try: count it alone.")
        try:
            sources += [each for each in find_sources(argument) if each not in sources]
        except SourceError as error:
            results.append(SourceResult(Path(argument), None, str(error)))
    outputs: dict[Path, Path] = {}
    _check_outputs(None, reps, sources, dataset, force)
    if output:
        if not output.parent.is_dir():
            raise typer.BadParameter(f"The folder {printable(output.parent)} does not exist.", param_hint="--output")
        if output.exists() and not output.is_dir():
            raise typer.BadParameter(
                f"{output} is a file. Try: name a folder for several videos.", param_hint="--output"
            )
        outputs = _output_names([each for each in sources if each.suffix.lower() != SEQUENCE_SUFFIX], output)
        created = not output.exists()
        output.mkdir(exist_ok=True)
        try:
            check_outputs(outputs.values(), "--output", sources=[*sources, dataset], force=force)
        except typer.BadParameter:
            if created:
                output.rmdir()
            raise
    if any(each.suffix.lower() != SEQUENCE_SUFFIX for each in sources):
        fetch_model(counting.variant)
    with progress_bar(f"Counting in {len(sources)} sources") as progress, ExitStack() as stack:
        one_by_one = jobs == 1 and scheduler is None
        cancelled = stack.enter_context(interruptible()).is_set if one_by_one else lambda: False
        done = count_many(
            sources,
            counting,
            outputs=outputs,
            jobs=jobs,
            scheduler=scheduler,
            progress=progress,
            cancelled=cancelled,
        )
    return [*results, *done], len(sources) - len(done)


def _output_names(sources: Sequence[Path], folder: Path) -> dict[Path, Path]:
    """A name for each annotated video; sources with the same name in different folders are numbered."""
    names: dict[Path, Path] = {}
    for source in sources:
        path, number = folder / f"{source.stem}-counted.mp4", 1
        while path in names.values():
            number += 1
            path = folder / f"{source.stem}-counted-{number}.mp4"
        names[source] = path
    return names
