"""Video through a real TURN server, the only way that the browser gets: over UDP, over TCP, refused and absent."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from aioice.ice import get_host_addresses
from playwright.sync_api import Browser, Playwright

from posecount.live.webrtc.ice import turn_credentials
from posecount.shipped import SAMPLE_CLIPS
from tests.e2e.camera import write_camera_file
from tests.e2e.driver import ROOT, LivePage, absent, answers, free_port, launch, serve, wait_for

pytestmark = pytest.mark.browser

SECRET = "shared-by-posecount-and-coturn"


@dataclass
class Relayed:
    """The app, with a TURN server at one port as the only way for video. Each test runs a TURN server of its own there.

    Attributes:
        url: of the app.
        log: what the app has printed.
        address: of this machine.
        port: of the TURN server.
    """

    url: str
    log: Path
    address: str
    port: int

    @contextmanager
    def turn_server(self, folder: Path, *options: str, secret: str = SECRET) -> Iterator[Path]:
        """Run coturn as deploy/ does; yield its log."""
        if shutil.which("turnserver") is None:
            absent("coturn is not installed: on Debian, apt-get install coturn")
        log = folder / "coturn.log"
        arguments = ["sh", str(ROOT / "deploy" / "turnserver.sh")]
        arguments += [f"--listening-ip={self.address}", f"--relay-ip={self.address}"]
        arguments += [f"--listening-port={self.port}", "--verbose"]
        # As in deploy/: the relay reaches posecount and nothing else.
        arguments += ["--denied-peer-ip=0.0.0.0-255.255.255.255", f"--allowed-peer-ip={self.address}"]
        arguments += ["--log-file=stdout", f"--pidfile={folder / 'coturn.pid'}", *options]
        with log.open("w") as output:
            environment = os.environ | {"POSECOUNT_TURN_SECRET": secret, "TMPDIR": str(folder)}
            process = subprocess.Popen(arguments, env=environment, stdout=output, stderr=subprocess.STDOUT, cwd=folder)
            try:
                wait_for(lambda: answers(self.port, self.address), "coturn does not answer")
                yield log
            finally:
                process.terminate()
                process.wait(20)


@pytest.fixture(scope="module")
def relayed(folder: Path, environment: dict[str, str]) -> Iterator[Relayed]:
    # Neither browsers nor aioice offer 127.0.0.1 for video.
    addresses = get_host_addresses(use_ipv4=True, use_ipv6=False)
    if not addresses:
        absent("this machine has no address other than 127.0.0.1")
    address = addresses[0]
    port = free_port(address)
    urls = [f"turn:{address}:{port}?transport=udp", f"turn:{address}:{port}?transport=tcp"]
    settings = {
        "POSECOUNT_ICE_SERVERS": json.dumps([{"urls": urls}]),
        "POSECOUNT_TURN_SECRET": SECRET,
        "POSECOUNT_ICE_POLICY": "relay",
    }
    log = folder / "relayed.log"
    with serve(log, environment | settings) as url:
        yield Relayed(url, log, address, port)


@pytest.fixture(scope="module")
def squatting_browser(playwright: Playwright, folder: Path) -> Iterator[Browser]:
    """Chromium with a camera that shows one squat after the other, without an end: one of them is enough here."""
    film = folder / "squats.mjpeg"
    write_camera_file(SAMPLE_CLIPS["squats"], film, before_s=0, after_s=1)
    browser = launch(playwright, film)
    yield browser
    browser.close()


def relayed_bytes(log: Path) -> int:
    """Bytes that came in from the browser, of all sessions that have ended."""
    return sum(int(each) for each in re.findall(r" usage:.*username=<\d+:posecount>.* rb=(\d+)", log.read_text()))


@pytest.mark.parametrize("udp", [True, False], ids=["over UDP", "over TCP, as UDP is blocked"])
def test_squats_are_counted_through_the_relay_alone(
    udp: bool, relayed: Relayed, tmp_path: Path, squatting_browser: Browser
) -> None:
    with relayed.turn_server(tmp_path, *([] if udp else ["--no-udp"])) as log:
        live = LivePage(squatting_browser, relayed.url)
        live.press("START")
        live.wait_for(lambda: live.probe()["frames"] > 0, "no picture returns")
        live.wait_for(lambda: live.count("Squats") >= 1, "the count does not grow")
        live.press("STOP")
        words = live.text()
        wait_for(lambda: relayed_bytes(log) > 100_000, "coturn did not carry the video")
        live.close()
    assert ("UDP listener opened" in log.read_text()) is udp
    # Neither the page nor the log tells anyone how to use the relay.
    credential = turn_credentials(SECRET, 0)["credential"]
    for text in (words, relayed.log.read_text()):
        assert SECRET not in text and credential not in text and ":posecount" not in text


def test_a_relay_that_refuses_is_reported_before_anyone_presses_start(
    relayed: Relayed, tmp_path: Path, squatting_browser: Browser
) -> None:
    with relayed.turn_server(tmp_path, secret="another secret"):
        live = LivePage(squatting_browser, relayed.url)
        live.page.get_by_text("The TURN server rejects this page").wait_for()
        live.close()


def test_a_relay_that_is_not_there_is_reported_before_anyone_presses_start(
    relayed: Relayed, squatting_browser: Browser
) -> None:
    live = LivePage(squatting_browser, relayed.url)
    live.page.get_by_text("The TURN server cannot be reached").wait_for()
    live.close()
