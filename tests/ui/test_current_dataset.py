"""The current dataset: one choice for all pages, which outlives renaming and deleting."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from posecount.datasets.workspace import Workspace


def page() -> None:
    """Chooses, or as another page shows no widget at all."""
    import streamlit as st

    from posecount.datasets.workspace import Workspace
    from posecount.ui.current_dataset import choose_dataset, choose_next, current_dataset

    if st.session_state.get("elsewhere"):
        st.caption(str(current_dataset()))
    else:
        st.caption(str(choose_dataset(Workspace())))
        st.button("Take other", on_click=choose_next, args=("other",))
        st.button("Take missing", on_click=choose_next, args=("missing",))


@pytest.fixture
def test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("POSECOUNT_HOME", str(tmp_path))
    for name in ("mine", "other"):
        Workspace().create(name)
    test = AppTest.from_function(page, default_timeout=60).run()
    return test.selectbox[0].set_value("mine").run()


def chosen(test: AppTest) -> str:
    assert not test.exception
    return str(test.caption[0].value)


def test_the_choice_outlives_a_page_without_the_widget(test: AppTest) -> None:
    test.session_state["elsewhere"] = True
    assert chosen(test.run()) == "mine"
    test.session_state["elsewhere"] = False
    assert chosen(test.run()) == "mine"


def test_the_choice_outlives_a_reload_by_the_page_s_address(test: AppTest) -> None:
    assert test.query_params["dataset"] == "mine"
    again = AppTest.from_function(page, default_timeout=60)
    again.query_params["dataset"] = "mine"
    assert chosen(again.run()) == "mine"
    assert chosen(again.selectbox[0].set_value("starter").run()) == "starter"
    assert "dataset" not in again.query_params


def test_an_address_that_names_no_dataset_of_this_person_chooses_the_first_one(test: AppTest) -> None:
    stranger = AppTest.from_function(page, default_timeout=60)
    stranger.query_params["dataset"] = "../of another person"
    assert chosen(stranger.run()) == Workspace().names()[0]
    assert "dataset" not in stranger.query_params


def test_a_callback_chooses_for_the_next_run(test: AppTest) -> None:
    assert chosen(test.button[0].click().run()) == "other"
    assert chosen(test.run()) == "other"


def test_a_dataset_that_does_not_exist_is_not_chosen(test: AppTest) -> None:
    assert chosen(test.button[1].click().run()) == "mine"


def test_a_deleted_dataset_gives_way_to_the_first_one(test: AppTest) -> None:
    Workspace().delete("mine")
    assert chosen(test.run()) == Workspace().names()[0]
