"""Files that are replaced as a whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock

from posecount.errors import PosecountError


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Yield an empty temporary file beside the target; it replaces the target, or is deleted after an error.

    A link in the target's place is replaced, not followed. A new file has the permissions that the umask gives; a file
    that is replaced keeps its own.

    Raises:
        OSError: if the folder cannot be written to or the disk is full; the target is then as it was.
    """
    temporary = target.with_name(f".{target.stem[:40]}-{secrets.token_hex(6)}.part{target.suffix}")
    os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666))
    try:
        yield temporary
        with temporary.open("r+b") as file:  # Windows syncs only what may be written to
            os.fsync(file.fileno())  # otherwise a power cut can leave the new name without content
        with suppress(OSError):
            before = target.lstat()
            if stat.S_ISREG(before.st_mode):
                temporary.chmod(stat.S_IMODE(before.st_mode))
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def replacing_output(target: Path) -> Iterator[Path]:
    """Like `replacing`, for a path that a person names: a link is followed, and a pipe or device is written to.

    Raises:
        OSError: if the target cannot be written; a regular file is then as it was.
    """
    if not is_special(target):
        with replacing(Path(os.path.realpath(target))) as temporary:
            yield temporary
        return
    with tempfile.TemporaryDirectory(prefix="posecount-") as folder:
        temporary = Path(folder) / f"output{target.suffix}"
        temporary.touch()
        yield temporary
        with temporary.open("rb") as source, target.open("wb") as sink:
            shutil.copyfileobj(source, sink)


def usable_folder(path: str | Path, what: str, variable: str, error: type[PosecountError] = PosecountError) -> Path:
    """A folder that a setting names, with ``~`` resolved. It need not exist yet.

    Args:
        path: the folder.
        what: it is, for the message.
        variable: the environment variable that sets it.
        error: what is raised.

    Raises:
        PosecountError: if it cannot be read, or no folder can be there.
    """
    try:
        folder = Path(path).expanduser()
        with suppress(FileNotFoundError):
            os.scandir(folder).close()
    except (OSError, RuntimeError, ValueError) as problem:  # RuntimeError: no such user; ValueError: no such characters
        named = str(path)[:200].encode(errors="replace").decode()
        reason = str(getattr(problem, "strerror", None) or problem).rstrip(".")
        raise error(
            f"{what}, {named}, cannot be used: {reason}. Try: set {variable} to a folder that you can read and "
            "write, or unset it."
        ) from problem
    return folder


def folder_of(owner: object) -> Path:
    """Make a temporary folder that is deleted with its owner.

    Raises:
        OSError: if it cannot be made.
    """
    folder = Path(tempfile.mkdtemp(prefix="posecount-"))
    weakref.finalize(owner, shutil.rmtree, folder, ignore_errors=True)
    return folder


def unwritable(what: str | Path, error: Exception) -> str:
    """In words: something could not be written because of an error."""
    return f"{what} cannot be written: {getattr(error, 'strerror', None) or error}. Try: free disk space."


def lock_file(path: Path, timeout: float = -1) -> FileLock:
    """A lock between processes. A link in the place of its file is not followed: it may lead anywhere.

    Raises:
        OSError: if the file of the lock cannot be made; the lock itself would try again and again.
    """
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666))
    return FileLock(path, timeout=timeout)


def regular_file(path: str | Path) -> Path:
    """A path to read from, unless what is there is no file: opening a pipe waits for good, and a device has no end.

    Raises:
        OSError: if anything but a regular file, or a link to one, is there. A missing file is left to the reader.
    """
    path = Path(path)
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "it is a folder" if path.is_dir() else "it is a pipe or a device, and no file")
    return path


def is_special(path: Path) -> bool:
    """Whether something exists at the path that is written to, never replaced: a pipe, a device, ``/dev/stdout``."""
    if not path.exists():
        return False
    through_descriptor = path.absolute().parts[1:2] in (("dev",), ("proc",))
    return through_descriptor or not (path.is_file() or path.is_dir())
