"""What a person chooses on one page stays chosen on every page."""

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from posecount.datasets.workspace import Workspace
from tests.conftest import ROOT
from tests.stick_figure import stick_dataset

APP = ROOT / "streamlit_app.py"
AROUND = ("video", "dataset", "review", "export", "live")


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The app with the datasets mine and other; its Live page ends after its sidebar, as there is no pose model."""
    stick_dataset(15).save(tmp_path / "starter")
    monkeypatch.setattr("posecount.datasets.workspace.STARTER_DATASET", tmp_path / "starter")
    monkeypatch.setenv("POSECOUNT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("POSECOUNT_MODEL", str(tmp_path / "missing.task"))
    for name in ("mine", "other"):
        Workspace().duplicate("starter", name)
    return AppTest.from_file(str(APP), default_timeout=120).run()


def go(test: AppTest, page: str) -> None:
    test.switch_page(f"pages/{page}.py").run()
    assert not test.exception


def shown(test: AppTest) -> dict[str, object]:
    """The values of the widgets that have a key."""
    widgets: list[Any] = [*test.selectbox, *test.slider, *test.toggle, *test.get("button_group")]
    return {each.key: each.value for each in widgets if each.key}


def button_group(test: AppTest, key: str) -> Any:
    """Pills or a segmented control."""
    return next(each for each in test.get("button_group") if each.key == key)


def around(test: AppTest, chosen: dict[str, object], rounds: int = 2) -> set[str]:
    """Go round all pages; return the choices that some page has shown, each as it was made."""
    seen: set[str] = set()
    for page in AROUND * rounds:
        go(test, page)
        there = shown(test)
        assert {key: there[key] for key in chosen if key in there} == {k: v for k, v in chosen.items() if k in there}
        seen |= set(there)
    return seen


def test_choices_stay_on_the_way_round_all_pages(app: AppTest) -> None:
    chosen: dict[str, object] = {
        "dataset_name": "mine",
        "variant": "heavy",
        "mirror": False,
        "thresholds": (2.5, 7.5),
        "range_of_motion": 0.35,
    }
    app.selectbox(key="dataset_name").set_value("mine").run()
    app.selectbox(key="variant").set_value("heavy").run()
    app.toggle(key="mirror").set_value(False).run()
    app.slider(key="thresholds").set_value((2.5, 7.5)).run()
    app.slider(key="range_of_motion").set_value(0.35).run()
    go(app, "dataset")
    button_group(app, "gallery_class").set_value("squats_up").run()
    go(app, "review")
    button_group(app, "review_view").set_value("All samples").run()
    button_group(app, "review_class").set_value("squats_up").run()
    chosen |= {"gallery_class": "squats_up", "review_view": "All samples", "review_class": "squats_up"}
    assert around(app, chosen) >= set(chosen)


def test_what_is_chosen_on_another_page_is_chosen_on_all(app: AppTest) -> None:
    go(app, "video")
    app.selectbox(key="profile").set_value("mlkit").run()
    app.selectbox(key="dataset_name").set_value("other").run()
    chosen: dict[str, object] = {"dataset_name": "other", "profile": "mlkit", "variant": "full"}
    around(app, chosen, rounds=1)
    go(app, "export")
    app.selectbox(key="dataset_name").set_value("mine").run()
    around(app, {**chosen, "dataset_name": "mine"}, rounds=1)


def test_a_choice_stays_while_its_widget_is_hidden(app: AppTest) -> None:
    app.slider(key="range_of_motion").set_value(0.35).run()
    app.selectbox(key="profile").set_value("colab").run()
    around(app, {"profile": "colab"}, rounds=1)
    app.selectbox(key="profile").set_value("robust").run()
    assert app.slider(key="range_of_motion").value == 0.35


def test_what_is_no_longer_there_gives_way_to_the_default(app: AppTest) -> None:
    app.selectbox(key="dataset_name").set_value("mine").run()
    go(app, "dataset")
    button_group(app, "gallery_class").set_value("squats_up").run()
    store = Workspace().open("mine")
    store.relabel([each for each in store.samples if each.class_name == "squats_up"], "squats_top")
    app.run()
    assert not app.exception
    assert shown(app)["gallery_class"] is None
    Workspace().delete("mine")
    go(app, "export")
    assert shown(app)["dataset_name"] == "starter"
