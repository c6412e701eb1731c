"""Debian's Firefox: the server counts in it; tracking on the device, which needs WebGL, says that it cannot.

CI does not install Firefox, which is as large as Chromium; where it is absent, this is skipped.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from posecount import PosecountError
from posecount.tracking.browser import find_browser_files
from tests.e2e.driver import serve, wait_for
from tests.e2e.firefox import firefox, firefox_path

pytestmark = pytest.mark.browser


@pytest.fixture
def address(tmp_path: Path, environment: dict[str, str]) -> Iterator[str]:
    """A server that has the browser tracker's files."""
    try:
        files = find_browser_files()
    except PosecountError as error:
        pytest.skip(f"the browser tracker cannot be had: {error}")
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / files.name).symlink_to(files, target_is_directory=True)
    with serve(tmp_path / "server.log", {**environment, "POSECOUNT_CACHE": str(tmp_path / "cache")}) as url:
        yield url


def test_the_server_counts_and_the_device_says_that_it_cannot_and_offers_the_server(
    address: str, tmp_path: Path
) -> None:
    command = firefox_path()
    if command is None:
        pytest.skip("Firefox is not installed: on Debian, apt-get install firefox-esr, or set POSECOUNT_FIREFOX")
    with firefox(command, tmp_path / "profile") as browser:
        browser.open(address)
        browser.press("Squats")  # the sample clip
        counted = "all('[data-testid=stMetric]').map((each) => each.innerText).join(' ')"
        wait_for(lambda: str(browser.value(counted)).split() == ["Squats", "8"], "the clip is not counted")
        browser.wait_for_text("The clip has ended")

        browser.press("this device")
        wait_for(lambda: browser.value("all('[data-kind=device]').length"), "the device is not chosen")
        browser.press("START")
        browser.wait_for_text("This browser cannot track on this device")
        browser.press("Track on the server instead")
        wait_for(lambda: browser.value("all('[data-kind=server]').length"), "the server is not chosen")
