"""Where samples come from: folders and archives of photos, CSV files. Nothing in an archive is trusted.

Archives are read member by member, never unpacked to disk, so no name in them leads anywhere; sizes are bounded before
anything is decompressed.
"""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NamedTuple

from posecount.datasets.folder import METADATA_FILE
from posecount.datasets.photos import MAX_FILE_BYTES, PHOTO_SUFFIXES, PhotoError
from posecount.errors import DatasetError

MAX_MEMBERS = 20_000
MAX_TABLE_BYTES = 200_000_000
_MAX_DIRECTORY_BYTES = 4_000_000  # what the list of 20,000 members takes; a million members need 50 MB
_MAX_TOTAL_BYTES = 8_000_000_000
_MAX_RATIO = 200  # a picture hardly shrinks; zeros shrink a thousandfold
_CLUTTER = frozenset({"__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini", "@eaDir"})


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture to bootstrap.

    Attributes:
        class_name: as its folder is called; made safe when it is stored.
        name: of its file.
        read: gives its bytes; raises PhotoError.
    """

    class_name: str
    name: str
    read: Callable[[], bytes]


class Skipped(NamedTuple):
    """Something in a source that is no photo and no table, or that is refused."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV file in an archive: its name without suffix, its bytes, and the photos of the folder of the same name."""

    stem: str
    data: bytes
    photos: dict[str, Photo]


@dataclass(frozen=True, slots=True)
class Source:
    """What a folder or an archive holds: photos sorted by class and name, tables, the metadata file's bytes."""

    photos: tuple[Photo, ...]
    tables: tuple[Table, ...]
    metadata: bytes | None
    skipped: tuple[Skipped, ...]


def photo_of(class_name: str, name: str, data: bytes) -> Photo:
    """A photo that is in memory already: uploaded, or taken with the webcam."""
    return Photo(class_name, name, lambda: data)


def open_folder(folder: str | Path) -> Source:
    """The photos in ``<class>/<image>`` folders, at any depth: a photo's class is the folder right around it.

    Raises:
        DatasetError: if the folder is missing or holds no photo.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise DatasetError(f"{folder} is no folder. Try: give a folder of <class>/<image>.")
    photos: list[Photo] = []
    skipped: list[Skipped] = []
    for file in sorted(folder.rglob("*")):
        inside = file.relative_to(folder)
        if any(part.startswith(".") or part in _CLUTTER for part in inside.parts) or not file.is_file():
            continue
        if file.suffix.lower() in PHOTO_SUFFIXES:
            photos.append(Photo(file.parent.resolve().name, file.name, partial(_read_file, file)))
        else:
            skipped.append(Skipped(inside.as_posix(), "not a photo, by its name"))
    if not photos:
        raise DatasetError(f"{folder} holds no photo (JPEG, PNG, WebP, HEIC). Try: give a folder of <class>/<image>.")
    return Source(_sorted(photos), (), None, tuple(skipped))


@contextmanager
def open_archive(file: BinaryIO) -> Iterator[Source]:
    """The photos and tables in a zip; a folder around them and what macOS adds are tolerated.

    A photo's class is the folder right around it. Where there are CSV files it is a Colab dataset (or ML Kit's CSV).

    Args:
        file: the zip, seekable; must stay open while photos are read.

    Raises:
        DatasetError: if it is no zip, damaged, holds too much, or nothing of use.
    """
    try:
        with zipfile.ZipFile(_Bounded(file)) as archive:
            yield _explore(archive)
    except zipfile.BadZipFile as error:
        raise DatasetError(f"This is not an intact zip: {error}. Try: pack or upload it again.") from error
    except (NotImplementedError, UnicodeDecodeError) as error:
        raise DatasetError(f"This zip cannot be read: {error}. Try: pack it with ordinary compression.") from error


class _Bounded(io.BufferedIOBase):
    """A file that refuses to give a huge piece at once: zipfile reads its whole list of members in one go."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, size: int | None = -1) -> bytes:
        position = self._file.tell()
        wanted = self._file.seek(0, io.SEEK_END) - position if size is None or size < 0 else size
        self._file.seek(position)
        if wanted > _MAX_DIRECTORY_BYTES:
            raise DatasetError(f"This zip has more than {MAX_MEMBERS:,} files. Try: split it.")
        return self._file.read(wanted)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True


