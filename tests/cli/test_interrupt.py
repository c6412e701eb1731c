"""Ctrl-C keeps what was counted, in whatever way it is counted."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

import numpy as np
import pytest

from posecount.shipped import SAMPLE_CLIPS
from posecount.video.writer import write_video
from tests.cli.conftest import Run
from tests.conftest import ROOT


@pytest.mark.parametrize("jobs", [1, 2])
def test_ctrl_c_keeps_what_was_counted_of_several_sources(tmp_path: Path, real_model: Path, jobs: int) -> None:
    short = tmp_path / "short.mp4"
    write_video(short, ((np.zeros((48, 64, 3), np.uint8), index / 10) for index in range(9)))
    sources = [short, *SAMPLE_CLIPS.values()]
    command = [sys.executable, "-m", "posecount", "count", *sources, "--json", "--jobs", jobs, "-o", tmp_path / "out"]
    process = subprocess.Popen(
        list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
        start_new_session=True,
    )  # fmt: skip
    deadline = monotonic() + 120
    while not (tmp_path / "out" / "short-counted.mp4").exists() and monotonic() < deadline:
        sleep(0.1)
    sleep(1)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all processes
    printed, words = process.communicate(timeout=120)
    assert process.returncode == 130 and "Traceback" not in words
    found = json.loads(printed)["sources"]
    assert len(found) < len(sources) and (found[0]["source"], found[0]["broke_off"]) == (str(short), None)
    assert not list(tmp_path.rglob("*.part*"))
    if len(found) > 1:  # one job: what was counted of the second source is there, and marked
        assert "cancelled" in found[1].get("broke_off", found[1].get("error"))


def test_a_scheduler_that_does_not_answer_is_an_error_for_a_short_clip_or_a_sequence_too(
    run: Run, bends: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("posecount.video.workers._CONNECT_S", 0.5)
    done = run("count", bends, "--scheduler", "tcp://127.0.0.1:1")
    assert done.exit_code == 1 and "Dask" in done.stderr and not done.stdout
    for sources in (1, 2):
        clips = list(SAMPLE_CLIPS.values())[:sources]
        done = run("count", *clips, "--scheduler", "tcp://127.0.0.1:1")
        assert done.exit_code == 1 and "Dask" in done.stderr and not done.stdout
