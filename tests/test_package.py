"""The package as people install it: built, put into a fresh environment, and used outside of the checkout."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import sysconfig
import tarfile
import time
import urllib.request
import venv
import zipfile
from collections.abc import Iterator, Sequence
from email.message import Message
from email.parser import Parser
from ipaddress import ip_address
from pathlib import Path

import psutil
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect
from websockets.typing import Origin

import posecount
from posecount.shipped import SAMPLE_CLIPS
from tests.conftest import ROOT

SCRIPTS = "Scripts" if os.name == "nt" else "bin"


def run(command: Sequence[str | Path], folder: Path, timeout: float = 240, **environment: str) -> str:
    """What a command prints, run in a folder without a way back to the checkout."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env={**inherited, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the source distribution and the wheel that is built from it."""
    folder = tmp_path_factory.mktemp("dist")
    run([sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT], folder)
    return folder


@pytest.fixture(scope="module")
def wheel(distributions: Path) -> Path:
    (found,) = distributions.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripts folder of a fresh environment that holds the wheel.

    The dependencies are those of the environment that runs the tests, added by a path file: installing them again would
    take minutes and a network. So this shows that the wheel is whole, and `make versions` that they resolve.
    """
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    scripts = folder / SCRIPTS
    python = scripts / "python"
    site = Path(run([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], folder).strip())
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-index", "--no-deps"]
    run([*pip, "--ignore-installed", str(wheel)], folder)
    assert {each.name.split("-")[0] for each in site.iterdir()} == {"posecount", "dependencies.pth"}
    return scripts


def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (each for each in archive.namelist() if each.endswith(".dist-info/METADATA"))
        return Parser().parsestr(archive.read(name).decode())


def requirements(name: str) -> set[Requirement]:
    lines = (line.partition("#")[0].strip() for line in (ROOT / name).read_text().splitlines())
    return {Requirement(line) for line in lines if line and not line.startswith("-")}


def normalised(found: set[Requirement]) -> set[tuple[str, str]]:
    return {(each.name.lower().replace("_", "-"), str(each.specifier)) for each in found}


def test_the_wheel_puts_nothing_beside_its_own_folder_and_holds_what_the_app_needs(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"posecount"}
    kept = [ROOT / "streamlit_app.py", ROOT / ".streamlit" / "config.toml"]
    kept += [*(ROOT / "pages").glob("*.py"), *SAMPLE_CLIPS.values(), *(ROOT / "samples" / "starter").iterdir()]
    app = {name for name in names if name.startswith("posecount/_app/")}
    assert app == {f"posecount/_app/{each.relative_to(ROOT).as_posix()}" for each in kept}
    library = {each.relative_to(ROOT).as_posix() for each in (ROOT / "posecount").rglob("*") if each.is_file()}
    library = {name for name in library if "__pycache__" not in name}
    assert {name for name in names if name.startswith("posecount/")} - app == library
    assert "posecount/py.typed" in library


def test_the_source_distribution_holds_what_the_wheel_is_built_from_and_tests_are_run_with(distributions: Path) -> None:
    (found,) = distributions.glob("*.tar.gz")
    with tarfile.open(found) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"requirements.txt", "LICENSE", "tests/conftest.py", "pages/live.py", "samples/squats.mp4"} <= names
    assert not {name for name in names if name.startswith((".venv", "dist", ".git/"))}


def test_the_metadata_says_what_the_files_say(wheel: Path) -> None:
    found = metadata(wheel)
    assert found["Name"] == "posecount" and found["Version"] == posecount.__version__
    wanted = {Requirement(each) for each in found.get_all("Requires-Dist", [])}
    base = {each for each in wanted if each.marker is None}
    assert normalised(base) == normalised(requirements("requirements.txt"))
    extras = requirements("requirements-cluster.txt") | requirements("requirements-postgres.txt")
    assert normalised(wanted - base) == normalised(extras)
    assert found.get_all("Provides-Extra") == ["cluster", "postgres"]


def test_the_lock_pins_every_requirement_within_its_range_and_names_no_registry() -> None:
    text = (ROOT / "requirements.lock").read_text()
    assert "://" not in text
    lock = [Requirement(line) for line in text.splitlines() if not line.startswith("#")]
    for name in [f"requirements{each}.txt" for each in ("", "-cluster", "-postgres", "-dev")]:
        for wanted in requirements(name):
            pins = [each for each in lock if canonicalize_name(each.name) == canonicalize_name(wanted.name)]
            assert pins, f"{wanted.name}: run make lock"
            for pin in pins:
                (only,) = pin.specifier
                assert only.operator == "==" and wanted.specifier.contains(only.version), f"{pin}: run make lock"


def test_make_and_the_image_install_what_is_locked() -> None:
    containerfile = (ROOT / "deploy" / "Containerfile").read_text()
    assert "pip install --no-cache-dir -r requirements-postgres.txt -c requirements.lock" in containerfile
    installs = re.findall(r"pip install.*", (ROOT / "Makefile").read_text())
    assert installs and all("--constraint requirements.lock" in each for each in installs)


def test_the_changelog_has_an_entry_for_this_version() -> None:
    assert f"## [{posecount.__version__}]" in (ROOT / "CHANGELOG.md").read_text()


def test_the_installed_command_counts_the_shipped_clip_from_an_unrelated_folder(
    installed: Path, tmp_path: Path, real_model: Path
) -> None:
    where = "from posecount import SAMPLE_CLIPS; print(SAMPLE_CLIPS['squats'])"
    clip = Path(run([installed / "python", "-c", where], tmp_path).strip())
    assert clip.is_relative_to(installed.parent) and clip.is_file()
    counted = json.loads(run([installed / "posecount", "count", clip, "--json"], tmp_path).strip())
    assert {name: count for name, count in counted["counts"].items() if count} == {"squats": 8}
    assert list(tmp_path.iterdir()) == []


def test_python_m_posecount_is_the_same_command(installed: Path, tmp_path: Path) -> None:
    assert "count" in run([installed / "python", "-m", "posecount", "--help"], tmp_path)


@pytest.fixture(scope="module")
def app(
    installed: Path, tmp_path_factory: pytest.TempPathFactory, real_model: Path
) -> Iterator[tuple[psutil.Process, str]]:
    """The installed app, started from an unrelated folder, whose own configuration must not open it to others."""
    folder = tmp_path_factory.mktemp("elsewhere")
    (folder / ".streamlit").mkdir()
    (folder / ".streamlit" / "config.toml").write_text('[server]\naddress = "0.0.0.0"\n')
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {"POSECOUNT_HOME": str(folder / "datasets"), "HOME": str(folder)}
    environment |= {"POSECOUNT_MODEL": str(real_model)}
    command = [str(installed / "posecount"), "app", "--port", str(port), "--server.headless=true"]
    log = folder / "log"
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        try:
            url = f"http://localhost:{port}"
            end = time.monotonic() + 90
            while not healthy(url):
                assert process.poll() is None and time.monotonic() < end, log.read_text()
                time.sleep(0.2)
            yield psutil.Process(process.pid), url
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(30)
            finally:
                process.kill()


def healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def test_the_installed_app_listens_on_this_machine_only(app: tuple[psutil.Process, str]) -> None:
    process, url = app
    family = [process, *process.children(recursive=True)]
    listening = [
        connection.laddr
        for each in family
        for connection in each.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert {address.port for address in listening} == {int(url.rpartition(":")[2])}
    assert all(ip_address(address.ip).is_loopback for address in listening)


def test_the_installed_app_opens_its_first_page(app: tuple[psutil.Process, str]) -> None:
    _, url = app
    words, status = [], None
    with connect(f"{url.replace('http', 'ws')}/_stcore/stream", origin=Origin(url), max_size=None) as server:
        ask = BackMsg()
        ask.rerun_script.query_string = ""
        server.send(ask.SerializeToString())
        while status is None:
            message = ForwardMsg()
            received = server.recv(timeout=60)
            assert isinstance(received, bytes)
            message.ParseFromString(received)
            if message.WhichOneof("type") == "script_finished":
                status = message.script_finished
            elif message.WhichOneof("type") == "delta":
                element = message.delta.new_element
                assert element.WhichOneof("type") != "exception" and element.alert.format != Alert.ERROR, element
                words.append(str(element))
    assert status == ForwardMsg.FINISHED_SUCCESSFULLY
    assert any("START" in each for each in words)