def _explore(archive: zipfile.ZipFile) -> Source:
    members = archive.infolist()
    if len(members) > MAX_MEMBERS:
        raise DatasetError(f"This zip has {len(members):,} files, more than {MAX_MEMBERS:,}. Try: split it.")
    photos: list[Photo] = []
    skipped: list[Skipped] = []
    tables: list[zipfile.ZipInfo] = []
    metadata: bytes | None = None
    total = 0
    for member in members:
        path = PurePosixPath(member.filename.replace("\\", "/"))
        if not member.filename or member.is_dir() or _CLUTTER & set(path.parts) or path.name.startswith("._"):
            continue
        suffix = path.suffix.lower()
        if fault := _fault(member, path):
            skipped.append(Skipped(_shown(member), fault))
        elif path.name == METADATA_FILE and member.file_size <= 1_000_000:
            metadata = _read_member(archive, member)
        elif suffix == ".csv":
            tables.append(member)
        elif suffix not in PHOTO_SUFFIXES:
            skipped.append(Skipped(_shown(member), "not a photo, by its name"))
        elif len(path.parts) < 2:
            skipped.append(Skipped(_shown(member), "lies in no class folder"))
        else:
            total += member.file_size
            photos.append(Photo(path.parent.name, path.name, _reader(archive, member)))
    if total > _MAX_TOTAL_BYTES:
        raise DatasetError(f"The photos in this zip take {total / 1e9:.0f} GB unpacked. Try: split it.")
    if not photos and not tables:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in skipped[:3])
        raise DatasetError(
            f"This zip holds no photo in a class folder and no CSV{f' ({reasons})' if reasons else ''}. "
            "Try: pack folders of <class>/<image>."
        )
    return Source(_sorted(photos), tuple(_tables(archive, tables, photos)), metadata, tuple(skipped))


def _tables(archive: zipfile.ZipFile, members: Sequence[zipfile.ZipInfo], photos: Sequence[Photo]) -> Iterator[Table]:
    by_class: dict[str, dict[str, Photo]] = {}
    for photo in photos:
        by_class.setdefault(photo.class_name, {})[photo.name] = photo
    if sum(member.file_size for member in members) > MAX_TABLE_BYTES:
        raise DatasetError(f"The CSV files have more than {MAX_TABLE_BYTES // 1_000_000} MB. Try: split them.")
    for member in sorted(members, key=lambda member: member.filename):
        stem = PurePosixPath(member.filename.replace("\\", "/")).stem
        try:
            data = _read_member(archive, member)
        except PhotoError as error:
            raise DatasetError(f"{_shown(member)}: {error}. Try: pack or upload the zip again.") from error
        yield Table(stem, data, by_class.get(stem, {}))


def _fault(member: zipfile.ZipInfo, path: PurePosixPath) -> str | None:
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
        return "refused: its path leads out of the zip"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "refused: a link, not a file"
    if member.flag_bits & 1:
        return "protected by a password"
    if member.file_size > 1_000_000 and member.file_size > _MAX_RATIO * member.compress_size:
        return "refused: nothing of use packs so tightly"
    return None


def _reader(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        if member.file_size > MAX_FILE_BYTES:
            raise PhotoError("too large", f"the file has more than {MAX_FILE_BYTES // 1_000_000} MB")
        return _read_member(archive, member)

    return read


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    try:
        with archive.open(member) as file:  # gives at most the size that was declared, and checks the sum
            pieces = []
            while piece := file.read(1 << 20):
                pieces.append(piece)
            return b"".join(pieces)
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, RuntimeError, OSError) as error:
        raise PhotoError("unreadable", f"damaged in the zip ({error})") from error


def _read_file(file: Path) -> bytes:
    try:
        if file.stat().st_size > MAX_FILE_BYTES:
            raise PhotoError("too large", f"the file has more than {MAX_FILE_BYTES // 1_000_000} MB")
        return file.read_bytes()
    except OSError as error:
        raise PhotoError("unreadable", f"cannot be read: {error.strerror}") from error


def _sorted(photos: Sequence[Photo]) -> tuple[Photo, ...]:
    return tuple(sorted(photos, key=lambda photo: (photo.class_name, photo.name)))


def _shown(member: zipfile.ZipInfo) -> str:
    return member.filename if len(member.filename) <= 80 else member.filename[:77] + "…"
