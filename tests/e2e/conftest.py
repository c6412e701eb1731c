"""A browser, a server and a camera, or the reason why there is none."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from posecount.shipped import SAMPLE_CLIPS
from tests.e2e.camera import write_camera_file
from tests.e2e.driver import ROOT, absent, chromium_path, launch, serve


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Gone with its module: while it lives, an event loop runs on this thread, beside which asyncio.run refuses."""
    if chromium_path() is None:
        absent("there is no Chromium: on Debian, apt-get install chromium, or set POSECOUNT_CHROMIUM")
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("e2e")


@pytest.fixture(scope="session")
def environment(folder, real_model) -> dict[str, str]:
    """A server's environment: the model at hand, and a workspace of its own."""
    return {"POSECOUNT_MODEL": str(real_model), "POSECOUNT_HOME": str(folder / "home")}


@pytest.fixture(scope="module")
def server(folder, environment) -> Iterator[str]:
    """The address of the page."""
    log = folder / "server.log"
    with serve(ROOT / "streamlit_app.py", log, environment) as url:
        yield url
    assert "Traceback" not in log.read_text()


@pytest.fixture(scope="session")
def camera(folder) -> Path:
    """A camera before which somebody stands, does eight squats, and stands again."""
    file = folder / "camera.mjpeg"
    write_camera_file(SAMPLE_CLIPS["squats"], file, before_s=10, after_s=40)
    return file


@pytest.fixture
def browser(playwright, camera) -> Iterator[Browser]:
    """Chromium with that camera."""
    browser = launch(playwright, camera)
    yield browser
    browser.close()


@pytest.fixture
def browser_without_camera(playwright) -> Iterator[Browser]:
    browser = launch(playwright, None)
    yield browser
    browser.close()
