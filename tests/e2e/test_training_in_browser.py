"""The Training view and the voice in a real browser: squats before the camera, seen and heard from across the room."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.driver import LivePage
from tests.e2e.test_live_in_browser import TRUTH

pytestmark = pytest.mark.browser

# Stands for the browser's voice: headless Chromium has none. Notes what is said and when, and what was cut off.
_VOICE = """
(() => {
  const said = window.__said = [];
  const synthesis = {
    speaking: false,
    getVoices: () => [{ name: "Test", lang: "en-GB" }],
    cancel: () => { clearTimeout(synthesis.timer); synthesis.speaking = false; },
    speak: (utterance) => {
      if (synthesis.speaking) said.push(["QUEUED", 0]);
      said.push([utterance.text, performance.now()]);
      synthesis.speaking = true;
      synthesis.timer = setTimeout(() => { synthesis.speaking = false; }, 400);
    },
  };
  Object.defineProperty(window, "speechSynthesis", { value: synthesis });
})();
"""
SIZES = ((1280, 720), (1920, 1080), (390, 844), (844, 390))
# Height of the digits as they are drawn, whether they fit, and whether the page could be scrolled.
_MEASURE = """
(element) => {
  const style = getComputedStyle(element), box = element.getBoundingClientRect();
  const context = document.createElement("canvas").getContext("2d");
  context.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  const at = document.elementFromPoint(innerWidth / 2, innerHeight / 2);
  return {
    share: context.measureText("8").actualBoundingBoxAscent / innerHeight,
    fits: box.left >= 0 && box.top >= 0 && box.right <= innerWidth + 1 && box.bottom <= innerHeight,
    scrolls: getComputedStyle(document.documentElement).overflow !== "hidden",
  };
}
"""


def part(live: LivePage, name: str) -> Any:
    return live.page.locator(f"[data-part={name}]")


def spoken(live: LivePage) -> list[str]:
    return [words for words, _ in live.page.evaluate("() => window.__said") if words.strip()]


def test_the_training_view_fills_the_screen_is_read_and_heard_and_leaves_the_stream_alone(
    server: str, browser: Browser
) -> None:
    live = LivePage(browser, server)
    live.page.add_init_script(_VOICE)
    live.page.reload()
    live.press("START")
    live.wait_for(lambda: live.probe()["frames"] > 0, "no picture returns")
    frame = live.page.locator("iframe[title*=webrtc_streamer]")
    before = frame.bounding_box()
    live.page.locator("body").press("t")
    expect(part(live, "layer")).to_be_visible()
    frames = live.probe()["frames"]
    for width, height in SIZES:
        live.page.set_viewport_size({"width": width, "height": height})
        measured = part(live, "number").evaluate(_MEASURE)
        assert measured["share"] >= 0.2 and measured["fits"] and not measured["scrolls"], (width, height, measured)
        assert frame.bounding_box() == {"x": 0, "y": 0, "width": width, "height": height}
    live.wait_for(lambda: live.probe()["frames"] > frames, "the stream has ended")
    expect(part(live, "buttons")).to_have_css("opacity", "1")
    expect(part(live, "buttons")).to_have_css("opacity", "0")  # after five seconds
    part(live, "layer").click()
    expect(part(live, "buttons")).to_have_css("opacity", "1")

    live.wait_for(lambda: part(live, "number").inner_text() == str(TRUTH), "the count does not reach the truth")
    live.page.keyboard.press("n")
    live.wait_for(lambda: part(live, "number").inner_text() == str(TRUTH - 1), "a correction does not change the count")
    live.page.keyboard.press("u")
    live.wait_for(lambda: part(live, "number").inner_text() == str(TRUTH), "the correction is not undone")
    said = spoken(live)
    assert [each for each in said if each.isdigit()] == [str(number + 1) for number in range(TRUTH)]
    assert "QUEUED" not in said
    live.page.keyboard.press("Escape")
    expect(part(live, "layer")).to_be_hidden()
    live.page.set_viewport_size({"width": 1280, "height": 1400})
    live.wait_for(lambda: frame.bounding_box() == before, "the picture is not where it was")
    assert live.probe()["frames"] > frames
    part(live, "sound").select_option("silent")
    live.press("STOP")
