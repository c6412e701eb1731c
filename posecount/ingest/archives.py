"""Zips of photos and CSV files. Nothing in them is trusted.

A zip is read member by member and never unpacked to disk, so no name in it leads anywhere. Sizes are bounded before
anything is decompressed.
"""

from __future__ import annotations

import io
import lzma
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePosixPath
from typing import BinaryIO

from posecount.datasets.folder import METADATA_FILE
from posecount.datasets.photos import MAX_FILE_BYTES, PHOTO_SUFFIXES, PhotoError
from posecount.errors import DatasetError
from posecount.ingest.collection import CLUTTER, MAX_TABLE_BYTES, Collection, Photo, by_class
from posecount.ingest.report import LEFT_OUT, Finding

MAX_MEMBERS = 20_000
_MAX_METADATA_BYTES = 1_000_000
_MAX_DIRECTORY_BYTES = 4_000_000  # the size of a list of 20,000 members; a list of a million takes 50 MB
_MAX_TOTAL_BYTES = 8_000_000_000
_MAX_RATIO = 200  # a picture hardly shrinks; zeros shrink a thousandfold
_DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError),
    *(ValueError, NotImplementedError, RuntimeError, OSError),
)
"""What zipfile and its decompressors raise for a damaged member."""


def open_archive(file: BinaryIO) -> Collection:
    """The photos and tables in a zip. A folder around them, and what macOS adds, are tolerated.

    A photo's class is the folder that holds it. Where there are CSV files it is a Colab dataset (or ML Kit's CSV).

    Args:
        file: the zip, seekable. The collection closes it.

    Raises:
        DatasetError: if it is not a zip, is damaged, holds too much, or nothing of use.
    """
    if not file.seek(0, io.SEEK_END):
        raise DatasetError("This zip is empty: the file has 0 bytes. Try: pack or upload it again.")
    try:
        return _explore(zipfile.ZipFile(_Bounded(file)), file)
    except zipfile.BadZipFile as error:
        raise DatasetError(f"This is not an intact zip: {error}. Try: pack or upload it again.") from error
    except (NotImplementedError, UnicodeDecodeError) as error:
        raise DatasetError(f"This zip cannot be read: {error}. Try: pack it with ordinary compression.") from error


class _Bounded(io.BufferedIOBase):
    """A file that refuses to return a huge piece at once: zipfile reads its whole list of members in one go."""

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


def _explore(archive: zipfile.ZipFile, file: BinaryIO) -> Collection:
    members = archive.infolist()
    if len(members) > MAX_MEMBERS:
        raise DatasetError(f"This zip has {len(members):,} files, more than {MAX_MEMBERS:,}. Try: split it.")
    photos: list[Photo] = []
    left_out: list[Finding] = []
    tables: list[zipfile.ZipInfo] = []
    metadata: bytes | None = None
    total = 0
    for member in members:
        path = PurePosixPath(member.filename.replace("\\", "/"))
        if not member.filename or member.is_dir() or CLUTTER & set(path.parts) or path.name.startswith("._"):
            continue
        suffix = path.suffix.lower()
        if fault := _fault(member, path):
            left_out.append(Finding(_shown(member), LEFT_OUT, fault))
        elif path.name == METADATA_FILE and member.file_size <= _MAX_METADATA_BYTES:
            try:
                metadata = _read_member(archive, member)
            except PhotoError as error:
                left_out.append(Finding(_shown(member), LEFT_OUT, str(error)))
        elif suffix == ".csv":
            tables.append(member)
        elif suffix not in PHOTO_SUFFIXES:
            left_out.append(Finding(_shown(member), LEFT_OUT, "its name is not that of a photo"))
        elif len(path.parts) < 2:
            left_out.append(Finding(_shown(member), LEFT_OUT, "it is not in a class folder"))
        else:
            total += member.file_size
            photos.append(Photo(path.parent.name, path.name, _reader(archive, member)))
    if total > _MAX_TOTAL_BYTES:
        raise DatasetError(f"The photos in this zip take {total / 1e9:.0f} GB unpacked. Try: split it.")
    if not photos and not tables:
        reasons = "; ".join(f"{each.name}: {each.reason}" for each in left_out[:3])
        raise DatasetError(
            f"This zip holds no photo in a class folder and no CSV{f' ({reasons})' if reasons else ''}. "
            "Try: pack folders of <class>/<image>."
        )
    return Collection(by_class(photos), tuple(_tables(archive, tables)), metadata, tuple(left_out), file.close)


def _tables(archive: zipfile.ZipFile, members: Sequence[zipfile.ZipInfo]) -> Iterator[tuple[str, bytes]]:
    if sum(member.file_size for member in members) > MAX_TABLE_BYTES:
        raise DatasetError(f"The CSV files have more than {MAX_TABLE_BYTES // 1_000_000} MB. Try: split them.")
    for member in sorted(members, key=lambda member: member.filename):
        try:
            data = _read_member(archive, member)
        except PhotoError as error:
            raise DatasetError(f"{_shown(member)}: {error}. Try: pack or upload the zip again.") from error
        yield PurePosixPath(member.filename.replace("\\", "/")).stem, data


def _fault(member: zipfile.ZipInfo, path: PurePosixPath) -> str | None:
    if not path.parts:
        return "its name is not that of a file"
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
        return "refused: its path leads out of the zip"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "refused: it is a link, not a file"
    if member.flag_bits & 1:
        return "it is protected by a password"
    if member.file_size > 1_000_000 and member.file_size > _MAX_RATIO * member.compress_size:
        return f"refused: it unpacks to more than {_MAX_RATIO} times its size"
    return None


def _reader(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        if member.file_size > MAX_FILE_BYTES:
            raise PhotoError("too large", f"the file has more than {MAX_FILE_BYTES // 1_000_000} MB")
        return _read_member(archive, member)

    return read


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    try:
        with archive.open(member) as file:  # returns no more than the declared size, and checks the sum
            pieces = []
            while piece := file.read(1 << 20):
                pieces.append(piece)
            return b"".join(pieces)
    except _DAMAGE as error:
        raise PhotoError("unreadable", f"it is damaged in the zip ({error})") from error


def _shown(member: zipfile.ZipInfo) -> str:
    return member.filename if len(member.filename) <= 80 else member.filename[:77] + "…"
