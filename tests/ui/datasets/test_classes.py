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
    test.session_state["class_mine"] = name
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


def page_that_hides_the_box() -> None:
    import streamlit as st

    from posecount.datasets.workspace import Workspace
    from posecount.ui.datasets.classes import choose_class

    if not st.toggle("A job is running"):
        st.session_state["chosen"] = choose_class(Workspace().open("mine"), "class")


def type_in(test: AppTest, name: str) -> None:
    """Type a new class; AppTest sends only what it knows as an option."""
    test.selectbox[0].options.append(name)
    test.selectbox[0].set_value(name).run()


@pytest.fixture
def after_a_job() -> AppTest:
    """The page on which a class was typed, whose box was gone for a while and is there again."""
    test = AppTest.from_function(page_that_hides_the_box, default_timeout=60).run()
    assert test.selectbox[0].value is None
    type_in(test, "squats_up")
    test.toggle[0].set_value(True).run()
    assert not test.selectbox
    return test.toggle[0].set_value(False).run()


def test_the_box_begins_with_the_class_in_every_run_since_the_next_run_can_overtake_one(after_a_job: AppTest) -> None:
    for _ in range(2):
        box = after_a_job.selectbox[0].proto
        assert box.options[box.default] == "squats_up" and box.HasField("default")
        after_a_job.run()
    assert not after_a_job.exception and not after_a_job.warning


def test_the_box_cannot_be_cleared_as_it_would_look_empty_and_still_have_its_class() -> None:
    assert AppTest.from_function(page_that_hides_the_box, default_timeout=60).run().selectbox[0].proto.required


def test_an_empty_box_sent_by_a_browser_that_has_not_heard_of_the_class_does_not_lose_it(after_a_job: AppTest) -> None:
    after_a_job.selectbox[0].set_value(None).run()
    assert after_a_job.session_state["chosen"] == after_a_job.selectbox[0].value == "squats_up"


def test_another_class_can_be_chosen_after_a_job(after_a_job: AppTest) -> None:
    type_in(after_a_job, "lunges")
    assert after_a_job.session_state["chosen"] == "lunges"
    type_in(after_a_job, "lunges")
    assert after_a_job.session_state["chosen"] == "lunges"
    assert after_a_job.selectbox[0].options == ["lunges"]
