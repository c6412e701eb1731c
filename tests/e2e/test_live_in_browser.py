"""The live page in a real browser: START, squats before the camera, and the count that grows."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.e2e.driver import LivePage, serve

pytestmark = pytest.mark.browser

DYING_APP = Path(__file__).parent / "dying_app.py"
TRUTH = 8
"""Squats in the sample clip."""
OVERLAY_COLOURS = {"smoothed curve": (90, 230, 150), "left limbs": (255, 170, 60), "right limbs": (60, 200, 255)}


def overlay_colours(live: LivePage) -> set[str]:
    """Which of the overlay's colours are to be seen in the video."""
    picture = live.component.locator("video").screenshot()
    pixels = np.asarray(Image.open(io.BytesIO(picture)).convert("RGB")).reshape(-1, 3).astype(int)
    # Video compression smears colour, hence the tolerance.
    near = {name: (np.abs(pixels - colour).max(axis=1) < 48).sum() for name, colour in OVERLAY_COLOURS.items()}
    return {name for name, count in near.items() if count >= 30}


def test_squats_before_the_camera_are_counted_to_the_truth_and_stay_counted(server, browser):
    live = LivePage(browser, server)
    live.press("START")
    live.wait_for(lambda: live.probe()["frames"] > 0, 20, "no picture returns")
    live.wait_for(lambda: live.count("Squats") >= 1, 60, "the count does not grow")
    assert live.moves()
    assert overlay_colours(live) == set(OVERLAY_COLOURS)
    # Before the camera's film begins again, 40 s after the last squat.
    live.wait_for(lambda: live.count("Squats") >= TRUTH, 45, "the count does not reach the truth")
    live.page.wait_for_timeout(3000)
    assert (live.count("Squats"), live.count("Push-ups")) == (TRUTH, 0)

    live.press("STOP")
    live.component.get_by_role("button", name="START").wait_for()
    live.page.get_by_text("Mirror the picture").click()  # the script runs again
    live.page.wait_for_timeout(2000)
    assert live.count("Squats") == TRUTH
    live.page.get_by_role("button", name="Reset the counts").click()
    live.wait_for(lambda: live.count("Squats") == 0, 10, "Reset does not reset")


def test_without_a_camera_the_page_says_so_and_the_sample_clip_counts_to_the_truth(server, browser_without_camera):
    live = LivePage(browser_without_camera, server)
    words = "No camera was found. Plug one in, or try the sample clip."
    live.page.get_by_text(words, exact=True).wait_for(timeout=60_000)

    live.page.get_by_role("button", name="Squats").click()
    live.wait_for(lambda: live.count("Squats") >= 1, 60, "the count does not grow")
    assert live.moves()
    live.wait_for(lambda: "The clip has ended" in live.text(), 90, "the clip does not end")
    assert (live.count("Squats"), live.count("Push-ups")) == (TRUTH, 0)
    live.component.get_by_role("button", name="START").wait_for()


def test_control_the_checks_above_see_it_when_processing_dies(folder, environment, browser):
    with serve(DYING_APP, folder / "dying.log", environment) as url:
        live = LivePage(browser, url)
        live.press("START")
        live.wait_for(lambda: live.probe()["frames"] > 0, 20, "no picture returns")
        live.wait_for(lambda: "Stream stalled" in live.text(), 40, "the watchdog does not bark")
        assert not live.moves()
        assert live.count("Squats") < TRUTH
