"""The live page in a real browser: START, squats in front of the camera, and a count that grows."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser

from tests.e2e.driver import LivePage, serve
from tests.e2e.test_choices_in_browser import choose

pytestmark = pytest.mark.browser

TRUTH = 8
"""Squats in the sample clip."""
FILMED = 5
"""Squats before the camera."""
OVERLAY_COLOURS = {"smoothed curve": (90, 230, 150), "left limbs": (255, 170, 60), "right limbs": (60, 200, 255)}


def overlay_colours(live: LivePage) -> set[str]:
    """The overlay's colours that the video shows."""
    picture = live.component.locator("video").screenshot()
    pixels = np.asarray(Image.open(io.BytesIO(picture)).convert("RGB")).reshape(-1, 3).astype(int)
    # Video compression smears colour, hence the tolerance.
    near = {name: (np.abs(pixels - colour).max(axis=1) < 48).sum() for name, colour in OVERLAY_COLOURS.items()}
    return {name for name, count in near.items() if count >= 30}


def play_clip(live: LivePage, name: str) -> None:
    """Press the button of a sample clip, once nothing that comes later moves it away from under the pointer."""
    live.button("START").wait_for()
    live.wait_until_script_ended()
    live.page.get_by_role("button", name=name).click()


def test_squats_before_the_camera_are_counted_to_the_truth_and_stay_counted(server: str, browser: Browser) -> None:
    live = LivePage(browser, server)
    live.press("START")
    live.wait_for(lambda: live.probe()["frames"] > 0, "no picture returns")
    live.wait_for(lambda: live.count("Squats") >= 1, "the count does not grow")
    for _ in range(3):  # a click pauses a browser's video
        live.component.locator("video").click()
        live.wait_until_it_moves()
    assert overlay_colours(live) == set(OVERLAY_COLOURS)
    # The camera's film begins again 40 s after the last squat.
    live.wait_for(lambda: live.count("Squats") >= FILMED, "the count does not reach the truth", seconds=45)
    live.page.wait_for_timeout(3000)
    assert (live.count("Squats"), live.count("Push-ups")) == (FILMED, 0)

    live.press("STOP")
    live.button("START").wait_for()
    live.page.get_by_text("Mirror the video").click()  # the script runs again
    live.wait_until_script_ended()
    assert live.count("Squats") == FILMED
    live.page.get_by_role("button", name="Reset counts").click()
    live.wait_for(lambda: live.count("Squats") == 0, "Reset does not reset")
    live.page.get_by_role("button", name="Undo reset").click()
    live.wait_for(lambda: live.count("Squats") == FILMED, "Undo does not bring the count back")


def test_without_a_camera_the_page_says_so_and_the_sample_clip_counts_to_the_truth(
    server: str, browser_without_camera: Browser
) -> None:
    live = LivePage(browser_without_camera, server)
    words = "No camera was found. Plug one in, or try a sample clip."
    live.page.get_by_text(words, exact=True).wait_for()

    play_clip(live, "Squats")
    live.page.get_by_role("button", name="Stop the clip").wait_for()
    live.wait_until_it_moves()
    live.wait_for(lambda: live.count("Squats") >= 1, "the count does not grow")
    live.wait_for(lambda: "The clip has ended" in live.text(), "the clip does not end")
    live.wait_until_script_ended()  # the numbers come after the video
    assert (live.count("Squats"), live.count("Push-ups")) == (TRUTH, 0)
    live.button("START").wait_for()


def test_any_exercise_counts_what_no_dataset_holds_and_by_name_once_it_has_one(
    server: str, browser_without_camera: Browser
) -> None:
    live = LivePage(browser_without_camera, server)
    choose(live.page, "Counting profile", "Any exercise")
    live.wait_until_script_ended()
    play_clip(live, "Push-ups")
    live.wait_for(lambda: live.count("Repetitions") >= 3, "any exercise is not counted")
    live.page.get_by_role("textbox", name="What did you just do?").fill("dips")
    live.page.get_by_role("button", name="Name it").click()
    live.page.get_by_text("repetitions are now dips").wait_for()
    before = live.count("Repetitions")
    live.wait_for(lambda: "The clip has ended" in live.text(), "the clip does not end")
    assert live.count("Repetitions") == before < TRUTH
    # Where one thing is counted after the other, the repetition in progress is lost, and perhaps one on the way.
    assert TRUTH - before - 2 <= live.count("Dips") <= TRUTH - before


def test_control_the_checks_above_notice_that_processing_has_died(
    tmp_path: Path, environment: dict[str, str], browser: Browser
) -> None:
    with serve(tmp_path / "dying.log", environment, server="tests.e2e.dying_server") as url:
        live = LivePage(browser, url)
        live.press("START")
        live.wait_for(lambda: live.probe()["frames"] > 0, "no picture returns")
        live.wait_for(lambda: "Stream stalled" in live.text(), "the watchdog does not bark")
        assert not live.moves(5)
        assert live.count("Squats") < FILMED
        live.close()
