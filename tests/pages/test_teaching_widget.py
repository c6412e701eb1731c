"""Teaching on a page: record or upload, confirm, correct, save; and adding the pose of the moment."""

import errno
import os
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from posecount import PoseClassifier, PoseDataset, RepetitionPipeline
from posecount.datasets import workspace as workspace_module
from posecount.datasets.records import SampleId
from posecount.datasets.workspace import Workspace
from posecount.ingest.teaching import footage_job
from posecount.ingest.teaching.footage import FootageRecorder
from posecount.live.session import LiveSession
from posecount.live.state import LiveSettings
from posecount.pose import Pose
from posecount.ui.teaching import video as video_teaching
from posecount.ui.teaching.lesson import Lesson
from posecount.video.writer import write_video
from tests.conftest import ROOT
from tests.stick_figure import SIZE, ScriptedTracker, plank_pose, squatting, stick_dataset, stick_pose

PICTURE = np.full((SIZE[1], SIZE[0], 3), 90, np.uint8)
MOTION = [pose for _, pose in squatting(5, 15.0)]
COUNTDOWN = 10 * 15


def live_page() -> None:
    import streamlit

    from posecount.datasets.workspace import Workspace
    from posecount.ui.current_dataset import choose_dataset
    from posecount.ui.teaching.pose import show_pose_adding
    from posecount.ui.teaching.recording import show_live_teaching

    choose_dataset(Workspace())
    state = streamlit.session_state
    show_live_teaching(state["session"], state["playing"])
    show_pose_adding(state["session"], state["playing"])


def video_page() -> None:
    from posecount.datasets.workspace import Workspace
    from posecount.ui.current_dataset import choose_dataset
    from posecount.ui.teaching.video import show_video_teaching

    choose_dataset(Workspace())
    show_video_teaching()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("POSECOUNT_HOME", str(tmp_path / "home"))
    stick_dataset(15).save(tmp_path / "starter")
    monkeypatch.setattr(workspace_module, "STARTER_DATASET", tmp_path / "starter")
    monkeypatch.setattr(video_teaching, "load_model", lambda variant: Path("full.task"))
    st.cache_data.clear()
    return Workspace()


@pytest.fixture
def page() -> AppTest:
    test = AppTest.from_function(live_page, default_timeout=60)
    settings = LiveSettings(Path("full.task"), PoseClassifier(stick_dataset(15)))
    script = [stick_pose(0.0)] * COUNTDOWN + MOTION
    test.session_state["session"] = LiveSession(settings, make_tracker=lambda _: ScriptedTracker(script))
    test.session_state["playing"] = True
    return test.run()


def play(page: AppTest, frames: int, start: int = 0) -> None:
    for index in range(start, start + frames):
        page.session_state["session"].process(PICTURE, index / 15)


def button(page: AppTest, label: str) -> Button:
    return next(each for each in page.button if each.label == label)


def said(page: AppTest) -> str:
    kinds = (page.info, page.success, page.warning, page.error)
    return "\n".join(element.value for kind in kinds for element in kind).replace("\\", "")


def recorded(page: AppTest, frames: int = COUNTDOWN + len(MOTION)) -> AppTest:
    button(page, "Record five repetitions").click().run()
    play(page, frames)
    button(page, "I've done five").click().run()
    return page


def test_nothing_can_be_recorded_before_the_stream_plays(page: AppTest) -> None:
    page.session_state["playing"] = False
    page.run()
    assert button(page, "Record five repetitions").disabled


def test_the_countdown_and_the_seconds_are_shown_while_recording(page: AppTest) -> None:
    button(page, "Record five repetitions").click().run()
    play(page, 10)
    assert "Get ready: 10" in said(page.run())
    play(page, COUNTDOWN + 20, start=10)
    assert "Recording: 2 s" in said(page.run())


def test_the_recording_ends_by_itself_once_five_repetitions_are_done(page: AppTest) -> None:
    button(page, "Record five repetitions").click().run()
    part = COUNTDOWN + len(MOTION) // 2
    play(page, part)
    assert "Recording" in said(page.run())
    play(page, len(MOTION), start=part)
    assert "5 repetitions found" in said(page.run())
    assert "lesson_recorder" not in page.session_state


