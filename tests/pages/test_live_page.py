"""The live page: what it says and keeps, with streamlit-webrtc replaced by a fake that the test plays."""

import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import numpy as np
import pytest
import streamlit as st
from streamlit.runtime import Runtime
from streamlit.testing.v1 import AppTest
from streamlit_webrtc import WebRtcMode
from streamlit_webrtc.relay import get_global_relay

from posecount import ModelError, Pose, PosecountError
from posecount.live.server.capacity import Capacity
from posecount.live.session import STALLED_AFTER_S, LiveSession
from posecount.live.state import LiveSettings
from posecount.live.webrtc.ice import ICE_VARIABLE
from posecount.live.webrtc.relay import BoundedRelay
from posecount.pose import Image
from posecount.training.plan import Plan, Step
from posecount.ui.live import serving, stream
from tests.live.scripted import Streamer
from tests.stick_figure import plank_pose, squatting, stick_dataset, stick_pose, with_planks

APP = Path(__file__).resolve().parents[2] / "streamlit_app.py"
RNG = np.random.default_rng(2)
CLASSES = ("pushups_down", "pushups_up", "squats_down", "squats_up")
POSES = {name: RNG.uniform((200, 100, 0), (440, 400, 50), (33, 3)).astype(np.float32) for name in CLASSES}
for pose in POSES.values():  # one body: where the trunk jumps, it is another person
    pose[[11, 12, 23, 24]] = (300, 200, 0), (340, 200, 0), (300, 300, 0), (340, 300, 0)


def write_dataset(folder: Path, classes: tuple[str, ...] = CLASSES) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in classes:
        rows = (f"{n}.png," + ",".join(f"{v:.3f}" for v in POSES[name].ravel() + n / 100) for n in range(12))
        (folder / f"{name}.csv").write_text("\n".join(rows) + "\n")
    return folder


class FakeStreamer:
    """Stands for `webrtc_streamer`: notes how it is called, says what state the test sets, passes on its frames."""

    def __init__(self) -> None:
        self.playing = self.signalling = False
        self.calls: list[dict[str, Any]] = []
        self.error: Exception | None = None

    def __call__(self, **arguments: Any) -> SimpleNamespace:
        self.calls.append(arguments)
        if self.error:
            raise self.error
        if arguments.get("desired_playing_state") is not None:
            self.playing = arguments["desired_playing_state"]
        return SimpleNamespace(state=SimpleNamespace(playing=self.playing, signalling=self.signalling))


class Squatter:
    """A tracker that sees a squat every 20 frames, whatever it looks at."""

    error: Exception | None = None

    def __init__(self, model: Path) -> None:
        self.frames = 0

    def track(self, image: Image, timestamp: float) -> Pose:
        if self.error:
            raise self.error
        self.frames += 1
        name = "squats_down" if self.frames % 20 >= 10 else "squats_up"
        return Pose(POSES[name], np.ones(33, np.float32), (64, 48))

    def close(self) -> None:
        pass


class Session(LiveSession):
    """Of a scripted tracker, by a clock that stands still."""

    now = 1000.0

    def __init__(self, settings: LiveSettings, **arguments: Any) -> None:
        super().__init__(settings, make_tracker=Squatter, clock=lambda: type(self).now, **arguments)


@pytest.fixture
def streamer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeStreamer:
    fake = FakeStreamer()
    starter = write_dataset(tmp_path / "starter")
    monkeypatch.setattr("posecount.datasets.workspace.STARTER_DATASET", starter)
    monkeypatch.setenv("POSECOUNT_HOME", str(tmp_path / "home"))
    monkeypatch.delenv(ICE_VARIABLE, raising=False)
    monkeypatch.setattr(stream, "webrtc_streamer", fake)
    monkeypatch.setattr(serving, "LiveSession", Session)
    monkeypatch.setattr(serving, "measured_capacity", lambda model: Capacity(4, 45.0))
    monkeypatch.setattr(Squatter, "error", None)
    (tmp_path / "model.task").touch()
    monkeypatch.setattr("posecount.ui.choices.model_path", lambda variant, progress: tmp_path / "model.task")
    st.cache_resource.clear()
    return fake


