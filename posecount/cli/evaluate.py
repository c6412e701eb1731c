"""The command ``evaluate``: how accurately clips with known repetitions are counted."""

from __future__ import annotations

import math
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
    from posecount.evaluation.results import Evaluation


def evaluate_command(
    manifest: Annotated[Path, typer.Argument(help="CSV with the columns path, exercise, reps; optional: also, fps.")],
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
    from posecount.datasets.dataset import PoseDataset, exercise_label
    from posecount.evaluation.evaluate import evaluate, sweep

    rates = _numbers(fps, "--fps") if fps else ()
    classifier = PoseClassifier(PoseDataset.load(dataset))
    if sweep_field:
        field, _, values = sweep_field.partition("=")
        if field not in Settings.__dataclass_fields__:
            raise typer.BadParameter(
                f"{field} is not a setting. Try: {', '.join(Settings.__dataclass_fields__)}.", param_hint="--sweep"
            )
        numbers = _numbers(values, "--sweep")
        try:
            swept = sweep(manifest, classifier, field, numbers, rates, profile=profile, variant=variant)
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
    rows = {rate: summary.to_json() for rate, summary in evaluation.by_fps.items()}
    names = list(evaluation.summary.to_json())
    table = Table("fps", *(name.replace("_", " ") for name in names), box=None)
    for rate, figures in rows.items():
        table.add_row(f"{rate:g}", *("–" if figures[name] is None else f"{figures[name]:g}" for name in names))
    out.print(table)


def _numbers(text: str, option: str) -> tuple[float, ...]:
    try:
        numbers = tuple(float(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    if not numbers or not all(0 < each < math.inf for each in numbers):
        raise typer.BadParameter(f"{text!r} is not a list of numbers. Try: 30,15,10.", param_hint=option)
    return numbers
