"""The turning points that a dataset names, in ``posecount.json``; other things in that file stay as they are."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from posecount.datasets.dataset import exercise_label
from posecount.datasets.editing.edit import Edit
from posecount.datasets.folder import METADATA_FILE, read_targets
from posecount.datasets.records import TargetChange


def prepare_targets(edit: Edit, targets: Mapping[str, str | None]) -> list[TargetChange]:
    """Write the metadata aside with other turning points, to be renamed to its place; None names none.

    Returns:
        What this changes, for the history.

    Raises:
        DatasetError: if the metadata was damaged since the edit began.
    """
    metadata, named = _metadata(edit)
    changes = [
        TargetChange(exercise, named.get(exercise), target)
        for exercise, target in targets.items()
        if named.get(exercise) != target
    ]
    if changes:
        merged = named | {each.exercise: each.after for each in changes}
        metadata["targets"] = {exercise: target for exercise, target in merged.items() if target is not None}
        if metadata == {"targets": {}}:
            edit.plan(edit.folder / METADATA_FILE, None)
        else:
            edit.prepare_metadata((json.dumps(metadata, indent=1) + "\n").encode())
    return changes


def reverse_targets(
    edit: Edit, done: Iterable[tuple[str, str | None, str | None]]
) -> tuple[dict[str, str | None], list[str]]:
    """The turning points that undo changes (exercise, before, after), and sentences on those that cannot be undone."""
    _, named = _metadata(edit)
    goals: dict[str, str | None] = {}
    conflicts = []
    for exercise, before, after in done:
        now = named.get(exercise)
        if now == before:
            continue
        if now == after:
            goals[exercise] = before
        else:
            conflicts.append(
                f"The turning point of {exercise_label(exercise)} was changed by a later action: undo that one first."
            )
    return goals, conflicts


def words_for(changes: list[TargetChange]) -> str:
    """A sentence for the history."""
    chosen = (f"{exercise_label(exercise)} at {after or 'the usual class'}" for exercise, _, after in changes)
    return f"Chose where to turn: {', '.join(chosen)}"


def _metadata(edit: Edit) -> tuple[dict[str, Any], dict[str, str]]:
    file = edit.view.path(METADATA_FILE)
    if file is None:
        return {}, {}
    data = file.read_bytes()
    named = read_targets(data, METADATA_FILE)
    return json.loads(data), named