@pytest.fixture
def page(streamer: FakeStreamer) -> AppTest:
    page = AppTest.from_file(str(APP), default_timeout=30)
    page.session_state["kept_get_ready"] = 0  # what is played counts from its first frame on
    return page.run()


def play(page: AppTest, frames: int, start: float = 0.0) -> None:
    session = page.session_state["live_session"]
    for index in range(frames):
        session.process(np.zeros((48, 64, 3), np.uint8), start + index / 15)


def counts(page: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in page.metric}


def repetitions(page: AppTest) -> Any:
    """The table of repetitions; the other one lists sets."""
    return next(each.value for each in page.dataframe if "#" in each.value)


def said(page: AppTest) -> str:
    return " ".join(each.value for kind in (page.error, page.warning, page.info, page.success) for each in kind)


def complained(page: AppTest) -> bool:
    return bool(page.error or page.warning)


def test_it_opens_with_a_camera_and_no_number_for_what_was_not_done(page: AppTest, streamer: FakeStreamer) -> None:
    assert not page.exception
    assert counts(page) == {}
    call = streamer.calls[-1]
    video = call["media_stream_constraints"]["video"]
    assert call["mode"] is WebRtcMode.SENDRECV
    assert call["async_processing"] is True
    assert (video["width"], video["height"], video["frameRate"]) == ({"ideal": 640}, {"ideal": 480}, {"ideal": 15})
    assert call["rtc_configuration"] == {"iceServers": []}, "nothing waits for STUN on this machine"


def test_the_sidebar_says_what_a_small_dataset_lacks_and_where_a_pose_is_unknown(
    page: AppTest, streamer: FakeStreamer, tmp_path: Path
) -> None:
    assert not page.sidebar.info, "the starter dataset cannot be changed"
    write_dataset(tmp_path / "home" / "mine")
    page.run()
    page.selectbox(key="dataset_name").select("mine").run()
    sidebar = page.sidebar
    assert "Add a class named none" in " ".join(each.value for each in sidebar.info)
    known = page.session_state["live_session"].settings.classifier.unknown_distance_
    assert f"further than {known:.1f}%" in " ".join(each.value for each in sidebar.caption)
    for file in (tmp_path / "home" / "mine").glob("squats_*.csv"):
        file.write_text("\n".join(file.read_text().splitlines()[:4]) + "\n")
    page.run()
    words = " ".join(each.value for each in page.sidebar.info).replace("\\", "")
    assert "squats_down has 4 samples. Add at least 6 more" in words


def test_what_the_default_profile_learns_of_a_dataset_is_learnt_before_the_stream_begins(page: AppTest) -> None:
    assert "robust" in vars(page.session_state["live_session"].settings.classifier)


def test_numbers_repetitions_and_pace_come_from_the_session(page: AppTest, streamer: FakeStreamer) -> None:
    streamer.playing = True
    play(page, 90)
    page.run()
    assert counts(page) == {"Squats": "4"}
    table = repetitions(page)
    assert list(table["Exercise"]) == ["Squats"] * 4
    assert list(table["#"]) == [4, 3, 2, 1]
    assert table["Start"].iloc[-1].startswith("0:0")
    assert [*table["After the one before"]] == ["1.3 s"] * 3 + [""], "from end to end, which is told exactly"
    pace = next(caption.value for caption in page.caption if "frames a second" in caption.value)
    assert "ms a frame" in pace
    assert "0 skipped" in pace


def test_a_page_that_opened_when_few_played_refreshes_its_numbers_less_often_once_many_do(
    page: AppTest, streamer: FakeStreamer, monkeypatch: pytest.MonkeyPatch
) -> None:
    refreshed: list[tuple[float | None, Callable[[], None]]] = []

    def fragment(function: Callable[..., None], run_every: float | None) -> Callable[..., None]:
        def show(*arguments: Any) -> None:
            refreshed.append((run_every, partial(function, *arguments)))
            function(*arguments)

        return show

    class Again(Exception):
        pass

    def again() -> NoReturn:
        raise Again

    monkeypatch.setattr(st, "fragment", fragment)
    page.run()
    streamer.playing = True
    page.run()
    assert [every for every, _ in refreshed] == [None, 2.0]
    refresh = refreshed[-1][1]
    capacity = page.session_state["live_session"].capacity
    for _ in range(30):
        capacity.enter(Streamer(), "device")
    with monkeypatch.context() as patched, pytest.raises(Again):
        patched.setattr(st, "rerun", again)
        refresh()
    page.run()
    every = refreshed[-1][0]
    assert every and 4.0 <= every <= 5.2


