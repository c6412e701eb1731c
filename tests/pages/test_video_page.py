"""The Video page: uploads are counted with every profile, and bad ones are said in words."""

import errno
import gc
import io
import os
import re
import threading
import time
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from posecount.counting.settings import PROFILES
from posecount.pose import Image, Pose
from posecount.tracking.sequence import LandmarkSequence
from posecount.ui.markdown import plain
from posecount.ui.video.running import recordings
from posecount.ui.video.uploads import MOST_FILES, MOST_MEGABYTES, KeptUpload, keep_uploads
from posecount.video.writer import write_video
from tests.counting.test_shallow import shallow_squats
from tests.stick_figure import ScriptedTracker, plank_pose, squatting, stick_dataset, with_planks

PAGE = Path(__file__).resolve().parents[2] / "pages" / "video.py"


@pytest.fixture
def page(tmp_path: Path, real_model: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("POSECOUNT_MODEL", str(real_model))
    monkeypatch.setenv("POSECOUNT_CACHE", str(tmp_path / "cache"))
    stick_dataset().save(tmp_path / "sticks")
    page = AppTest.from_file(str(PAGE), default_timeout=120)
    page.session_state["dataset"] = "Another one…"
    page.session_state["dataset_path"] = str(tmp_path / "sticks")
    return page


def upload(page: AppTest, name: str, content: bytes) -> AppTest:
    page.run()
    page.file_uploader[0].upload(name, content).run()
    return finish(page)


def finish(page: AppTest) -> AppTest:
    """Wait for the work in the background, as the page does by itself."""
    deadline = time.monotonic() + 100
    while any(button.label == "Cancel" for button in page.button):
        assert time.monotonic() < deadline
        time.sleep(0.2)
        page.run()
    assert not page.exception
    return page


def captions(page: AppTest) -> list[str]:
    """What the list of files says of each."""
    return list(page.radio(key="uploaded_file").proto.captions)


def names(page: AppTest) -> list[str]:
    """The files that are listed."""
    return [each.path.name for each in page.session_state["uploads"]]


def button(page: AppTest, label: str) -> Button:
    return next(button for button in page.button if button.label == label)


class Upload(io.BytesIO):
    """As a browser sends it."""

    def __init__(self, name: str, content: bytes) -> None:
        super().__init__(content)
        self.name, self.size = name, len(content)


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    state: dict[str, object] = {}
    monkeypatch.setattr("posecount.ui.video.uploads.st.session_state", state)
    return state


def kept(session: dict[str, object]) -> list[KeptUpload]:
    return cast(list[KeptUpload], session["uploads"])


def test_asks_for_a_file_first(page: AppTest) -> None:
    page.run()
    assert not page.exception
    assert "Choose files" in page.info[0].value


def test_advice_is_about_datasets_of_ones_own(page: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSECOUNT_HOME", str(tmp_path / "home"))
    stick_dataset().save(tmp_path / "home" / "mine")
    assert [each.value for each in page.run().info] == ["Choose files or a sample clip."]
    page.selectbox(key="dataset_name").set_value("mine").run()
    assert any("Add a class named none" in each.value for each in page.info)


def test_counts_a_sequence_with_every_profile_side_by_side(page: AppTest, tmp_path: Path) -> None:
    LandmarkSequence.from_poses(squatting(3)).save(tmp_path / "set.npz")
    upload(page, "set.npz", (tmp_path / "set.npz").read_bytes())
    assert [(metric.label, metric.value) for metric in page.metric] == [("Squats", "3")]
    page.toggle(key="compare").set_value(True).run()
    assert [(metric.label, metric.value) for metric in page.metric] == [("Squats", "3")] * len(PROFILES)
    assert len(page.dataframe[0].value) == 3


def test_a_hold_is_shown_with_its_seconds_and_a_row_of_its_own(
    page: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSECOUNT_HOME", str(tmp_path / "home"))
    with_planks(stick_dataset()).save(tmp_path / "home" / "mine")
    page.session_state["dataset_name"] = "mine"
    frames = [*squatting(2), *((6 + index / 30, plank_pose(arms=0.4)) for index in range(160))]
    LandmarkSequence.from_poses(frames).save(tmp_path / "set.npz")
    upload(page, "set.npz", (tmp_path / "set.npz").read_bytes())
    assert [(metric.label, metric.value) for metric in page.metric] == [("Squats", "2"), ("Plank", "0:05")]
    assert list(page.dataframe[0].value["Exercise"]) == ["Squats", "Squats", "Plank"]
    assert next(box for box in page.selectbox if box.label == "Exercise").value == "planks"


def test_what_is_too_shallow_to_count_is_shown_as_unknown_with_advice(
    page: AppTest, shipped_landmarks: dict[str, LandmarkSequence], tmp_path: Path
) -> None:
    del page.session_state["dataset"], page.session_state["dataset_path"]
    poses = shallow_squats(shipped_landmarks["squats"], until=9.63)
    LandmarkSequence.from_poses((index / 10, pose) for index, pose in enumerate(poses)).save(tmp_path / "shallow.npz")
    upload(page, "shallow.npz", (tmp_path / "shallow.npz").read_bytes())
    assert [(metric.label, metric.value) for metric in page.metric] == [("Unknown exercise", "6")]
    assert any(re.fullmatch(r"From 0:\d\d: To count as squats, go further", each.value) for each in page.caption)
    assert "unknown" not in next(box for box in page.selectbox if box.label == "Exercise").options


def test_tracks_an_uploaded_video(page: AppTest, tmp_path: Path, real_model: Path) -> None:
    write_video(tmp_path / "empty.mp4", ((np.full((120, 160, 3), 90, np.uint8), index / 30) for index in range(20)))
    upload(page, "empty.mp4", (tmp_path / "empty.mp4").read_bytes())
    assert not page.error
    assert [caption.value for caption in page.caption].count("Nothing counted.") == 1


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("set.npz", b"no archive", "is not a landmark sequence"),
        ("clip.mp4", b"no video", "cannot be opened as a video"),
    ],
)
def test_bad_uploads_are_errors_in_words(page: AppTest, name: str, content: bytes, expected: str) -> None:
    upload(page, name, content)
    assert expected in page.error[0].value
    assert "Try" in page.error[0].value


def test_an_upload_over_the_limit_is_refused_with_another_way_to_count_it(session: dict[str, object]) -> None:
    too_large = SimpleNamespace(name="long.mp4", size=MOST_MEGABYTES * 1_000_000 + 1)
    (problem,) = keep_uploads([cast(UploadedFile, too_large)])
    assert problem.startswith("long.mp4 is larger than 300 MB") and "Try:" in problem and "posecount count" in problem


def test_each_of_several_files_is_counted_and_a_bad_one_stops_no_other(page: AppTest, tmp_path: Path) -> None:
    files = []
    for repetitions in (3, 4, 5):
        LandmarkSequence.from_poses(squatting(repetitions)).save(tmp_path / "set.npz")
        files.append((f"{repetitions}.npz", (tmp_path / "set.npz").read_bytes()))
    files.insert(1, ("bad.npz", b"no archive"))
    page.run()
    page.file_uploader[0].upload(*files[0])
    for each in files[1:]:
        page.file_uploader[0].upload(*each)
    page.run()
    deadline = time.monotonic() + 60
    while {"Waiting", "Counting…"} & set(captions(page)):
        assert time.monotonic() < deadline
        time.sleep(0.1)
        page.run()
    assert captions(page) == ["3 Squats", "Not counted", "4 Squats", "5 Squats"]
    assert [metric.value for metric in page.metric] == ["3"], "the first is shown"
    list_of_files = page.radio(key="uploaded_file")
    assert list_of_files.options == ["3.npz", "bad.npz", "4.npz", "5.npz"]
    finish(list_of_files.set_value(names(page)[1]).run())
    assert "bad.npz is not a landmark sequence" in page.error[0].value
    finish(page.radio(key="uploaded_file").set_value(names(page)[3]).run())
    assert [metric.value for metric in page.metric] == ["5"]


def test_the_list_of_results_survives_leaving_the_page_and_a_closed_file_leaves_it(
    page: AppTest, tmp_path: Path
) -> None:
    for repetitions in (3, 4):
        LandmarkSequence.from_poses(squatting(repetitions)).save(tmp_path / "set.npz")
        upload(page, f"{repetitions}.npz", (tmp_path / "set.npz").read_bytes())
    finish(page.radio(key="uploaded_file").set_value(names(page)[1]).run())
    back = AppTest.from_file(str(PAGE), default_timeout=120)
    for key in ("uploads", "kept_uploaded_file", "video_visitor", "dataset", "dataset_path"):  # no widget's
        back.session_state[key] = page.session_state[key]
    finish(back.run())
    assert captions(back) == ["4 Squats", "3 Squats"] and [metric.value for metric in back.metric] == ["3"]
    button(back, "Close").click().run()
    assert captions(finish(back)) == ["4 Squats"] and [metric.value for metric in back.metric] == ["4"]
    button(back, "Close").click().run()
    assert not back.metric and "Choose files" in back.info[0].value


def test_a_full_disk_while_uploads_are_kept_is_said_in_words_and_costs_no_other_file(
    page: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    LandmarkSequence.from_poses(squatting(3)).save(tmp_path / "set.npz")
    page.run()
    write = Path.write_bytes

    def full(self: Path, data: bytes) -> int:
        if len(data) > 100_000:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(self, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    page.file_uploader[0].upload("large.mp4", bytes(200_000)).upload("set.npz", (tmp_path / "set.npz").read_bytes())
    finish(page.run())
    assert [error.value for error in page.error] == [
        plain("large.mp4 cannot be stored: No space left on device. Try: free some disk space.")
    ]
    assert captions(page) == ["3 Squats"]


def test_more_files_than_a_visit_keeps_are_named(session: dict[str, object]) -> None:
    uploads = [Upload(f"{number}.mp4", b"%d" % number) for number in range(MOST_FILES + 1)]
    (problem,) = keep_uploads(cast(list[UploadedFile], uploads))
    assert f"left out: {MOST_FILES}.mp4. Try:" in problem
    assert [each.title for each in kept(session)] == [f"{number}.mp4" for number in range(MOST_FILES)]
    assert keep_uploads(cast(list[UploadedFile], uploads[-1:])) == []
    assert [each.title for each in kept(session)][:2] == [f"{MOST_FILES}.mp4", "0.mp4"]
    assert len(kept(session)) == MOST_FILES


def test_the_page_offers_what_the_server_takes() -> None:
    config = tomllib.loads((PAGE.parents[1] / ".streamlit" / "config.toml").read_text())
    assert config["server"]["maxUploadSize"] == MOST_MEGABYTES


def test_a_cache_that_cannot_be_written_costs_no_result(
    page: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("POSECOUNT_CACHE", str(tmp_path / "file"))
    write_video(tmp_path / "empty.mp4", ((np.full((48, 64, 3), 90, np.uint8), index / 30) for index in range(9)))
    upload(page, "empty.mp4", (tmp_path / "empty.mp4").read_bytes())
    assert not page.error and "Nothing counted." in [caption.value for caption in page.caption]


def test_the_table_names_the_file_that_was_uploaded(
    page: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered: dict[str, str] = {}
    offer = st.download_button
    monkeypatch.setattr(
        st, "download_button", lambda label, data, *rest: (offered.update({label: data}), offer(label, data, *rest))[1]
    )
    LandmarkSequence.from_poses(squatting(3)).save(tmp_path / "set.npz")
    upload(page, "my set.npz", (tmp_path / "set.npz").read_bytes())
    assert [row.split(",")[0] for row in offered["Repetitions (CSV)"].splitlines()[1:]] == ["my set.npz"] * 3


def test_a_second_visit_finds_the_finished_work(page: AppTest, tmp_path: Path) -> None:
    LandmarkSequence.from_poses(squatting(4)).save(tmp_path / "set.npz")
    content = (tmp_path / "set.npz").read_bytes()
    upload(page, "set.npz", content)
    jobs = dict(recordings()._jobs)
    upload(page, "other name.npz", content)
    assert dict(recordings()._jobs) == jobs
    assert [metric.value for metric in page.metric] == ["4"]


def test_moving_a_slider_while_a_video_is_counted_leaves_one_job_which_cancel_stops(
    page: AppTest, tmp_path: Path, real_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    tracked: list[float] = []

    class Waiting(ScriptedTracker):
        def __init__(self, model: Path) -> None:
            super().__init__([None])

        def track(self, image: Image, timestamp: float) -> Pose | None:
            assert go_on.wait(60)
            tracked.append(timestamp)
            return super().track(image, timestamp)

    monkeypatch.setattr("posecount.video.job.PoseTracker", Waiting)
    write_video(tmp_path / "clip.mp4", ((np.full((48, 64, 3), 90, np.uint8), index / 30) for index in range(60)))
    page.run()
    page.file_uploader[0].upload("clip.mp4", (tmp_path / "clip.mp4").read_bytes()).run()
    jobs = [*recordings()._jobs.values()][-1:]
    for enter in (6.5, 7.0, 7.5, 8.0, 8.5, 9.0):
        page.slider(key="thresholds").set_value((4.0, enter)).run()
        jobs += [*recordings()._jobs.values()][-1:]
    assert len(set(jobs)) == 7
    assert [job.cancelled for job in jobs] == [True] * 6 + [False]
    next(button for button in page.button if button.label == "Cancel").click().run()
    go_on.set()
    finish(page)
    assert not any(job.running for job in jobs) and len(tracked) < 60
    assert "Count again" in [button.label for button in page.button]


def test_an_upload_lies_on_the_disk_for_as_long_as_its_session_and_no_longer(
    session: dict[str, object], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def keep(content: bytes) -> Path:
        assert not keep_uploads([cast(UploadedFile, Upload("../../holiday.MP4", content))])
        return kept(session)[0].path

    first = keep(b"one")
    assert first.read_bytes() == b"one" and first.suffix == ".mp4" and tmp_path in first.parents
    second = keep(b"two")
    assert first.exists() and second.exists() and len(kept(session)) == 2
    keep(b"one")
    assert not first.parent.exists() and len(kept(session)) == 2, "the same content is kept once"
    session.clear()
    gc.collect()
    assert list(tmp_path.iterdir()) == []


def test_what_any_exercise_has_counted_can_be_named_which_then_counts_by_name_and_that_can_be_undone(
    page: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSECOUNT_HOME", str(tmp_path / "home"))
    page.session_state["profile"] = "any"
    LandmarkSequence.from_poses(squatting(5)).save(tmp_path / "set.npz")
    upload(page, "set.npz", (tmp_path / "set.npz").read_bytes())
    button(page, "Name it").click().run()
    assert "has no name yet" in page.error[0].value
    page.text_input(key="naming_name").set_value("knee bends").run()
    button(page, "Name it").click().run()
    finish(page)
    assert not page.error and "5 repetitions are now knee" in page.success[0].value
    assert [(metric.label, metric.value) for metric in page.metric] == [("Knee bends", "5")]
    assert page.selectbox(key="dataset_name").value == "knee_bends"
    button(page, "Undo").click().run()
    finish(page)
    assert [(metric.label, metric.value) for metric in page.metric] == [("Repetitions", "5")]
    assert "knee_bends" not in page.selectbox(key="dataset_name").options


def test_counts_any_exercise_without_a_dataset_s_help(page: AppTest, tmp_path: Path) -> None:
    page.session_state["profile"] = "any"
    LandmarkSequence.from_poses(squatting(4)).save(tmp_path / "set.npz")
    upload(page, "set.npz", (tmp_path / "set.npz").read_bytes())
    assert not page.exception
    assert [(metric.label, metric.value) for metric in page.metric] == [("Repetitions", "4")]
    assert "Thresholds" not in [expander.label for expander in page.expander]
