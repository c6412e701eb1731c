"""Navigation in a real browser: titles of the tab, headings, labels, and the theme that the browser prefers."""

import re
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.driver import open_tab, serve

pytestmark = pytest.mark.browser

PAGES = ("Live", "Plans", "History", "Video", "Dataset", "Review", "Export")
SCHEMES: tuple[Literal["dark", "light"], ...] = ("dark", "light")
BACKGROUNDS: dict[Literal["dark", "light"], str] = {"light": "rgb(255, 255, 255)", "dark": "rgb(15, 20, 23)"}


def test_the_first_visit_to_a_fresh_server_may_be_to_any_page(
    browser_without_camera: Browser, tmp_path: Path, environment: dict[str, str]
) -> None:
    with serve(tmp_path / "server.log", environment, server="streamlit") as url:  # as people start it
        page = open_tab(browser_without_camera, f"{url}/video")
        clip = page.get_by_test_id("stMain").get_by_text("Squats", exact=True).first
        clip.wait_for()
        expect(page).to_have_title("Video · posecount")
        links = page.get_by_test_id("stSidebarNav").get_by_role("link")
        expect(links).to_have_text([re.compile(name) for name in PAGES])
        clip.click()
        # What is pressed first takes effect: the page's widgets keep their identity when the main script takes over.
        page.get_by_text(re.compile("^(Starting|Frame )")).first.wait_for()


def test_every_page_has_a_title_one_main_heading_and_labels_in_the_browser_s_theme(
    server: str, browser_without_camera: Browser
) -> None:
    page = open_tab(browser_without_camera, server, color_scheme=SCHEMES[0])
    expect(page.locator("iframe[title*=webrtc_streamer]")).to_have_attribute("aria-label", re.compile("Live video"))
    for name in PAGES:
        link = page.get_by_test_id("stSidebarNav").get_by_role("link", name=name)
        link.click()
        expect(page).to_have_title(f"{name} · posecount")
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(name, re.IGNORECASE))
        expect(link).to_have_attribute("aria-current", "page")
        expect(page.locator("img:not([alt]), img[alt='']")).to_have_count(0)

    # The theme is the browser's, from the first moment and when it changes.
    button = page.get_by_role("button", name="Download starter.csv")
    button.wait_for()
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        expect(page.get_by_test_id("stApp")).to_have_css("background-color", BACKGROUNDS[scheme])
        # Not Streamlit's white, which the dark theme's green leaves unreadable.
        expect(button).to_have_css("color", BACKGROUNDS[scheme])