def test_sets_are_listed_with_what_was_done_and_the_rest_before(page: AppTest, streamer: FakeStreamer) -> None:
    streamer.playing = True
    page.run()
    play(page, 90)
    page.run()
    sets = next(each.value for each in page.dataframe if "Set" in each.value)
    assert sets[["Set", "Exercise", "Done", "Rest before"]].values.tolist() == [[1, "Squats", "4", ""]]


def test_a_plan_that_was_chosen_leads_and_its_buttons_change_it(page: AppTest, streamer: FakeStreamer) -> None:
    streamer.playing = True
    page.session_state["plan_to_start"] = Plan("Mornings", (Step("squats", sets=2, target=2, rest_s=30),))
    page.number_input(key="get_ready").set_value(5).run()
    assert "### Press START" in [each.value for each in page.markdown], "no second runs down before the first frame"
    play(page, 1)

    def press(label: str) -> str:
        next(button for button in page.button if button.label == label).click().run()
        play(page, 1, start=page.session_state["live_session"].snapshot.result.timestamp + 0.1)
        page.run()
        return next(each.value for each in page.markdown if each.value.startswith("### "))

    assert press("Skip") == "### Squats 1 / 2 · 0 of 2"
    assert press("One more") == "### Squats 1 / 2 · 0 of 3"
    assert press("Pause") == "### Paused · Squats 1 / 2 · 0 of 3"
    assert press("Go on") == "### Squats 1 / 2 · 0 of 3"
    assert press("Skip").startswith("### Rest · 0:")
    assert "Next: 2 squats" in [each.value for each in page.caption]
    assert press("Stop here") == "### Done"
    next(button for button in page.button if button.label == "Close the plan").click().run()
    assert not [each for each in page.markdown if each.value.startswith("### ")]
    assert [button.label for button in page.button].count("Pause") == 1


def test_only_what_was_chosen_to_be_counted_counts(page: AppTest, streamer: FakeStreamer) -> None:
    streamer.playing = True
    page.multiselect(key="what_to_count").set_value(["pushups"]).run()
    play(page, 90)
    assert counts(page.run()) == {}
    page.multiselect(key="what_to_count").set_value([]).run()
    play(page, 90, start=7)
    assert counts(page.run())["Squats"] in ("3", "4")  # the first may begin before it is watched for


