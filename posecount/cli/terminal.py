"""What the commands of the command line share: options, progress bars, and how they print."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from posecount.counting.settings import Profile
from posecount.tracking.model import model_path
from posecount.tracking.variant import Variant

out = Console(soft_wrap=True, highlight=False)
if not out.is_terminal:
    out.width = 500  # a program reads it: no name in a table is folded
err = Console(stderr=True, soft_wrap=True, highlight=False)

DatasetOption = Annotated[Path, typer.Option(help="Colab folder or ML Kit CSV.", show_default="the starter dataset")]
ProfileOption = Annotated[Profile, typer.Option(help="How votes become repetitions.")]
VariantOption = Annotated[Variant, typer.Option(help="Pose model: lite is faster, heavy more exact.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
JobsOption = Annotated[int, typer.Option(min=1, help="Worker processes: one video is cut in parts, many are spread.")]


class _SpeedColumn(ProgressColumn):
    """How many a second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:.0f}/s" if task.speed else "", style="progress.data.speed")


@contextmanager
def progress_bar(task: str) -> Iterator[Callable[[int, int | None], None]]:
    """A progress bar on standard error, if that is a terminal."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _SpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        identifier = bar.add_task(task, total=None)
        yield lambda done, total: bar.update(identifier, completed=done, total=total)


def print_json(document: object) -> None:
    """A document on standard output."""
    typer.echo(json.dumps(document, indent=1))


def fetch_model(variant: Variant) -> Path:
    """Path of the pose model, with a progress bar where it has to be fetched."""
    with progress_bar("Fetching the pose model") as progress:
        return model_path(variant, progress=lambda _, done, total: progress(done, total))
