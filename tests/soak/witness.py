"""Witnesses: a real headless Chromium beside the visitors, with the film as its camera.

It counts right if its count is a multiple of the film's squats while the film stands still.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from posecount.shipped import SAMPLE_CLIPS
from tests.e2e.camera import write_camera_file
from tests.e2e.driver import LivePage, launch
from tests.e2e.test_device_in_browser import DevicePage

TRUTH = 8
"""Squats in the sample clip."""
_QUIET_S = 6.0
"""Seconds without a repetition after which the film stands still."""
_READY_S = 120.0


@contextmanager
def _browser(folder: Path) -> Iterator[Browser]:
    camera = folder / "camera.mjpeg"
    write_camera_file(SAMPLE_CLIPS["squats"], camera, before_s=10, after_s=8)
    with sync_playwright() as playwright:
        browser = launch(playwright, camera)
        yield browser
        browser.close()


def _at_rest(page: LivePage, count: Callable[[], int]) -> int:
    """The count once the film stands still."""
    now, quiet, deadline = count(), time.monotonic(), time.monotonic() + 60
    while time.monotonic() < min(quiet + _QUIET_S, deadline):
        page.page.wait_for_timeout(500)
        if (newer := count()) != now:
            now, quiet = newer, time.monotonic()
    return now


@contextmanager
def witness_of_server(url: str, folder: Path) -> Iterator[Callable[[], dict[str, Any]]]:
    """A witness whom the server tracks. What is yielded tells what it has seen so far."""
    with _browser(folder) as browser:
        live = LivePage(browser, url)
        live.press("START")
        live.wait_for(lambda: live.probe()["frames"] > 0, "no picture returns")
        began = time.monotonic()

        def seen() -> dict[str, Any]:
            rate = live.probe()["frames"] / (time.monotonic() - began)
            count = _at_rest(live, lambda: live.count("Squats"))
            return {"returned_per_s": rate, "count": count, "right": count % TRUTH == 0, "moves": live.moves(5)}

        yield seen


class DeviceWitness(threading.Thread):
    """A witness whose device tracks, in a thread of its own, as the senders have an event loop.

    Args:
        url: of the page.
        folder: where its film is written.
    """

    def __init__(self, url: str, folder: Path) -> None:
        super().__init__(daemon=True)
        self._url, self._folder = url, folder
        self._streams, self._over = threading.Event(), threading.Event()
        self._seen: dict[str, Any] | None = None

    def wait_until_it_streams(self) -> None:
        """Wait until its first frame is sent."""
        if not self._streams.wait(_READY_S):
            raise SystemExit("The witness sends no frame.")

    def seen(self) -> dict[str, Any]:
        """End it, once its film stands still; what it has seen."""
        self._over.set()
        self.join()
        if self._seen is None:
            raise SystemExit("The witness has failed: see above.")
        return self._seen

    def run(self) -> None:
        with _browser(self._folder) as browser:
            page = DevicePage(browser, self._url, ignore_https_errors=True)  # the proxy has a certificate of its own
            page.start()
            began, before = time.monotonic(), len(page.frames())
            self._streams.set()
            while not self._over.is_set():
                page.page.wait_for_timeout(500)
            rate = (len(page.frames()) - before) / (time.monotonic() - began)
            count = _at_rest(page, page.squats)
            self._seen = {"sent_per_s": round(rate, 1), "count": count, "right": count % TRUTH == 0}
