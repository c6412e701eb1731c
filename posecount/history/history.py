"""One person's history: what is written as it happens, what is read, and edits that can be undone."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, delete, func, select

from posecount.datasets.records import count_of
from posecount.datasets.workspace import Workspace
from posecount.history import rows
from posecount.history.database import Database, HistoryError
from posecount.history.exchange import from_json, to_json
from posecount.history.records import (
    Correction,
    ExerciseTotal,
    RecordedRepetition,
    Workout,
    WorkoutSummary,
    new_key,
    taken_back,
)
from posecount.history.schema import LONGEST_NAME, LONGEST_NOTE, changes, plans, sets, workouts

DAYS_VARIABLE = "POSECOUNT_HISTORY_DAYS"
"""For how many days workouts are kept, where the server's operator sets a limit."""

_UNDO_FOR_S = 30 * 86_400.0
"""Seconds for which an edit can be undone; what it took away is gone for good after that."""


@dataclass(frozen=True, slots=True)
class Change:
    """An edit that can be undone.

    Attributes:
        id: of the change.
        made: when, in seconds since 1970, UTC.
        what: in words.
    """

    id: int
    made: float
    what: str


class History:
    """What one person has done. Threads may share it.

    Args:
        database: may be shared with others.
        person: whose; empty for the one person of a machine without login.
        now: seconds since 1970, UTC.

    Every method raises HistoryError if the database cannot be read or written.
    """

    def __init__(self, database: Database, person: str = "", now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._person = person
        self._now = now

    @classmethod
    def of(cls, workspace: Workspace) -> History:
        """The history of the person to whom a workspace belongs."""
        history = cls(Database.of_folder(workspace.root), workspace.person)
        history.forget_old()
        return history

    @property
    def database(self) -> Database:
        """Where it is kept, with what else is this person's."""
        return self._database

    # written as it happens

    def record(self, workout: Workout) -> None:
        """Write a workout, or what is new of one; what is there already stays as it is.

        Args:
            workout: with the sets and repetitions to write, which need not be all of them.
        """
        with self._database.begin() as connection:
            rows.write(self._database, connection, self._person, workout)

    def save_once(self, workout: Workout) -> bool:
        """Write a whole workout; whether it was not there yet."""
        with self._database.begin() as connection:
            if rows.read(connection, self._person, [workout.key]):
                return False
            rows.write(self._database, connection, self._person, workout)
            return True

    def remove_repetition(self, workout: str, set_number: int, repetition: str) -> bool:
        """Note that a repetition was none; whether there was one. `add_repetition` is the reverse."""
        made = Correction("removed", self._now(), set_number, repetition)
        with self._database.begin() as connection:
            return rows.mark_removed(connection, self._person, workout, made)

    def add_repetition(self, workout: Workout, set_number: int) -> str:
        """Note that a repetition was missed in a set; return its key."""
        key = f"added:{new_key()}"
        chosen = next(each for each in workout.sets if each.number == set_number)
        missed = RecordedRepetition(key, chosen.ended, status="added")
        made = Correction("added", self._now(), set_number, key)
        with self._database.begin() as connection:
            part = replace(workout, sets=(replace(chosen, repetitions=(missed,)),), corrections=(made,))
            rows.write(self._database, connection, self._person, part)
        return key

    # read

    def summaries(self) -> list[WorkoutSummary]:
        """All workouts, oldest first, without their repetitions."""
        totals: dict[int, dict[str, ExerciseTotal]] = {}
        with self._database.begin() as connection:
            header = connection.execute(
                select(workouts).where(workouts.c.person == self._person).order_by(workouts.c.started, workouts.c.id)
            ).all()
            per_exercise = (
                select(
                    sets.c.workout, sets.c.exercise, sets.c.kind, func.count(), func.sum(sets.c.count),
                    func.max(sets.c.count), func.sum(sets.c.seconds), func.max(sets.c.seconds), func.min(sets.c.number),
                )
                .join(workouts, sets.c.workout == workouts.c.id)
                .where(workouts.c.person == self._person)
                .group_by(sets.c.workout, sets.c.exercise, sets.c.kind)
                .order_by(func.min(sets.c.number))
            )  # fmt: skip
            for workout, exercise, kind, number, count, most, seconds, longest, _ in connection.execute(
                per_exercise
            ).all():
                best = float(longest if kind == "hold" else most)
                totals.setdefault(workout, {})[exercise] = ExerciseTotal(kind, number, int(count), best, float(seconds))
        return [
            WorkoutSummary(
                row.key, row.started, row.ended, row.day, row.name, row.note, row.source, totals.get(row.id, {})
            )
            for row in header
        ]

    def workout(self, key: str) -> Workout:
        """A workout with all its parts."""
        with self._database.begin() as connection:
            return self._one(connection, key)

    def workouts(self) -> list[Workout]:
        """All workouts with all their parts, oldest first."""
        with self._database.begin() as connection:
            return rows.read(connection, self._person)

    # edits that can be undone

    def rename(self, key: str, name: str) -> None:
        """Give a workout a name."""
        self._change("Renamed a workout", [key], lambda those: [replace(those[0], name=name.strip()[:LONGEST_NAME])])

    def annotate(self, key: str, note: str) -> None:
        """Write a note to a workout."""
        self._change("Changed a note", [key], lambda those: [replace(those[0], note=note.strip()[:LONGEST_NOTE])])

    def delete(self, keys: Sequence[str]) -> None:
        """Delete workouts."""
        what = "Deleted a workout" if len(keys) == 1 else f"Deleted {len(keys)} workouts"
        self._change(what, keys, lambda those: [])

    def merge(self, keys: Sequence[str]) -> str:
        """Make one workout of several; return its key."""
        key = new_key()
        self._change(f"Merged {len(keys)} workouts", keys, lambda those: [rows.merged(those, key)])
        return key

    def set_count(self, key: str, set_number: int, count: int) -> None:
        """Correct how many repetitions a set had, from the last one on."""
        if count < 0 or count > 10_000:
            raise HistoryError("A set has 0 to 10,000 repetitions. Try: another number.")
        self._change("Corrected a set", [key], lambda those: [_with_count(those[0], set_number, count, self._now())])

    def set_exercise(self, key: str, set_number: int, exercise: str) -> None:
        """Correct which exercise a set was."""

        def corrected(those: list[Workout]) -> list[Workout]:
            parts = (replace(s, exercise=exercise) if s.number == set_number else s for s in those[0].sets)
            return [replace(those[0], sets=tuple(parts))]

        self._change("Corrected an exercise", [key], corrected)

    def delete_set(self, key: str, set_number: int) -> None:
        """Delete a set of a workout."""

        def without(those: list[Workout]) -> list[Workout]:
            return [replace(those[0], sets=tuple(s for s in those[0].sets if s.number != set_number))]

        self._change("Deleted a set", [key], without)

    def changes(self) -> list[Change]:
        """The edits that can be undone, the last one first."""
        with self._database.begin() as connection:
            found = connection.execute(
                select(changes.c.id, changes.c.made, changes.c.what)
                .where(changes.c.person == self._person)
                .order_by(changes.c.id.desc())
            )
            return [Change(*row) for row in found]

    def undo(self) -> str | None:
        """Undo the last edit, and return what it was in words; None if there is none."""
        with self._database.begin() as connection:
            latest = select(changes).where(changes.c.person == self._person).order_by(changes.c.id.desc()).limit(1)
            found = connection.execute(latest).first()
            if found is None:
                return None
            rows.remove(connection, self._person, json.loads(found.after))
            for workout in from_json(found.before):
                rows.remove(connection, self._person, [workout.key])
                rows.write(self._database, connection, self._person, workout)
            connection.execute(delete(changes).where(changes.c.id == found.id))
            return str(found.what)

    # in and out

    def import_json(self, content: str | bytes) -> int:
        """Take in an export. Workouts that are there already stay as they are; return how many are new.

        Raises:
            HistoryError: if it is no export; then nothing is taken in.
        """
        given = from_json(content)
        with self._database.begin() as connection:
            known = set(connection.execute(select(workouts.c.key).where(workouts.c.person == self._person)).scalars())
            new = {workout.key: workout for workout in given if workout.key not in known}
            for workout in new.values():
                rows.write(self._database, connection, self._person, workout)
            if new:
                self._note(connection, f"Imported {count_of(len(new), 'workout')}", [], list(new))
        return len(new)

    def delete_everything(self) -> int:
        """Delete workouts, plans and what could be undone, for good; return how many workouts there were."""
        with self._database.begin() as connection:
            number = connection.execute(delete(workouts).where(workouts.c.person == self._person)).rowcount
            for table in (changes, plans):
                connection.execute(delete(table).where(table.c.person == self._person))
        self._database.compact()
        return number

    def forget_old(self) -> None:
        """Delete what is older than it may be kept: old edits, and workouts where the environment sets a limit."""
        days = kept_days()
        with self._database.begin() as connection:
            connection.execute(delete(changes).where(changes.c.made < self._now() - _UNDO_FOR_S))
            if days is not None:
                before = self._now() - days * 86_400
                connection.execute(delete(workouts).where(workouts.c.ended < before))
                connection.execute(delete(changes).where(changes.c.made < before))

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def _one(self, connection: Connection, key: str) -> Workout:
        found = rows.read(connection, self._person, [key])
        if not found:
            raise HistoryError("This workout no longer exists: it may have been deleted or merged in another tab.")
        return found[0]

    def _change(self, what: str, keys: Sequence[str], edit: Callable[[list[Workout]], list[Workout]]) -> None:
        with self._database.begin() as connection:
            before = [self._one(connection, key) for key in keys]
            after = edit(before)
            rows.remove(connection, self._person, keys)
            for workout in after:
                rows.write(self._database, connection, self._person, workout)
            self._note(connection, what, before, [workout.key for workout in after])

    def _note(self, connection: Connection, what: str, before: list[Workout], after: list[str]) -> None:
        row = {"before": to_json(before), "after": json.dumps(after), "what": what, "made": self._now()}
        connection.execute(changes.insert().values(person=self._person, **row))


def kept_days() -> float | None:
    """For how many days workouts are kept; None for good.

    Raises:
        HistoryError: if the environment says something that is no number of days.
    """
    configured = os.environ.get(DAYS_VARIABLE, "")
    if not configured:
        return None
    try:
        days = float(configured)
    except ValueError:
        days = 0.0
    if not 1 <= days < 1e6:
        raise HistoryError(f"{DAYS_VARIABLE} must be a number of days, 1 or more, not {configured[:40]!r}.")
    return days


def _with_count(workout: Workout, set_number: int, count: int, now: float) -> Workout:
    parts, made = [], []
    for each in workout.sets:
        if each.number == set_number:
            kept = list(each.repetitions)
            while sum(one.status != "removed" for one in kept) > count:
                index = max(i for i, one in enumerate(kept) if one.status != "removed")
                made.append(Correction("removed", now, set_number, kept[index].key))
                kept[index : index + 1] = taken_back(kept[index])
            while sum(one.status != "removed" for one in kept) < count:
                kept.append(RecordedRepetition(f"added:{new_key()}", each.ended, status="added"))
                made.append(Correction("added", now, set_number, kept[-1].key))
            each = replace(each, repetitions=tuple(kept))
        parts.append(each)
    return replace(workout, sets=tuple(parts), corrections=(*workout.corrections, *made))
