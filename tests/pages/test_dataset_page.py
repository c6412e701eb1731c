"""The Dataset page: create, fill, look through and delete datasets; every error has a message."""

import io
import threading
import zipfile
from collections import Counter
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button, FileUploader, Selectbox

from posecount.datasets import store as store_module
from posecount.datasets import workspace as workspace_module
from posecount.datasets.dataset import PoseDataset
from posecount.datasets.records import NewSample, Rejected
from posecount.datasets.store import DatasetStore
from posecount.datasets.workspace import Workspace
from posecount.errors import DatasetError
from posecount.ingest import bootstrap as bootstrap_module
from posecount.ingest import workers as workers_module
from posecount.pose import Pose
from posecount.ui.datasets import adding
from tests.dataset_folder import files, filled_store, jpeg, landmarks, new_samples
from tests.stick_figure import stick_dataset, stick_figure

PAGE = Path(__file__).resolve().parents[2] / "pages" / "dataset.py"


class FakeTracker:
    """Finds a pose in every photo, a different one in each."""

    def __init__(self, model: Path, mode: str) -> None:
        assert mode == "image"

    def track(self, image: np.ndarray) -> Pose:
        return Pose(landmarks(float(image.mean())), np.full(33, 0.7, np.float32), (image.shape[1], image.shape[0]))

    def close(self) -> None:
        pass


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("POSECOUNT_HOME", str(tmp_path / "home"))
    stick_dataset(15).save(tmp_path / "starter")
    monkeypatch.setattr(workspace_module, "STARTER_DATASET", tmp_path / "starter")
    # One worker means this process, where the fake replaces MediaPipe.
    monkeypatch.setattr(workers_module, "PoseTracker", FakeTracker)
    monkeypatch.setattr(bootstrap_module, "cpu_count", lambda: 1)
    monkeypatch.setattr(bootstrap_module, "FEWEST_JOBS", 1)
    monkeypatch.setattr(adding, "load_model", lambda variant: Path("fake"))
    st.cache_data.clear()
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def page() -> AppTest:
    return AppTest.from_file(str(PAGE), default_timeout=60)


def choose(test: AppTest, name: str) -> AppTest:
    test.selectbox(key="dataset_name").set_value(name)
    return test.run()


def settled(test: AppTest) -> AppTest:
    """The page after every job has finished."""
    for job in list(adding.jobs.values()):
        job.wait(60)
    return test.run()


def texts(test: AppTest) -> str:
    kinds = (test.info, test.success, test.warning, test.error, test.markdown, test.caption)
    return "\n".join(element.value for kind in kinds for element in kind).replace("\\", "")


def button(test: AppTest, label: str) -> Button:
    return next(each for each in test.button if each.label == label)


def uploader(test: AppTest, label: str) -> FileUploader:
    return next(each for each in test.file_uploader if each.label.startswith(label))


