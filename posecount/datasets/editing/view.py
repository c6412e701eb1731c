"""A dataset's folder as it will be once the renames that its journal plans are made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from posecount.datasets.editing.paths import ASIDE, Planned, belongs, is_sound, is_temporary, reachable
from posecount.datasets.folder import IMAGE_SUFFIXES, class_files, exists, is_file, list_images
from posecount.names import is_plain


class FolderView:
    """Regular files of a dataset by their places, whether they are there already or will be.

    Args:
        folder: the dataset.
        planned: in order. Those that lead out of the folder are left out.
    """

    def __init__(self, folder: Path, planned: Iterable[Planned] = ()) -> None:
        self.folder = folder
        self._moved: dict[str, Path | None] = {}
        for pair in planned:
            if is_sound(pair):
                self._move(*pair)

    def _move(self, source: str, target: str | None) -> None:
        path = self.path(source)
        if path is None or (target is not None and not is_temporary(source) and self.path(target)):
            return  # it was made before the process died
        self._moved[source] = None
        if target is not None:
            self._moved[target] = path

    def path(self, place: str) -> Path | None:
        """The regular file that is, or will be, at a place relative to the folder; None where there is none."""
        if place in self._moved:
            return self._moved[place]
        path = self.folder / place
        return path if belongs(place) and is_file(path) and reachable(self.folder, path) else None

    def located(self, place: str) -> Path:
        """Where the file of a place is kept now, whether or not there is one."""
        return self._moved.get(place) or self.folder / place

    def class_files(self) -> dict[str, Path]:
        """Class → its CSV file, sorted."""
        files = {file.stem: file for file in class_files(self.folder)}
        for place, path in self._moved.items():
            if "/" not in place and place.endswith(".csv"):
                if path is None:
                    files.pop(Path(place).stem, None)
                else:
                    files[Path(place).stem] = path
        return dict(sorted(files.items()))

    def images(self) -> Iterator[tuple[str, str]]:
        """(class, name) of every picture in the class folders."""
        for class_name, name in list_images(self.folder):
            if f"{class_name}/{name}" not in self._moved:
                yield class_name, name
        for place, path in self._moved.items():
            class_name, _, name = place.partition("/")
            if path and not place.startswith(".") and Path(name).suffix.lower() in IMAGE_SUFFIXES and is_plain(name):
                yield class_name, name


def made_before(folder: Path, source: str, target: str) -> bool:
    """Whether a planned rename was made before the process died: only a new file replaces another."""
    there = exists if target.startswith(f"{ASIDE}/") else is_file
    return not exists(folder / source) or (not is_temporary(source) and there(folder / target))
