"""The History page shows what was done, and every edit on it can be undone."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest
import streamlit as st
from streamlit.dataframe_util import convert_arrow_bytes_to_pandas_df
from streamlit.testing.v1 import AppTest

from posecount.counting.joints import JointRange, JointRanges
from posecount.counting.knn import PoseClassifier
from posecount.counting.repetitions import Repetition
from posecount.datasets.workspace import Workspace
from posecount.evaluation.bench_history import fill
from posecount.history.exchange import to_json
from posecount.history.history import DAYS_VARIABLE, History
from posecount.history.recorder import WorkoutRecorder
from posecount.live.session import LiveSession
from posecount.live.state import LiveSettings
from posecount.ui.workouts.keeping import history_writer, keep_history
from tests.history.made import workout
from tests.stick_figure import stick_dataset

PAGE = Path(__file__).resolve().parents[2] / "pages" / "history.py"


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> History:
    monkeypatch.setenv("POSECOUNT_HOME", str(tmp_path / "home"))
    st.cache_resource.clear()
    return History.of(Workspace())


def page() -> AppTest:
    shown = AppTest.from_file(str(PAGE), default_timeout=60).run()
    assert not shown.exception
    return shown


def test_an_empty_history_says_what_to_do(history: History) -> None:
    assert "Press START on the Live page" in page().info[0].value


def test_it_shows_this_week_and_each_workout(history: History) -> None:
    now = time.time()
    history.record(workout("a", now - 600, squats=12))
    shown = page()
    assert [(each.label, each.value) for each in shown.metric] == [
        ("Days this week", "1"), ("Repetitions", "12"), ("Streak", "1 day"),
    ]  # fmt: skip
    assert shown.dataframe[0].value["What"].tolist() == ["Squats 12"]
    assert any("Personal best: **12 in one set**" in each.value for each in shown.markdown)
    assert shown.caption[0].value.endswith("Longest streak: 1 day.")
    chart = shown.get("vega_lite_chart")[1].proto
    (day,) = convert_arrow_bytes_to_pandas_df(chart.data.data)["begins"]
    assert day.endswith("T00:00:00"), "browsers take a date without a time as UTC: in America, the day before"


def test_a_workout_opens_into_its_sets_and_is_corrected_and_put_back(history: History) -> None:
    history.record(workout("a", time.time() - 600, plank=30))
    shown = AppTest.from_file(str(PAGE), default_timeout=60)
    shown.session_state["history_opened"] = "a"
    shown.run()
    assert [each.value for each in shown.markdown] == ["**1. Squats: 8**", "**2. Plank: 30 s of 1:00 min**"]
    assert any("2.0 s a repetition · range of motion 95%" in each.value for each in shown.caption)
    shown.number_input[0].set_value(9).run()
    assert "posecount counted 8; you corrected it to 9." in [each.value for each in shown.caption]
    shown.text_input[0].set_value("Morning")
    next(each for each in shown.button if each.label == "Save").click().run()
    assert shown.header[0].value == "Morning"
    next(each for each in shown.button if each.label.startswith("Undo")).click().run()
    next(each for each in shown.button if each.label == "Undo: corrected a set").click().run()
    assert history.workouts()[0].sets[0].count == 8
    next(each for each in shown.button if each.label == "Delete this workout").click().run()
    assert history.summaries() == []
    next(each for each in shown.button if each.label == "Undo: deleted a workout").click().run()
    assert len(history.summaries()) == 1


def press(shown: AppTest, label: str) -> None:
    next(each for each in shown.button if each.label == label).click().run()
    assert not shown.exception


def selecting(monkeypatch: pytest.MonkeyPatch, *rows: int) -> None:
    """Select rows of the list, as `AppTest` cannot."""
    table = st.delta_generator.DeltaGenerator.dataframe

    def selected(self: st.delta_generator.DeltaGenerator, *given: object, **how: object) -> object:
        result = table(self, *given, **how)  # type: ignore[call-overload]
        return {"selection": {"rows": list(rows)}} if how.get("on_select") == "rerun" else result

    monkeypatch.setattr(st.delta_generator.DeltaGenerator, "dataframe", selected)


def test_workouts_are_merged_and_deleted_from_the_list_and_both_are_undone(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    for key, begin in (("a", now - 9000), ("b", now - 6000), ("c", now - 600)):
        history.record(workout(key, begin))
    with monkeypatch.context() as chosen:
        selecting(chosen, 0, 1)
        shown = page()
        press(shown, "Merge")
    assert len(history.summaries()) == 2 and "Merged 2 workouts." in [each.value for each in shown.success]
    press(shown, "Undo: merged 2 workouts")
    assert len(history.summaries()) == 3
    with monkeypatch.context() as chosen:
        selecting(chosen, 0, 2)
        shown = page()
        press(shown, "Delete")
    assert [each.key for each in history.summaries()] == ["b"]
    press(shown, "Undo: deleted 2 workouts")
    assert [each.key for each in history.summaries()] == ["a", "b", "c"]


def test_an_import_twice_doubles_nothing_and_can_be_undone_and_what_is_no_export_is_said(history: History) -> None:
    exported = to_json([workout("a", time.time() - 9000), workout("b", time.time() - 600)])
    shown = page()
    for content in (exported, exported, "[]"):
        shown.file_uploader[0].set_value(("workouts.json", content.encode(), "application/json")).run()
        press(shown, "Import")
    assert len(history.summaries()) == 2
    assert [each.value for each in shown.error] == [
        "The file is no history of posecount. Try: choose one that posecount exported as JSON."
    ]
    press(shown, "Undo: imported 2 workouts")
    assert history.summaries() == []


def test_everything_is_deleted_only_after_what_that_means_was_said(history: History) -> None:
    history.record(workout("a", time.time() - 600))
    history.annotate("a", "knee hurts")
    shown = page()
    press(shown, "Delete everything…")
    assert any("This cannot be undone. Your datasets stay." in each.value for each in shown.markdown)
    press(shown, "Cancel")
    assert len(history.summaries()) == 1
    press(shown, "Delete everything…")
    press(shown, "Delete everything for good")
    assert history.summaries() == [] and history.changes() == []
    assert "No workouts yet." in page().info[0].value


def test_what_is_kept_and_for_how_long_is_said_before_the_first_workout(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("posecount.ui.workouts.keeping.is_for_one_person", lambda: False)
    monkeypatch.setattr("posecount.ui.workouts.keeping.workspace", lambda: Workspace(Workspace().root, "someone"))
    monkeypatch.setenv(DAYS_VARIABLE, "90")
    words = page().caption[-1].value
    assert words.startswith(
        "posecount keeps exercises, repetitions and times on this server, for you alone, for 90 days."
    )
    assert "no pictures" in words
    recorder = keep_history(LiveSession(LiveSettings(Path("x.task"), PoseClassifier(stick_dataset()))), "mine")

    def live() -> None:
        from posecount.ui.workouts.keeping import show_history_state
        from tests.pages.test_history_page import LIVE_RECORDER

        show_history_state(LIVE_RECORDER[0])

    LIVE_RECORDER[:] = [recorder]
    assert [each.value for each in AppTest.from_function(live).run().caption] == [words], "on the Live page too"


LIVE_RECORDER: list[WorkoutRecorder | None] = []
"""What `test_what_is_kept…` hands to the page that it runs."""


@pytest.mark.whole
def test_ten_thousand_workouts_take_under_two_seconds_of_processor_time(history: History) -> None:
    fill(history.database, 10_000)
    shown = page()  # opens the history
    cost = []
    for _ in range(2):
        before = time.process_time()
        shown.run()
        cost.append(time.process_time() - before)
    assert not shown.exception and len(shown.dataframe[0].value) == 50
    assert min(cost) < 2, cost


def test_a_damaged_history_is_said_in_words_and_the_page_opens(history: History) -> None:
    history.close()
    (Workspace().root / "history.db").write_bytes(b"no database" * 500)
    st.cache_resource.clear()
    assert "could not be opened" in page().error[0].value


def test_a_shared_server_without_login_keeps_none_and_says_so(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("posecount.ui.workouts.keeping.is_for_one_person", lambda: False)
    assert "No history is kept here" in page().info[0].value


def test_what_a_live_session_counts_is_in_the_history_with_the_degrees_that_a_joint_moved(
    history: History, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = LiveSession(LiveSettings(tmp_path / "model.task", PoseClassifier(stick_dataset())))
    recorder = keep_history(session, "mine")
    assert recorder is not None and keep_history(session, "mine") is recorder
    session.process_pose(None, 0.0)
    monkeypatch.setattr(JointRanges, "of", lambda *_: JointRange("knee", 104.4))
    done = Repetition("squats", -2.0, -1.0, 0.0, 10.0)
    session._snapshot = replace(session.snapshot, repetitions=session.snapshot.repetitions.plus([done]))
    session.listeners.tell()
    writer = history_writer()
    assert writer is not None and writer.flush(10)
    (found,) = history.workouts()
    assert (found.dataset, found.profile, found.sets[0].count) == ("mine", "robust", 1)
    assert len(found.dataset_version) == 16
    shown = AppTest.from_file(str(PAGE), default_timeout=60)
    shown.session_state["history_opened"] = found.key
    shown.run()
    assert any(each.value.endswith(", knee 104°") for each in shown.caption)
    assert list(shown.dataframe[0].value["Range"]) == ["104°"]
