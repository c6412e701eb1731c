"""What takes an action back, as far as later actions leave it possible."""

from __future__ import annotations

from dataclasses import replace

from posecount.datasets.editing.edit import Edit
from posecount.datasets.editing.turning_points import prepare_targets, reverse_targets
from posecount.datasets.records import Action, Change, Undone, binned
from posecount.errors import DatasetError


def undo(edit: Edit, action: Action) -> Undone:
    """Undo an action and commit.

    Raises:
        DatasetError: if nothing of it can be undone.
    """
    changes, conflicts = _reverse(edit, edit.journal.changes_of(action.number))
    goals, more = reverse_targets(edit, edit.journal.targets_of(action.number))
    conflicts += more
    if not changes and not goals:
        why = " ".join(conflicts) or "It is already undone."
        raise DatasetError(f"“{action.words}” cannot be undone. {why}")
    targets = prepare_targets(edit, goals)
    edit.finish("undo", f"Undid “{action.words}”", changes, action.number, targets)
    return Undone(len(changes), tuple(conflicts), len(targets))


def _reverse(edit: Edit, done: list[Change]) -> tuple[list[Change], list[str]]:
    """What undoes changes, and sentences that say which of them cannot be undone."""
    changes, conflicts = [], []
    for sample, before, after in done:
        now = edit.journal.record(sample).state
        goal = binned(after, "its addition was undone") if before.place == "nowhere" else before
        goal = replace(goal, image=edit.has_image(sample, now))  # an image deleted by hand does not come back
        if now == goal:
            continue
        if (now.place, now.class_name) != (after.place, after.class_name):
            where = "is now in the bin" if now.place == "bin" else f"is now in {now.class_name}"
            conflicts.append(f"{after.class_name}/{after.name} {where}, by a later action: undo that one first.")
            continue
        moved = (now.place, now.class_name, now.name) != ("dataset", goal.class_name, goal.name)
        if goal.place == "dataset" and moved:
            goal = edit.vacant(goal)
        changes.append(Change(sample, now, goal))
    return changes, conflicts
