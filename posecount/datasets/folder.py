"""What lies where in a dataset's folder, and how its files are read.

A Colab folder holds one ``<class>.csv`` per class, the images of a class in ``<class>/``, and perhaps
``posecount.json`` with ``{"targets": {exercise: class}}``. A folder that posecount edits also has ``.posecount/``, with
the journal, the bin and the files that were set aside.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from posecount.datasets.csv_rows import parse_landmarks, parse_rows
from posecount.errors import DatasetError
from posecount.names import is_plain
from posecount.pose import FloatArray

METADATA_FILE = "posecount.json"
HIDDEN = ".posecount"
MOST_BYTES = 100_000_000
"""Of a CSV file: 90,000 samples of a class."""
_MOST_METADATA_BYTES = 1_000_000
IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".bmp", ".gif"})


class Row(NamedTuple):
    """A good row of a class's CSV file."""

    name: str
    landmarks: FloatArray
    text: str


def check_folder(folder: Path) -> None:
    """Raise DatasetError unless the folder is a dataset, so that posecount never rearranges any other folder."""
    if not folder.is_dir():
        raise DatasetError(f"Dataset {folder} does not exist. Try: choose or create one.")
    if not any((folder / mark).exists() for mark in (HIDDEN, METADATA_FILE)) and not class_files(folder):
        raise DatasetError(f"{folder} is not a dataset: it has no <class>.csv. Try: create a dataset first.")


def class_files(folder: Path) -> list[Path]:
    """The ``<class>.csv`` files of a folder, sorted by class. Hidden ones are half-written leftovers."""
    return [file for file in _tables(folder) if is_file(file)]


def odd_tables(folder: Path) -> list[Path]:
    """What is called ``<class>.csv`` but is a folder or a link. Links are not followed: they may lead anywhere."""
    return [file for file in _tables(folder) if not is_file(file)]


def _tables(folder: Path) -> list[Path]:
    return sorted((file for file in folder.glob("*.csv") if is_plain(file.name)), key=lambda file: file.stem)


def is_file(path: Path) -> bool:
    """Whether a regular file, and no link, is there."""
    return stat.S_ISREG(_mode(path))


def is_folder(path: Path) -> bool:
    """Whether a folder, and no link, is there."""
    return stat.S_ISDIR(_mode(path))


def exists(path: Path) -> bool:
    """Whether anything is there, even a link that leads nowhere."""
    return bool(_mode(path))


def _mode(path: Path) -> int:
    try:
        return path.lstat().st_mode
    except (OSError, ValueError):  # a name that no file can have
        return 0


def read_file(file: Path) -> bytes:
    """The bytes of a file; DatasetError if it cannot be read, or is far larger than any dataset's."""
    try:
        if file.stat().st_size > MOST_BYTES:
            raise DatasetError(f"{file} has more than {MOST_BYTES // 1_000_000} MB. Try: split the dataset.")
        return file.read_bytes()
    except OSError as error:
        raise DatasetError(f"{file} cannot be read: {error.strerror}. Try: check the file and its folder.") from error


def read_class(file: Path) -> tuple[list[Row], list[str]]:
    """The good rows of a ``<class>.csv``, and sentences that say what is wrong with the others.

    Raises:
        DatasetError: if it is not text, or cannot be read.
    """
    data = read_file(file)
    rows: dict[str, Row] = {}
    faults: list[str] = []
    try:
        for number, fields in parse_rows(data, file.name):
            where = f"{file.name}, row {number}"
            try:
                row = Row(fields[0], parse_landmarks(fields[1:], where), ",".join(fields[1:]))
            except DatasetError as error:
                faults.append(str(error))
                continue
            if row.name in rows:
                faults.append(f"{where}: a second row for {row.name[:80]!r}. Try: rename or delete one of the two.")
            else:
                rows[row.name] = row
    except DatasetError as error:
        if not rows and not faults:
            raise
        faults.append(f"{error} The rows after it could not be read.")
    return list(rows.values()), faults


def read_targets(data: bytes, where: str) -> dict[str, str]:
    """The ``targets`` of a ``posecount.json``; DatasetError if it is malformed, or far larger than any dataset's."""
    if len(data) > _MOST_METADATA_BYTES:
        raise DatasetError(f"{where} has more than {_MOST_METADATA_BYTES // 1_000_000} MB. Try: delete it.")
    try:
        targets = json.loads(data).get("targets", {})
        return {str(exercise): str(target) for exercise, target in targets.items()}
    except (ValueError, AttributeError, RecursionError) as error:
        raise DatasetError(
            f'{where} is malformed: {error}. Try: make it {{"targets": {{"squats": "squats_down"}}}} or delete it.'
        ) from error


def list_images(folder: Path) -> Iterator[tuple[str, str]]:
    """(class, name) of every picture in the class folders; links are not followed."""
    for entry in _entries(folder):
        if is_plain(entry.name) and entry.is_dir(follow_symlinks=False):
            for file in _entries(folder / entry.name):
                suffix = Path(file.name).suffix.lower()
                if suffix in IMAGE_SUFFIXES and is_plain(file.name) and file.is_file(follow_symlinks=False):
                    yield entry.name, file.name


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """Sorted; one system call instead of one for each of thousands of files."""
    with os.scandir(folder) as entries:
        return sorted(entries, key=lambda entry: entry.name)


def stamp_of(file: Path | None) -> str:
    """Size and time of a file; empty where there is none. Hand edits are noticed by it."""
    try:
        status = file.stat() if file else None
    except OSError:
        return ""
    if status is None:
        return ""
    return f"{status.st_size} {status.st_mtime_ns}"


def digest_of(data: bytes) -> str:
    """sha256 of a file's content."""
    return hashlib.sha256(data).hexdigest()


def digest_of_file(file: Path) -> str | None:
    """sha256 of a file, or None if it cannot be read."""
    try:
        with file.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except OSError:
        return None
