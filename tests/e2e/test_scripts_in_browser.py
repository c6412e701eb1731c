"""The component's scripts in a real browser, on pages that need no server."""

import pytest
from playwright.sync_api import Browser, Page, Route

from posecount.ui.server.files import SCRIPTS
from tests.e2e.driver import open_tab

pytestmark = pytest.mark.browser

_ADDRESS = "http://127.0.0.1:1/"

# The frame of streamlit-webrtc as it is seen from outside. "deaf" frames do nothing when START is pressed, as those
# that are about to be replaced; "brief" ones begin, and are broken off; the others play a picture, or say why not.
_PAGE = """<!doctype html><body><script type="module">
import { ServerVideo } from "./server.js";
const make = (kind) => {
  document.querySelector("iframe")?.remove();
  const frame = document.createElement("iframe");
  frame.className = "video";
  document.body.append(frame);
  const inside = frame.contentDocument, button = inside.createElement("button");
  button.textContent = "Start";
  button.onclick = () => {
    presses.push(kind);
    if (kind === "deaf") return;
    if (button.textContent === "Stop" || kind === "refused") {
      button.textContent = "Start";
      if (kind === "refused") inside.body.insertAdjacentHTML("beforeend", "<p role=alert>NotAllowedError</p>");
      return;
    }
    button.textContent = "Stop";
    if (kind === "brief") return setTimeout(() => { button.textContent = "Start"; }, 300);
    const canvas = Object.assign(document.createElement("canvas"), { width: 32, height: 32 });
    canvas.getContext("2d").fillRect(0, 0, 32, 32);
    const video = Object.assign(inside.createElement("video"), { muted: true, srcObject: canvas.captureStream(10) });
    inside.body.append(video);
    video.play();
  };
  inside.body.append(button);
};
Object.assign(window, { make, presses: [], states: [], said: [] });
make("deaf");
window.server = new ServerVideo("iframe.video", (state) => states.push(state), (words) => said.push(words));
</script>"""


@pytest.fixture
def page(browser: Browser) -> Page:
    """A page with a frame that does not hear."""

    def answer(route: Route) -> None:
        name = route.request.url.rpartition("/")[2]
        if name:
            route.fulfill(body=(SCRIPTS / name).read_text(), content_type="text/javascript")
        else:
            route.fulfill(body=_PAGE, content_type="text/html")

    page = open_tab(browser, "about:blank")
    page.route(f"{_ADDRESS}**", answer)
    page.goto(_ADDRESS)
    page.wait_for_function("window.server?.state === 'off'")
    return page


def test_one_press_of_start_holds_until_a_picture_plays_whatever_becomes_of_the_frame_or_until_it_is_known_why_not(
    page: Page,
) -> None:
    page.evaluate("server.press()")
    page.wait_for_function("presses.length === 2")  # it has been pressed again where nothing has happened
    page.evaluate("make('brief')")
    page.wait_for_function("presses.includes('brief')")
    assert page.evaluate("server.state") == "starting"
    page.evaluate("make('good')")
    page.wait_for_function("server.state === 'on'")
    assert page.evaluate("presses").count("good") == 1
    page.evaluate("server.press()")
    assert page.evaluate("[server.state, presses.at(-1), presses.filter((kind) => kind === 'good').length]") == [
        "off",
        "good",
        2,
    ], "the second press is STOP, and holds nothing"

    page.evaluate("make('refused')")
    page.evaluate("server.press()")
    page.wait_for_function("server.state === 'off' && presses.at(-1) === 'refused'")
    page.wait_for_timeout(1500)
    assert page.evaluate("[presses.at(-1), presses.filter((kind) => kind === 'refused').length]") == ["refused", 1]
    assert page.evaluate("said") == [], "the frame says why"

    page.evaluate("make('deaf'), server.press()")
    page.wait_for_function("said.length === 1")
    assert page.evaluate("server.state") == "off"
    assert "No picture came" in page.evaluate("said[0]")
