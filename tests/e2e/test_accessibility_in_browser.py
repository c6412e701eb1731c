"""What people need who use the app otherwise: names and contrasts, the keyboard alone, large text, less motion."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, expect

from posecount.datasets.workspace import Workspace
from posecount.history.history import History
from tests.e2e.driver import open_tab, wait_for
from tests.history.made import workout

pytestmark = pytest.mark.browser

STREAMLITS_OWN = {
    # The frame of its file uploader is a group with a label, but says that it is none.
    "presentation-role-conflict",
}
"""Rules of axe-core that Streamlit's widgets break, whatever a page does; none of them is serious."""
# A chart is one picture with a description; its hundreds of parts take axe longer than all else.
_AXE = "(options) => axe.run({ exclude: [['.vega-embed']] }, { resultTypes: ['violations'], ...options })"
# What can be operated, wherever it lies: in a component, which has a tree of its own, or in a frame.
_OPERABLE = """
(() => {
  if (window.__operable) return;
  const kinds = "a[href], button, input, select, textarea, summary, canvas[tabindex]";
  window.__operable = (root = document, found = []) => {
    for (const each of root.querySelectorAll("*")) {
      if (each.matches(kinds)) found.push(each);
      if (each.shadowRoot) __operable(each.shadowRoot, found);
      if (each.contentDocument) __operable(each.contentDocument, found);
    }
    return found;
  };
  window.__focused = (root = document) => {
    const each = root.activeElement, inside = each?.shadowRoot ?? each?.contentDocument;
    return (inside?.activeElement && __focused(inside)) || each;
  };
  window.__name = (each) => [each.tagName.toLowerCase(), each.getAttribute("role") ?? "",
    each.ariaLabel ?? (each.innerText || each.value || "")].join(" ").trim();
  // One of a group stands for all: arrows lead to the others. What has no tabindex is another way to what has one.
  window.__missed = () => __operable().filter((each) => !each.__reached && !each.disabled && each.tabIndex >= 0
    && !each.closest("[data-testid=stSidebarCollapseButton]")  // Streamlit's, there only below the mouse
    && each.checkVisibility({ visibilityProperty: true })
    && !(each.role === "radio" && [...each.parentElement.querySelectorAll("[role=radio]")].some((one) => one.__reached))
    ).map(__name);
})()
"""
_TAB = """
() => {
  const each = __focused();
  if (each === document.body || each === document.documentElement) return false;
  each.__reached = true;
  return true;
}
"""
_OVERFLOWS = """
() => [document.documentElement, ...document.querySelectorAll("[data-testid=stMain]")]
  .filter((each) => each.scrollWidth > each.clientWidth + 1)
  .map((each) => `${each.dataset.testid ?? "page"}: ${each.scrollWidth} > ${each.clientWidth}`)
"""

# Buttons whose words are cut off.
_CUT = """
() => [...document.querySelectorAll("[data-testid=stMain] button")]
  .filter((each) => each.checkVisibility() && each.innerText && each.scrollWidth > each.clientWidth + 2)
  .map((each) => each.innerText)
"""


@pytest.fixture
def page(server: str, environment: dict[str, str], browser_without_camera: Browser) -> Iterator[Page]:
    """The app in a browser, where a person has trained every third day of a year."""
    history = History.of(Workspace(Path(environment["POSECOUNT_HOME"])))
    history.record(workout("a", time.time() - 90_000, plank=30))
    history.record(workout("b", time.time() - 600))
    for day in range(4, 365, 3):
        history.record(workout(f"{day}", time.time() - 86_400 * day, squats=5 + day % 7, plank=day % 2 * 40))
    yield open_tab(browser_without_camera, server, size=(1280, 900), reduced_motion="reduce")
    history.delete_everything()
    history.close()


def go(page: Page, name: str) -> None:
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=name).click()
    expect(page).to_have_title(f"{name} · posecount")
    settle(page)


def settle(page: Page) -> None:
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)


