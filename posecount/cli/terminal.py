"""What the commands share: options, progress bars, and how they print. Nothing here imports what computes."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from posecount.counting.settings import Profile
from posecount.jobs import Progress
from posecount.tracking.variant import Variant


class _Terminal(Console):
    """Prints names as they are: no markup, no emoji codes, and no control characters."""

    def render_str(self, text: str, **options: Any) -> Text:
        """Text as it is shown, in tables too."""
        return super().render_str(printable(text), **options)


def printable(text: object) -> str:
    """Text for a terminal: control characters, which could move the cursor or change colours, become ``\\x1b``."""
    return "".join(
        each
        if each in "\n\t" or unicodedata.category(each) not in ("Cc", "Cf", "Cs", "Zl", "Zp")
        else ascii(each)[1:-1]
        for each in str(text)
    )


out = _Terminal(soft_wrap=True, highlight=False, markup=False, emoji=False)
if not out.is_terminal:
    out.width = 500  # a program reads it: no name in a table is folded
err = _Terminal(stderr=True, soft_wrap=True, highlight=False, markup=False, emoji=False)

DatasetOption = Annotated[Path, typer.Option(help="Colab folder or ML Kit CSV.", show_default="the starter dataset")]
OutputOption = Annotated[
    Path, typer.Option("--output", "-o", help="The dataset to add to; created if it does not exist.")
]
ProfileOption = Annotated[Profile, typer.Option(help="How confidence becomes repetitions.")]
VariantOption = Annotated[Variant, typer.Option(help="Pose model: lite is faster, heavy more accurate.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
JobsOption = Annotated[
    int, typer.Option(min=1, help="Worker processes. One video is split into segments, several are shared out whole.")
]

SchedulerOption = Annotated[
    str | None, typer.Option(help="Use a Dask cluster: the address of its scheduler, such as tcp://host:8786.")
]


@contextmanager
def progress_bar(task: str) -> Iterator[Progress]:
    """A progress bar on standard error, if that is a terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as ProgressBar

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[speed]}", style="progress.data.speed"),
        TimeRemainingColumn(),
    )
    with ProgressBar(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        identifier = bar.add_task(printable(task), total=None, speed="")

        def show(done: int, total: int | None) -> None:
            speed = bar.tasks[0].speed
            bar.update(identifier, completed=done, total=total, speed=f"{speed:.0f}/s" if speed else "")

        yield show


def print_json(document: object) -> None:
    """Print a document on standard output."""
    typer.echo(json.dumps(document, indent=1))


def fail(message: str) -> None:
    """Print an error on standard error."""
    err.print(f"Error: {printable(message)}", style="red", markup=False)


def warn(message: str) -> None:
    """Print a warning on standard error."""
    err.print(f"Warning: {printable(message)}", style="yellow", markup=False)


def fetch_model(variant: Variant) -> Path:
    """Path of the pose model, with a progress bar where it has to be fetched."""
    from posecount.tracking.model import model_path

    with progress_bar("Fetching the pose model") as progress:
        return model_path(variant, progress=lambda _, done, total: progress(done, total))
