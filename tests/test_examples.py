"""The scripts in examples/ do what they say, from an unrelated folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from posecount.datasets.dataset import PoseDataset
from posecount.shipped import SAMPLE_CLIPS
from posecount.video.reader import Video
from tests.conftest import ROOT

EXAMPLES = {each.stem: each for each in (ROOT / "examples").glob("*.py")}


def run(name: str, folder: Path, *arguments: str | Path) -> str:
    """What an example prints, started in a folder."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, EXAMPLES[name], *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_there_are_three_short_examples_each_run_below() -> None:
    assert set(EXAMPLES) == {"count_video", "teach_exercise", "edit_dataset"}
    for each in EXAMPLES.values():
        assert len(each.read_text().splitlines()) <= 30, each.name


@pytest.mark.usefixtures("real_model")
def test_count_video_prints_each_squat_and_writes_the_annotated_video(tmp_path: Path, five_squats: Path) -> None:
    printed = run("count_video", tmp_path, five_squats).splitlines()
    assert printed[-1] == "{'squats': 5}" and len(printed) == 6
    with Video(tmp_path / "counted.mp4") as video:
        assert video.duration == pytest.approx(14, abs=0.2)


@pytest.mark.usefixtures("real_model")
def test_teach_exercise_learns_from_a_video_and_counts_it(tmp_path: Path, five_squats: Path) -> None:
    printed = run("teach_exercise", tmp_path, five_squats, "knee bends").splitlines()
    assert printed[-2:] == [
        "Learned from 5 repetitions: knee_bends_up and knee_bends_down",
        "{'knee_bends': 5}",
    ]


def test_without_an_argument_an_example_takes_a_shipped_clip() -> None:
    for name, clip in (("count_video", "squats"), ("teach_exercise", "pushups")):
        assert f'else pc.SAMPLE_CLIPS["{clip}"]' in EXAMPLES[name].read_text() and SAMPLE_CLIPS[clip].is_file()


def test_edit_dataset_finds_removes_restores_and_exports_samples(tmp_path: Path) -> None:
    printed = run("edit_dataset", tmp_path)
    dataset = PoseDataset.load(tmp_path / "my-dataset.csv")
    size = len(dataset)
    assert f"{size - 1} samples, 1 in the bin\n{size} samples after undo\nExported {size} samples" in printed
    assert len(PoseDataset.load(tmp_path / "my-dataset")) == size
