"""Workouts to rows of the database and back. All SQL about single workouts is here."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Double, Integer, Select, Table, bindparam, case, delete, or_, select, update

from posecount.history.database import Database
from posecount.history.records import Correction, RecordedRepetition, RecordedSet, Workout
from posecount.history.schema import corrections, repetitions, sets, workouts

_HEADER = ("key", "started", "ended", "time_zone", "dataset", "dataset_version", "profile", "source", "name", "note")
_SET = ("number", "exercise", "kind", "started", "ended", "target", "seconds")
_REPETITION = ("key", "ended", "duration_s", "to_turn_s", "range_of_motion", "status", "joint", "degrees")
_CORRECTION = ("kind", "made", "set_number", "repetition")

# What is written with each repetition is built once: that takes SQLAlchemy longer than the database takes to do it.
_THIS = bindparam("this", type_=Integer)
_START, _END, _HELD = (bindparam(name, type_=Double) for name in ("start", "end", "held"))
_NUMBER_OF_WORKOUT = select(workouts.c.id).where(
    workouts.c.person == bindparam("person"), workouts.c.key == bindparam("key")
)
_NUMBER_OF_SET = select(sets.c.id).where(sets.c.workout == bindparam("workout"), sets.c.number == bindparam("number"))
_EXTEND_WORKOUT = (
    update(workouts)
    .where(workouts.c.id == _THIS, or_(workouts.c.started > _START, workouts.c.ended < _END))
    .values(
        started=case((workouts.c.started < _START, workouts.c.started), else_=_START),
        ended=case((workouts.c.ended > _END, workouts.c.ended), else_=_END),
    )
)
_EXTEND_SET = (  # the columns that follow from its repetitions, which are not counted again with each of them
    update(sets)
    .where(sets.c.id == _THIS)
    .values(
        count=sets.c.count + bindparam("more", type_=Integer),
        started=case((sets.c.started < _START, sets.c.started), else_=_START),
        ended=case((sets.c.ended > _END, sets.c.ended), else_=_END),
        seconds=case((sets.c.seconds > _HELD, sets.c.seconds), else_=_HELD),
    )
)


def write(database: Database, connection: Connection, person: str, workout: Workout) -> None:
    """Write what is not there yet: the workout, its sets, repetitions and corrections. Twice changes nothing.

    Where it is there, it begins earlier or ends later; a person's name and note stay.
    """
    header = _row(workout, _HEADER) | {"person": person, "day": workout.day}
    number = _number(database, connection, workouts, _NUMBER_OF_WORKOUT, header)
    for each in workout.sets:
        row = _row(each, _SET) | {"workout": number, "count": 0}
        set_id = _number(database, connection, sets, _NUMBER_OF_SET, row)
        more = 0
        if each.repetitions:
            rows = [
                _row(repetition, _REPETITION) | {"workout": number, "set": set_id} for repetition in each.repetitions
            ]
            given = rows if len(rows) > 1 else rows[0]  # the list of one takes 0.05 ms more
            new = connection.execute(database.insert_once(repetitions, repetitions.c.status), given)
            more = sum(status != "removed" for status in new.scalars())
        latest = {"this": set_id, "start": each.started, "end": each.ended, "held": each.seconds, "more": more}
        connection.execute(_EXTEND_SET, latest)
    for made in workout.corrections:
        connection.execute(database.insert_once(corrections), _row(made, _CORRECTION) | {"workout": number})
    connection.execute(_EXTEND_WORKOUT, {"this": number, "start": workout.started, "end": workout.ended})


def _number(database: Database, connection: Connection, table: Table, find: Select[Any], row: dict[str, Any]) -> int:
    """The number of a row, which is written if it is not there yet."""
    number: int | None = connection.execute(find, row).scalar()
    if number is None:
        connection.execute(database.insert_once(table), row)
        number = connection.execute(find, row).scalar_one()
    return number


def mark_removed(connection: Connection, person: str, workout: str, made: Correction) -> bool:
    """Note that a repetition was none; whether there is one that was not removed before."""
    number = connection.execute(_of(person, workout)).scalar()
    if number is None:
        return False
    which = (repetitions.c.workout == number, repetitions.c.key == made.repetition, repetitions.c.status != "removed")
    found = connection.execute(select(repetitions.c.set, repetitions.c.status).where(*which)).first()
    if found is None:
        return False
    if found.status == "added":
        connection.execute(delete(repetitions).where(*which))
    else:
        connection.execute(update(repetitions).where(*which).values(status="removed"))
    connection.execute(update(sets).where(sets.c.id == found.set).values(count=sets.c.count - 1))
    connection.execute(corrections.insert().values(_row(made, _CORRECTION) | {"workout": number}))
    return True


def read(connection: Connection, person: str, keys: Sequence[str] | None = None) -> list[Workout]:
    """Workouts with all their parts, oldest first: those of some keys, or all."""
    chosen = select(workouts).where(workouts.c.person == person).order_by(workouts.c.started, workouts.c.id)
    if keys is not None:
        chosen = chosen.where(workouts.c.key.in_(keys))
    headers = connection.execute(chosen).all()
    numbers = [row.id for row in headers] if keys is not None else None
    by_set: dict[int, list[RecordedRepetition]] = {}
    for row in connection.execute(_parts(repetitions, person, numbers).order_by(repetitions.c.ended, repetitions.c.id)):
        by_set.setdefault(row.set, []).append(RecordedRepetition(**_row(row, _REPETITION)))
    by_workout: dict[int, list[RecordedSet]] = {}
    for row in connection.execute(_parts(sets, person, numbers).order_by(sets.c.number)):
        each = RecordedSet(**_row(row, _SET), repetitions=tuple(by_set.get(row.id, ())))
        by_workout.setdefault(row.workout, []).append(each)
    by_correction: dict[int, list[Correction]] = {}
    for row in connection.execute(_parts(corrections, person, numbers).order_by(corrections.c.id)):
        by_correction.setdefault(row.workout, []).append(Correction(**_row(row, _CORRECTION)))
    return [
        Workout(
            **_row(row, _HEADER),
            sets=tuple(by_workout.get(row.id, ())),
            corrections=tuple(by_correction.get(row.id, ())),
        )
        for row in headers
    ]


def remove(connection: Connection, person: str, keys: Iterable[str]) -> None:
    """Delete workouts with all their parts."""
    connection.execute(delete(workouts).where(workouts.c.person == person, workouts.c.key.in_(list(keys))))


def merged(several: Sequence[Workout], key: str) -> Workout:
    """One workout with the sets of several, in the order in which they were done."""
    ordered = [_with_keys_of_its_own(each) for each in sorted(several, key=lambda each: each.started)]
    together = sorted(((each, one) for one in ordered for each in one.sets), key=lambda pair: pair[0].started)
    numbered: list[RecordedSet] = []
    moved: list[Correction] = []
    for number, (each, one) in enumerate(together, start=1):
        numbered.append(replace(each, number=number))
        moved += [replace(made, set_number=number) for made in one.corrections if made.set_number == each.number]
    return replace(
        ordered[0],
        key=key,
        ended=max(each.ended for each in ordered),
        name=next((each.name for each in ordered if each.name), ""),
        note="\n".join(each.note for each in ordered if each.note),
        sets=tuple(numbered),
        corrections=tuple(sorted(moved, key=lambda made: made.made)),
    )


def _with_keys_of_its_own(workout: Workout) -> Workout:
    """A workout whose repetitions have keys that those of no other workout have."""

    def own(key: str) -> str:
        return uuid.uuid5(uuid.NAMESPACE_OID, f"{workout.key} {key}").hex

    sets = (
        replace(each, repetitions=tuple(replace(one, key=own(one.key)) for one in each.repetitions))
        for each in workout.sets
    )
    moved = (replace(made, repetition=own(made.repetition)) for made in workout.corrections)
    return replace(workout, sets=tuple(sets), corrections=tuple(moved))


def _of(person: str, key: str) -> Select[Any]:
    return select(workouts.c.id).where(workouts.c.person == person, workouts.c.key == key)


def _parts(table: Table, person: str, numbers: Sequence[int] | None) -> Select[Any]:
    """The rows of a table that belong to some workouts, or to all of a person's."""
    if numbers is not None:
        return select(table).where(table.c.workout.in_(numbers))
    return select(table).join(workouts, table.c.workout == workouts.c.id).where(workouts.c.person == person)


def _row(part: object, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(part, name) for name in names}
