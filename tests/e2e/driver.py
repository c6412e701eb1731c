"""Drives the app in a real browser: a Streamlit server, headless Chromium, and what a test looks at."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import pytest
from aioice.ice import get_host_addresses
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Locator, Page, Playwright, expect

ROOT = Path(__file__).resolve().parents[2]

PATIENCE_S = 120
"""Seconds that a test waits for an event: many times what it takes, so that a busy machine fails no test."""
expect.set_options(timeout=1000 * PATIENCE_S)

# Counts the decoded frames and how many of them differ from the one before. Neither `currentTime` nor the page's state
# tells: both go on when processing has died.
_PROBE = """
(() => {
  if (window.__probe) return;
  const probe = window.__probe = {frames: 0, changes: 0, width: 0};
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [64, 48];
  const context = canvas.getContext('2d', {willReadFrequently: true});
  let before = null;
  const watch = (video) => {
    const look = () => {
      context.drawImage(video, 0, 0, 64, 48);
      const now = context.getImageData(0, 0, 64, 48).data;
      let differs = 0;
      if (before) for (let i = 0; i < now.length; i += 4) if (Math.abs(now[i] - before[i]) > 12) differs++;
      probe.frames++;
      probe.width = video.videoWidth;
      if (differs > 2) probe.changes++;
      before = now;
      video.requestVideoFrameCallback(look);
    };
    video.requestVideoFrameCallback(look);
  };
  setInterval(() => {
    for (const video of document.querySelectorAll('video'))
      if (!video.__watched) { video.__watched = true; watch(video); }
  }, 100);
})();
"""

_COMPONENT = "iframe[title*=webrtc_streamer]"
_contexts: dict[tuple[Browser, str], list[BrowserContext]] = {}


def chromium_path() -> str | None:
    """The path of Chromium, or None if it is not installed. Its headless shell takes a sixth less processor time."""
    installed = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    return os.environ.get("POSECOUNT_CHROMIUM") or installed


def absent(reason: str) -> NoReturn:
    """Skip a test because this machine lacks something. In CI, fail: CI skips none of these."""
    if os.environ.get("CI"):
        pytest.fail(f"{reason} (CI must not skip this)")
    pytest.skip(reason)


def free_port(address: str = "127.0.0.1") -> int:
    """A port of this machine that nothing listens on."""
    with socket.socket() as free:
        free.bind((address, 0))
        return int(free.getsockname()[1])


def answers(port: int, address: str = "127.0.0.1") -> bool:
    """Whether something listens on a port of this machine."""
    with socket.socket() as client:
        return client.connect_ex((address, port)) == 0


@contextmanager
def serve(
    log: Path,
    environment: dict[str, str],
    port: int | None = None,
    options: Sequence[str] = (),
    server: str = "tests.e2e.measured_server",
) -> Iterator[str]:
    """Run the app and yield its address. The server must end when it is told to.

    Args:
        log: receives all that the server prints.
        environment: variables, on top of this process's own.
        port: by default a free one.
        options: of ``streamlit run``.
        server: the module to run: ``streamlit``, or one that has a fault built in.
    """
    port = port or free_port()
    command = [sys.executable, "-m", server, "run", str(ROOT / "streamlit_app.py"), "--server.headless=true"]
    command += [f"--server.port={port}", "--server.address=127.0.0.1", "--server.fileWatcherType=none"]
    command += options
    url = f"http://127.0.0.1:{port}"
    with log.open("w") as output:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        )
        try:
            wait_for(lambda: _is_healthy(url, process, log), "the server does not answer")
            yield url
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise AssertionError("the server did not end within 20 s of SIGINT") from None


def _is_healthy(url: str, process: subprocess.Popen[bytes], log: Path) -> bool:
    if process.poll() is not None:
        raise AssertionError(f"the server ended: {log.read_text()[-2000:]}")
    try:
        with urllib.request.urlopen(f"{url}/_stcore/health", timeout=1) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def launch(playwright: Playwright, camera: Path | None) -> Browser:
    """Start Chromium, with a file as its camera or without one. It knows this machine alone, also as evil.example."""
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--use-fake-ui-for-media-stream"]
    arguments += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    arguments += ["--disable-background-timer-throttling", "--disable-renderer-backgrounding"]
    # No page waits for a server elsewhere, such as the login page for its style.
    here = ("localhost", "127.0.0.1", *get_host_addresses(use_ipv4=True, use_ipv6=False))
    rules = ("MAP evil.example 127.0.0.1", "MAP * ~NOTFOUND", *(f"EXCLUDE {each}" for each in here))
    arguments += [f"--host-resolver-rules={', '.join(rules)}"]
    if camera:
        arguments += ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={camera}"]
    return playwright.chromium.launch(executable_path=chromium_path(), headless=True, args=arguments)


def open_tab(browser: Browser, url: str, size: tuple[int, int] = (1280, 1400), **options: Any) -> Page:
    """Open a page in a browser context that no other page is in, with that window size and options of the context.

    A context whose page was let go serves again: it has compiled the app's scripts, which takes more than half of the
    time that a page takes to load. Cookies and storage are gone.
    """
    key = browser, repr(sorted(options.items()))
    context = next((each for each in _contexts.setdefault(key, []) if not each.pages), None)
    if context is None:
        context = browser.new_context(**options)
        context.set_default_timeout(1000 * PATIENCE_S)
        context.add_init_script(_PROBE)
        _contexts[key].append(context)
    page = context.new_page()
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(url)
    return page


def let_go(page: Page) -> None:
    """Close a page, and forget all that its site has stored in the browser."""
    context = page.context
    context.clear_cookies()
    site = urlsplit(page.url)
    if site.scheme in ("http", "https"):
        forget = {"origin": f"{site.scheme}://{site.netloc}", "storageTypes": "cookies,local_storage,indexeddb"}
        context.new_cdp_session(page).send("Storage.clearDataForOrigin", forget)
    page.close()


def let_all_go(browser: Browser) -> None:
    """Close all pages of a browser, and the contexts that tests have made themselves."""
    kept = [context for (owner, _), contexts in _contexts.items() if owner is browser for context in contexts]
    for context in browser.contexts:
        if context not in kept:
            context.close()
            continue
        for page in context.pages:
            let_go(page)


class LivePage:
    """The live page in a browser context of its own: what a person does and sees.

    Args:
        browser: started by `launch`.
        url: of the page.
        options: of the browser's context.
    """

    def __init__(self, browser: Browser, url: str, **options: Any) -> None:
        self.page = open_tab(browser, url, permissions=["camera"], **options)

    @property
    def component(self) -> FrameLocator:
        """The iframe of the video. Camera and sample clip have one each, and for a moment both are there."""
        expect(self.page.locator(_COMPONENT)).to_have_count(1)
        return self.page.frame_locator(_COMPONENT)

    def press(self, name: str) -> None:
        """Press START or STOP."""
        self.button(name).click()

    def button(self, name: str) -> Locator:
        """START or STOP; there is one at a time."""
        return self.page.get_by_role("button", name=name, exact=True)

    def count(self, label: str) -> int:
        """The figure of the metric with that label; 0 where there is none, as what was not done takes no room."""
        metric = self.page.get_by_test_id("stMetric").filter(has_text=label)
        figures = metric.get_by_test_id("stMetricValue").all_inner_texts()  # at once, as it may go meanwhile
        return int(figures[0]) if figures else 0

    def probe(self) -> dict[str, Any]:
        """Frames decoded, frames that differ from the one before, width of the picture."""
        return dict(self.component.locator("body").evaluate("() => ({...window.__probe})"))

    def changes(self) -> int:
        """How many frames differed from the one before. A frozen picture changes a few times while it is refined."""
        return int(self.probe()["changes"])

    def wait_until_it_moves(self) -> None:
        """Wait until the returned picture has changed ten times."""
        before = self.changes()
        self.wait_for(lambda: self.changes() > before + 10, "the picture does not move")

    def moves(self, seconds: float) -> bool:
        """Whether the returned picture moves within some seconds."""
        before = self.changes()
        self.page.wait_for_timeout(1000 * seconds)
        return self.changes() > before + 5

    def wait_until_script_ended(self) -> None:
        """Wait until the page shows what the last run of its script has made."""
        expect(self.page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")

    def close(self) -> None:
        """Close the tab."""
        let_go(self.page)

    def text(self) -> str:
        """All text of the page."""
        return self.page.locator("body").inner_text()

    def wait_for(self, condition: Callable[[], Any], otherwise: str, seconds: float = PATIENCE_S) -> None:
        """Wait until a condition holds; fail with the page's text if it does not."""
        try:
            wait_for(condition, otherwise, seconds, sleep=lambda: self.page.wait_for_timeout(200))
        except AssertionError as error:
            raise AssertionError(f"{error}; the page says: {self.text()[:1500]}") from None


def wait_for(
    condition: Callable[[], Any],
    otherwise: str,
    seconds: float = PATIENCE_S,
    sleep: Callable[[], Any] = lambda: time.sleep(0.2),
) -> None:
    """Wait until a condition holds, or fail with what is the case otherwise."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{otherwise}, after {seconds:.0f} s")
        sleep()
