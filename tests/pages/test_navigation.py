"""Navigation: seven pages with a title each, however a person arrives at one."""

from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.conftest import ROOT
from tests.stick_figure import stick_dataset

APP = ROOT / "streamlit_app.py"
HEADINGS = {
    "live": "Live",
    "plans": "Plans",
    "video": "Count in a video",
    "history": "History",
    "dataset": "Dataset",
    "review": "Review",
    "export": "Export",
}


@pytest.fixture
def titles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Titles of the browser's tab, in the order in which pages set them."""
    stick_dataset(15).save(tmp_path / "starter")
    monkeypatch.setattr("posecount.datasets.workspace.STARTER_DATASET", tmp_path / "starter")
    monkeypatch.setenv("POSECOUNT_HOME", str(tmp_path / "home"))
    # The Live page then ends after its sidebar: its stream needs a server.
    monkeypatch.setenv("POSECOUNT_MODEL", str(tmp_path / "missing.task"))
    shown: list[str] = []

    def set_page_config(page_title: str, page_icon: Any, layout: str) -> None:
        shown.append(page_title)

    monkeypatch.setattr(st, "set_page_config", set_page_config)
    return shown


def app() -> AppTest:
    return AppTest.from_file(str(APP), default_timeout=120)


def heading(test: AppTest) -> str:
    assert not test.exception
    (title,) = test.title  # the only heading of level 1
    return title.value


def test_every_file_in_pages_is_tested_here() -> None:
    assert {page.stem for page in (ROOT / "pages").glob("*.py")} == set(HEADINGS)


def test_the_app_opens_on_live_and_leads_to_every_page(titles: list[str]) -> None:
    test = app().run()
    assert heading(test) == "Live" and titles[-1] == "Live · posecount"
    for name in ("plans", "video", "dataset", "review", "export"):
        assert heading(test.switch_page(f"pages/{name}.py").run()) == HEADINGS[name]


@pytest.mark.parametrize("name", HEADINGS)
def test_a_page_that_streamlit_runs_without_the_main_script_is_run_again_by_the_main_script(
    titles: list[str], name: str
) -> None:
    # Before the first run of streamlit_app.py Streamlit knows only the files in `pages`, as on a fresh server.
    assert heading(app().switch_page(f"pages/{name}.py").run()) == HEADINGS[name]
    assert set(titles) == {f"{name.capitalize()} · posecount"}


def test_a_page_that_is_run_alone_has_no_navigation(titles: list[str]) -> None:
    assert heading(AppTest.from_file(str(ROOT / "pages" / "export.py"), default_timeout=120).run()) == "Export"
    assert titles == []
