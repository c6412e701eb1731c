"""Plans are kept in the person's order, and every edit can be undone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from posecount.history.database import Database
from posecount.training.plan import SHIPPED, PlanError
from posecount.training.plan_book import PlanBook


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database.of_folder(tmp_path)


def names(book: PlanBook) -> list[str]:
    return [plan.name for plan in book.plans()]


def test_plans_are_added_changed_copied_moved_and_deleted_and_all_is_undone(database: Database) -> None:
    book = PlanBook(database)
    shipped = names(book)
    assert shipped == [plan.name for plan in SHIPPED] and book.last_change() is None
    book.save(replace(SHIPPED[0], name="Mine"))
    book.save(replace(SHIPPED[1], name="Mine"), instead_of="Mine")
    assert book.find("Mine") == replace(SHIPPED[1], name="Mine")
    assert book.duplicate("Mine") == "Mine-2"
    book.move("Mine-2", -10)
    book.delete(shipped[0])
    assert names(book) == ["Mine-2", *shipped[1:], "Mine"]
    assert book.last_change() == f"Deleted {shipped[0]}"
    while book.undo():
        pass
    assert names(book) == shipped


def test_a_name_that_is_taken_or_gone_is_refused_and_changes_nothing(database: Database) -> None:
    book = PlanBook(database)
    with pytest.raises(PlanError, match="already"):
        book.save(replace(SHIPPED[0], name=SHIPPED[1].name.upper()))
    with pytest.raises(PlanError, match="no plan"):
        book.delete("gone")
    assert book.last_change() is None


def test_plans_are_each_persons_own(database: Database) -> None:
    one, other = PlanBook(database, "one"), PlanBook(database, "other")
    one.delete(SHIPPED[0].name)
    assert len(other.plans()) == 3 and other.undo() is None and len(one.plans()) == 2
