"""A browser, a server and a camera, shared by the tests of a process, or the reason why there is none."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from posecount.shipped import SAMPLE_CLIPS
from tests.e2e.camera import Shot, write_film
from tests.e2e.driver import absent, chromium_path, launch, let_all_go, serve

LONGEST = ("training", "device", "live", "replicas", "visits", "turn", "login", "dataset")
"""The files that take longest come first, so that no worker is left with one while the other has nothing to do."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def rank(item: pytest.Item) -> int:
        if item.path.parent != Path(__file__).parent:
            return -1
        return next((place for place, name in enumerate(LONGEST) if f"test_{name}" in item.path.name), len(LONGEST))

    items.sort(key=rank)
    for item in items:
        if rank(item) >= 0:  # each wait has its own limit
            item.add_marker(pytest.mark.timeout(900))


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Playwright. It keeps an event loop on this thread, so `asyncio.run` needs another one."""
    if chromium_path() is None:
        absent(
            "Chromium is not installed: on Debian, apt-get install chromium-headless-shell, or set POSECOUNT_CHROMIUM"
        )
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for what the tests of this process share."""
    return tmp_path_factory.mktemp("e2e")


@pytest.fixture(scope="session")
def environment(folder: Path, real_model: Path) -> dict[str, str]:
    """A server's environment: the pose model, a workspace of its own, and no landmarks of videos tracked before."""
    return {
        "POSECOUNT_MODEL": str(real_model),
        "POSECOUNT_HOME": str(folder / "home"),
        "POSECOUNT_CACHE": str(folder / "cache"),
    }


@pytest.fixture(scope="session")
def server(folder: Path, environment: dict[str, str]) -> Iterator[str]:
    """The address of the app."""
    log = folder / "server.log"
    with serve(log, environment) as url:
        yield url
    assert "Traceback" not in log.read_text()


@pytest.fixture(scope="session")
def camera(folder: Path) -> Path:
    """A film of a person who stands, does five squats and stands again. Each stream begins at its beginning."""
    file = folder / "camera.mjpeg"
    write_film([Shot(SAMPLE_CLIPS["squats"], end=13.6, before_s=12, after_s=40)], file)
    return file


@pytest.fixture(scope="session")
def chromium_with_camera(playwright: Playwright, camera: Path) -> Iterator[Browser]:
    """Chromium, with that film as its camera."""
    browser = launch(playwright, camera)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def chromium_without_camera(playwright: Playwright) -> Iterator[Browser]:
    """Chromium on a machine without a camera."""
    browser = launch(playwright, None)
    yield browser
    browser.close()


@pytest.fixture
def browser(chromium_with_camera: Browser) -> Iterator[Browser]:
    """Chromium with the camera; each test begins and ends without a page."""
    yield chromium_with_camera
    let_all_go(chromium_with_camera)


@pytest.fixture
def browser_without_camera(chromium_without_camera: Browser) -> Iterator[Browser]:
    """Chromium without a camera; each test begins and ends without a page."""
    yield chromium_without_camera
    let_all_go(chromium_without_camera)
