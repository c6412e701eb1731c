"""The Live page where the person's own device tracks: the choice, what the component is given, and what it says."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from posecount import ModelError
from posecount.ui import choices
from posecount.ui.live.device import component
from posecount.ui.live.serving import renew_socket
from posecount.ui.live.tracking_choice import TRACKING_VARIABLE
from posecount.ui.server.routes import TICKETS
from tests.live.scripted import Streamer
from tests.pages.test_live_page import APP, FakeStreamer, counts, fill, play, said, streamer

__all__ = ["streamer"]  # the fixture


class FakeComponent:
    """Stands for the component: notes what it is given, and says what the test sets."""

    def __init__(self) -> None:
        self.playing = False
        self.given: dict[str, Any] = {}
        self.callbacks: dict[str, Any] = {}

    def __call__(self, *, key: str, data: dict[str, Any], default: dict[str, Any], **callbacks: Any) -> SimpleNamespace:
        self.given, self.callbacks = data, callbacks
        return SimpleNamespace(playing=self.playing)


@pytest.fixture
def browser(streamer: FakeStreamer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeComponent:
    fake = FakeComponent()
    monkeypatch.setattr(component, "_component", fake)
    monkeypatch.setattr(choices, "find_browser_files", lambda progress: tmp_path)
    monkeypatch.delenv(TRACKING_VARIABLE, raising=False)
    return fake


@pytest.fixture
def page(browser: FakeComponent) -> AppTest:
    page = AppTest.from_file(str(APP), default_timeout=30)
    page.session_state["kept_get_ready"] = 0
    return page.run()


def choose(page: AppTest, kind: str) -> None:
    page.segmented_control(key="tracking").set_value(kind).run()


def test_the_server_tracks_unless_the_person_or_the_operator_chooses_the_device(
    page: AppTest, browser: FakeComponent, streamer: FakeStreamer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (browser.given["kind"], browser.given["chosen"]) == ("server", False)
    assert streamer.calls
    streamer.calls.clear()
    choose(page, "device")
    assert (browser.given["kind"], browser.given["chosen"]) == ("device", True)
    assert not streamer.calls, "no WebRTC"
    assert "No picture leaves this device" in " ".join(each.value for each in page.caption)
    page.switch_page("pages/video.py").run()
    page.switch_page("pages/live.py").run()
    assert browser.given["kind"] == "device", "it is remembered"

    monkeypatch.setenv(TRACKING_VARIABLE, "device")
    AppTest.from_file(str(APP), default_timeout=30).run()
    assert (browser.given["kind"], browser.given["chosen"]) == ("device", False)
    monkeypatch.setenv(TRACKING_VARIABLE, "moon")
    wrong = AppTest.from_file(str(APP), default_timeout=30).run()
    assert TRACKING_VARIABLE in said(wrong) and not wrong.exception


def test_the_component_gets_a_ticket_of_this_page_and_addresses_that_never_change_what_they_hold(
    page: AppTest, browser: FakeComponent
) -> None:
    choose(page, "device")
    token = browser.given["socket"].rpartition("/")[2]
    ticket = TICKETS.find(token)
    assert ticket and ticket.session is page.session_state["live_session"]
    page.run()
    assert browser.given["socket"].endswith(token), "it stays the same"
    for name in ("scripts", "tracker", "model"):
        assert browser.given[name].startswith(f"/device/{name}/")
    assert browser.given["model"].endswith("/full.task")
    other = AppTest.from_file(str(APP), default_timeout=30).run()
    assert not browser.given["socket"].endswith(token)
    assert not other.exception


def test_counts_of_both_kinds_add_up(page: AppTest, browser: FakeComponent) -> None:
    play(page, 90)
    session = page.session_state["live_session"]
    session.end()
    choose(page, "device")
    browser.playing = True
    page.run()
    before = session.snapshot.counts["squats"]
    for index in range(90):
        pose = session.snapshot.result.pose if session.snapshot.result else None
        assert session.process_pose(pose, index / 15)
    page.run()
    assert counts(page)["Squats"] == str(session.snapshot.counts["squats"])
    assert before == 4
    assert session.capacity.on_devices == 1
    assert not page.exception


def test_where_the_server_is_full_the_device_is_offered_in_its_place(page: AppTest, browser: FakeComponent) -> None:
    fill(page)
    page.run()
    assert "busy with 4 sessions" in said(page)
    next(button for button in page.button if button.label == "Track on this device instead").click().run()
    assert browser.given["kind"] == "device"
    assert "busy" not in said(page)


def test_where_too_many_devices_track_the_server_is_offered_while_it_has_a_place(
    page: AppTest, browser: FakeComponent
) -> None:
    choose(page, "device")
    capacity = page.session_state["live_session"].capacity
    capacity.device_sessions = 1
    capacity.enter(Streamer(), "device")
    browser.given.clear()
    page.run()
    assert "busy with 1 session" in said(page)
    assert not browser.given
    fill(page)
    page.run()
    assert "Track on the server instead" not in {button.label for button in page.button}, "it is full as well"
    capacity.sessions = None
    page.run()
    next(button for button in page.button if button.label == "Track on the server instead").click().run()
    assert browser.given["kind"] == "server"
    assert "busy" not in said(page)


def test_the_files_that_are_missing_are_named_and_the_server_can_be_chosen(
    page: AppTest, browser: FakeComponent, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(progress: Any) -> Path:
        progress("browser tracker", 1, 2)
        raise ModelError("The browser tracker is not available. Try: connect to the internet.")

    monkeypatch.setattr(choices, "find_browser_files", missing)
    choose(page, "device")
    assert "connect to the internet" in said(page)
    choose(page, "server")
    assert browser.given["kind"] == "server"
    assert not page.exception


def test_a_refused_socket_gets_another_ticket(page: AppTest, browser: FakeComponent) -> None:
    choose(page, "device")
    before = browser.given["socket"]
    assert renew_socket is browser.callbacks["on_stranger_change"]
    page.session_state["live_page"].renew_socket(page.session_state["live_session"])
    page.run()
    assert browser.given["socket"] != before
    assert TICKETS.find(before.rpartition("/")[2]) is None


def test_pictures_leave_the_device_only_once_the_person_has_agreed(page: AppTest, browser: FakeComponent) -> None:
    def record() -> Any:
        return next(button for button in page.button if button.label == "Record five repetitions")

    choose(page, "device")
    browser.playing = True
    page.run()
    assert record().disabled and not browser.given["pictures"]
    page.checkbox(key="device_pictures_lesson").check().run()
    assert browser.given["pictures"]
    record().click().run()
    assert page.session_state["live_session"].recorder is not None
    page.run()
    page.run()
    assert browser.given["pictures"], "agreed is agreed while the recording goes on, which hides the box"
    assert not page.exception
