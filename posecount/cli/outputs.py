"""What a command checks before it writes: no output is a source, and none is replaced unasked."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from posecount.cli.terminal import printable
from posecount.files import is_special

ForceOption = Annotated[bool, typer.Option("--force", help="Replace outputs that exist, without asking.")]


def check_outputs(outputs: Iterable[Path], option: str, *, sources: Iterable[Path], force: bool) -> None:
    """Refuse outputs that cannot be written, that are sources, or that exist and may not be replaced.

    A person at a terminal is asked before something is replaced.

    Args:
        outputs: files to write.
        option: what names them, for messages.
        sources: files and folders that are read. An output is neither one of them nor inside a dataset's folder.
        force: replace without asking.

    Raises:
        typer.BadParameter: exit code 2; nothing is written.
    """
    outputs, sources = list(outputs), list(sources)
    try:
        for output in outputs:
            _check(output, option, sources)
        existing = [each for each in outputs if each.exists() and not is_special(each)]
    except (OSError, ValueError) as error:  # such as a name of 300 letters, or one with a null in it
        raise _refused(option, f"cannot be written: {getattr(error, 'strerror', None) or error}", outputs[0]) from None
    if not existing or force:
        return
    what = printable(existing[0]) if len(existing) == 1 else f"{printable(existing[0])} and {len(existing) - 1} more"
    verb = "exists" if len(existing) == 1 else "exist"
    if not sys.stdin.isatty():
        raise typer.BadParameter(f"{what} {verb}. Try: another name, or --force to replace it.", param_hint=option)
    if not typer.confirm(f"{what} {verb}. Replace?", err=True):
        raise typer.BadParameter(f"{what} was left as it is. Try: another name.", param_hint=option)


def _check(output: Path, option: str, sources: list[Path]) -> None:
    if output.is_dir():
        raise _refused(option, "is a folder. Try: name a file", output)
    real = Path(os.path.realpath(output))  # where a link points, even if nothing is there yet
    if real.is_symlink():
        raise _refused(option, "is a link that leads back to itself. Try: another name", output)
    for source in sources:
        if source.is_dir() and real.is_relative_to(os.path.realpath(source)):
            raise _refused(option, f"is inside {printable(source)}, which is read. Try: another folder", output)
        if source.exists() and output.exists() and output.samefile(source):
            raise _refused(option, "is read by this command and would be lost. Try: another name", output)
    if is_special(output):
        if not os.access(output, os.W_OK):
            raise _refused(option, "cannot be written: permission denied. Try: another place", output)
        return
    if not real.parent.is_dir():
        raise typer.BadParameter(f"The folder {printable(real.parent)} does not exist.", param_hint=option)
    if not os.access(real.parent, os.W_OK | os.X_OK):
        raise _refused(option, f"cannot be written: {printable(real.parent)} is read-only. Try: another place", output)


def _refused(option: str, why: str, output: Path) -> typer.BadParameter:
    return typer.BadParameter(f"{printable(output)} {why}.", param_hint=option)
