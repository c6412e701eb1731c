"""What a person hands in: photos and CSV files, from a folder, a zip or uploads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from posecount.datasets.photos import MAX_FILE_BYTES, PHOTO_SUFFIXES, PhotoError
from posecount.errors import DatasetError
from posecount.ingest.report import LEFT_OUT, Finding
from posecount.ingest.table_check import check_table

CLUTTER = frozenset({"__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini", "@eaDir"})
"""What operating systems add to folders."""

MAX_TABLE_BYTES = 50_000_000
"""Of all tables that are handed in together: 45,000 rows."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture to bootstrap.

    Attributes:
        class_name: the name of its folder; made safe when it is stored.
        name: of its file.
        read: returns its bytes; raises PhotoError.
    """

    class_name: str
    name: str
    read: Callable[[], bytes]

    def __str__(self) -> str:
        return f"{self.class_name}/{self.name}"


def photo_of(class_name: str, name: str, data: bytes) -> Photo:
    """A photo that is in memory: uploaded, or taken with the webcam."""
    return Photo(class_name, name, lambda: data)


@dataclass(frozen=True, slots=True)
class Collection:
    """Photos and CSV files that a person hands in together. A context manager, as it may hold a zip open.

    Attributes:
        photos: sorted by class and name.
        tables: (name without suffix, bytes) of each CSV file. Where there are any, this is a dataset: its rows say what
            the photos show.
        metadata: the bytes of ``posecount.json``.
        left_out: the files that are not used, and why.
        close: to call when it is no longer read from.
    """

    photos: tuple[Photo, ...] = ()
    tables: tuple[tuple[str, bytes], ...] = ()
    metadata: bytes | None = None
    left_out: tuple[Finding, ...] = ()
    close: Callable[[], None] = lambda: None

    @property
    def needs_model(self) -> bool:
        """Whether the pose model has to look at the photos."""
        return bool(self.photos) and not self.tables

    def __enter__(self) -> Collection:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def open_folder(folder: str | Path) -> Collection:
    """The photos in ``<class>/<image>`` folders, at any depth: a photo's class is the folder that holds it.

    Raises:
        DatasetError: if the folder is missing or holds no photo.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise DatasetError(f"{folder} is not a folder. Try: give a folder of <class>/<image>.")
    photos: list[Photo] = []
    left_out: list[Finding] = []
    for file in sorted(folder.rglob("*")):
        inside = file.relative_to(folder)
        if any(part.startswith(".") or part in CLUTTER for part in inside.parts) or not file.is_file():
            continue
        if file.suffix.lower() in PHOTO_SUFFIXES:
            photos.append(Photo(file.parent.resolve().name, file.name, partial(_read_file, file)))
        else:
            left_out.append(Finding(inside.as_posix(), LEFT_OUT, "its name is not that of a photo"))
    if not photos:
        raise DatasetError(f"{folder} holds no photo (JPEG, PNG, WebP, HEIC). Try: give a folder of <class>/<image>.")
    return Collection(by_class(photos), left_out=tuple(left_out))


def open_csv(data: bytes, file_name: str) -> Collection:
    """The rows of one CSV file: ML Kit's, or ``<class>.csv`` of a Colab dataset.

    Raises:
        DatasetError: if it is empty, another kind of file, or a table of something else.
    """
    if len(data) > MAX_TABLE_BYTES:
        raise too_many_rows(file_name)
    check_table(data, file_name)
    return Collection(tables=((file_name.rpartition(".")[0] or file_name, data),))


def too_many_rows(name: str) -> DatasetError:
    """What to say of a table that is too large."""
    return DatasetError(f"{name} has more than {MAX_TABLE_BYTES // 1_000_000} MB. Try: split it.")


def by_class(photos: Sequence[Photo]) -> tuple[Photo, ...]:
    """Photos sorted by class and name."""
    return tuple(sorted(photos, key=lambda photo: (photo.class_name, photo.name)))


def _read_file(file: Path) -> bytes:
    try:
        if file.stat().st_size > MAX_FILE_BYTES:
            raise PhotoError("too large", f"the file has more than {MAX_FILE_BYTES // 1_000_000} MB")
        return file.read_bytes()
    except OSError as error:
        raise PhotoError("unreadable", f"cannot be read: {error.strerror}") from error
