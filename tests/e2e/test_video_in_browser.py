"""The Video page in a real browser: upload, watch it being counted, play the annotated video, seek by a click."""

import csv
import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from posecount.tracking.sequence import LandmarkSequence
from tests.e2e.driver import open_tab, wait_for
from tests.e2e.test_choices_in_browser import choose
from tests.e2e.test_live_in_browser import OVERLAY_COLOURS
from tests.stick_figure import plank_pose, stick_dataset, stick_pose, with_planks

pytestmark = pytest.mark.browser

PROGRESS = re.compile(r"Frame (\d+) of")
TRUTH = 5
"""Squats in `five_squats`."""


def open_page(browser: Browser, url: str) -> Page:
    page = open_tab(browser, f"{url}/video", size=(1280, 1500))
    page.get_by_role("heading", name="Count in a video").wait_for()
    return page


def count(page: Page) -> int:
    metric = page.get_by_test_id("stMetric").filter(has_text="Squats").first
    return int(metric.get_by_test_id("stMetricValue").inner_text())


def video_time(page: Page) -> float:
    return float(page.locator("video").evaluate("video => video.currentTime"))


def wait_until_it_plays(page: Page) -> None:
    page.locator("video").wait_for()
    page.locator("video").evaluate("video => { video.muted = true; video.play(); }")
    before = video_time(page)
    wait_for(lambda: video_time(page) > before + 1, "the video does not play", sleep=lambda: page.wait_for_timeout(200))


def overlay_colours(page: Page) -> set[str]:
    """The overlay's colours that the video shows."""
    pixels = np.asarray(Image.open(io.BytesIO(page.locator("video").screenshot())).convert("RGB"))
    pixels = pixels.reshape(-1, 3).astype(int)
    near = {name: (np.abs(pixels - colour).max(axis=1) < 48).sum() for name, colour in OVERLAY_COLOURS.items()}
    return {name for name, number in near.items() if number >= 30}


def test_an_upload_is_counted_its_annotated_video_plays_and_a_click_on_a_repetition_seeks(
    server: str, browser_without_camera: Browser, five_squats: Path
) -> None:
    page = open_page(browser_without_camera, server)
    page.locator("input[type=file]").first.set_input_files(five_squats)
    page.locator("video").wait_for()
    assert count(page) == TRUTH

    wait_until_it_plays(page)
    assert overlay_colours(page) == set(OVERLAY_COLOURS)
    assert "Traceback" not in page.locator("body").inner_text()

    # All of the table is seen.
    table = page.get_by_test_id("stDataFrame").locator(".dvn-scroller")
    assert table.evaluate("table => table.scrollWidth <= table.clientWidth")

    # A click on the fifth repetition's mark: the player goes to where it starts.
    marks = page.locator("[aria-roledescription='point'], .mark-symbol path")
    with page.expect_download() as download:
        page.get_by_role("button", name="Repetitions (CSV)").click()
    rows = Path(download.value.path()).read_text().splitlines()
    assert len(rows) == 1 + TRUTH
    start = float(rows[5].split(",")[3])
    marks.nth(4).click()
    wait_for(
        lambda: start - 1.5 <= video_time(page) <= start + 4,
        f"the player does not go to {start} s",
        sleep=lambda: page.wait_for_timeout(100),
    )

    # The same file in another window: nothing is tracked again.
    again = open_page(browser_without_camera, server)
    again.locator("input[type=file]").first.set_input_files(five_squats)
    again.locator("video").wait_for()
    assert again.get_by_text(PROGRESS).count() == 0
    assert count(again) == TRUTH


def test_a_plank_is_timed_within_a_second(
    server: str, browser_without_camera: Browser, environment: dict[str, str], tmp_path: Path
) -> None:
    with_planks(stick_dataset(15)).save(Path(environment["POSECOUNT_HOME"]) / "planking")
    poses = [stick_pose(0.0)] * 30 + [plank_pose(arms=0.4)] * 15 * 12 + [stick_pose(0.0)] * 30
    LandmarkSequence.from_poses((index / 15, pose) for index, pose in enumerate(poses)).save(tmp_path / "plank.npz")
    page = open_page(browser_without_camera, server)
    choose(page, "Dataset", "planking")
    page.locator("input[type=file]").first.set_input_files(str(tmp_path / "plank.npz"))
    metric = page.get_by_test_id("stMetric").filter(has_text="Plank").first
    expect(metric.get_by_test_id("stMetricValue")).to_have_text(re.compile("0:1[123]"))
    with page.expect_download() as download:
        page.get_by_role("button", name="Repetitions (CSV)").click()
    (hold,) = csv.DictReader(Path(download.value.path()).read_text().splitlines())
    assert hold["exercise"] == "planks"
    assert [float(hold[each]) for each in ("start_s", "end_s")] == pytest.approx([2, 14], abs=0.5)


def test_cancelling_keeps_what_was_counted_and_says_that_it_is_a_part(
    server: str, browser_without_camera: Browser
) -> None:
    page = open_page(browser_without_camera, server)
    page.get_by_text("Push-ups", exact=True).click()
    page.get_by_text(PROGRESS).wait_for()

    def frames() -> int:
        found = PROGRESS.search(page.locator("body").inner_text())
        return int(found[1]) if found else 0

    wait_for(lambda: frames() > 90, "nothing is counted", sleep=lambda: page.wait_for_timeout(200))
    page.get_by_test_id("stImage").locator("img").first.wait_for()  # it shows how far it is
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("Counted only in part").wait_for()
    wait_until_it_plays(page)
    page.get_by_role("button", name="Count again").wait_for()
