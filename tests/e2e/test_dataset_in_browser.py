"""From a zip of photos to a counter, in a real browser: bootstrap, review, export, count."""

import hashlib
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from posecount import PoseDataset, PoseTracker, Video
from posecount.datasets.store import DatasetStore
from posecount.jpeg import encode_jpeg
from posecount.pose import LANDMARK
from posecount.shipped import SAMPLE_CLIPS
from posecount.video.writer import write_video
from tests.e2e.driver import LivePage

pytestmark = pytest.mark.browser

WRONG = "mislabelled.jpg"
PER_CLASS = 24
CLIP_S, TRUTH = 9.3, 3
"""The sample clip is cut after the third squat, when the person stands again."""
FIRST_PAGE = 6
"""Doubtful samples on it."""


def spread(items: list[bytes]) -> list[bytes]:
    return [items[index] for index in np.linspace(0, len(items) - 1, PER_CLASS).round().astype(int)]


def real_photos(folder: Path) -> Iterator[list[bytes]]:
    """Different photos of standing, and of squatting."""
    for name in ("squats_up", "squats_down"):
        photos = {
            hashlib.sha256(data).digest(): data for data in map(Path.read_bytes, sorted((folder / name).iterdir()))
        }
        yield spread(list(photos.values()))


def rendered_photos(model: Path) -> Iterator[list[bytes]]:
    """Frames of the sample clip in which the hips are high, and in which they are low."""
    frames: list[tuple[float, bytes]] = []
    with Video(SAMPLE_CLIPS["squats"]) as video, PoseTracker(model, mode="image") as tracker:
        for index, frame in enumerate(video.frames()):
            if index % 4 == 0 and frame.timestamp > CLIP_S:  # the clip that is counted holds none of these
                pose = tracker.track(frame.image)
                assert pose is not None
                hips = pose.landmarks[[LANDMARK["left_hip"], LANDMARK["right_hip"]], 1]
                frames.append((float(hips.mean()), encode_jpeg(frame.image)))
    low, high = np.quantile([hip for hip, _ in frames], (0.3, 0.8))
    yield spread([data for hip, data in frames if hip < low])
    yield spread([data for hip, data in frames if hip > high])


@pytest.fixture(scope="module")
def archive(request: pytest.FixtureRequest, folder: Path, real_model: Path) -> Path:
    """A zip of photos in class folders, one of them in the wrong folder."""
    try:
        up, down = real_photos(request.getfixturevalue("shared") / "images")
    except pytest.skip.Exception:
        up, down = rendered_photos(real_model)
    wrong = down.pop(PER_CLASS // 2)
    file = folder / "photos.zip"
    with zipfile.ZipFile(file, "w") as packed:
        for name, photos in (("squats_up", up), ("squats_down", down)):
            for number, data in enumerate(photos):
                packed.writestr(f"my photos/{name}/{number:02}.jpg", data)
        packed.writestr(f"my photos/squats_up/{WRONG}", wrong)
    return file


@pytest.fixture(scope="module")
def clip(folder: Path) -> Path:
    file = folder / "three squats.mp4"
    with Video(SAMPLE_CLIPS["squats"]) as video:
        frames = (frame for index, frame in enumerate(video.frames()) if index % 2 == 0)
        write_video(file, ((frame.image, frame.timestamp) for frame in frames if frame.timestamp < CLIP_S))
    return file


def go_to(live: LivePage, name: str) -> None:
    live.page.get_by_test_id("stSidebarNav").get_by_text(name, exact=True).click()
    live.page.get_by_role("heading", level=1).filter(has_text=name).wait_for()


def upload(live: LivePage, uploader: str, file: Path) -> None:
    live.page.locator(uploader).locator("input[type=file]").set_input_files(file)


def test_a_zip_of_photos_becomes_a_counter_although_its_tab_is_closed_and_a_photo_is_mislabelled(
    server: str, browser_without_camera: Browser, archive: Path, clip: Path, tmp_path: Path
) -> None:
    live = LivePage(browser_without_camera, f"{server}/dataset")
    live.page.get_by_role("button", name="New").click()
    live.page.get_by_label("Name").fill("my squats")
    live.page.get_by_role("button", name="Save").click()
    upload(live, '[class*="st-key-zip_"]', archive)
    live.page.get_by_role("button", name="Add zip").click()
    live.page.get_by_role("button", name="Cancel").wait_for()
    live.close()  # in the middle of the bootstrap

    live = LivePage(browser_without_camera, f"{server}/dataset")
    live.page.get_by_test_id("stSelectbox").first.locator("input").click()
    live.page.get_by_role("option", name="my_squats").click()
    live.wait_for(lambda: f"{2 * PER_CLASS} photos added" in live.text(), "the bootstrap does not end")

    go_to(live, "Review")
    # Cards are keyed by their sample: the order in which they stand is the order of doubt.
    cards = live.page.locator('[class*="st-key-select_"]')
    live.wait_for(lambda: cards.count() > 0, "no doubtful sample is shown")
    keys = cards.evaluate_all("cards => cards.map(card => card.className)")
    assert len(keys) <= FIRST_PAGE
    assert any("mislabelled" in key for key in keys), f"the wrong label is not among the first: {keys}"
    live.page.locator('[class*="mislabelled"][class*="_move"] button').click()
    live.wait_for(lambda: f"Moved squats_up/{WRONG} to squats_down" in live.text(), "it is not moved")

    go_to(live, "Export")
    with live.page.expect_download() as download:
        live.page.get_by_role("button", name="Download my_squats.csv").click()
    exported = tmp_path / "my_squats.csv"
    download.value.save_as(exported)
    rows = [line.split(",") for line in exported.read_text().splitlines()]  # as ML Kit's parser would
    assert {len(row) for row in rows} == {101}
    assert [row[1] for row in rows if row[0] == WRONG] == ["squats_down"]
    assert PoseDataset.load(exported).classes == ("squats_down", "squats_up")
    live.wait_for(lambda: 'POSE_CLASSES = { "squats_down" }' in re.sub(r"\s+", " ", live.text()), "no Java is shown")

    go_to(live, "Video")
    upload(live, '[data-testid="stFileUploader"]', clip)
    live.page.get_by_role("button", name="Repetitions (CSV)").wait_for()  # there when all is counted
    assert live.count("Squats") == TRUTH


def test_the_webcam_tab_and_the_class_stay_after_every_photo(
    server: str, browser: Browser, environment: dict[str, str]
) -> None:
    DatasetStore.create(Path(environment["POSECOUNT_HOME"]) / "webcam")
    live = LivePage(browser, f"{server}/dataset")
    live.page.get_by_role("combobox", name="Dataset").click()
    live.page.get_by_role("option", name="webcam", exact=True).click()
    tab = live.page.get_by_role("tab", name="Webcam")
    tab.click()
    label = live.page.get_by_role("tabpanel").get_by_role("combobox", name="Class")
    label.fill("squats_up")
    label.press("Enter")
    camera = live.page.get_by_role("tabpanel").locator("video")
    for number in range(2):
        # The button is there before the camera is, and a press comes to nothing then.
        live.wait_for(lambda: camera.evaluate_all("(found) => found[0]?.videoHeight > 0"), "the camera shows nothing")
        live.page.get_by_role("button", name="Take Photo").click()
        live.wait_for(lambda: "1 photo added" in live.text(), "the photo is not added")
        expect(tab).to_have_attribute("aria-selected", "true")
        expect(label).to_have_value("squats_up")
        if number == 0:
            live.page.get_by_role("button", name="Dismiss").click()
            live.page.get_by_text("1 photo added").wait_for(state="detached")
