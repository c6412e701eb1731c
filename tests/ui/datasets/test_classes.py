"""Choosing a class: an existing one, or a new one that is typed and made safe."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from posecount.datasets.workspace import Workspace


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSECOUNT_HOME", str(tmp_path / "home"))
    Workspace().create("mine")


def page() -> None:
    import streamlit as st

    from posecount.datasets.workspace import Workspace
    from posecount.ui.datasets.classes import choose_class

    st.session_state["chosen"] = choose_class(Workspace().open("mine"), "class", but="squats_up")


def typed(name: str) -> AppTest:
    test = AppTest.from_function(page, default_timeout=60)
    test.session_state["class"] = name
    test.run()
    assert not test.exception
    return test


def test_a_typed_name_is_made_safe_and_says_so() -> None:
    test = typed("lunges down")
    assert test.session_state["chosen"] == "lunges_down"
    assert "lunges" in test.caption[0].value


def test_a_name_without_a_letter_or_digit_is_refused_in_words() -> None:
    test = typed("!!")
    assert test.session_state["chosen"] is None
    assert "no letter or digit" in test.error[0].value


def test_the_class_the_samples_are_in_cannot_be_chosen() -> None:
    assert typed("squats_up").session_state["chosen"] is None
