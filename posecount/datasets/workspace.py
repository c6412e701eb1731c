"""The folder in which a person's datasets live."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import platformdirs

from posecount.datasets.editing.journal_file import journal_for_edit
from posecount.datasets.editing.reconcile import editing
from posecount.datasets.folder import HIDDEN, class_files
from posecount.datasets.store import DatasetStore
from posecount.errors import DatasetError
from posecount.files import lock_file, usable_folder
from posecount.names import free_name, is_plain, safe_name
from posecount.shipped import STARTER_DATASET

HOME_VARIABLE = "POSECOUNT_HOME"
STARTER = "starter"
"""The name of the shipped dataset, which is read-only and can be duplicated."""

_BIN = ".trash"  # the name that posecount 0.1 gave it
_PEOPLE = ".people"  # hidden, as the bin is: no dataset can have such a name


@dataclass(frozen=True, slots=True)
class Deleted:
    """A dataset in the workspace's bin."""

    name: str
    time: datetime
    folder: Path


class Workspace:
    """Datasets by name: each is a folder, directly in the workspace, opened as `DatasetStore`.

    Names are made safe by `posecount.names.safe_name`, so no name leads out of the workspace; methods that take a new
    name return the safe one.

    Args:
        root: by default ``POSECOUNT_HOME``, else the platform's folder for a person's data. Made when needed.
        person: whose it is, on a server with login: a hash of who they are.

    Raises:
        DatasetError: if no folder can be there, or it cannot be read.
    """

    def __init__(self, root: str | Path | None = None, person: str = "") -> None:
        self.person = person
        configured = root or os.environ.get(HOME_VARIABLE) or platformdirs.user_data_path("posecount")
        self.root = usable_folder(configured, "The folder for datasets", HOME_VARIABLE, DatasetError)

    @classmethod
    def of_person(cls, issuer: str, subject: str) -> Workspace:
        """The workspace of one of several people who share a server.

        Args:
            issuer, subject: who vouches for a person, and their identifier there, as in OpenID Connect. The folder is
                named by a hash of both, so that no name from outside becomes a path or can be read off the disk.
        """
        digest = hashlib.sha256(json.dumps([issuer, subject]).encode()).hexdigest()
        return cls(cls().root / _PEOPLE / digest, digest)

    def names(self) -> tuple[str, ...]:
        """The starter dataset, then the person's own datasets, sorted."""
        folders = self.root.iterdir() if self.root.is_dir() else ()
        own = (folder.name for folder in folders if is_plain(folder.name) and _is_dataset(folder))
        starter = (STARTER,) if class_files(STARTER_DATASET) else ()
        return (*starter, *sorted(name for name in own if name != STARTER))

    def folder(self, name: str) -> Path:
        """The folder of a dataset; DatasetError if there is none of that name."""
        if name not in self.names():
            raise DatasetError(
                f"There is no dataset {name[:80]!r}: it may have been renamed or deleted. Try: choose another."
            )
        return STARTER_DATASET if name == STARTER else self.root / name

    def open(self, name: str) -> DatasetStore:
        """Open a dataset."""
        return DatasetStore(self.folder(name), read_only=name == STARTER)

    def create(self, name: str) -> str:
        """Make an empty dataset."""
        with self._locked():
            name = self._free(name)
            DatasetStore.create(self.root / name)
        return name

    def rename(self, name: str, new: str) -> str:
        """Rename a dataset."""
        with self._locked():
            folder = self._own(name)
            new = self._free(new, instead_of=name)
            with editing(folder):  # waits for edits in progress
                pass
            folder.rename(self.root / new)
        return new

    def duplicate(self, name: str, new: str) -> str:
        """Copy a dataset with its images, history and bin."""
        with self._locked():
            folder = self.folder(name)
            new = self._free(new)
            unfinished = self.root / f".copy-{uuid.uuid4().hex}"
            try:
                if name == STARTER:
                    _copy(folder, unfinished)
                else:
                    with editing(folder):
                        _copy(folder, unfinished)
                (unfinished / HIDDEN).mkdir(exist_ok=True)
                with closing(journal_for_edit(unfinished, [])) as journal:
                    journal.renew()
                unfinished.rename(self.root / new)
            finally:
                shutil.rmtree(unfinished, ignore_errors=True)
        return new

    def delete(self, name: str) -> Deleted:
        """Move a dataset to the bin."""
        with self._locked():
            folder = self._own(name)
            with editing(folder):
                pass
            bin = self.root / _BIN
            bin.mkdir(exist_ok=True)
            deleted = bin / f"{time.time_ns()}-{name}"
            folder.rename(deleted)
        return _deleted(deleted)

    def deleted(self) -> tuple[Deleted, ...]:
        """The datasets in the bin, last deleted first."""
        bin = self.root / _BIN
        folders = (folder for folder in bin.iterdir() if _is_deleted(folder)) if bin.is_dir() else ()
        return tuple(_deleted(folder) for folder in sorted(folders, reverse=True))

    def restore(self, deleted: Deleted) -> str:
        """Take a dataset out of the bin. It gets a new name if the old one is taken."""
        with self._locked():
            if deleted not in self.deleted():
                raise DatasetError(f"{deleted.name} is no longer in the bin: it may have been restored meanwhile.")
            name = free_name(deleted.name, self._taken())
            deleted.folder.rename(self.root / name)
        return name

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            with lock_file(self.root / ".lock", timeout=30):
                yield
        except OSError as error:
            raise DatasetError(
                f"The workspace {self.root} could not be changed: {error.strerror or error}. Try: free disk space, "
                f"make the folder writable, or set {HOME_VARIABLE} to another folder."
            ) from error
        except shutil.Error as error:
            raise DatasetError(
                f"The dataset could not be copied to {self.root}: {error.args[0][0][2]}. Try: free disk space."
            ) from error

    def _own(self, name: str) -> Path:
        if name == STARTER:
            raise DatasetError("The starter dataset is read-only. Try: duplicate it and edit the copy.")
        return self.folder(name)

    def _taken(self) -> set[str]:
        return {STARTER, *(entry.name.casefold() for entry in self.root.iterdir())}

    def _free(self, name: str, instead_of: str = "") -> str:
        safe = safe_name(name, "dataset name")
        if safe.casefold() in self._taken() - {instead_of.casefold()}:
            raise DatasetError(f"A dataset named {safe} already exists. Try: choose another name.")
        return safe


def _is_dataset(folder: Path) -> bool:
    return (
        folder.is_dir()
        and not folder.name.startswith(".")
        and ((folder / HIDDEN).is_dir() or bool(class_files(folder)))
    )


def _is_deleted(folder: Path) -> bool:
    return _is_dataset(folder) and folder.name.partition("-")[0].isdecimal()


def _deleted(folder: Path) -> Deleted:
    moment, _, name = folder.name.partition("-")
    return Deleted(name, datetime.fromtimestamp(int(moment) / 1e9), folder)


def _copy(source: Path, target: Path) -> None:
    shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("lock", "pending", ".*.part*"))
