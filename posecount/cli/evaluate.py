"""The command ``evaluate``: how accurately clips with known repetitions are counted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from posecount.cli.terminal import (
    DatasetOption,
    JsonOption,
    ProfileOption,
    VariantOption,
    out,
    print_json,
    progress_bar,
)
from posecount.counting.settings import DEFAULT_PROFILE, Settings
from posecount.shipped import STARTER_DATASET

if TYPE_CHECKING:
    from posecount.evaluation.results import Evaluation, Summary


def evaluate_command(
    manifests: Annotated[
        list[Path],
        typer.Argument(
            metavar="MANIFEST...",
            help="CSV with the columns path, exercise, reps; optional: also, group, rate, bounds, seconds. "
            "Or a folder with a truth.csv.",
        ),
    ],
    dataset: DatasetOption = STARTER_DATASET,
    profile: ProfileOption = DEFAULT_PROFILE,
    fps: Annotated[
        str, typer.Option(help="Frame rates to evaluate at, such as 30,15,10.", show_default="each clip's own")
    ] = "",
    sweep_field: Annotated[
        str | None, typer.Option("--sweep", help="Try a setting at several values: exit_threshold=3,4,5.")
    ] = None,
    variant: VariantOption = "full",
    as_json: JsonOption = False,
) -> None:
    """Report how accurately clips are counted."""
    from posecount.counting.knn import PoseClassifier
    from posecount.datasets.dataset import PoseDataset
    from posecount.evaluation.evaluate import evaluate, sweep
    from posecount.evaluation.manifest import read_manifests

    rates = _numbers(fps, "--fps") if fps else ()
    clips = read_manifests(manifests)
    classifier = None if profile == "any" else PoseClassifier(PoseDataset.load(dataset))
    if sweep_field:
        field, _, values = sweep_field.partition("=")
        if field not in Settings.__dataclass_fields__:
            raise typer.BadParameter(
                f"{field} is not a setting. Try: {', '.join(Settings.__dataclass_fields__)}.", param_hint="--sweep"
            )
        numbers = _numbers(values, "--sweep")
        try:
            swept = sweep(clips, classifier, field, numbers, rates, profile=profile, variant=variant)
        except ValueError as error:
            raise typer.BadParameter(f"{error}. Try: other values.", param_hint="--sweep") from None
        if as_json:
            print_json({"setting": field, "values": [{"value": value, **tried.to_json()} for value, tried in swept]})
            return
        for value, tried in swept:
            out.print(f"{field} = {value:g}")
            _print_summaries(tried)
        return
    with progress_bar("Evaluating") as progress:
        evaluation = evaluate(clips, classifier, profile, rates, variant=variant, progress=progress)
    if as_json:
        print_json(evaluation.to_json())
        return
    for manifest, part in evaluation.by_manifest.items():
        if len(evaluation.by_manifest) > 1:
            out.print(f"\n{manifest}")
        _print_clips(part)
        _print_summaries(part)
    if len(evaluation.by_manifest) > 1:
        out.print("\nAll manifests")
        _print_summaries(evaluation)


def _print_clips(evaluation: Evaluation) -> None:
    from posecount.datasets.dataset import exercise_label

    table = Table("Clip", "fps", "Exercise", "True", "Counted", "False", box=None)
    for each in evaluation.results:
        true, counted = each.clip.reps, each.count
        cells = ["–" if number is None else str(number) for number in (true, counted)]
        if each.clip.seconds is not None:
            held = each.seconds.get(each.clip.exercise)
            cells = [f"{each.clip.seconds:g} s", "–" if held is None else f"{held:.1f} s"]
        exercise = exercise_label(each.clip.exercise)
        table.add_row(each.clip.path, f"{each.fps:g}", exercise, *cells, str(each.false_repetitions or ""))
    out.print(table)
    # A word that is misspelt would look like an exercise counted wrong.
    known = {exercise for each in evaluation.results for exercise in each.seconds}
    strange = {each.clip.exercise for each in evaluation.results if each.count is None and each.clip.reps} - known
    if strange:
        names = ", ".join(sorted(strange))
        out.print(f"The dataset does not know {names}: there only what `also` names is not false.", soft_wrap=True)
    repeated = {exercise for each in evaluation.results for exercise in each.counts}
    also = {name for each in evaluation.results for name in each.clip.also} - repeated - known
    if also and evaluation.profile != "any":
        out.print(f"`also` names what the dataset does not know: {', '.join(sorted(also))}.", soft_wrap=True)


def _print_summaries(evaluation: Evaluation) -> None:
    figures = evaluation.summary.to_json()
    names = [name for name, value in figures.items() if value is not None or not name.startswith(_OF_SOME)]
    parts = {
        "fps": evaluation.by_fps,
        "Group": evaluation.by_group,
        "Group, fps": evaluation.by_group_and_fps if len(evaluation.by_fps) > 1 else {},
        "Exercise": evaluation.by_exercise,
    }
    for title, part in parts.items():
        if part:
            table = Table(title, *(name.replace("_", " ") for name in names), box=None)
            for name, summary in part.items():
                table.add_row(name, *_shown(summary, names))
            if title == "fps" and len(part) > 1:
                table.add_row("all", *_shown(evaluation.summary, names))
            out.print(table)


_OF_SOME = ("precision", "recall", "late", "hold", "false_hold")
"""How the figures begin that only clips with bounds have, or datasets with a pose to hold."""


def _shown(summary: Summary, names: Sequence[str]) -> list[str]:
    """Figures as they are printed: `exact` and `obo` as a number of clips, and as a share."""
    cells = []
    for name in names:
        value = getattr(summary, name)
        text = "–" if value is None else f"{value:.4g}"
        cells.append(
            f"{value * summary.judged:.0f} ({text})" if name in ("exact", "obo") and value is not None else text
        )
    return cells


def _numbers(text: str, option: str) -> tuple[float, ...]:
    try:
        numbers = tuple(float(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    if not numbers or not all(0 < each < math.inf for each in numbers):
        raise typer.BadParameter(f"{text!r} is not a list of numbers. Try: 30,15,10.", param_hint=option)
    return numbers
