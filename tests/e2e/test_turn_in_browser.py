"""Video through a real TURN server, the only way that the browser is given: over UDP, over TCP, and refused."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from aioice.ice import get_host_addresses

from posecount.live.ice import turn_credentials
from tests.e2e.driver import ROOT, LivePage, absent, answers, free_port, serve, wait_for

pytestmark = pytest.mark.browser

SECRET = "shared-by-posecount-and-coturn"


@pytest.fixture(scope="module")
def address() -> str:
    """This machine's own: neither browsers nor aioice offer 127.0.0.1 for video."""
    found = get_host_addresses(use_ipv4=True, use_ipv6=False)
    if not found:
        absent("this machine has no address beside 127.0.0.1")
    return found[0]


@contextmanager
def turn_server(address: str, folder: Path, options: Sequence[str] = ()) -> Iterator[tuple[int, Path]]:
    """Run coturn as deploy/ does; yield its port and its log."""
    command = shutil.which("turnserver")
    if command is None:
        absent("there is no TURN server: on Debian, apt-get install coturn")
    port, log = free_port(address), folder / "coturn.log"
    arguments = [command, "-c", str(ROOT / "deploy" / "turnserver.conf"), f"--static-auth-secret={SECRET}"]
    arguments += [f"--listening-ip={address}", f"--relay-ip={address}", f"--listening-port={port}", "--verbose"]
    # As in deploy/: nothing but posecount may be reached.
    arguments += ["--denied-peer-ip=0.0.0.0-255.255.255.255", f"--allowed-peer-ip={address}"]
    arguments += ["--log-file=stdout", f"--pidfile={folder / 'coturn.pid'}", *options]
    with log.open("w") as output:
        process = subprocess.Popen(arguments, stdout=output, stderr=subprocess.STDOUT, cwd=folder)
        try:
            wait_for(lambda: answers(port, address), 20, f"coturn does not answer: {log.read_text()[-500:]}")
            yield port, log
        finally:
            process.terminate()
            process.wait(20)


def relayed(environment: dict[str, str], address: str, port: int, secret: str = SECRET) -> dict[str, str]:
    """A server's environment in which the TURN server is the only way."""
    urls = [f"turn:{address}:{port}?transport=udp", f"turn:{address}:{port}?transport=tcp"]
    return {
        **environment,
        "POSECOUNT_ICE_SERVERS": json.dumps([{"urls": urls}]),
        "POSECOUNT_TURN_SECRET": secret,
        "POSECOUNT_ICE_POLICY": "relay",
    }


def relayed_bytes(log: Path) -> int:
    """Bytes that came in from the browser, of all sessions that have ended."""
    return sum(int(each) for each in re.findall(r" usage:.*username=<\d+:posecount>.* rb=(\d+)", log.read_text()))


@pytest.mark.parametrize("udp", [True, False], ids=["over UDP", "over TCP, as UDP is blocked"])
def test_squats_are_counted_through_the_relay_alone(udp, address, tmp_path, environment, browser):
    page_log = tmp_path / "page.log"
    with (
        turn_server(address, tmp_path, [] if udp else ["--no-udp"]) as (port, log),
        serve(ROOT / "streamlit_app.py", page_log, relayed(environment, address, port)) as url,
    ):
        live = LivePage(browser, url)
        live.press("START")
        live.wait_for(lambda: live.probe()["frames"] > 0, 40, "no picture returns")
        live.wait_for(lambda: live.count("Squats") >= 1, 60, "the count does not grow")
        live.press("STOP")
        words = live.text()
        wait_for(lambda: relayed_bytes(log) > 100_000, 30, "coturn did not carry the video")
    assert ("UDP listener opened" in log.read_text()) is udp
    # Nobody who reads along learns how to use the relay.
    credential = turn_credentials(SECRET, 0)["credential"]
    for text in (words, page_log.read_text()):
        assert SECRET not in text and credential not in text and ":posecount" not in text


@pytest.mark.parametrize(
    ("secret", "words"),
    [("another secret", "The TURN server refuses this page"), (None, "The TURN server cannot be reached")],
    ids=["refused", "absent"],
)
def test_what_is_wrong_with_the_relay_is_said_before_anybody_presses_start(
    secret, words, address, tmp_path, environment, browser
):
    with turn_server(address, tmp_path) as (port, _):
        if secret is None:
            port = free_port(address)
        settings = relayed(environment, address, port, secret or SECRET)
        with serve(ROOT / "streamlit_app.py", tmp_path / "page.log", settings) as url:
            live = LivePage(browser, url)
            live.page.get_by_text(words).wait_for(timeout=60_000)