def test_the_recording_ends_by_itself_where_a_person_stops_early(page: AppTest) -> None:
    script = [stick_pose(0.0)] * COUNTDOWN + [pose for _, pose in squatting(3, 15.0)]
    page.session_state["session"] = LiveSession(
        LiveSettings(Path("full.task"), PoseClassifier(stick_dataset(15))),
        make_tracker=lambda _: ScriptedTracker(script),
    )
    button(page.run(), "Record five repetitions").click().run()
    play(page, len(script) + 10)
    assert "Recording" in said(page.run())
    play(page, 8 * 15, start=len(script) + 10)
    assert "3 repetitions found" in said(page.run())


def test_a_pose_that_is_held_for_five_seconds_is_shown_saved_and_timed(page: AppTest, home: Workspace) -> None:
    plank = plank_pose(arms=0.4)
    page.session_state["session"] = LiveSession(
        LiveSettings(Path("full.task"), PoseClassifier(stick_dataset(15))),
        make_tracker=lambda _: ScriptedTracker([plank]),
    )
    button(page.run(), "Record a pose to hold").click().run()
    play(page, COUNTDOWN + 4 * 15)
    assert "Recording: 4 s" in said(page.run())
    play(page, 3 * 15, start=COUNTDOWN + 4 * 15)
    page.run()
    assert "A pose was held for" in said(page), "the recording ends by itself"
    page.text_input(key="lesson_name").set_value("planks").run()
    images: list[Any] = list(page.get("image"))
    assert [image.captions[0].replace("\\", "") for image in images] == ["planks_hold"]
    button(page, "Save and count with it").click().run()
    assert not page.exception and page.selectbox(key="dataset_name").value == "planks"
    pipeline = RepetitionPipeline(None, PoseClassifier(home.open("planks").dataset))
    for index in range(5 * 15):
        pipeline.process_pose(plank, index / 15)
    assert pipeline.seconds == {"planks": pytest.approx(5, abs=0.5)}


def test_five_repetitions_are_shown_named_saved_chosen_and_counted(page: AppTest, home: Workspace) -> None:
    recorded(page)
    assert not page.exception
    assert "5 repetitions found" in said(page)
    assert button(page, "Save and count with it").disabled, "it has no name yet"
    page.text_input(key="lesson_name").set_value("knee bends").run()
    images: list[Any] = list(page.get("image")[:2])
    captions = [image.captions[0].replace("\\", "") for image in images]
    assert captions == ["Start and end: knee_bends_up", "Turning point: knee_bends_down"]
    button(page, "Save and count with it").click().run()
    assert not page.exception
    assert page.selectbox(key="dataset_name").value == "knee_bends"
    assert "samples were added to knee_bends" in said(page)
    assert not page.expander[0].success, "in the expander, which has closed, it would not be seen"
    store = home.open("knee_bends")
    assert store.dataset.exercises[0].target == "knee_bends_down"
    assert all(store.image_path(sample) for sample in store.samples)
    pipeline = RepetitionPipeline(None, PoseClassifier(PoseDataset.load(store.folder)), "colab")
    for time, pose in squatting(7):
        pipeline.process_pose(pose, time)
    assert pipeline.counts == {"knee_bends": 7}
    assert button(page, "Record five repetitions"), "ready for the next"


def test_a_lesson_saved_on_the_dataset_page_leads_to_the_live_page_with_its_dataset_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSECOUNT_MODEL", str(tmp_path / "missing.task"))  # the Live page ends after its sidebar
    recorder = FootageRecorder()
    for time, pose in squatting(5, 15.0):
        recorder.add(PICTURE, pose, time)
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).run()
    app.session_state["lesson"] = Lesson(recorder.finish())
    app.switch_page("pages/dataset.py").run()
    app.text_input(key="lesson_name").set_value("knee bends").run()
    button(app, "Save and count with it").click().run()
    assert not app.exception
    assert app.title[0].value == "Live"
    assert app.selectbox(key="dataset_name").value == "knee_bends"