def test_a_hold_shows_its_running_time_and_then_a_row_of_its_own(
    page: AppTest, streamer: FakeStreamer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    streamer.playing = True
    with_planks(stick_dataset()).save(tmp_path / "home" / "mine")
    monkeypatch.setattr(Squatter, "track", lambda *_: plank_pose(arms=0.4))
    page.run()
    page.selectbox(key="dataset_name").set_value("mine").run()
    assert counts(page) == {}
    play(page, 15 * 4)
    page.run()
    assert counts(page) == {"Plank": "0:03"}
    assert "Plank 0:03" in [caption.value for caption in page.caption]
    monkeypatch.setattr(Squatter, "track", lambda *_: None)
    play(page, 15 * 2, start=4)
    page.run()
    assert [list(repetitions(page)[column]) for column in ("Exercise", "After the one before")] == [
        ["Plank"],
        ["0:04 held"],
    ]


def test_a_shallow_squat_is_told_to_go_further(
    page: AppTest, streamer: FakeStreamer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    streamer.playing = True
    stick_dataset().save(tmp_path / "home" / "mine")
    poses = (stick_pose(0.3 - 0.3 * math.cos(math.pi * index / 15)) for index in range(15 * 60))
    monkeypatch.setattr(Squatter, "track", lambda *_: next(poses))
    page.run()
    page.selectbox(key="dataset_name").set_value("mine").run()
    play(page, 45)
    captions = []
    for moment in range(3, 6):
        play(page, 15, start=moment)
        captions += [caption.value for caption in page.run().caption]
    assert any(caption.startswith("Squats: go further") for caption in captions), captions
    assert counts(page) == {}


def test_what_was_just_counted_can_be_named_and_then_counts_by_name(
    page: AppTest, streamer: FakeStreamer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    streamer.playing = True
    poses = iter([pose for _, pose in squatting(4, rate=15)] * 2)
    monkeypatch.setattr(Squatter, "track", lambda *_: next(poses))
    page.selectbox(key="profile").set_value("any").run()
    name_it = next(button for button in page.button if button.label == "Name it")
    page.text_input(key="naming_name").set_value("knee bends").run()
    name_it.click().run()
    assert "Nothing was counted that could have a name" in said(page)
    play(page, 150)
    name_it.click().run()
    assert not page.error and "4 repetitions are now knee" in said(page)
    assert page.selectbox(key="profile").value == "robust" and page.selectbox(key="dataset_name").value == "knee_bends"
    play(page, 150, start=10)
    page.run()
    assert counts(page) == {"Knee bends": "4", "Repetitions": "4"}


def test_the_page_has_one_heading_of_the_first_level_and_its_video_has_a_label(
    page: AppTest, streamer: FakeStreamer
) -> None:
    assert len(page.title) == 1
    assert streamer.calls[-1]["video_html_attrs"]["aria-label"]


def test_settings_are_configured_once_a_run(
    page: AppTest, streamer: FakeStreamer, monkeypatch: pytest.MonkeyPatch
) -> None:
    configured: list[LiveSettings] = []
    monkeypatch.setattr(Session, "configure", lambda self, settings: configured.append(settings))
    page.run()
    assert len(configured) == 1


def test_why_a_frame_does_not_count_is_said(
    page: AppTest, streamer: FakeStreamer, monkeypatch: pytest.MonkeyPatch
) -> None:
    streamer.playing = True
    monkeypatch.setattr(Squatter, "track", lambda *_: None)
    play(page, 5)
    page.run()
    assert "Step into the frame" in [caption.value for caption in page.caption]


def test_thresholds_are_those_of_the_profile(page: AppTest) -> None:
    assert page.slider(key="range_of_motion")
    page.selectbox(key="profile").set_value("colab").run()
    assert [slider.key for slider in page.slider] == ["thresholds"]


def test_counts_stay_after_stop_and_further_runs_until_reset(page: AppTest, streamer: FakeStreamer) -> None:
    streamer.playing = True
    play(page, 90)
    page.run()
    streamer.playing = False
    page.session_state["live_session"].end()
    page.run()
    page.run()
    assert counts(page)["Squats"] == "4"
    assert not complained(page)
    next(button for button in page.button if "Reset" in button.label).click().run()
    assert "Squats" not in counts(page)
    assert not page.dataframe


def test_a_reset_can_be_undone_also_after_more_was_counted_and_after_a_reload(
    page: AppTest, streamer: FakeStreamer
) -> None:
    def press(page: AppTest, label: str) -> None:
        next(button for button in page.button if button.label == label).click().run()

    assert "Undo reset" not in [button.label for button in page.button], "there is nothing to undo"
    play(page, 90)
    page.run()
    press(page, "Reset counts")
    press(page, "Reset counts")  # a second press, by mistake too, loses nothing
    reloaded = AppTest.from_file(str(APP), default_timeout=30)
    reloaded.query_params["resume"] = page.query_params["resume"]
    reloaded.session_state["kept_get_ready"] = 0
    reloaded.run()
    for each in (page, reloaded):
        play(each, 45, start=20.0)
        each.run()
        assert counts(each)["Squats"] == "2"
        press(each, "Undo reset")
        assert counts(each)["Squats"] == "6"
        assert list(repetitions(each)["#"]) == [6, 5, 4, 3, 2, 1]
        assert "Undo reset" not in [button.label for button in each.button]
        play(each, 45, start=40.0)
        each.run()
        assert counts(each)["Squats"] == "8"


def test_a_second_stream_adds_to_the_first(page: AppTest, streamer: FakeStreamer) -> None:
    for _ in range(2):
        streamer.playing = True
        page.run()
        play(page, 90)
        page.session_state["live_session"].end()
        streamer.playing = False
        page.run()
    assert counts(page)["Squats"] == "8"


def test_a_changed_setting_reaches_the_running_session_which_stays_the_same(page: AppTest) -> None:
    session = page.session_state["live_session"]
    page.selectbox(key="profile").set_value("mlkit").run()
    page.toggle(key="mirror").set_value(False).run()
    page.slider(key="thresholds").set_value((3.0, 7.0)).run()
    assert page.session_state["live_session"] is session
    assert session.settings.profile == "mlkit"
    assert not session.settings.mirror
    assert (session.settings.counting.exit_threshold, session.settings.counting.enter_threshold) == (3.0, 7.0)
    assert not page.exception


def test_a_processing_error_is_said_while_the_page_goes_on(
    page: AppTest, streamer: FakeStreamer, monkeypatch: pytest.MonkeyPatch
) -> None:
    streamer.playing = True
    monkeypatch.setattr(Squatter, "error", RuntimeError("the graph has failed"))
    play(page, 5)
    page.run()
    assert "the graph has failed" in said(page)
    assert "goes on" in said(page)
    assert not page.exception


def test_a_stream_without_frames_for_three_seconds_is_called_stalled_with_a_way_on(
    page: AppTest, streamer: FakeStreamer, monkeypatch: pytest.MonkeyPatch
) -> None:
    streamer.playing = True
    play(page, 5)
    page.run()
    assert "stalled" not in said(page)
    monkeypatch.setattr(Session, "now", Session.now + STALLED_AFTER_S + 0.5)
    page.run()
    assert "Stream stalled" in said(page)
    assert "Press STOP, then START" in said(page)


def test_a_stream_that_never_brings_a_picture_points_to_the_network(
    page: AppTest, streamer: FakeStreamer, monkeypatch: pytest.MonkeyPatch
) -> None:
    streamer.playing = True
    page.run()
    assert "Connecting" in said(page)
    monkeypatch.setattr(Session, "now", Session.now + STALLED_AFTER_S + 0.1)
    page.run()
    assert "firewall" in said(page)


def test_a_connection_that_breaks_is_said(page: AppTest, streamer: FakeStreamer) -> None:
    streamer.playing = True
    page.run()
    play(page, 5)
    page.session_state["live_session"].end()
    page.run()
    assert "The connection has ended" in said(page)


def test_signalling_that_fails_is_said_in_words(page: AppTest, streamer: FakeStreamer) -> None:
    streamer.error = TimeoutError("has not finished in 10 seconds")
    page.run()
    assert "could not be connected: has not finished in 10 seconds" in said(page)
    assert "reload" in said(page)
    assert not page.exception


def fill(page: AppTest) -> list[Streamer]:
    """Take all places."""
    capacity = page.session_state["live_session"].capacity
    others = [Streamer() for _ in range(capacity.sessions)]
    for other in others:
        capacity.enter(other)
    return others


def test_a_busy_server_says_so_instead_of_offering_a_stream_and_offers_it_as_soon_as_there_is_a_place(
    page: AppTest, streamer: FakeStreamer
) -> None:
    others = fill(page)
    streamer.calls.clear()
    page.run()
    assert "This server is busy with 4 sessions" in said(page)
    assert not streamer.calls, "no video, no camera"
    again = next(button for button in page.button if button.label == "Try again")
    again.click().run()
    assert "is busy" in said(page)
    page.session_state["live_session"].capacity.leave(others[0])
    page.run()
    assert "is busy" not in said(page)
    assert streamer.calls
    assert not page.exception


def test_a_person_who_presses_start_just_after_the_last_place_was_taken_is_told_before_the_stream_begins(
    page: AppTest, streamer: FakeStreamer
) -> None:
    fill(page)
    # streamlit-webrtc leaves this when the browser has made its offer.
    page.session_state["camera_stream"] = SimpleNamespace(state=SimpleNamespace(playing=False, signalling=True))
    streamer.calls.clear()
    page.run()
    assert "busy with 4 sessions" in said(page)
    assert not streamer.calls
    assert page.session_state["live_session"].capacity.take_report().refused >= 1


def test_a_person_who_presses_start_gets_a_place_and_keeps_it_when_all_others_are_taken(
    page: AppTest, streamer: FakeStreamer
) -> None:
    page.session_state["camera_stream"] = SimpleNamespace(state=SimpleNamespace(playing=False, signalling=True))
    page.run()
    session = page.session_state["live_session"]
    assert session in session.capacity
    for other in [Streamer() for _ in range(3)]:
        session.capacity.enter(other)
    page.run()
    assert "busy" not in said(page)
    page.session_state["camera_stream"].state.signalling = False
    page.run()
    assert session not in session.capacity, "signalling has failed, or STOP was pressed"


def test_a_fuller_server_asks_for_smaller_pictures_but_not_in_the_middle_of_a_stream(
    page: AppTest, streamer: FakeStreamer
) -> None:
    session = page.session_state["live_session"]
    others = [Streamer() for _ in range(3)]
    for other in others:
        session.capacity.enter(other)
    page.run()
    video = streamer.calls[-1]["media_stream_constraints"]["video"]
    assert (video["width"], video["frameRate"]) == ({"ideal": 480}, {"ideal": 12})
    page.session_state["camera_stream"] = SimpleNamespace(state=SimpleNamespace(playing=True, signalling=False))
    page.run()
    for other in others:
        session.capacity.leave(other)
    page.run()
    assert streamer.calls[-1]["media_stream_constraints"]["video"] == video


def test_a_reloaded_page_goes_on_from_its_count_and_a_stranger_does_not(page: AppTest, streamer: FakeStreamer) -> None:
    play(page, 90)
    token = page.query_params["resume"]
    reloaded = AppTest.from_file(str(APP), default_timeout=30)
    reloaded.query_params["resume"] = token
    reloaded.run()
    assert counts(reloaded)["Squats"] == "4"
    assert reloaded.query_params["resume"] != token, "each page has a token of its own"
    assert reloaded.session_state["live_session"] is not page.session_state["live_session"]
    stranger = AppTest.from_file(str(APP), default_timeout=30)
    stranger.query_params["resume"] = "A" * 22
    stranger.run()
    assert "Squats" not in counts(stranger)
    assert stranger.query_params["resume"] != "A" * 22, "a browser cannot choose one"


def test_a_wrong_number_of_sessions_is_said(streamer: FakeStreamer, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(model: Path) -> NoReturn:
        raise PosecountError("POSECOUNT_MAX_SESSIONS is 'x'. Try: unset it.")

    monkeypatch.setattr(serving, "measured_capacity", refuse)
    page = AppTest.from_file(str(APP), default_timeout=30).run()
    assert "POSECOUNT_MAX_SESSIONS" in said(page)
    assert not page.exception


def test_a_full_disk_while_what_was_taught_is_saved_is_said_and_nothing_is_lost(
    page: AppTest, streamer: FakeStreamer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write_dataset(tmp_path / "home" / "mine")
    page.run()
    page.selectbox(key="dataset_name").set_value("mine").run()
    streamer.playing = True
    play(page, 3)
    page.run()
    page.selectbox(key="live_class_mine").set_value("squats_up").run()
    before = sorted((path.name, path.stat().st_size) for path in (tmp_path / "home" / "mine").glob("*.csv"))

    def full(*_: object) -> NoReturn:
        raise OSError(28, "No space left on device")

    def press(label: str) -> None:
        next(button for button in page.button if button.label == label).click().run()

    page.segmented_control(key="live_delay").set_value(0).run()
    press("Add the pose")
    play(page, 1, start=1.0)
    with monkeypatch.context() as disk:
        disk.setattr("posecount.datasets.editing.edit.os.fsync", full)
        page.run()
    assert "No space is left" in said(page)
    assert "free some disk space" in said(page)
    assert not page.exception
    assert sorted((path.name, path.stat().st_size) for path in (tmp_path / "home" / "mine").glob("*.csv")) == before
    assert page.session_state["live_session"].snapshot.frames == 4, "the stream goes on"
    press("Try again")
    assert "Added to squats\\_up" in said(page), "the pose was kept"


@pytest.fixture
def clip(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    import av

    path = tmp_path / "squats.mp4"
    with av.open(str(path), "w") as container:
        encoder = container.add_stream("libx264", rate=30)
        encoder.width, encoder.height, encoder.pix_fmt = 64, 48, "yuv420p"
        container.mux(encoder.encode(av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")))
        container.mux(encoder.encode(None))
    monkeypatch.setattr(stream, "SAMPLE_CLIPS", {"squats": path})
    return path


def test_the_sample_clip_goes_through_the_same_callback_and_ends_on_a_usable_page(
    clip: Path, page: AppTest, streamer: FakeStreamer
) -> None:
    assert "Squats" in page.button(key="play_squats").label
    page.button(key="play_squats").click().run()
    call = streamer.calls[-1]
    session = page.session_state["live_session"]
    assert call["mode"] is WebRtcMode.RECVONLY
    assert call["desired_playing_state"] is True
    assert call["video_frame_callback"] == session.webrtc.callback
    player = call["player_factory"]()
    assert player.video is not None
    player.video.stop()

    play(page, 90)
    page.run()
    session.end()
    page.run()
    assert "desired_playing_state" not in streamer.calls[-1], "the camera is back"
    assert {call["desired_playing_state"] for call in streamer.calls if call["key"] == "clip_stream"} == {True, False}
    assert "The clip has ended" in said(page)
    assert counts(page)["Squats"] == "4"
    assert page.button(key="play_squats")

    page.button(key="play_squats").click().run()
    assert "The clip has ended" not in said(page)


def test_the_sample_clip_can_be_stopped(clip: Path, page: AppTest, streamer: FakeStreamer) -> None:
    page.button(key="play_squats").click().run()
    page.run()
    next(button for button in page.button if button.label == "Stop the clip").click().run()
    assert streamer.calls[-1]["key"] == "camera_stream"
    assert not complained(page)


def test_a_clip_left_for_another_page_does_not_start_again_by_itself(
    clip: Path, page: AppTest, streamer: FakeStreamer, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.button(key="play_squats").click().run()
    page.run()
    streamer.playing = False
    streamer.calls.clear()

    def reset_by_navigation(**arguments: Any) -> SimpleNamespace:
        streamer.calls.append(arguments)
        return SimpleNamespace(state=SimpleNamespace(playing=False, signalling=False))

    monkeypatch.setattr(stream, "webrtc_streamer", reset_by_navigation)
    page.run()
    assert streamer.calls[-1]["key"] == "camera_stream"


def test_the_clip_is_not_offered_while_the_camera_plays(clip: Path, page: AppTest, streamer: FakeStreamer) -> None:
    streamer.playing = True
    page.run()
    assert not [button for button in page.button if button.key == "play_squats"]


GOOD = "a.png," + ",".join("1.5" for _ in range(99))
BROKEN = {
    "wrong length": ("a.png,1,2,3", ["row 1", "4 fields instead of 100", "Try"]),
    "no number": (GOOD.replace("1.5", "high", 1), ["row 1", "'high' is not a number", "Try"]),
    "not finite": (f"{GOOD}\n" + GOOD.replace("1.5", "nan", 1), ["row 2", "not a finite number", "Try"]),
    "empty": ("", ["empty", "Try"]),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_dataset_is_said_with_file_row_and_remedy(
    kind: str, page: AppTest, streamer: FakeStreamer, tmp_path: Path
) -> None:
    content, expected = BROKEN[kind]
    folder = tmp_path / "home" / "mine"
    folder.mkdir(parents=True)
    for name in ("dips_down", "dips_up"):
        (folder / f"{name}.csv").write_text(content)
    session, before = page.session_state["live_session"], page.session_state["live_session"].settings
    page.run()
    page.selectbox(key="dataset_name").set_value("mine").run()
    assert not page.exception
    for words in ["mine", *expected]:
        assert words in said(page)
    assert session.settings.classifier is before.classifier, "never a partly loaded dataset"
    assert "your previous choices stay in use" in said(page)


def test_a_dataset_of_one_class_is_said(page: AppTest, tmp_path: Path) -> None:
    write_dataset(tmp_path / "home" / "mine", CLASSES[:1])
    page.run()
    page.selectbox(key="dataset_name").set_value("mine").run()
    assert "only one class" in said(page)
    assert not page.exception


def test_a_first_visit_with_a_broken_dataset_shows_words_and_no_stream(streamer: FakeStreamer, tmp_path: Path) -> None:
    (tmp_path / "starter" / "squats_up.csv").write_text("a.png,1,2\n")
    page = AppTest.from_file(str(APP), default_timeout=30).run()
    assert "squats_up.csv, row 1" in said(page)
    assert not streamer.calls
    assert not page.exception


def test_a_dataset_that_was_corrected_is_used_without_a_restart(streamer: FakeStreamer, tmp_path: Path) -> None:
    (tmp_path / "starter" / "squats_up.csv").write_text("a.png,1,2\n")
    page = AppTest.from_file(str(APP), default_timeout=30).run()
    write_dataset(tmp_path / "starter")
    page.run()
    assert not complained(page)
    assert streamer.calls


def test_another_dataset_keeps_what_was_counted_with_the_first(
    page: AppTest, streamer: FakeStreamer, tmp_path: Path
) -> None:
    play(page, 90)
    write_dataset(tmp_path / "home" / "mine", CLASSES[:2])
    page.run()
    page.selectbox(key="dataset_name").set_value("mine").run()
    assert counts(page) == {"Squats": "4"}


def test_a_missing_model_is_said_with_its_remedies(streamer: FakeStreamer, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(variant: str, progress: Any) -> NoReturn:
        progress("pose model", 1_000_000, 9_000_000)
        raise ModelError("No pose model. Remedies: set POSECOUNT_MODEL to a file.")

    monkeypatch.setattr("posecount.ui.choices.model_path", refuse)
    page = AppTest.from_file(str(APP), default_timeout=30).run()
    assert "Remedies: set POSECOUNT_MODEL" in said(page)
    assert not page.exception


def test_ice_servers_that_are_no_json_are_said_in_words(
    streamer: FakeStreamer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ICE_VARIABLE, "turn:example.org")
    page = AppTest.from_file(str(APP), default_timeout=30).run()
    assert "POSECOUNT_ICE_SERVERS is not as expected" in said(page)
    assert "Try:" in said(page)
    assert not page.exception


def test_the_relay_that_streamlit_webrtc_uses_is_the_bounded_one_and_stays_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    runtime = SimpleNamespace()
    monkeypatch.setattr(Runtime, "instance", lambda: runtime)
    stream.install_relay()
    relay = get_global_relay()
    stream.install_relay()
    assert isinstance(relay, BoundedRelay)
    assert get_global_relay() is relay


def test_a_correction_copies_the_starter_chooses_the_copy_and_is_undone(page: AppTest, streamer: FakeStreamer) -> None:
    assert "That was none" not in [each.label for each in page.button], "there is nothing to correct yet"
    streamer.playing = True
    page.run()
    play(page, 90)
    page.run()

    def press(label: str) -> None:
        next(button for button in page.button if button.label == label).click().run()
        assert not page.exception

    press("That was none")
    assert counts(page) == {"Squats": "3"} and page.selectbox(key="dataset_name").value == "my_exercises"
    assert any("has learned from it" in each.value.replace("\\", "") for each in page.caption)
    assert "none" in page.session_state["live_session"].settings.classifier.classes
    assert any(each.value.startswith("New samples of **none**") for each in page.caption)
    assert 1 <= len(page.image) <= 4, "what was learned is shown"
    press("Undo correction")
    assert not page.image
    assert counts(page) == {"Squats": "4"}
    assert "none" not in page.session_state["live_session"].settings.classifier.classes
