"""Drives Debian's Firefox over WebDriver BiDi, which it speaks by itself: no driver is needed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.e2e.driver import answers, free_port, wait_for

_PREFERENCES = {
    "media.navigator.streams.fake": True,  # a camera that shows a pattern
    "media.navigator.permission.disabled": True,
    "media.autoplay.default": 0,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "app.normandy.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
}

# Components have shadow roots of their own.
_FIND = """
const all = (selector, root = document) => [
  ...root.querySelectorAll(selector),
  ...[...root.querySelectorAll("*")].flatMap((each) => each.shadowRoot ? all(selector, each.shadowRoot) : []),
];
const button = (words) => all("button").find((each) => each.textContent.includes(words) && each.checkVisibility()
  && !each.disabled);
"""


def firefox_path() -> str | None:
    """The path of Firefox, or None if it is not installed."""
    return os.environ.get("POSECOUNT_FIREFOX") or shutil.which("firefox-esr") or shutil.which("firefox")


class Firefox:
    """One tab of a running Firefox.

    Args:
        socket: to its session.
    """

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = count(1)
        self._ask("session.new", {"capabilities": {}})
        self._tab = self._ask("browsingContext.getTree", {})["contexts"][0]["context"]

    def open(self, url: str) -> None:
        """Open a page."""
        self._ask("browsingContext.navigate", {"context": self._tab, "url": url, "wait": "complete"})

    def value(self, expression: str) -> Any:
        """What a JavaScript expression gives: a string, a number, a boolean, or None.

        In it, `all(selector)` finds elements and `button(words)` a button that can be pressed.
        """
        script = f"(() => {{ {_FIND} return {expression}; }})()"
        target = {"context": self._tab}
        answer = self._ask("script.evaluate", {"expression": script, "target": target, "awaitPromise": True})
        assert answer["type"] == "success", answer
        return answer["result"].get("value")

    def text(self) -> str:
        """All text of the page, that of components included."""
        return str(self.value("document.body.innerText + all('[data-part=words]').map((e) => e.innerText).join(' ')"))

    def press(self, words: str) -> None:
        """Press a button once it can be pressed."""
        pressed = f"((found) => (found?.click(), !!found))(button({json.dumps(words)}))"
        wait_for(lambda: self.value(pressed), f"there is no button {words!r}")

    def wait_for_text(self, words: str) -> None:
        """Wait until the page says something; fail with its text if it does not."""
        try:
            wait_for(lambda: words in self.text(), f"{words!r} does not appear")
        except AssertionError as error:
            raise AssertionError(f"{error}; the page says: {self.text()[:1500]}") from None

    def _ask(self, method: str, parameters: dict[str, Any]) -> Any:
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while (answer := json.loads(self._socket.recv(120))).get("id") != number:
            pass
        assert answer["type"] == "success", answer
        return answer["result"]


@contextmanager
def firefox(command: str, folder: Path) -> Iterator[Firefox]:
    """Run Firefox without a window, with a new profile in a folder."""
    folder.mkdir()
    lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in _PREFERENCES.items())
    (folder / "user.js").write_text("\n".join(lines))
    port = free_port()
    arguments = ["--headless", "--no-remote", "--profile", str(folder), f"--remote-debugging-port={port}"]
    with (folder / "output.log").open("w") as output:
        process = subprocess.Popen([command, *arguments, "about:blank"], stdout=output, stderr=subprocess.STDOUT)
        try:
            wait_for(lambda: answers(port), "Firefox does not answer")
            with connect(f"ws://127.0.0.1:{port}/session", max_size=None, proxy=None) as socket:
                yield Firefox(socket)
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
