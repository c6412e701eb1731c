"""Two replicas behind nginx, configured as in deploy/: one is killed, and its person goes on at the other."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright.sync_api import Browser

from tests.e2e.driver import ROOT, LivePage, absent, answers, free_port, serve, wait_for

pytestmark = pytest.mark.browser


@contextmanager
def proxy(folder: Path, replicas: list[int]) -> Iterator[str]:
    """Run nginx, configured as in deploy/, in front of replicas at these ports; yield its address."""
    command = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin:/opt/homebrew/bin")
    if command is None:
        absent("nginx is not installed: on Debian, apt-get install nginx")
    names = {"key": folder / "key.pem", "certificate": folder / "certificate.pem"}
    request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
    subprocess.run(
        [*request, "-keyout", names["key"], "-out", names["certificate"]], check=True, capture_output=True, timeout=60
    )
    port = free_port()
    settings = {
        "POSECOUNT_REPLICAS": " ".join(f"server 127.0.0.1:{each} max_fails=1 fail_timeout=10s;" for each in replicas),
        "POSECOUNT_HTTPS_PORT": f"127.0.0.1:{port}",
        "POSECOUNT_HTTP_PORT": f"127.0.0.1:{free_port()}",
        "POSECOUNT_NAME": "localhost",
        "POSECOUNT_CERTIFICATE": str(names["certificate"]),
        "POSECOUNT_KEY": str(names["key"]),
    }
    template = (ROOT / "deploy" / "nginx.conf.template").read_text()
    site = re.sub(r"\$\{(\w+)\}", lambda name: settings[name[1]], template)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "".join(f"{kind}_temp_path {folder / kind};\n" for kind in kinds)
    logs = "log_format replica '$cookie_posecount_replica $upstream_addr $request_uri';\n"
    logs += f"access_log {folder / 'access.log'} replica;\n"
    (folder / "nginx.conf").write_text(
        f"daemon off;\npid {folder / 'nginx.pid'};\nerror_log {folder / 'error.log'};\n"
        "events { worker_connections 4096; }\n"
        f"http {{\n{logs}{places}{site}\n}}\n"
    )
    process = subprocess.Popen([command, "-c", str(folder / "nginx.conf"), "-p", str(folder)])
    try:
        wait_for(lambda: answers(port), "nginx does not answer")
        yield f"https://localhost:{port}"
    finally:
        process.terminate()
        process.wait(20)


def requests(folder: Path) -> list[tuple[str, int, str]]:
    """Cookie, port of the replica and address of each request so far."""
    lines = [line.split(" ", 2) for line in (folder / "access.log").read_text().splitlines()]
    return [(cookie, int(replica.rpartition(":")[2]), address) for cookie, replica, address in lines]


def kill(port: int) -> None:
    """Kill the server at a port, as a power cut would."""
    (process,) = (each for each in psutil.Process().children() if f"--server.port={port}" in each.cmdline())
    process.kill()


def frames(live: LivePage) -> int:
    return int(live.probe()["frames"])


def shows_a_picture(live: LivePage) -> bool:
    return frames(live) > 0


def test_when_a_replica_dies_its_person_is_told_and_goes_on_at_the_other_while_everybody_else_notices_nothing(
    tmp_path: Path, environment: dict[str, str], browser: Browser
) -> None:
    ports = [free_port(), free_port()]
    shared = {**environment, "STREAMLIT_SERVER_COOKIE_SECRET": "shared by both replicas"}
    with ExitStack() as stack:
        for port in ports:
            log = tmp_path / f"{port}.log"
            stack.enter_context(serve(log, shared, port=port))
        url = stack.enter_context(proxy(tmp_path, ports))
        visited: dict[int, Any] = {}
        for _ in range(20):  # nginx picks a replica for each new browser at random
            context = browser.new_context(ignore_https_errors=True)
            assert context.request.get(url).ok
            port = [port for _, port, address in requests(tmp_path) if address == "/"][-1]
            visited[port] = context.storage_state()
            context.close()
            if len(visited) == 2:
                break
        lost, _ = visited
        one, other = (
            LivePage(browser, url, ignore_https_errors=True, storage_state=state) for state in visited.values()
        )
        for live in (one, other):
            live.press("START")
            live.wait_for(partial(shows_a_picture, live), "no picture returns")
        places: dict[str, set[int]] = {}
        for cookie, port, _ in requests(tmp_path):
            places.setdefault(cookie, set()).add(port)
        del places["-"]  # each browser's first request
        assert len(places) >= 2 and all(len(each) == 1 for each in places.values())
        opened = [port for _, port, address in requests(tmp_path) if address == "/"]
        assert opened[-2:] == [*visited], "both come back to their replica"
        kill(lost)
        # Text of a component that has a document of its own is found by its locator alone.
        told, others = (live.page.get_by_text("The connection was lost") for live in (one, other))
        told.wait_for()
        seen, counted = frames(other), other.count("Squats")
        before = frames(one)
        one.press("START")  # once: the press holds through whatever the page still does
        one.wait_for(lambda: frames(one) > before, "no picture returns from the other replica")
        told.wait_for(state="hidden")
        # Meanwhile the other's video and count have gone on, and nothing was said.
        other.wait_for(lambda: frames(other) > seen + 5, "the other's video has stopped")
        assert other.count("Squats") >= counted
        assert others.count() == 0
        assert not [words for words in ("Stream stalled", "has ended", "Connecting") if words in other.text()]
