"""Brings a dataset's journal, CSV files and images into line with each other after a person edited them by hand.

The published notebook calls this aligning, and deletes: a row whose image was deleted, an image without a row. Here
nothing is deleted: rows go to the dataset's bin, images and damaged files to ``.posecount/aside/``. Rows that never had
an image (an ML Kit CSV has none) stay, and a row follows an image that was moved to another class's folder.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from posecount.datasets.editing.edit import Edit, unaligned_edit
from posecount.datasets.editing.paths import ASIDE, belongs
from posecount.datasets.folder import (
    METADATA_FILE,
    Row,
    digest_of_file,
    exists,
    is_file,
    is_folder,
    odd_tables,
    read_class,
    read_targets,
    stamp_of,
)
from posecount.datasets.records import Change, NewSample, State, binned
from posecount.errors import DatasetError
from posecount.names import free_name, safe_file_name, safe_name

_LOST = "its image was deleted by hand"


@contextmanager
def editing(folder: Path) -> Iterator[tuple[Edit, tuple[str, ...]]]:
    """Hold a dataset's lock and yield an edit, aligned, with the report of `align`; an error takes everything back.

    Raises:
        NotWritableError: if the folder cannot be written to, or the disk is full.
        DatasetError: if another window holds the lock for long.
    """
    with unaligned_edit(folder) as edit:
        report = align(edit, time.time())
        yield edit, (*dict.fromkeys((*edit.notes, *report)),)


def align(edit: Edit, time: float) -> tuple[str, ...]:
    """Take over what was edited by hand since the last change, and set aside what does not fit.

    A CSV file that lacks samples of a run that died before it wrote them gets them here.

    Args:
        edit: of the folder.
        time: of this, in seconds since the epoch.

    Returns:
        What was set aside or taken over, in sentences; empty where nothing was edited by hand, and on the first opening
        of a folder whose files fit together.

    Raises:
        OSError, sqlite3.Error: if the folder cannot be written to.
    """
    return _Alignment(edit, time).run()


class _Alignment:
    def __init__(self, edit: Edit, time: float) -> None:
        self.edit = edit
        self.journal = journal = edit.journal
        self.folder = edit.folder
        self.time = time
        records = journal.records()
        self.before = {record.id: record.state for record in records}
        self.binned = journal.records("bin")
        self.after = dict(self.before)
        self.digests = {record.id: record.digest for record in records}
        self.unwritten = journal.unwritten()
        self.rewrite = set(self.unwritten)
        self.report: list[str] = []
        self.first = not records and not self.binned and not journal.stamps()
        self.view = edit.view
        self.files = self.view.class_files()
        self.blocked: set[str] = set()
        self.blocked_tables: set[str] = set()

    def run(self) -> tuple[str, ...]:
        self._check_names()
        self._check_places()
        self._check_metadata()
        edited = self._take_rows()
        self._match_images()
        changes = [Change(id, self.before[id], after) for id, after in self.after.items() if after != self.before[id]]
        if not (changes or edited or self.rewrite or self.report):
            return ()
        self.edit.change(changes)
        for name in sorted(self.rewrite):
            self.edit.prepare_class(name)
        for name in edited - self.rewrite:
            self.edit.stamp(name)
        if changes and not self.first:
            gone = sum(change.after.place == "bin" for change in changes)
            words = f"Edited by hand: {len(changes)} samples changed, {gone} of them moved to the bin"
            self.journal.log(self.time, "align", words, changes)
        self.edit.commit()
        return tuple(self.report)

    def _check_names(self) -> None:
        """Rename what a journal from elsewhere calls by a name that leads out of the folder."""
        records = (*((id, state) for id, state in self.before.items()), *(each[:2] for each in self.binned))
        classes = {name: _plain(name, "class") for name in {state.class_name for _, state in records}}
        for id, state in records:
            class_name, name = classes[state.class_name], state.name
            if state.image and state.place == "bin":
                name = _plain(name, "image")
            if (class_name, name) != (state.class_name, state.name):
                self.before[id] = state
                image = state.image and state.place == "bin"  # elsewhere nothing of the dataset is kept
                self.after[id] = self.edit.vacant(replace(state, class_name=class_name, name=name, image=image))
                self.rewrite.add(class_name)
                self.report.append(f"{state.class_name}/{state.name} was renamed: its name leads out of the dataset.")

    def _check_places(self) -> None:
        """Set aside what stands in the place of a class's folder or file, or of the metadata."""
        classes = {state.class_name for state in self.after.values() if state.place == "dataset"}
        for class_name in sorted(classes | set(self.files)):
            folder = self.folder / class_name
            if exists(folder) and not is_folder(folder):
                self.blocked.add(class_name)
                aside = self._set_aside(folder, Path(f"{class_name}-in-the-way"))
                self.report.append(f"{class_name} is no folder, so its samples have no images. It is {aside}.")
        odd = [*odd_tables(self.folder), self.folder / METADATA_FILE]
        for file in odd:
            if exists(file) and not is_file(file):
                aside = self._set_aside(file, Path(file.name))
                self.report.append(f"{file.name} is a folder or a link, and is not read. It is {aside}.")
                if file.stem in classes:
                    self.blocked_tables.add(file.stem)
                    self.rewrite.add(file.stem)

    def _check_metadata(self) -> None:
        if file := self.view.path(METADATA_FILE):
            try:
                read_targets(file.read_bytes(), METADATA_FILE)
            except DatasetError as error:
                aside = self._set_aside(self.folder / METADATA_FILE, Path(METADATA_FILE))
                self.report.append(f"{error} It is not used, and {aside}.")

    def _take_rows(self) -> set[str]:
        """Take over CSV files that changed; returns their classes."""
        stamps = self.journal.stamps()
        files = self.files
        edited = {name for name in stamps.keys() | files if stamps.get(name, "") != stamp_of(files.get(name))}
        edited -= self.blocked_tables
        for name in sorted(edited):
            rows: list[Row] = []
            if not belongs(f"{name}.csv"):  # only a journal from elsewhere has such a class
                continue
            if name in files:
                try:
                    rows, faults = read_class(files[name])
                except DatasetError as error:
                    self.rewrite.add(name)
                    aside = self._set_aside(self.folder / f"{name}.csv", Path(f"{name}.csv"))
                    self.report.append(f"{error} The file is {aside}; its rows stay as posecount last wrote them.")
                    continue
                if faults:
                    self.rewrite.add(name)
                    aside = self._set_aside(self.folder / f"{name}.csv", Path(f"{name}.csv"))
                    self.report += [
                        f"{fault} The row is left out, and the file as it was is {aside}." for fault in faults
                    ]
            self._compare(name, rows)
        return edited

    def _compare(self, name: str, rows: list[Row]) -> None:
        known = {state.name: id for id, state in self.before.items() if state.class_name == name}
        values = self.journal.values(name) if known else {}
        since = self.unwritten.get(name)
        written = {each for each, id in known.items() if since is None or id < since}
        gone = written - {row.name for row in rows}
        for row in rows:
            id = known.get(row.name)
            if id is not None and values[id] == row.landmarks.astype("<f4").tobytes():
                continue
            state = State("dataset", name, row.name)
            if id is not None:  # the image stays with the row that is now in the file
                state = replace(state, image=self.before[id].image)
                self.after[id] = binned(replace(self.before[id], image=False), "its row was edited by hand")
                self.report.append(f"{name}.csv: the row of {row.name} was edited; its old values are in the bin.")
            new = self.journal.insert(state, NewSample(name, row.name, row.landmarks, text=row.text))
            self.before[new], self.after[new], self.digests[new] = replace(state, place="nowhere"), state, None
        for row_name in sorted(gone):
            id = known[row_name]
            self.after[id] = binned(self.before[id], f"its row in {name}.csv was deleted by hand")
        if gone:
            self.report.append(f"{name}.csv: {_several(sorted(gone), 'row')} deleted by hand; now in the bin.")

    def _match_images(self) -> None:
        present = {key for key in self.view.images() if key[0] not in self.blocked}
        live = {(state.class_name, state.name): id for id, state in self.after.items() if state.place == "dataset"}
        leaving = {
            (state.class_name, state.name)  # their images go to the bin with them
            for id, state in self.before.items()
            if state.image and self.after[id].place == "bin" and self.after[id].image
        }
        lost: dict[int, str | None] = {}  # id → digest
        for key, id in live.items():
            if key in present and (self.digests[id] is None or not self.after[id].image):
                self.after[id] = replace(self.after[id], image=True)
                self.edit.note_image(id, self._file(key))
            elif key not in present and self.after[id].image and key[0] in self.blocked:
                self.after[id] = replace(self.after[id], image=False)
            elif key not in present and self.after[id].image:
                lost[id] = self.digests[id]
        absent = [each for each in self.binned if each.state.reason == _LOST and not each.state.image]
        returned: dict[str, list[str]] = {}
        strays: dict[str, list[str]] = {}
        for key in sorted(present - live.keys() - leaving):
            digest = digest_of_file(self._file(key)) if lost or absent else None
            moved = next((id for id, other in lost.items() if digest and other == digest), None)
            back = next((each for each in absent if digest and each.digest == digest), None)
            if moved is None and back:
                absent.remove(back)
                self.before[back.id] = back.state
                self.after[back.id] = State("dataset", *key, image=True)
                self.rewrite.add(key[0])
                returned.setdefault(key[0], []).append(key[1])
            elif moved is None:
                self._set_aside(self.folder.joinpath(*key), Path(*key))
                strays.setdefault(key[0], []).append(key[1])
            else:
                del lost[moved]
                old = self.after[moved]
                self.after[moved] = replace(old, class_name=key[0], name=key[1], kept=False)
                self.rewrite |= {old.class_name, key[0]}
                self.report.append(
                    f"{old.class_name}/{old.name} was moved by hand to {key[0]}/{key[1]}; so was its row."
                )
        for id in lost:
            self.after[id] = binned(replace(self.after[id], image=False), _LOST)
            self.rewrite.add(self.after[id].class_name)
        if lost:
            names = sorted(f"{self.after[id].class_name}/{self.after[id].name}" for id in lost)
            self.report.append(f"{_several(names, 'image')} deleted by hand; the rows are in the bin.")
        for class_name, names in returned.items():
            verb = "is back, and so is its row" if len(names) == 1 else "are back, and so are their rows"
            self.report.append(f"{class_name}: {_several(names, 'image')} {verb}.")
        for class_name, names in strays.items():
            where = self.edit.moves(f"{ASIDE}/{class_name}")
            self.report.append(
                f"{class_name}: {_several(names, 'image')} without a row; {where}. Try: add such images as photos."
            )

    def _file(self, key: tuple[str, str]) -> Path:
        file = self.view.path("/".join(key))
        assert file is not None
        return file

    def _set_aside(self, file: Path, target: Path) -> str:
        folder = self.folder / ASIDE / target.parent
        taken = {other.name.casefold() for other in folder.iterdir()} if is_folder(folder) else set()
        aside = folder / free_name(target.name, taken)
        self.edit.plan(file, aside)
        return self.edit.moves(aside.relative_to(self.folder).as_posix())


def _plain(name: str, kind: str) -> str:
    """A class's or image's name that is one component of a path."""
    if belongs(f"{name}/x"):  # for an image's name this is the same as being one for a class
        return name
    if kind == "image":
        return safe_file_name(name)
    try:
        return safe_name(name)
    except DatasetError:  # nothing is left of it
        return kind


def _several(names: list[str], what: str) -> str:
    """``1 row`` or ``3 rows``, with the first names."""
    count = f"1 {what}" if len(names) == 1 else f"{len(names)} {what}s"
    return f"{count} ({', '.join(names[:3])}{', …' if len(names) > 3 else ''})"
