"""Choices in a real browser: they stay on the way round all pages, and follow a dataset that is deleted."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from posecount.counting.settings import Settings
from tests.e2e.driver import open_tab
from tests.stick_figure import stick_dataset

pytestmark = pytest.mark.browser

AROUND = ("Video", "Dataset", "Review", "Export", "Live")
DEFAULTS = Settings()
# Each of the sliders that move does so by three steps.
SLIDERS = (
    f"{DEFAULTS.exit_threshold - 1.5:g}",
    f"{DEFAULTS.enter_threshold:g}",
    f"{DEFAULTS.range_of_motion - 0.15:g}",
)
STARTER = "Starter dataset (read-only)"


def settle(page: Page) -> None:
    """Wait until the page has taken what was chosen: Streamlit sends it a moment later."""
    page.wait_for_timeout(1000)
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def select(page: Page, label: str) -> Locator:
    """The text field of a selectbox."""
    return page.get_by_role("combobox", name=re.compile(label))


def choose(page: Page, label: str, option: str) -> None:
    """Choose in a selectbox, and wait until the page has taken it."""
    select(page, label).click()
    page.get_by_role("option", name=option, exact=True).click()
    expect(select(page, label)).to_have_value(option)
    settle(page)


def pick(page: Page, name: str) -> None:
    """Press a radio button, and wait until the page has taken it."""
    page.get_by_role("radio", name=name).click()
    expect(page.get_by_role("radio", name=name)).to_be_checked()
    settle(page)


def go(page: Page, name: str) -> None:
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=name).click()
    expect(page).to_have_title(f"{name} · posecount")
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def open_thresholds(page: Page) -> list[Locator]:
    """The sliders: exit and enter threshold, and range of motion."""
    page.get_by_test_id("stExpander").filter(has_text="Thresholds").locator("summary").click()
    sliders = page.get_by_test_id("stSidebar").get_by_role("slider")
    expect(sliders).to_have_count(3)
    return sliders.all()


def expect_choices(page: Page, name: str) -> None:
    """Look at all that a page shows of the choices made below."""
    expect(select(page, "Dataset")).to_have_value("everywhere")
    if name in ("Live", "Video"):
        expect(select(page, "Pose model")).to_have_value("Heavy: most accurate")
        expect(select(page, "Counting profile")).to_have_value("Robust")
        for slider, value in zip(open_thresholds(page), SLIDERS, strict=True):
            expect(slider).to_have_value(value)
    if name == "Live":
        expect(page.get_by_role("switch", name="Mirror the video")).not_to_be_checked()
    if name == "Dataset":
        expect(page.get_by_role("radio", name="squats_up")).to_be_checked()
    if name == "Review":
        expect(page.get_by_role("radio", name="Map")).to_be_checked()


def test_every_choice_stays_on_the_way_round_all_pages(
    server: str, browser_without_camera: Browser, environment: dict[str, str]
) -> None:
    stick_dataset(15).save(Path(environment["POSECOUNT_HOME"]) / "everywhere")
    page = open_tab(browser_without_camera, server)
    choose(page, "Dataset", "everywhere")
    choose(page, "Pose model", "Heavy: most accurate")
    page.get_by_text("Mirror the video").click()
    leave, _, motion = open_thresholds(page)
    for slider, value in ((leave, SLIDERS[0]), (motion, SLIDERS[2])):
        for _ in range(3):  # faster than the page can answer
            slider.press("ArrowLeft")
        expect(slider).to_have_value(value)
        settle(page)  # a slider's value is sent again when it has moved on
    go(page, "Dataset")
    pick(page, "squats_up")
    go(page, "Review")
    pick(page, "Map")
    for name in AROUND:
        go(page, name)
        expect_choices(page, name)
    choose(page, "Counting profile", "ML Kit")
    go(page, "Video")
    expect(select(page, "Counting profile")).to_have_value("ML Kit")
    choose(page, "Counting profile", "Robust")  # the range of motion is shown again, as it was
    go(page, "Live")
    expect_choices(page, "Live")


def test_a_deleted_dataset_s_name_goes_from_the_box(
    server: str, browser_without_camera: Browser, environment: dict[str, str]
) -> None:
    stick_dataset(15).save(Path(environment["POSECOUNT_HOME"]) / "passing")
    page = open_tab(browser_without_camera, f"{server}/dataset")
    choose(page, "Dataset", "passing")
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Move to bin").click()
    expect(page.get_by_role("button", name="Move to bin")).to_have_count(0)
    expect(select(page, "Dataset")).to_have_value(STARTER)
    go(page, "Live")
    expect(select(page, "Dataset")).to_have_value(STARTER)
    page.reload()
    expect(select(page, "Dataset")).to_have_value(STARTER)
