"""The command line: ``posecount COMMAND``, or ``python -m posecount COMMAND``.

Each command is one call of the library, which it imports when it runs, so that ``--help`` answers at once.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import posecount
from posecount.cli.bench import bench
from posecount.cli.count import count
from posecount.cli.datasets import bootstrap, export, outliers, teach
from posecount.cli.evaluate import evaluate_command
from posecount.cli.history import history
from posecount.cli.interrupt import INTERRUPTED, unwind_on_termination
from posecount.cli.serve import PASS_ON, serve
from posecount.cli.terminal import VariantOption, fail, out, printable, progress_bar
from posecount.cli.track import track
from posecount.errors import PosecountError


class _Commands(TyperGroup):
    """Commands whose errors about inputs are one message on standard error and exit code 1."""

    def invoke(self, ctx: Any) -> Any:  # Typer has a copy of Click of its own, or not, depending on its version
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()  # a full disk is noticed here, not when Python ends
        except typer.BadParameter as error:
            error.message = printable(error.message)
            raise
        except PosecountError as error:
            fail(str(error))
        except KeyboardInterrupt:
            fail("cancelled")
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:  # the reader of a pipe has seen enough
            raise
        except OSError as error:
            _fail_to_write(error)
        else:
            return result
        raise typer.Exit(1)


app = typer.Typer(
    name="posecount",
    cls=_Commands,
    help="Count exercise repetitions in video.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def main() -> None:
    """Run the command line."""
    open_standard_streams()
    silence_native_logs()
    unwind_on_termination()
    try:
        app()
    except OSError as error:  # what is printed before a command begins, such as its help
        _fail_to_write(error)
        sys.exit(1)


def open_standard_streams() -> None:
    """Lead standard streams that are closed to the null device.

    The next file that is opened would have their number, and what native code prints would be written into it.
    """
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # it gets the lowest number that is free, and stays open
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode, encoding="utf-8"))


def _fail_to_write(error: OSError) -> None:
    _drop_unwritable_output()
    where = f": {error.filename}" if error.filename else ""
    fail(f"{error.strerror or error}{where}. Try: free disk space, or check the place and its permissions.")


def _drop_unwritable_output() -> None:
    """If standard output cannot be written, lead what is left of it nowhere: Python would fail again at its end."""
    try:
        sys.stdout.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def silence_native_logs() -> None:
    """Keep standard error for people: MediaPipe's native code writes forty lines there, and ignores every setting.

    It writes to the file descriptor, so that descriptor leads nowhere, and Python's own stream gets another one.
    """
    if os.environ.get("POSECOUNT_NATIVE_LOGS"):
        return
    sys.stderr.flush()
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1, encoding=sys.stderr.encoding, errors="backslashreplace")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"posecount {posecount.__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Count exercise repetitions in video."""


def model(
    variant: VariantOption = "full",
    browser: Annotated[
        bool, typer.Option("--browser", help="Also the files with which browsers track on their own device.")
    ] = False,
) -> None:
    """Print where the pose model is, and download it if needed."""
    from posecount.tracking.browser import VERSION, find_browser_files
    from posecount.tracking.model import find_model

    with progress_bar("Fetching the pose model") as progress:
        found = find_model(variant, progress=lambda _, done, total: progress(done, total))
    out.print(f"{found.path} (variant {found.variant}, from {found.source})", markup=False)
    if browser:
        with progress_bar("Fetching the browser tracker") as progress:
            folder = find_browser_files(progress=lambda _, done, total: progress(done, total))
        out.print(f"{folder} (tasks-vision {VERSION})", markup=False)


for command in (count, track, bootstrap, teach, outliers, export, history, model, bench):
    app.command()(command)
app.command("evaluate")(evaluate_command)
app.command("app", context_settings=PASS_ON)(serve)
