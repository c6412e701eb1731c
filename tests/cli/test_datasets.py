"""The commands teach and bootstrap; test_export.py and test_outliers.py have the others."""

import json
import zipfile
from itertools import islice
from pathlib import Path

import pytest

from posecount.datasets.dataset import PoseDataset
from posecount.datasets.store import DatasetStore
from posecount.jpeg import encode_jpeg
from posecount.shipped import SAMPLE_CLIPS
from posecount.tracking.sequence import LandmarkSequence
from posecount.video.reader import Video
from tests.cli.conftest import Run
from tests.stick_figure import plank_pose, stick_dataset, stick_pose


def test_teaches_an_exercise_and_counts_with_it(run: Run, bends: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    done = run("teach", bends, "--name", "knee bends", "-o", own, "--to", 11, "--json")
    assert done.exit_code == 0, done.stderr
    document = json.loads(done.stdout)
    assert (document["rest"], document["target"], document["warnings"]) == ("knee_bends_up", "knee_bends_down", [])
    assert {"start_s", "turn_s", "end_s"} == set(document["repetitions"][0])
    assert {path.stem for path in own.glob("*.csv")} >= {"knee_bends_up", "knee_bends_down"}
    assert json.loads(run("count", bends, "--dataset", own, "--json").stdout)["counts"] == {"knee_bends": 8}
    samples = len(PoseDataset.load(own))
    again = run("teach", bends, "--name", "knee bends", "-o", own, "--from", 10)
    assert again.exit_code == 0, again.stderr
    assert len(PoseDataset.load(own)) > samples  # the second lesson is added to the first
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "letter.txt").write_text("dear")
    refused = run("teach", bends, "--name", "knee bends", "-o", tmp_path / "documents")
    assert refused.exit_code == 1 and "is not a dataset" in refused.stderr
    missed = run("teach", bends, "--name", "knee bends", "-o", tmp_path / "new", "--from", 1000)
    assert missed.exit_code == 1 and missed.stderr.startswith("Error: ") and not (tmp_path / "new").exists()


def test_teaches_a_pose_to_hold_and_times_it(run: Run, tmp_path: Path) -> None:
    poses = [stick_pose(0.0)] * 30 + [plank_pose(arms=0.4)] * 90 + [stick_pose(0.0)] * 30
    plank, own = tmp_path / "plank.npz", tmp_path / "own"
    LandmarkSequence.from_poses((index / 15, pose) for index, pose in enumerate(poses)).save(plank)
    done = run("teach", plank, "--name", "planks", "--hold", "-o", own)
    assert done.exit_code == 0 and "planks_hold (held): 24 samples" in done.stdout, done.stderr
    document = json.loads(run("count", plank, "--dataset", own, "--json").stdout)
    assert document["counts"] == {} and document["seconds"] == {"planks": pytest.approx(6, abs=0.7)}
    again = json.loads(run("teach", plank, "--name", "planks", "--hold", "-o", own, "--json").stdout)
    assert again["hold"] == "planks_hold" and again["end_s"] - again["start_s"] == pytest.approx(6, abs=0.5)


def test_what_a_video_teaches_has_pictures_and_its_times_are_the_video_s(
    run: Run, real_model: Path, five_squats: Path, tmp_path: Path
) -> None:
    done = run("teach", five_squats, "--name", "squats", "-o", tmp_path / "own", "--from", 4, "--to", 14, "--json")
    assert done.exit_code == 0, done.stderr
    repetitions = json.loads(done.stdout)["repetitions"]
    assert len(repetitions) >= 4 and repetitions[0]["start_s"] >= 3.9
    store = DatasetStore(tmp_path / "own")
    assert store.samples and all(store.image_path(sample) for sample in store.samples)


