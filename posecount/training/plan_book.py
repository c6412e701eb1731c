"""PlanBook: a person's plans, kept in the database of their history. Every edit can be undone."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Select, delete, select

from posecount.history.database import Database
from posecount.history.schema import plans
from posecount.names import free_name
from posecount.training.plan import LONGEST_NAME, SHIPPED, Plan, PlanError

MOST_PLANS = 200
_UNDO_MOST = 50


class PlanBook:
    """The plans of one person, in the order that they chose. Threads may share it.

    Args:
        database: of the history.
        person: whose; empty for the one person of a machine without login.
        now: seconds since 1970, UTC.

    Every method raises HistoryError if the database cannot be read or written.
    """

    def __init__(self, database: Database, person: str = "", now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._person = person
        self._now = now

    def plans(self) -> tuple[Plan, ...]:
        """All plans; those that ship, until the person changes anything."""
        with self._database.begin() as connection:
            return self._plans(connection)

    def find(self, name: str) -> Plan | None:
        """The plan of a name; None if there is none."""
        return next((plan for plan in self.plans() if plan.name == name), None)

    def save(self, plan: Plan, instead_of: str | None = None) -> None:
        """Add a plan, or replace one.

        Raises:
            PlanError: if another plan has that name, or there are too many.
        """
        with self._database.begin() as connection:
            kept = list(self._plans(connection))
            place = next((i for i, each in enumerate(kept) if each.name == instead_of), len(kept))
            others = kept[:place] + kept[place + 1 :]
            if any(each.name.casefold() == plan.name.casefold() for each in others):
                raise PlanError(f"There is a plan named {plan.name} already. Try: another name.")
            if len(others) >= MOST_PLANS:
                raise PlanError(f"There are {MOST_PLANS} plans already. Try: delete one first.")
            changed = [*kept[:place], plan, *kept[place + 1 :]]
            self._write(connection, changed, f"Changed {plan.name}" if place < len(kept) else f"Added {plan.name}")

    def duplicate(self, name: str) -> str:
        """Copy a plan, below it; return the copy's name."""
        with self._database.begin() as connection:
            kept = list(self._plans(connection))
            place = self._place(kept, name)
            taken = {each.name.casefold() for each in kept}
            copy = free_name(name[: LONGEST_NAME - 4], taken)
            kept.insert(place + 1, replace(kept[place], name=copy))
            self._write(connection, kept, f"Duplicated {name}")
        return copy

    def move(self, name: str, by: int) -> None:
        """Move a plan up or down the list."""
        with self._database.begin() as connection:
            kept = list(self._plans(connection))
            place = self._place(kept, name)
            plan = kept.pop(place)
            kept.insert(min(max(place + by, 0), len(kept)), plan)
            self._write(connection, kept, f"Moved {name}")

    def delete(self, name: str) -> None:
        """Delete a plan."""
        with self._database.begin() as connection:
            kept = list(self._plans(connection))
            del kept[self._place(kept, name)]
            self._write(connection, kept, f"Deleted {name}")

    def last_change(self) -> str | None:
        """What `undo` would undo, in words; None if there is nothing."""
        with self._database.begin() as connection:
            return connection.execute(self._versions().with_only_columns(plans.c.what).limit(1)).scalar()

    def undo(self) -> str | None:
        """Undo the last edit, and return what it was in words; None if there is none."""
        with self._database.begin() as connection:
            latest = connection.execute(self._versions().limit(1)).first()
            if latest is None:
                return None
            connection.execute(delete(plans).where(plans.c.id == latest.id))
            return str(latest.what)

    def _versions(self) -> Select[Any]:
        return select(plans).where(plans.c.person == self._person).order_by(plans.c.id.desc())

    def _plans(self, connection: Connection) -> tuple[Plan, ...]:
        latest = connection.execute(self._versions().limit(1)).first()
        if latest is None:
            return SHIPPED
        return tuple(Plan.from_json(each) for each in json.loads(latest.content))

    def _write(self, connection: Connection, kept: Sequence[Plan], what: str) -> None:
        content = json.dumps([plan.to_json() for plan in kept])
        connection.execute(
            plans.insert().values(person=self._person, made=self._now(), what=what[:200], content=content)
        )
        outdated = self._versions().with_only_columns(plans.c.id).offset(_UNDO_MOST)
        old = connection.execute(outdated).scalars().all()
        connection.execute(delete(plans).where(plans.c.id.in_(old)))

    def _place(self, kept: Sequence[Plan], name: str) -> int:
        for place, plan in enumerate(kept):
            if plan.name == name:
                return place
        raise PlanError(f"There is no plan {name[:60]!r}: it may have been renamed or deleted in another tab.")
