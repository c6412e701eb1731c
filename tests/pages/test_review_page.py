"""The Review page: a wrong label comes first, every action can be undone, and nothing is lost."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from posecount.datasets.records import NewSample, SampleId
from posecount.datasets.store import DatasetStore
from posecount.datasets.workspace import Workspace
from posecount.jpeg import encode_jpeg
from posecount.ui.review.map import chosen_points
from tests.stick_figure import stick_dataset, stick_figure

PAGE = Path(__file__).resolve().parents[2] / "pages" / "review.py"
WRONG = SampleId("squats_up", "wrong.jpg")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DatasetStore:
    """A dataset with one wrong label, in a workspace of its own."""
    monkeypatch.setenv("POSECOUNT_HOME", str(tmp_path / "home"))
    workspace = Workspace()
    store = workspace.open(workspace.create("mine"))
    figures = stick_dataset()
    points = figures.landmarks + np.random.default_rng(0).normal(0, 6, figures.landmarks.shape).astype(np.float32)
    samples = [NewSample(*row) for row in zip(figures.labels, figures.names, points, strict=True)]
    store.add([*samples, NewSample(WRONG.class_name, WRONG.name, stick_figure(1.0, arms=0.3))])
    return store


@pytest.fixture
def page(store: DatasetStore) -> AppTest:
    page = AppTest.from_file(str(PAGE), default_timeout=120)
    page.session_state["dataset_name"] = "mine"
    return run(page)


def run(page: AppTest) -> AppTest:
    page.run()
    assert not page.exception
    assert not page.error
    return page


def click(page: AppTest, label: str) -> AppTest:
    """Click the first button of that label."""
    next(button for button in page.button if button.label == label).click()
    return run(page)


def metrics(page: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in page.metric}


def now(store: DatasetStore) -> set[SampleId]:
    store.refresh()
    return set(store.samples)


def test_the_wrong_label_comes_first_with_its_reason(page: AppTest) -> None:
    words = [markdown.value for markdown in page.markdown]
    first = next(index for index, word in enumerate(words) if word.startswith("**squats"))
    assert words[first] == "**squats\\_up** wrong.jpg"
    assert words[first + 1].startswith("Another class is nearer")
    assert metrics(page)["Recognised"] == "97.6%"


def test_moving_it_raises_the_quality_and_undo_reverts_that(page: AppTest, store: DatasetStore) -> None:
    click(page, "Move to squats\\_down")
    assert SampleId("squats_down", "wrong.jpg") in now(store)
    assert metrics(page)["Recognised"] == "100.0%"
    assert page.metric[0].delta == "+2.4% since you started"
    assert "Moved" in page.success[0].value
    click(page, "Undo the last action")
    assert WRONG in now(store)
    assert metrics(page)["Recognised"] == "97.6%"


def test_removed_samples_are_in_the_bin_and_can_be_restored(page: AppTest, store: DatasetStore) -> None:
    click(page, "Remove")
    assert WRONG not in now(store)
    page.segmented_control[0].set_value("Bin")
    run(page)
    click(page, "Restore")
    assert WRONG in now(store)


def test_removed_samples_show_their_pictures_in_the_bin_with_and_without_a_photo(
    page: AppTest, store: DatasetStore
) -> None:
    photo = encode_jpeg(np.full((480, 640, 3), (200, 30, 30), np.uint8))
    added = store.add([NewSample("squats_up", "photo.jpg", stick_figure(0.0), image=photo)])
    store.remove([WRONG, *added])
    page.segmented_control[0].set_value("Bin")
    run(page)
    captions = [caption.value for caption in page.caption if ": removed" in caption.value]
    images: list[Any] = list(page.get("image"))
    assert len(captions) == len(images) == 2
    assert len({image.imgs[0].url for image in images}) == 2


def test_what_is_selected_in_a_dataset_is_not_selected_in_one_with_the_same_samples(
    page: AppTest, store: DatasetStore
) -> None:
    store.add(NewSample("squats_up", f"more{index}.jpg", stick_figure(0.0, arms=index / 40)) for index in range(30))
    Workspace().duplicate("mine", "copy")
    page.segmented_control[0].set_value("All samples")
    run(page)
    next(pills for pills in page.pills if pills.label == "Class").set_value("squats_up")
    run(page)
    click(page, "Next")
    click(page, "Select all on this page")
    shown = len(page.checkbox)
    page.selectbox(key="dataset_name").set_value("copy")
    run(page)
    assert not any(box.value for box in page.checkbox)
    assert any(each.value.startswith("1–24 of") for each in page.markdown)
    click(page, "Next")
    assert len(page.checkbox) == shown and not any(box.value for box in page.checkbox)


def test_a_kept_sample_is_not_asked_about_again(page: AppTest, store: DatasetStore) -> None:
    before = int(metrics(page)["Doubtful"])
    click(page, "Keep")
    assert int(metrics(page)["Doubtful"]) == before - 1
    assert WRONG in now(store)


def test_a_sample_can_be_moved_to_any_other_class(page: AppTest, store: DatasetStore) -> None:
    box = next(box for box in page.selectbox if box.label == "Class")
    assert box.options == ["squats_down"], "the class it is in is not offered"
    box.set_value("squats_down")
    run(page)
    click(page, "Move")
    assert SampleId("squats_down", "wrong.jpg") in now(store)


def test_all_outliers_go_only_after_a_confirmation_and_come_back_with_one_undo(
    page: AppTest, store: DatasetStore
) -> None:
    before = now(store)
    doubtful = int(metrics(page)["Doubtful"])
    click(page, f"Remove all {doubtful}…")
    assert now(store) == before
    assert any("of 21" in markdown.value for markdown in page.markdown)  # how many of the class would go
    click(page, f"Remove {doubtful}")
    assert len(now(store)) == len(before) - doubtful
    click(page, "Undo the last action")
    assert now(store) == before


def test_selected_samples_are_removed_together(page: AppTest, store: DatasetStore) -> None:
    page.segmented_control[0].set_value("All samples")
    run(page)
    before = len(now(store))
    page.checkbox[0].check()
    page.checkbox[1].check()
    run(page)
    click(page, "Remove 2")
    assert len(now(store)) == before - 2


def test_a_whole_page_is_selected_at_once(page: AppTest, store: DatasetStore) -> None:
    page.segmented_control[0].set_value("All samples")
    run(page)
    click(page, "Select all on this page")
    assert all(box.value for box in page.checkbox)
    click(page, "Select none")
    assert not any(box.value for box in page.checkbox)


def test_many_samples_come_a_page_at_a_time(store: DatasetStore, page: AppTest) -> None:
    store.add(NewSample("squats_up", f"more{index}.jpg", stick_figure(0.0, arms=index / 40)) for index in range(30))
    page.segmented_control[0].set_value("All samples")
    run(page)
    next(pills for pills in page.pills if pills.label == "Class").set_value("squats_up")
    run(page)
    shown = [box.key for box in page.checkbox]
    click(page, "Next")
    assert not set(shown) & {box.key for box in page.checkbox}
    click(page, "Back")
    assert shown == [box.key for box in page.checkbox]


def test_a_sample_that_another_window_removed_is_said_and_nothing_is_lost(page: AppTest, store: DatasetStore) -> None:
    store.remove([WRONG])
    next(button for button in page.button if button.label == "Keep").click().run()
    assert not page.exception
    assert "no longer" in page.error[0].value


def test_the_map_shows_every_sample(page: AppTest) -> None:
    page.segmented_control[0].set_value("Map")
    run(page)
    assert any("two dimensions show" in caption.value for caption in page.caption)


def test_points_of_the_map_are_chosen_by_click_and_by_box() -> None:
    points = np.array([[0, 0], [1, 1], [2, 2], [9, 9]], np.float32)
    samples = ["a", "b", "c", "d"]
    assert chosen_points({}, samples, points) == []
    assert chosen_points({"click": [{"sample": "d"}, {"sample": "gone"}]}, samples, points) == [3]
    box = {"across": [2.5, 0.5], "along": [0.5, 2.5]}  # dragged from right to left
    assert chosen_points({"box": box}, samples, points) == [1, 2]
    assert chosen_points({"box": box, "click": [{"sample": "a"}]}, samples, points) == [0, 1, 2]


def test_an_empty_dataset_is_said_to_be_empty(store: DatasetStore) -> None:
    Workspace().create("empty")
    page = AppTest.from_file(str(PAGE), default_timeout=120)
    page.session_state["dataset_name"] = "empty"
    run(page)
    assert "no samples" in page.info[0].value


def test_names_from_outside_are_shown_as_they_are(store: DatasetStore, page: AppTest) -> None:
    store.relabel([WRONG], "squats_up")
    store.add([NewSample("squats_up", "**bold** [x](http://a).jpg", stick_figure(1.0, arms=0.1))])
    run(page)
    assert not any("**bold**" in markdown.value for markdown in page.markdown)


def _dialog_alone() -> None:
    """The dialog as a browser runs it again: alone, on the store and the outliers of the run that opened it."""
    import streamlit as st

    from posecount.datasets.workspace import Workspace
    from posecount.review.outliers import find_outliers
    from posecount.ui.review.selection import confirm_removal

    if "store" not in st.session_state:
        st.session_state["store"] = Workspace().open("mine")
        st.session_state["outliers"] = find_outliers(st.session_state["store"].dataset)
        st.session_state["count"] = len(st.session_state["store"].samples)
    if len(st.session_state["store"].samples) == st.session_state["count"] or st.session_state.get("confirm_removal"):
        confirm_removal(st.session_state["store"], st.session_state["outliers"])


def test_the_confirmation_closes_without_drawing_what_it_has_removed(store: DatasetStore) -> None:
    far = stick_figure(0.2) * np.array((1, -1, 1), np.float32)
    store.add([NewSample("squats_up", "z.jpg", far)])  # the last sample: its index is gone once something is removed
    page = run(AppTest.from_function(_dialog_alone, default_timeout=120))
    next(button for button in page.button if button.label.startswith("Remove")).click()
    run(page)
    assert len(now(store)) == len(page.session_state["store"].samples) < page.session_state["count"]


def test_every_sample_without_a_photo_shows_its_skeleton_wherever_it_is_shown(
    page: AppTest, store: DatasetStore
) -> None:
    def pictures() -> list[str]:
        images: list[Any] = list(page.get("image"))
        return [image.imgs[0].url for image in images]

    assert not any(map(store.image_path, store.samples))
    cards = sum(button.label == "Keep" for button in page.button)
    assert len(pictures()) == 6 * cards > 0, "a card shows its sample and five neighbours"
    page.segmented_control[0].set_value("All samples")
    run(page)
    assert len(pictures()) == len(set(pictures())) == len(page.checkbox) == 20