def test_teaching_in_words_names_the_states_and_the_next_command(run: Run, bends: Path, tmp_path: Path) -> None:
    done = run("teach", bends, "--name", "knee bends", "-o", tmp_path / "own", "--from", 1, "--to", 5)
    assert done.exit_code == 0, done.stderr
    assert "knee_bends_down (turning point)" in done.stdout
    assert "count VIDEO --dataset" in done.stdout
    assert "Do at least 4" in done.stderr


def test_bootstraps_photos_once_and_names_each_that_gave_no_sample(run: Run, real_model: Path, tmp_path: Path) -> None:
    with Video(SAMPLE_CLIPS["squats"]) as video:
        frames = [encode_jpeg(frame.image) for frame in islice(video.frames(), 0, 160, 40)]
    for number, data in enumerate(frames):
        folder = tmp_path / "photos" / ("squats_up", "squats_down")[number % 2]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number}.jpg").write_bytes(data)
    (tmp_path / "photos" / "squats_up" / "text.jpg").write_text("no picture")
    done = run("bootstrap", tmp_path / "photos", "-o", tmp_path / "dataset", "--jobs", 1)
    assert done.exit_code == 0, done.stderr
    assert "4 of 5 photos added, 1 unreadable" in done.stdout and "squats_up/text.jpg: unreadable" in done.stderr
    assert "squats_up has 2 samples. Add at least 8 more" in done.stdout
    assert len(PoseDataset.load(tmp_path / "dataset")) == 4
    again = run("bootstrap", tmp_path / "photos", "-o", tmp_path / "dataset", "--jobs", 1)
    assert "0 of 5 photos added, 5 duplicates" in again.stdout


def test_a_csv_and_a_colab_zip_are_added_without_a_pose_model(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSECOUNT_MODEL", str(tmp_path / "missing.task"))
    stick_dataset(3).save(tmp_path / "other")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        for file in (tmp_path / "other").glob("*.csv"):
            archive.write(file, file.name)
    for source, summary in (("other/squats_up.csv", "3 rows added"), ("other.zip", "3 rows added, 3 already there")):
        done = run("bootstrap", tmp_path / source, "-o", tmp_path / "dataset")
        assert done.exit_code == 0 and f"dataset: {summary}\n" in done.stdout, done.stdout + done.stderr


def test_bootstrap_refuses_what_is_missing_or_no_dataset_and_leaves_it_alone(run: Run, tmp_path: Path) -> None:
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "letter.txt").write_text("dear")
    for images, output in ((tmp_path / "missing", tmp_path / "new"), (tmp_path, tmp_path / "documents")):
        done = run("bootstrap", images, "-o", output)
        assert done.exit_code == 1 and "Try" in done.stderr and "Traceback" not in done.stderr
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["documents", "letter.txt"]


@pytest.mark.parametrize("name", ["[bold]a", "[red]a[b]", "a\x1b[31m", "a\x07\x9b"])
def test_names_of_datasets_and_classes_reach_the_terminal_as_text(
    run: Run, tracked: Path, tmp_path: Path, name: str
) -> None:
    figures = stick_dataset(10)
    classes = [f"{name}{label.removeprefix('squats')}" for label in figures.labels]
    landmarks = figures.landmarks.copy()
    landmarks[-1] = landmarks[0]  # under the wrong label: named by `outliers`
    folder = tmp_path / f"{name} set"
    PoseDataset(figures.names, tuple(classes), landmarks).save(folder)
    shown = name.encode("unicode_escape").decode()
    done = run("outliers", folder)
    assert f"{shown}_up/" in done.stdout, done.stderr
    written = run("export", folder, "-o", tmp_path / f"{name}.csv")
    assert f"{shown}.csv: 20 samples" in written.stdout
    counted = run("count", tracked, tracked, "--dataset", tmp_path / f"{name}.csv")
    missing = run("outliers", tmp_path / f"{name} gone")
    assert missing.exit_code == 1 and f"{shown} gone" in missing.stderr
    for each in (done, written, counted, missing):
        assert not set("\x1b\x07\x9b") & set(each.stdout + each.stderr)
        assert "Traceback" not in each.stderr
