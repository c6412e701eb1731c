"""Which paths a dataset may touch, and how what is in the way of them is put aside.

A dataset may come from anybody. Nothing outside its folder is touched, so links inside it are not followed: a link is
moved or replaced itself, and what lies behind it is as if it were not there.
"""

from __future__ import annotations

import re
from pathlib import Path

from posecount.datasets.folder import HIDDEN, METADATA_FILE, exists, is_file, is_folder
from posecount.names import free_name

PENDING, BIN, ASIDE = (f"{HIDDEN}/{name}" for name in ("pending", "bin", "aside"))
"""The folders of `.posecount`: files that are to be renamed to their places, images of removed samples, and files that
did not fit."""

Planned = tuple[str, str | None]
"""A rename, from and to a path relative to the folder; or with None a deletion."""

_LONGEST_BYTES = 255
_TEMPORARY = re.compile(r"[0-9a-f]{32}")


def belongs(path: str) -> bool:
    """Whether a path in a journal is of a place in the dataset's folder, or in one of the hidden folders."""
    parts = path.split("/")
    if any(part in ("", ".", "..") or "\0" in part or Path(part).name != part for part in parts):
        return False
    if any(len(part.encode(errors="replace")) > _LONGEST_BYTES for part in parts):
        return False
    if parts[0] == HIDDEN:
        return len(parts) > 2 and f"{HIDDEN}/{parts[1]}" in (PENDING, BIN, ASIDE)
    return len(parts) <= 2 and not any(part.startswith(".") for part in parts)


def is_sound(planned: Planned) -> bool:
    """Whether a planned rename is one that posecount makes; a journal from elsewhere may plan any."""
    source, target = planned
    if target is None:
        return belongs(source) and _is_own(source)
    if not belongs(source) or not belongs(target):
        return False
    return target.startswith(f"{ASIDE}/") or ("/" in source and ("/" in target or _is_own(target)))


def _is_own(path: str) -> bool:
    return "/" not in path and (path.endswith(".csv") or path == METADATA_FILE)


def is_temporary(path: str) -> bool:
    """Whether it is a file that `posecount.datasets.editing.edit.Edit` writes aside."""
    folder, _, name = path.rpartition("/")
    return folder == PENDING and bool(_TEMPORARY.fullmatch(name))


def reachable(root: Path, path: Path) -> bool:
    """Whether the way from a dataset's folder to a path below it leads through folders only, and no link."""
    return all(is_folder(root.joinpath(*parts)) for parts in _ways(root, path.parent))


def make_folder(root: Path, path: Path, notes: list[str]) -> Path:
    """Make a folder below a dataset's, and put aside what is in its way; `notes` then says so."""
    for parts in _ways(root, path):
        folder = root.joinpath(*parts)
        if exists(folder) and not is_folder(folder):
            put_aside(root, folder, notes)
        folder.mkdir(exist_ok=True)
    return path


def make_way(root: Path, path: Path, notes: list[str]) -> None:
    """Make the folder for a file below a dataset's, and put aside what is no regular file in the file's place."""
    make_folder(root, path.parent, notes)
    if exists(path) and not is_file(path):
        put_aside(root, path, notes)


def put_aside(root: Path, path: Path, notes: list[str]) -> None:
    """Move what does not belong at a path below a dataset's folder to where it is not in the way."""
    inside = path.relative_to(root)
    if inside.parts[0] == HIDDEN and len(inside.parts) < 3:  # the way to the folder for such things may be blocked
        aside = path.with_name(free_name(f"{path.name}-aside", _names(path.parent)))
    else:
        parts = inside.parts[1:] if inside.parts[0] == HIDDEN else inside.parts
        room = make_folder(root, root.joinpath(ASIDE, *parts[:-1]), notes)
        aside = room / free_name(path.name, _names(room))
    what = "a link" if path.is_symlink() else "a folder" if is_folder(path) else "a file"
    path.rename(aside)
    where = aside.relative_to(root).as_posix()
    notes.append(f"{inside.as_posix()} was {what} that does not belong there; it was moved to {where}.")


def _ways(root: Path, path: Path) -> list[tuple[str, ...]]:
    parts = path.relative_to(root).parts
    return [parts[:count] for count in range(1, len(parts) + 1)]


def _names(folder: Path) -> set[str]:
    return {other.name.casefold() for other in folder.iterdir()}
