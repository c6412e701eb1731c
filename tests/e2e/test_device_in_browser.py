"""Tracking on the person's own device in a real browser: counts, a cut connection, and what may go wrong."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Request, WebSocketRoute, expect
from websockets import CloseCode, ConnectionClosed, Origin, Subprotocol
from websockets.sync.client import connect

from posecount import PosecountError
from posecount.device.messages import decode_frame
from posecount.device.picture import decode_picture
from posecount.tracking.browser import find_browser_files
from posecount.tracking.sequence import LandmarkSequence
from tests.counting.test_shallow import shallow_squats
from tests.e2e.driver import LivePage, absent, serve
from tests.e2e.test_live_in_browser import FILMED
from tests.e2e.test_training_in_browser import Script

pytestmark = pytest.mark.browser

LANDMARKS = 544
"""Bytes of a frame without a picture."""
SMALL = {16, LANDMARKS}
"""Bytes of frames without and with a pose."""

# No WebRTC at all, and the camera's tracks are remembered, so that a test can see whether they were let go.
_WITHOUT_WEBRTC = """
delete window.RTCPeerConnection;
delete window.webkitRTCPeerConnection;
window.tracks = [];
const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wanted) => {
  const stream = await open(wanted);
  window.tracks.push(...stream.getTracks());
  return stream;
};
"""
_REFUSED = """
navigator.mediaDevices.getUserMedia = async () => { throw new DOMException("Permission denied", "NotAllowedError"); };
"""
# A worker that takes pictures and never answers, from a moment that the test chooses.
_MORTAL = """
const post = Worker.prototype.postMessage;
Worker.prototype.postMessage = function (message, ...rest) {
  if (!(window.trackerIsDead && message.picture)) post.call(this, message, ...rest);
};
"""


class DevicePage(LivePage):
    """The Live page with the device chosen, and all that goes through its socket.

    Args:
        browser: with a camera.
        url: of the page.
        script: what the browser runs before the page's own scripts.
        options: of the browser's context.
    """

    def __init__(self, browser: Browser, url: str, script: str = _WITHOUT_WEBRTC, **options: Any) -> None:
        self.sent: list[bytes | str] = []
        self.heard: list[bytes | str] = []
        self.uploads: list[int] = []
        self.is_cut = False
        self._open: list[WebSocketRoute] = []
        super().__init__(browser, "about:blank", **options)
        self.page.add_init_script(script)
        self.page.route_web_socket("**/device/socket/*", self._carry)
        self.page.on("request", lambda request: self.uploads.append(len(request.post_data_buffer or b"")))
        self.page.goto(url)
        self.page.get_by_text("this device", exact=True).click()
        self.part("all", "[data-kind=device]").wait_for()

    def part(self, name: str, more: str = "") -> Any:
        """A part of the component."""
        return self.page.locator(f"[data-part={name}]{more}")

    def squats(self) -> int:
        """The squats that the component shows."""
        found = re.search(r"(\d+) Squats", self.part("counts").inner_text())
        return int(found[1]) if found else 0

    def start(self) -> None:
        """Press START, and wait until a frame is tracked and sent."""
        before = len(self.frames())
        self.press("START")
        self.wait_for(lambda: len(self.frames()) > before, "no frame is tracked")

    def frames(self) -> list[bytes]:
        """The frames that were sent."""
        return [each for each in self.sent if isinstance(each, bytes)]

    def cut(self) -> None:
        """Cut the socket: those that are open close, and none opens."""
        self.is_cut = True
        for each in self._open:
            each.close()
        self._open.clear()

    def _carry(self, socket: WebSocketRoute) -> None:
        if self.is_cut:
            socket.close()
            return
        server = socket.connect_to_server()
        self._open.append(socket)

        def up(message: bytes | str) -> None:
            self.sent.append(message)
            server.send(message)

        def down(message: bytes | str) -> None:
            self.heard.append(message)
            socket.send(message)

        socket.on_message(up)
        server.on_message(down)


@pytest.fixture(scope="module")
def device_server(folder: Path, environment: dict[str, str]) -> Iterator[str]:
    """A server that tracks one person, and any number whose devices track."""
    try:
        # Where the server looks too: tests have a cache of their own.
        (folder / "cache").mkdir(exist_ok=True)
        files = find_browser_files()
        if not (folder / "cache" / files.name).exists():
            (folder / "cache" / files.name).symlink_to(files, target_is_directory=True)
    except PosecountError as error:
        absent(f"the browser tracker cannot be had: {error}")
    log = folder / "device.log"
    with serve(log, {**environment, "POSECOUNT_MAX_SESSIONS": "1"}) as url:
        yield url
    assert "Traceback" not in log.read_text()


def test_squats_are_counted_and_taught_without_webrtc_through_a_cut_connection_with_no_picture_but_those_agreed_to(
    device_server: str, browser: Browser
) -> None:
    live = DevicePage(browser, device_server)
    live.page.get_by_text("Teach a new exercise").click()
    live.page.get_by_text("Send the pictures of what is recorded to the server").click()
    live.start()
    live.press("STOP")
    live.button("START").wait_for()
    earlier = live.squats()  # on a busy machine, loading the tracker may take longer than the film's person stands
    live.start()
    assert {len(frame) for frame in live.frames()} <= SMALL
    live.page.get_by_role("button", name="Record five repetitions").click()
    expect(live.part("canvas")).to_be_visible()
    expect(live.part("words")).to_contain_text("Small pictures of this recording are being sent")
    live.wait_for(lambda: 2 <= live.squats() - earlier <= FILMED, "the count does not grow")
    live.cut()  # in the middle of the set
    expect(live.part("words")).to_contain_text("connection is lost")
    live.page.wait_for_timeout(5000)
    live.is_cut = False
    truth = earlier + FILMED
    live.wait_for(lambda: live.squats() == truth, "the count does not reach the truth")
    live.page.wait_for_timeout(3000)
    assert (live.count("Squats"), live.count("Push-ups")) == (truth, 0), "the page's own numbers follow"
    expect(live.page.get_by_text(re.compile(r"[2-5] repetitions found"))).to_be_visible()
    pictures = [picture for frame in live.frames() if (picture := decode_frame(frame).picture)]
    assert pictures and max(max(decode_picture(each).shape) for each in pictures) <= 640
    live.page.wait_for_timeout(1000)
    after = len(live.frames())
    live.wait_for(lambda: len(live.frames()) > after + 20, "tracking has ended with the recording")
    assert {len(frame) for frame in live.frames()[after:]} <= SMALL, "header and landmarks, and nothing else"

    times = sorted({decode_frame(frame).timestamp for frame in live.frames()})
    assert len(live.frames()) * (LANDMARKS + 8) / (times[-1] - times[0]) <= 12_000 * 1.2  # some are sent twice
    assert sum(map(len, live.heard)) / (times[-1] - times[0]) <= 4_000
    assert max(live.uploads, default=0) < 1_000, "no request carries a picture"

    live.page.get_by_role("link", name="Video").click()
    live.wait_for(lambda: "Count in a video" in live.text(), "the Video page does not open")
    released = "() => window.tracks.every((track) => track.readyState === 'ended')"
    live.wait_for(lambda: live.page.evaluate(released), "the camera stays on")
    asked: list[Request] = []
    live.page.on("requestfinished", lambda request: asked.append(request))
    live.page.get_by_role("link", name="Live").click()
    live.button("START").wait_for()
    tracker = "vision_wasm_module_internal.wasm"
    live.wait_for(lambda: any(tracker in each.url for each in asked), "the tracker is not made before START")
    live.wait_for(lambda: live.count("Squats") >= truth, "the count is lost")  # the film may have begun again
    expect(live.part("counts")).to_have_text(f"{live.count('Squats')} Squats")

    live.start()
    files = {each.url.rpartition("/")[2]: each.sizes()["responseBodySize"] for each in asked if "/device/" in each.url}
    assert max(files.values()) <= 0, f"all was loaded before, and kept: {files}"


def test_a_camera_that_is_refused_is_said_in_words(device_server: str, browser: Browser) -> None:
    live = DevicePage(browser, device_server, _REFUSED)
    live.press("START")
    expect(live.part("words")).to_contain_text("This page may not use the camera")
    live.button("START").wait_for()
    assert not live.frames()


def test_where_the_server_is_full_one_press_leads_to_the_device_on_a_phone_in_portrait(
    device_server: str, browser: Browser
) -> None:
    first = LivePage(browser, device_server)
    first.press("START")
    first.button("STOP").wait_for()
    first.wait_for(lambda: first.probe()["frames"] > 0, "no picture returns")
    second = LivePage(browser, device_server, size=(390, 844))
    second.wait_for(lambda: "is busy with 1 session" in second.text(), "the server is not full")
    second.page.get_by_role("button", name="Track on this device instead").click()
    second.page.locator("[data-part=all][data-kind=device]").wait_for()
    first.press("STOP")  # a machine of two cores has enough to do
    second.press("START")
    canvas = second.page.locator("[data-part=canvas]")
    expect(canvas).to_be_visible()
    second.button("STOP").wait_for()
    box = canvas.bounding_box()
    assert box and box["x"] >= 0 and box["x"] + box["width"] <= 390
    assert second.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_who_squats_too_shallowly_is_told_to_go_further(
    device_server: str, browser: Browser, shipped_landmarks: Mapping[str, LandmarkSequence]
) -> None:
    script = Script(shipped_landmarks["squats"])
    for pose in shallow_squats(shipped_landmarks["squats"], until=9.63):
        script.hold(pose.landmarks, 0.1)
    live = DevicePage(browser, device_server, _WITHOUT_WEBRTC + script.worker)
    live.start()
    live.page.get_by_text("To count as squats, go further", exact=True).wait_for()
    assert live.squats() == 0
    live.press("STOP")


def test_a_message_that_is_larger_than_any_is_refused_before_it_is_read(device_server: str) -> None:
    address = device_server.replace("http", "ws", 1) + "/_stcore/stream"
    with connect(address, origin=Origin(device_server), subprotocols=[Subprotocol("streamlit")]) as socket:
        # The head of a masked message alone: after all of it, the answer may be lost with the connection.
        socket.socket.sendall(b"\x82\xff" + (25_000_000).to_bytes(8, "big") + bytes(4))
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                socket.recv(60)
    assert closed.value.rcvd and closed.value.rcvd.code == CloseCode.MESSAGE_TOO_BIG


def test_control_a_tracker_that_dies_is_seen_and_said(device_server: str, browser: Browser) -> None:
    live = DevicePage(browser, device_server, _MORTAL)
    live.start()
    live.page.evaluate("window.trackerIsDead = true")
    live.page.wait_for_timeout(1000)  # one may still be under way
    before = len(live.frames())
    expect(live.part("words")).to_contain_text("The tracker has stopped")
    live.button("START").wait_for()
    assert len(live.frames()) == before
    assert live.count("Squats") < FILMED