def zipped(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def test_the_starter_is_shown_and_cannot_be_changed(home: Path) -> None:
    test = page().run()
    assert not test.exception and not test.error
    assert test.selectbox(key="dataset_name").value == "starter"
    assert "read-only" in test.info[0].value
    assert [each.label for each in test.file_uploader] == ["A video of about five repetitions"]
    assert {"New", "Duplicate"} <= {each.label for each in test.button}
    assert not {"Rename", "Delete"} & {each.label for each in test.button}
    assert len(test.image) == 12


def test_a_new_dataset_is_made_and_chosen(home: Path) -> None:
    test = page().run()
    button(test, "New").click().run()
    test.text_input[0].set_value("my / squats")
    button(test, "Save").click().run()
    assert not test.exception
    assert (home / "my_squats").is_dir()
    test.run()
    assert test.selectbox(key="dataset_name").value == "my_squats"
    assert "both end positions" in texts(test)


def test_a_name_that_is_taken_is_refused_with_a_message(home: Path) -> None:
    filled_store(home / "mine", 1)
    test = page().run()
    button(test, "New").click().run()
    test.text_input[0].set_value("Mine")
    button(test, "Save").click().run()
    assert "already exists" in texts(test) and not test.exception


def test_a_dataset_is_duplicated_renamed_deleted_and_restored(home: Path) -> None:
    filled_store(home / "mine", 2)
    before = files(home / "mine")
    test = choose(page().run(), "mine")
    button(test, "Duplicate").click().run()
    button(test, "Save").click().run()
    test.run()
    assert test.selectbox(key="dataset_name").value == "mine-copy"
    button(test, "Rename").click().run()
    test.text_input[0].set_value("yours")
    button(test, "Save").click().run()
    test.run()
    assert test.selectbox(key="dataset_name").value == "yours" and files(home / "yours") == before
    button(test, "Delete").click().run()
    button(test, "Move to bin").click().run()
    test.run()
    assert Workspace(home).names() == ("starter", "mine") and not test.exception
    button(test, "Bin (1)").click().run()
    next(each for each in test.button if each.label.startswith("Restore yours")).click().run()
    test.run()
    assert test.selectbox(key="dataset_name").value == "yours" and files(home / "yours") == before


def test_a_zip_of_photos_becomes_samples_with_statistics_and_problems(home: Path) -> None:
    DatasetStore.create(home / "mine")
    test = choose(page().run(), "mine")
    members = {f"d/squats_{end}/{i}.jpg": jpeg(10 * i + len(end)) for end in ("up", "down") for i in range(4)}
    members |= {"d/squats_up/again.jpg": members["d/squats_up/0.jpg"], "d/squats_up/text.jpg": b"text", "../x.jpg": b""}
    uploader(test, "A zip").set_value(("photos.zip", zipped(members), "application/zip")).run()
    button(test, "Add zip").click().run()
    settled(test)
    assert not test.exception and not test.error
    assert "8 of 10 photos added, 1 duplicate, 1 unreadable, 1 left out" in texts(test)
    store = DatasetStore(home / "mine")
    assert len(store.samples) == 8 and store.dataset.classes == ("squats_down", "squats_up")
    tables = [table.value for table in test.dataframe]
    problems = tables[0]
    assert list(problems["Name"]) == ["squats_up/text.jpg", "squats_up/again.jpg", "../x.jpg"]
    assert problems["Photo"][1].startswith("data:image/jpeg") and problems["Why"][1].startswith("duplicate: the same")
    statistics = tables[1]
    assert list(statistics["Class"]) == ["squats_down", "squats_up"] and list(statistics["Samples"]) == [4, 4]
    assert "squats_up has 4 samples. Add at least 6 more" in texts(test)
    assert len(test.image) == 8
    assert uploader(test, "A zip").value is None  # emptied for the next upload


def test_photos_of_a_class_and_from_the_webcam_are_added(home: Path) -> None:
    filled_store(home / "mine", 1)
    test = choose(page().run(), "mine")
    test.selectbox(key="photos_class_mine").set_value("squats_up")
    uploader(test, "Photos").set_value([("a.jpg", jpeg(50), "image/jpeg"), ("b.jpg", jpeg(51), "image/jpeg")]).run()
    button(test, "Add photos").click().run()
    settled(test)
    assert "2 photos added" in texts(test)
    test.selectbox(key="webcam_class_mine").set_value("squats_up").run()
    test.camera_input[0].set_value(("camera.jpg", jpeg(52), "image/jpeg")).run()
    settled(test)
    names = [sample.name for sample in DatasetStore(home / "mine").samples if sample.class_name == "squats_up"]
    assert names[:3] == ["000.jpg", "a.jpg", "b.jpg"] and names[3].startswith("webcam-")
    assert not test.exception


def test_tab_and_class_stay_from_one_photo_to_the_next_but_not_for_another_dataset(home: Path) -> None:
    filled_store(home / "mine", 1)
    DatasetStore.create(home / "other")
    test = choose(page().run(), "mine")
    test.session_state["source_tab"] = "Webcam"  # as a click on it does
    test.run()
    test.selectbox(key="webcam_class_mine").set_value("squats_up").run()
    for number in range(3):
        test.camera_input[0].set_value(("camera.jpg", jpeg(50 + number), "image/jpeg")).run()
        settled(test)
        assert test.session_state["source_tab"] == "Webcam"
        assert test.selectbox(key="webcam_class_mine").value == "squats_up"
    assert not test.exception
    assert len(DatasetStore(home / "mine").samples) == 5
    choose(test, "other")
    assert test.session_state["source_tab"] == "Webcam"
    assert test.selectbox(key="webcam_class_other").value is None


def test_a_csv_is_added_with_a_report_per_row(home: Path, tmp_path: Path) -> None:
    DatasetStore.create(home / "mine")
    filled_store(tmp_path / "other", 3)
    rows = (tmp_path / "other" / "squats_up.csv").read_bytes() + b"rope,1,2\n"
    test = choose(page().run(), "mine")
    uploader(test, "An ML Kit CSV").set_value(("squats_up.csv", rows, "text/csv")).run()
    button(test, "Add rows").click().run()
    settled(test)
    assert "3 rows added, 1 left out" in texts(test)
    assert list(test.dataframe[0].value["Name"]) == ["squats_up.csv, row 4"]


@pytest.mark.parametrize(
    ("data", "words"),
    [(b"", "is empty"), (b"date;amount\n1;2\n", "is not a table of poses"), (jpeg(), "is a picture")],
)
def test_a_file_that_is_no_table_is_an_error_that_says_what_it_is(home: Path, data: bytes, words: str) -> None:
    DatasetStore.create(home / "mine")
    test = choose(page().run(), "mine")
    uploader(test, "An ML Kit CSV").set_value(("statement.csv", data, "text/csv")).run()
    button(test, "Add rows").click().run()
    assert f"statement.csv {words}" in test.error[0].value.replace("\\", "")
    assert not test.exception and not test.success


def test_where_nothing_was_added_the_reason_is_an_error(home: Path) -> None:
    filled_store(home / "mine", 1)
    test = choose(page().run(), "mine")
    test.selectbox(key="photos_class_mine").set_value("squats_up")
    uploader(test, "Photos").set_value([("a.jpg", b"", "image/jpeg")]).run()
    button(test, "Add photos").click().run()
    settled(test)
    assert "the file is empty" in test.error[0].value and not test.exception


def test_tables_are_added_without_a_pose_model(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(variant: str) -> Path:
        raise AssertionError("a table needs no pose model")

    monkeypatch.setattr(adding, "load_model", refuse)
    DatasetStore.create(home / "mine")
    filled_store(tmp_path / "other", 3)
    rows = {f"{name}.csv": (tmp_path / "other" / f"{name}.csv").read_bytes() for name in ("squats_up", "squats_down")}
    test = choose(page().run(), "mine")
    uploader(test, "An ML Kit CSV").set_value(("squats_up.csv", rows["squats_up.csv"], "text/csv")).run()
    button(test, "Add rows").click().run()
    settled(test)
    assert "3 rows added" in texts(test) and not test.exception
    uploader(test, "A zip").set_value(("other.zip", zipped(rows), "application/zip")).run()
    button(test, "Add zip").click().run()
    settled(test)
    assert "3 rows added, 3 already there" in texts(test) and not test.exception


def test_a_hostile_zip_gives_an_error_message(home: Path) -> None:
    DatasetStore.create(home / "mine")
    test = choose(page().run(), "mine")
    uploader(test, "A zip").set_value(("photos.zip", b"no zip", "application/zip")).run()
    button(test, "Add zip").click().run()
    assert "not an intact zip" in test.error[0].value and not test.exception


def test_while_a_job_runs_progress_and_cancel_are_shown(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = DatasetStore.create(home / "mine")

    class Running:
        running, cancelled, result, error = True, False, None, None
        progress = (3, 10, Counter({"added": 2, "no pose": 1}))

        def cancel(self) -> None:
            self.cancelled = True

    job = Running()
    monkeypatch.setitem(adding.jobs, str(store.folder), job)
    test = choose(page().run(), "mine")
    bar = test.get("progress")[0]
    assert bar.proto.value == 30 and "3 of 10 photos, 2 added, 1 without a pose" in bar.proto.text
    button(test, "Cancel").click().run()
    assert job.cancelled and not test.exception
    assert button(test, "Rename").disabled and button(test, "Delete").disabled
    assert not [each for each in test.button if each.label == "Add zip"], "a second job would add the photos twice"


def test_closing_the_window_during_a_job_loses_nothing_and_another_window_shows_the_job(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    DatasetStore.create(home / "mine")
    go_on = threading.Event()

    class Waiting(FakeTracker):
        def track(self, image: np.ndarray) -> Pose:
            go_on.wait(60)
            return super().track(image)

    monkeypatch.setattr(workers_module, "PoseTracker", Waiting)
    closed = choose(page().run(), "mine")
    members = {f"squats_{end}/{i}.jpg": jpeg(10 * i + len(end)) for end in ("up", "down") for i in range(3)}
    uploader(closed, "A zip").set_value(("photos.zip", zipped(members), "application/zip")).run()
    button(closed, "Add zip").click().run()
    del closed
    another = choose(page().run(), "mine")
    assert button(another, "Cancel") and not another.exception
    go_on.set()
    settled(another)
    assert "6 photos added" in texts(another)
    assert len(DatasetStore(home / "mine").samples) == 6
    button(another, "Dismiss").click().run()
    assert "6 photos" not in texts(another) and "6 photos" not in texts(choose(page().run(), "mine"))


def test_a_window_opened_before_another_window_s_job_began_starts_no_second_job(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = DatasetStore.create(home / "mine")
    test = choose(page().run(), "mine")
    uploader(test, "A zip").set_value(("photos.zip", zipped({"a/b.jpg": jpeg()}), "application/zip")).run()

    class Begun:
        running = False  # while the page is drawn
        cancelled, result, error, progress = False, None, None, None

    job = Begun()

    def model(variant: str) -> Path:
        job.running = True
        return Path("fake")

    monkeypatch.setitem(adding.jobs, str(store.folder), job)
    monkeypatch.setattr(adding, "load_model", model)
    button(test, "Add zip").click().run()
    assert "Another window is adding photos" in texts(test) and not test.exception
    known: dict[str, object] = {**adding.jobs}
    assert known[str(store.folder)] is job and not DatasetStore(home / "mine").samples


def test_edits_by_hand_are_reported_until_dismissed(home: Path) -> None:
    filled_store(home / "mine", 2)
    (home / "mine" / "squats_up" / "000.jpg").unlink()
    test = choose(page().run(), "mine")
    assert "deleted by hand" in texts(test)
    assert "deleted by hand" in texts(test.run())
    button(test, "Dismiss").click().run()
    assert "deleted by hand" not in texts(test)


def test_an_action_is_undone_from_the_history(home: Path) -> None:
    store = filled_store(home / "mine", 2)
    store.remove(store.samples[:1])
    test = choose(page().run(), "mine")
    button(test, "Undo").click().run()
    assert len(DatasetStore(home / "mine").samples) == 4
    assert "Undone: 1 sample changed back." in texts(test)


def test_the_turning_point_of_an_exercise_can_be_changed(home: Path) -> None:
    def turn(test: AppTest) -> Selectbox[str]:
        return next(each for each in test.selectbox if each.label == "Squats")

    filled_store(home / "mine", 2)
    test = choose(page().run(), "mine")
    assert turn(test).value == "squats_down" and turn(test).options == ["turns at squats_down", "turns at squats_up"]
    turn(test).set_value("squats_up").run()
    assert not test.exception and turn(test).value == "squats_up"
    assert PoseDataset.load(home / "mine").exercises[0].target == "squats_up"
    DatasetStore(home / "mine").set_targets({"squats": "squats_down"})  # in another window
    assert turn(test.run()).value == "squats_down"
    assert turn(choose(page().run(), "starter")).disabled
    test = choose(page().run(), "mine")
    button(test, "Undo").click().run()  # of what the other window did
    assert turn(test).value == "squats_up" and "Undone: 1 turning point changed back." in texts(test)


def test_the_turning_point_that_the_samples_show_is_suggested_and_counts(home: Path) -> None:
    store = DatasetStore.create(home / "mine")
    store.add(NewSample("jacks_down", f"{number}.jpg", stick_figure(0)) for number in range(3))
    store.add(NewSample("jacks_up", f"{number}.jpg", stick_figure(0, arms=1)) for number in range(3))
    test = choose(page().run(), "mine")
    turn = next(each for each in test.selectbox if each.label == "Jacks")
    assert turn.options == ["turns at jacks_down", "turns at jacks_up (suggested)"] and turn.value == "jacks_up"
    assert not (home / "mine" / "posecount.json").exists()


def test_a_turning_point_that_cannot_be_stored_is_said(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled_store(home / "mine", 2)
    test = choose(page().run(), "mine")

    def refuse(self: DatasetStore, targets: dict[str, str]) -> NoReturn:
        raise DatasetError("No space is left. Try: free some disk space.")

    with monkeypatch.context() as disk:
        disk.setattr(DatasetStore, "set_targets", refuse)
        next(each for each in test.selectbox if each.label == "Squats").set_value("squats_up").run()
    assert "No space is left" in test.error[0].value and not test.exception
    assert PoseDataset.load(home / "mine").exercises[0].target == "squats_down"


def test_photos_without_a_pose_are_listed_in_later_visits_too(home: Path) -> None:
    store = filled_store(home / "mine", 1)
    store.add([], [Rejected("squats_up", "wall.jpg", "no pose", "no one", "abc", jpeg())])
    test = choose(page().run(), "mine")
    assert list(test.dataframe[-1].value["Name"]) == ["squats_up/wall.jpg"]


def test_a_large_class_is_shown_a_page_at_a_time(home: Path) -> None:
    store = DatasetStore.create(home / "mine")
    store.add(new_samples("squats_up", 30, images=False))
    test = choose(page().run(), "mine")
    assert len(test.image) == 12
    names = [caption.value.split()[-1].replace("\\", "") for caption in test.caption if caption.value.endswith("jpg")]
    assert names == [f"{number:03}.jpg" for number in range(29, 17, -1)]  # row by row, as a phone shows them
    test.number_input(key="gallery_None_page").set_value(3).run()
    assert len(test.image) == 6


def test_names_are_shown_literally_and_never_as_markup(home: Path) -> None:
    store = DatasetStore.create(home / "mine")
    store.add(new_samples("squats_up", 1, images=False))
    (home / "mine" / "[x](http:__evil) **b**.csv").write_text((home / "mine" / "squats_up.csv").read_text())
    test = choose(page().run(), "mine")
    assert not test.exception
    assert all("](http" not in caption.value for caption in test.caption)


def test_a_dataset_that_is_not_writable_is_shown_with_a_warning(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = filled_store(home / "mine", 2).folder

    test = page().run()
    monkeypatch.setattr(store_module, "_writable", lambda folder: False)  # root can write to any folder
    choose(test, "mine")
    assert [warning.value.replace("\\", "") for warning in test.warning] == [
        f"{folder} cannot be written to. Try: duplicate the dataset and edit the copy."
    ]
    assert not test.exception and not test.error and len(test.image) == 4
    assert "Add zip" not in {each.label for each in test.button}
    assert "edited by hand" not in texts(test)


def test_a_dataset_deleted_in_another_window_is_no_longer_chosen(home: Path) -> None:
    filled_store(home / "mine", 1)
    test = choose(page().run(), "mine")
    Workspace(home).delete("mine")
    test.run()
    assert not test.exception and test.selectbox(key="dataset_name").value == "starter"
