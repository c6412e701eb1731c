"""The Plans page makes, edits, reorders, deletes and starts plans, and undoes each edit."""

from __future__ import annotations

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from posecount.datasets.workspace import Workspace
from posecount.history.database import Database
from posecount.training.plan import SHIPPED, Plan, Step
from posecount.training.plan_book import PlanBook
from tests.conftest import ROOT
from tests.stick_figure import stick_dataset, with_planks


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PlanBook:
    with_planks(stick_dataset()).save(tmp_path / "starter")
    monkeypatch.setattr("posecount.datasets.workspace.STARTER_DATASET", tmp_path / "starter")
    monkeypatch.setenv("POSECOUNT_HOME", str(tmp_path / "home"))
    st.cache_resource.clear()
    return PlanBook(Database.of_folder(Workspace().root))


def page() -> AppTest:
    shown = AppTest.from_file(str(ROOT / "pages" / "plans.py"), default_timeout=60).run()
    assert not shown.exception
    return shown


def press(shown: AppTest, label: str, place: int = 0) -> None:
    [each for each in shown.button if each.label.replace("\\", "") == label][place].click().run()
    assert not shown.exception


def names(book: PlanBook) -> list[str]:
    return [plan.name for plan in book.plans()]


def test_a_plan_is_made_of_the_datasets_exercises_with_holds_in_seconds(book: PlanBook) -> None:
    shown = page()
    press(shown, "New plan")
    shown.text_input[0].set_value("Mornings").run()
    (exercise,) = [each for each in shown.selectbox if each.label == "Exercise"]
    assert exercise.options == ["Plank", "Squats"]
    exercise.set_value("squats").run()
    next(each for each in shown.number_input if each.label == "Repetitions").set_value(5).run()
    press(shown, "Add an exercise")
    next(each for each in shown.number_input if each.label == "Seconds").set_value(45).run()
    press(shown, "Save")
    assert book.find("Mornings") == Plan("Mornings", (Step("squats", target=5), Step("planks", "hold", target=45)))
    press(shown, "Undo: added Mornings")
    assert names(book) == [plan.name for plan in SHIPPED]


def test_rows_are_moved_and_removed_and_sets_go_by_the_clock(book: PlanBook) -> None:
    book.save(Plan("Mine", (Step("squats"), Step("planks", "hold", target=20))))
    shown = page()
    press(shown, "Edit", 3)
    press(shown, "Down")
    press(shown, "Remove", 1)
    next(each for each in shown.toggle if each.label == "By the clock").set_value(True).run()
    press(shown, "Save")
    assert book.find("Mine") == Plan("Mine", (Step("planks", "hold", target=20),), work_s=30)


def test_what_is_no_plan_is_said_and_stays_in_the_editor(book: PlanBook) -> None:
    shown = page()
    press(shown, "New plan")
    shown.text_input[0].set_value(SHIPPED[0].name).run()
    press(shown, "Save")
    assert "Try: another name" in shown.error[0].value and shown.text_input[0].value == SHIPPED[0].name
    press(shown, "Remove")
    press(shown, "Save")
    assert "1 to 30 exercises" in shown.error[0].value
    press(shown, "Cancel")
    assert names(book) == [plan.name for plan in SHIPPED] and not shown.error


def test_plans_are_duplicated_moved_and_deleted_and_each_is_undone(book: PlanBook) -> None:
    first, second, third = (plan.name for plan in SHIPPED)
    shown = page()
    press(shown, "Duplicate")
    press(shown, "Down")
    press(shown, "Delete", 3)
    assert names(book) == [f"{first}-2", first, second]
    for _ in range(3):
        next(each for each in shown.button if each.label.startswith("Undo")).click().run()
    assert names(book) == [first, second, third]


def test_it_says_which_exercises_of_a_plan_the_dataset_does_not_count(book: PlanBook) -> None:
    book.save(Plan("Mine", (Step("squats"), Step("handstands"))))
    assert "Not in the chosen dataset: handstands." in [each.value for each in page().caption][-1]


def test_where_people_share_a_server_without_login_plans_that_ship_can_only_be_started(
    book: PlanBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("posecount.ui.workouts.keeping.is_for_one_person", lambda: False)
    assert [each.label for each in page().button] == ["Start"] * len(SHIPPED)