def violations(page: Page, **options: object) -> list[str]:
    for frame in page.frames:  # axe looks into those that have it
        if not frame.evaluate("() => 'axe' in window"):
            frame.evaluate(AXE_SCRIPT)
    found = page.evaluate(_AXE, options)["violations"]
    return [
        f"{each['id']} ({each['impact']}): {node['target']} {node['html'][:200]}"
        for each in found
        for node in each["nodes"]
        if each["id"] not in STREAMLITS_OWN
    ]


def expect_no_violation(page: Page, **options: object) -> None:
    for _ in range(5):
        settle(page)
        if not (found := violations(page, **options)):
            return
        page.wait_for_timeout(1000)  # what waits for the page's next run is pale
    raise AssertionError("\n".join(found))


def check_in_dark(page: Page) -> None:
    """Contrast in the dark theme too, which `tests/ui/test_theme.py` computes for every page."""
    app = page.get_by_test_id("stApp")
    light = app.evaluate("(element) => getComputedStyle(element).backgroundColor")
    page.emulate_media(color_scheme="dark")
    expect(app).to_have_css("background-color", "rgb(15, 20, 23)")
    expect_no_violation(page, runOnly=["color-contrast"])
    page.emulate_media(color_scheme="light")
    expect(app).to_have_css("background-color", light)  # with the theme, tables are drawn anew
    settle(page)


def check(page: Page) -> None:
    """No violation; no scrolling sideways with large text."""
    expect_no_violation(page)
    page.set_viewport_size({"width": 640, "height": 900})  # what a window of 1280 pixels has at 200 %
    settle(page)
    wait_for(
        lambda: page.evaluate(_OVERFLOWS) == [], "the page scrolls sideways", sleep=lambda: page.wait_for_timeout(200)
    )
    page.set_viewport_size({"width": 1280, "height": 900})
    page.evaluate("() => { document.documentElement.style.fontSize = '200%'; }")  # the text alone is twice as large
    wait_for(
        lambda: page.evaluate(_OVERFLOWS) == [] and page.evaluate(_CUT) == [],
        "large text does not fit",
        sleep=lambda: page.wait_for_timeout(200),
    )
    page.evaluate("() => { document.documentElement.style.fontSize = ''; }")


def reach_all(page: Page) -> None:
    """Tab leads through the whole page and out of it again, past everything that can be operated."""
    page.evaluate(_OPERABLE)
    page.evaluate("() => __operable().find((each) => each.tabIndex >= 0).focus()")  # a click has moved the beginning
    for _ in range(150):
        if not page.evaluate(_TAB):
            break
        page.keyboard.press("Tab")
    else:
        raise AssertionError("the focus does not leave the page: " + page.evaluate("() => __name(__focused())"))
    assert page.evaluate("() => __missed()") == []


def test_all_pages_have_names_contrast_and_room_for_large_text_and_can_be_operated_by_keys(page: Page) -> None:
    settle(page)
    check(page)
    check_in_dark(page)
    reach_all(page)
    expect(page.locator("[data-part=counts]")).to_have_attribute("role", "status")  # screen readers say new counts
    page.keyboard.press("t")
    layer = page.locator("[data-part=layer]")
    expect(layer).to_be_visible()
    expect_no_violation(page)
    page.keyboard.press("Escape")
    go(page, "Plans")
    check(page)
    reach_all(page)
    page.get_by_role("button", name="Edit").first.click()
    page.get_by_role("button", name="Save").wait_for()
    expect_no_violation(page)
    reach_all(page)
    go(page, "History")
    check(page)
    check_in_dark(page)
    reach_all(page)
    page.locator("canvas[tabindex]").focus()  # of the list
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+Space")
    opened = page.get_by_role("button", name="Open", exact=True).last
    expect(opened).to_be_enabled()
    opened.press("Enter")
    page.get_by_text("Details and corrections").first.click()
    page.get_by_role("spinbutton", name="Repetitions").wait_for()  # the list, which has a page number, may go later
    expect_no_violation(page)
    go(page, "Video")
    check(page)
    expect(page.get_by_role("button").first).to_have_css("transition-duration", "1e-05s")  # less motion, as asked for