def test_the_states_can_be_swapped_and_chosen_from_other_pictures(page: AppTest) -> None:
    recorded(page)
    page.text_input(key="lesson_name").set_value("bends").run()
    button(page, "Swap").click().run()
    assert page.session_state["lesson_taught"][1].target == "bends_up"
    button(page, "Swap").click().run()
    assert page.session_state["lesson_taught"][1].target == "bends_down"
    candidates = [each for each in page.button if each.label == "This one"]
    assert len(candidates) == 12
    candidates[5].click().run()
    assert not page.exception
    assert page.session_state["lesson_taught"][1].target == "bends_down"
    assert len(page.session_state["lesson_taught"][1].repetitions) == 5


def test_two_pictures_of_one_state_are_refused_and_the_choice_can_be_undone(page: AppTest) -> None:
    recorded(page)
    lesson = page.session_state["lesson"]
    page.session_state["lesson"] = replace(lesson, states=(1.0, 1.0))
    page.run()
    assert "No rhythm" in said(page)
    button(page, "Undo").click().run()
    assert "5 repetitions found" in said(page)


def test_a_recording_without_a_rhythm_says_what_to_do_and_can_be_done_again(page: AppTest) -> None:
    recorded(page, COUNTDOWN + 28)
    assert "No rhythm was found" in said(page)
    button(page, "Start again").click().run()
    assert button(page, "Record five repetitions")


def test_a_stream_that_stops_ends_the_recording_with_what_there_is(page: AppTest) -> None:
    button(page, "Record five repetitions").click().run()
    play(page, COUNTDOWN + len(MOTION))
    page.session_state["playing"] = False
    page.run()
    assert "5 repetitions found" in said(page)


def test_a_lesson_can_go_into_a_dataset_that_exists_and_one_that_contradicts_is_refused(
    page: AppTest, home: Workspace
) -> None:
    home.duplicate("starter", "mine")
    recorded(page)
    page.text_input(key="lesson_name").set_value("squats").run()
    button(page, "Swap").click().run()
    page.selectbox(key="lesson_goal").set_value("mine").run()
    button(page, "Save and count with it").click().run()
    assert "mine already has squats" in said(page)
    button(page, "Swap").click().run()
    button(page, "Save and count with it").click().run()
    assert page.selectbox(key="dataset_name").value == "mine"
    assert len(home.open("mine").samples) > 30


@pytest.fixture
def adding(page: AppTest, home: Workspace) -> AppTest:
    """The page with a class of an own dataset chosen, and no countdown."""
    assert "read-only" in said(page)
    home.duplicate("starter", "mine")
    page.session_state["choose_next"] = "mine"
    page.run()
    page.run()  # the widget below the choice speaks of the one before
    page.selectbox(key="live_class_mine").set_value("squats_up")
    page.segmented_control(key="live_delay").set_value(0)
    return page.run()


def added(home: Workspace) -> list[SampleId]:
    return [sample for sample in home.open("mine").samples if sample.name.startswith("live-")]


def test_the_pose_of_the_moment_goes_into_a_class_with_its_picture(adding: AppTest, home: Workspace) -> None:
    button(adding, "Add the pose").click().run()
    play(adding, 3)
    adding.run()
    assert "Added to squats_up" in said(adding)
    store = home.open("mine")
    (sample,) = added(home)
    assert sample.class_name == "squats_up"
    assert store.image_path(sample)
    assert np.allclose(store.dataset.landmarks[store.samples.index(sample)], stick_pose(0.0).landmarks)
    assert "Added" not in said(adding.run())


def test_a_burst_takes_a_pose_a_second_after_a_countdown_and_is_one_action(adding: AppTest, home: Workspace) -> None:
    adding.segmented_control(key="live_count").set_value(5)
    adding.segmented_control(key="live_delay").set_value(3).run()
    button(adding, "Add 5 poses, one a second").click().run()
    play(adding, 20)
    assert "Get ready: 2" in said(adding.run())
    play(adding, 45, start=20)
    assert "Pose 2 of 5" in said(adding.run())
    assert not added(home)
    play(adding, 60, start=65)
    adding.run()
    assert "5 of 5 poses were added to squats_up" in said(adding)
    assert len(added(home)) == 5
    home.open("mine").undo()
    assert not added(home)
    assert adding.segmented_control(key="live_count").value == 5, "ready for the next class"


