"""The command line as a process: how fast it answers, its exit codes, Ctrl-C, and what it leaves out of its output."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import posecount
from posecount.cli.app import app
from posecount.tracking.sequence import LandmarkSequence
from tests.cli.conftest import Run
from tests.conftest import ROOT

HEAVY = {"av", "cv2", "joblib", "matplotlib", "mediapipe", "numpy", "streamlit"}


def posecount_process(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "posecount", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, stdin=subprocess.DEVNULL)


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["count", "--help"], ["count"]])
def test_help_loads_nothing_that_computes(arguments: list[str]) -> None:
    program = f"""
import json, sys
from posecount.cli.app import app
try:
    app({arguments!r})
except SystemExit:
    print(json.dumps(sorted(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT)
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    assert "posecount.cli.count" in loaded and not loaded & HEAVY


def test_every_command_has_help_and_appears_in_the_readme(run: Run) -> None:
    readme = (ROOT / "README.md").read_text()
    names = [command.name or command.callback.__name__ for command in app.registered_commands if command.callback]
    assert {"count", "track", "bootstrap", "teach", "outliers", "export", "evaluate", "model", "bench"} <= set(names)
    overview = run("--help").output
    for name in names:
        assert f"  {name} " in overview and run(name, "--help").exit_code == 0
        assert f"posecount {name}" in readme, name


def test_the_version_is_that_of_the_package(run: Run) -> None:
    assert run("--version").output == f"posecount {posecount.__version__}\n"


def test_the_model_is_named_with_its_source(run: Run, real_model: Path) -> None:
    done = run("model")
    assert done.exit_code == 0 and str(real_model) in done.output and "variant full" in done.output


def test_a_process_counts_a_clip_and_keeps_native_logs_off_standard_error(real_model: Path, five_squats: Path) -> None:
    done = posecount_process("count", five_squats, "--json")
    assert done.returncode == 0, done.stderr
    assert done.stderr == "", "the logs of native code are not for people"
    document = json.loads(done.stdout)
    assert {"source", "frames", "duration_s", "profile", "counts", "repetitions", "timings_ms"} <= set(document)
    assert document["counts"]["squats"] == 5
    assert len(document["repetitions"]) == 5
    assert set(document["repetitions"][0]) == {"exercise", "start_s", "end_s"}
    assert all(document["timings_ms"][stage] > 0 for stage in ("track", "classify", "overlay"))


def test_a_process_fails_with_one_message_and_exit_code_1() -> None:
    done = posecount_process("count", "missing.npz")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: missing.npz does not exist") and "Try: " in done.stderr
    assert "Traceback" not in done.stderr


def test_ctrl_c_keeps_what_was_tracked(tmp_path: Path) -> None:
    program = """
import sys, time
import numpy as np
from posecount.cli.app import main
from posecount.cli import track
import posecount.tracking.tracker as tracker
from posecount.video.writer import write_video
from tests.stick_figure import ScriptedTracker, squatting

class Slow(ScriptedTracker):
    def __init__(self, model):
        super().__init__([pose for _, pose in squatting(1)])
    def __enter__(self):
        return self
    def __exit__(self, *error):
        pass
    def track(self, image, timestamp):
        if len(self.calls) == 5:
            print("tracking", flush=True)
        time.sleep(0.02)
        return super().track(image, timestamp)

tracker.PoseTracker = Slow
track.fetch_model = lambda variant: "model.task"
write_video("clip.mp4", ((np.zeros((48, 64, 3), np.uint8), index / 30) for index in range(3000)))
sys.argv = ["posecount", "track", "clip.mp4", "-o", "part.npz"]
main()
"""
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{program}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline() == "tracking\n"
        process.send_signal(signal.SIGINT)
        said, warned = process.stdout.read(), process.stderr.read()
    assert process.returncode == 130, warned
    sequence = LandmarkSequence.load(tmp_path / "part.npz")
    assert 0 < len(sequence) < 3000 and "cancelled" in (sequence.broke_off or "")
    assert f"{len(sequence)} frames" in said and "tracked only in part" in warned
