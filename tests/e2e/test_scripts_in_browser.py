"""The component's scripts in a real browser, on pages that need no server."""

import pytest
from playwright.sync_api import Browser, Page, Route

from posecount.ui.live.camera_check import _SCRIPT
from posecount.ui.live.device.component import _HTML
from posecount.ui.server.files import SCRIPTS

pytestmark = pytest.mark.browser

# The frame of streamlit-webrtc as it is seen from outside. "deaf" frames do nothing when START is pressed, as those
# that are about to be replaced; "brief" ones begin, and are broken off; "blocked" ones connect without end; the others
# play a picture, or say why not.
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
    if (kind === "blocked") return;
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


# Our own HTML, and a device whose camera and tracker are never asked.
_DEVICE_PAGE = f"""<!doctype html><body>{_HTML}<script type="module">
import {{ Camera }} from "./camera.js";
import {{ Device }} from "./device.js";
import {{ makeTracker }} from "./tracker.js";
import {{ View }} from "./view.js";
import {{ keyOf, WORDS }} from "./words.js";
const view = new View(document, {{ press() {{}}, camera() {{}}, instead() {{ window.asked = true; }} }});
const overlay = {{ draw() {{}} }}, socket = {{ known: {{}}, stop() {{}} }};
const device = new Device({{ socket, view, overlay, onState() {{}} }});
const wordsOf = (work) => work().then(() => "", (error) => WORDS[keyOf(error)]);
Object.assign(window, {{ device, Camera, makeTracker, wordsOf }});
</script>"""

_CHECK_PAGE = f"""<!doctype html><body><div><p></p></div><script type="module">
{_SCRIPT.replace("export default function", "const check = function")}
window.say = async (data) => {{
  const parentElement = document.querySelector("div"), messages = {{ moved: "moved" }};
  check({{ parentElement, data: {{ messages, ...data }} }})();
  await new Promise((resolve) => setTimeout(resolve));
  return sessionStorage.getItem("posecount_server");
}};
</script>"""


def opened(browser: Browser, address: str, html: str) -> Page:
    """A page with our scripts beside it, whose clock the test may put forward."""

    def answer(route: Route) -> None:
        name = route.request.url.rpartition("/")[2]
        if not name:
            route.fulfill(body=html, content_type="text/html")
        elif (SCRIPTS / name).is_file():
            route.fulfill(body=(SCRIPTS / name).read_text(), content_type="text/javascript")
        else:
            route.abort()

    page = browser.new_context().new_page()  # of its own, as the clock is the context's
    page.clock.install()
    page.route(f"{address}**", answer)
    page.goto(address)
    return page


def test_one_press_of_start_holds_until_a_picture_plays_whatever_becomes_of_the_frame_or_until_it_is_known_why_not(
    browser: Browser,
) -> None:
    page = opened(browser, "http://127.0.0.1:1/", _PAGE)
    page.wait_for_function("window.server?.state === 'off'")
    page.evaluate("server.press()")
    page.clock.run_for(1600)
    assert page.evaluate("presses.length") == 2, "it is pressed again where nothing has happened"
    page.evaluate("make('brief')")
    page.clock.run_for(1600)
    assert page.evaluate("[presses.includes('brief'), server.state]") == [True, "starting"]
    page.evaluate("make('good')")
    page.clock.run_for(1600)
    page.wait_for_function("server.state === 'on'")
    assert page.evaluate("presses").count("good") == 1
    page.evaluate("server.press()")
    assert page.evaluate("[server.state, presses.at(-1), presses.filter((kind) => kind === 'good').length]") == [
        "off",
        "good",
        2,
    ], "the second press is STOP, and holds nothing"

    page.evaluate("make('refused'), said.length = 0, server.press()")
    page.clock.run_for(3000)
    assert page.evaluate("[server.state, ...presses.filter((kind) => kind === 'refused')]") == ["off", "refused"]
    assert page.evaluate("said") == [], "the frame says why"

    page.evaluate("make('deaf'), server.press()")
    page.clock.run_for(6000)
    assert page.evaluate("server.state") == "off"
    assert "No picture came" in page.evaluate("said.at(-1)")

    page.evaluate("make('blocked'), server.press()")
    page.clock.run_for(11000)
    assert page.evaluate("server.state") == "starting"
    assert "track on this device" in page.evaluate("said.at(-1)")
    page.evaluate("server.press()")
    assert page.evaluate("[server.state, said.at(-1)]") == ["off", ""]


def test_a_browser_that_cannot_track_says_so_and_offers_the_server(browser: Browser) -> None:
    page = opened(browser, "http://evil.example/", _DEVICE_PAGE)  # over HTTP, and not this machine
    page.wait_for_function("window.device")
    assert "https://" in page.evaluate("wordsOf(() => new Camera(document.createElement('video')).open({ rate: 15 }))")
    assert "could not be loaded" in page.evaluate("wordsOf(() => makeTracker({ tracker: '/x', model: '/y' }, null))")
    page.evaluate("WebAssembly.validate = () => false")  # as without SIMD
    assert "cannot track" in page.evaluate("wordsOf(() => makeTracker({ tracker: '/x', model: '/y' }, null))")
    page.evaluate("delete window.WebAssembly")
    assert "cannot track" in page.evaluate("wordsOf(() => makeTracker({ tracker: '/x', model: '/y' }, null))")

    measure = "(rate) => { device.measured = {frames: 0, since: 0}; for (let i = 0; i <= 3 * rate; i++) "
    page.evaluate(f"({measure} device.measure(i / rate); }})(8)")
    assert page.locator("[data-part=words]").inner_text() == ""
    page.evaluate(f"({measure} device.measure(i / rate); }})(4)")
    assert "fewer than five" in page.locator("[data-part=words]").inner_text()
    page.get_by_role("button", name="Track on the server instead").click()
    assert page.evaluate("window.asked") is True


def test_another_server_is_announced_until_a_stream_begins_there_although_the_old_one_seems_to_play_on(
    browser: Browser,
) -> None:
    page = opened(browser, "http://127.0.0.1:1/", _CHECK_PAGE)

    def known(server: str, playing: bool, stays: bool = False) -> str:
        """The server that the tab takes for its own after the page has run there; until then, the person is told."""
        return str(page.evaluate("(data) => say(data)", {"server": server, "playing": playing, "stays": stays}))

    page.clock.resume()
    page.wait_for_function("'say' in window")
    assert known("one", playing=False) == known("one", playing=True) == "one"
    assert known("two", playing=True) == "one", "what plays was begun at the server that died"
    assert known("two", playing=False) == "one"
    assert known("two", playing=True) == "two", "START was pressed here"
    assert known("three", playing=True, stays=True) == "three", "the device goes on by itself"