def test_what_a_burst_has_taken_is_kept_when_it_is_stopped_or_the_stream_ends(adding: AppTest, home: Workspace) -> None:
    adding.segmented_control(key="live_count").set_value(10).run()
    button(adding, "Add 10 poses, one a second").click().run()
    play(adding, 40)
    button(adding.run(), "Stop").click().run()
    assert "3 of 10 poses were added" in said(adding)
    button(adding, "Add 10 poses, one a second").click().run()
    play(adding, 20, start=40)
    adding.session_state["playing"] = False
    assert "2 of 10 poses were added" in said(adding.run())
    assert len(added(home)) == 5


def test_a_burst_goes_into_the_dataset_it_was_meant_for(adding: AppTest, home: Workspace) -> None:
    home.create("other")
    button(adding, "Add the pose").click().run()
    adding.session_state["choose_next"] = "other"
    play(adding, 3)
    adding.run()
    assert len(added(home)) == 1
    assert not home.open("other").samples


def test_without_a_person_in_frame_no_pose_is_added(adding: AppTest, home: Workspace) -> None:
    adding.session_state["session"] = LiveSession(
        adding.session_state["session"].settings, make_tracker=lambda _: ScriptedTracker([None] * 200)
    )
    button(adding, "Add the pose").click().run()
    play(adding, 20)
    assert "Step into the frame" in said(adding.run())
    play(adding, 140, start=20)
    assert "Nothing was added" in said(adding.run())
    assert not added(home)


class ModelTracker(ScriptedTracker):
    """A scripted tracker that is made and closed as the real one is."""

    def __init__(self, model: Path) -> None:
        super().__init__([pose for _, pose in squatting(5, 30.0)][::2])

    def __enter__(self) -> "ModelTracker":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class HeldTracker(ModelTracker):
    """Waits at each frame until it is let go on."""

    go_on: threading.Event

    def track(self, image: np.ndarray, timestamp: float) -> Pose | None:
        assert self.go_on.wait(60)
        return super().track(image, timestamp)


@pytest.fixture
def clip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    monkeypatch.setattr(footage_job, "PoseTracker", ModelTracker)
    path = tmp_path / "clip.mp4"
    write_video(path, ((PICTURE[:96, :128], index / 15) for index in range(len(MOTION))))
    return path.read_bytes()


def upload(video: bytes) -> AppTest:
    page = AppTest.from_function(video_page, default_timeout=60).run()
    assert button(page, "Find the repetitions").disabled
    page.file_uploader[0].set_value(("my clip.mp4", video, "video/mp4")).run()
    button(page, "Find the repetitions").click().run()
    assert not page.exception
    return page


def finished(page: AppTest) -> AppTest:
    """The page once its job, if it is still there, has ended."""
    if "lesson_job" in page.session_state:
        page.session_state["lesson_job"].wait(60)
    page.run()
    assert not page.exception
    return page


def test_a_video_is_learned_from_with_the_same_widget(clip: bytes) -> None:
    assert "5 repetitions found" in said(finished(upload(clip)))


def test_a_video_that_shows_a_pose_to_hold_is_learned_from_as_that(
    clip: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ModelTracker, "track", lambda *_: plank_pose(arms=0.4))
    page = AppTest.from_function(video_page, default_timeout=60).run()
    page.segmented_control(key="lesson_kind").set_value("A pose to hold").run()
    page.file_uploader[0].set_value(("my clip.mp4", clip, "video/mp4")).run()
    button(page, "Find the pose").click().run()
    assert "A pose was held for 12 seconds. Is it this one?" in said(finished(page))


def test_a_video_is_tracked_in_the_background_and_cancelling_leads_back_to_the_upload(
    clip: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HeldTracker, "go_on", threading.Event(), raising=False)
    monkeypatch.setattr(footage_job, "PoseTracker", HeldTracker)
    page = upload(clip)
    job = page.session_state["lesson_job"]
    assert job.running
    button(page, "Cancel").click().run()
    assert job.cancelled
    HeldTracker.go_on.set()
    finished(page)
    assert "lesson" not in page.session_state and "lesson_job" not in page.session_state
    assert button(page, "Find the repetitions")


def test_a_full_disk_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, data: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    assert "No space left on device. Try: free some disk space" in said(upload(b"a video"))


def test_a_file_that_is_no_video_is_an_error_in_words_and_another_can_be_chosen(clip: bytes) -> None:
    page = finished(upload(b"no video"))
    assert "cannot be opened as a video" in said(page)
    assert button(page, "Find the repetitions")
