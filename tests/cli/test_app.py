"""The command line, as its users run it."""

import csv
import json
import re
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from posecount.cli.app import app
from posecount.cli.count import _interruptible
from posecount.datasets.dataset import PoseDataset
from posecount.datasets.store import DatasetStore
from posecount.jpeg import encode_jpeg
from posecount.shipped import SAMPLE_CLIPS
from posecount.tracking.sequence import LandmarkSequence
from posecount.video.reader import Video
from posecount.video.writer import write_video
from tests.stick_figure import squatting, stick_dataset

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "posecount", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, stdin=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def tracked(tmp_path_factory: pytest.TempPathFactory, real_model: Path) -> Path:
    path = tmp_path_factory.mktemp("tracked") / "squats.npz"
    done = run("track", SAMPLE_CLIPS["squats"], "-o", path, "--fps", 15)
    assert done.returncode == 0, done.stderr
    assert "frames" in done.stdout
    return path


def test_counts_the_shipped_clip_as_json(real_model: Path) -> None:
    done = run("count", SAMPLE_CLIPS["squats"], "--json")
    assert done.returncode == 0, done.stderr
    assert done.stderr == "", "what native code logs is not for people"
    document = json.loads(done.stdout)
    assert {"source", "frames", "duration_s", "profile", "counts", "repetitions", "timings_ms"} <= set(document)
    assert document["counts"]["squats"] == 8
    assert len(document["repetitions"]) == 8
    assert set(document["repetitions"][0]) == {"exercise", "start_s", "end_s"}
    assert all(document["timings_ms"][stage] > 0 for stage in ("track", "classify", "overlay"))


def test_counts_a_sequence_in_words(tracked: Path) -> None:
    done = run("count", tracked)
    assert done.returncode == 0, done.stderr
    assert "Squats: 8" in done.stdout


def test_target_keys_the_counts_by_the_class(tracked: Path) -> None:
    done = run("count", tracked, "--target", "squats_down", "--profile", "colab", "--json")
    assert json.loads(done.stdout)["counts"] == {"squats_down": 8}


def bad_dataset(folder: Path, text: str) -> Path:
    folder.mkdir()
    (folder / "squats_up.csv").write_text("a.jpg," + ",".join(["1.5"] * 99) + "\n")
    (folder / "squats_down.csv").write_text(text)
    return folder


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["count", "missing.mp4"], r"missing\.mp4 does not exist.*Try:"),
        (["count", "missing.npz"], r"missing\.npz is not a landmark sequence.*Try:"),
        (["count", "{tracked}", "--dataset", "missing"], r"missing does not exist.*Try"),
        (["count", "{tracked}", "--dataset", "{short}"], r"squats_down\.csv, row 1: 3 fields instead of 100.*Try"),
        (["count", "{tracked}", "--dataset", "{nan}"], r"squats_down\.csv, row 1, landmark 1: 'nan' is not a finite"),
        (["count", "{tracked}", "--target", "planks"], r"planks is no class"),
        (["count", "{tracked}", "--profile", "best"], r"best"),
        (["count", "{tracked}", "-o", "x.mp4"], r"no picture"),
        (["track", "missing.mp4", "-o", "out.npz"], r"missing\.mp4 does not exist"),
        (["track", "missing.mp4", "-o", "out.txt"], r"must end in \.npz"),
    ],
)
def test_bad_input_is_one_message_and_no_traceback(
    tracked: Path, tmp_path: Path, arguments: list[str], expected: str
) -> None:
    places = {
        "tracked": tracked,
        "short": bad_dataset(tmp_path / "short", "a.jpg,1,2\n"),
        "nan": bad_dataset(tmp_path / "nan", "a.jpg,nan" + ",1" * 98 + "\n"),
    }
    done = run(*(argument.format(**places) for argument in arguments))
    assert done.returncode != 0
    assert re.search(expected, " ".join(done.stderr.split()))
    assert "Traceback" not in done.stderr
    assert not done.stdout


def test_every_command_has_help_and_appears_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    names = [command.name or command.callback.__name__ for command in app.registered_commands]
    assert {"count", "track", "model", "bench", "evaluate"} <= set(names)
    for command, name in zip(app.registered_commands, names, strict=True):
        assert command.callback.__doc__, name
        assert f"python -m posecount {name}" in readme, name


@pytest.fixture
def bends(tmp_path: Path) -> Path:
    path = tmp_path / "bends.npz"
    LandmarkSequence.from_poses(squatting(8)).save(path)
    return path


def test_teaches_an_exercise_and_counts_with_it(bends: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    done = run("teach", bends, "--name", "knee bends", "-o", own, "--to", 11, "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert (document["rest"], document["target"], document["warnings"]) == ("knee_bends_up", "knee_bends_down", [])
    assert {"start_s", "turn_s", "end_s"} == set(document["repetitions"][0])
    assert {path.stem for path in own.glob("*.csv")} >= {"knee_bends_up", "knee_bends_down"}
    assert json.loads(run("count", bends, "--dataset", own, "--json").stdout)["counts"] == {"knee_bends": 8}
    samples = len(PoseDataset.load(own))
    again = run("teach", bends, "--name", "knee bends", "-o", own, "--from", 10)
    assert again.returncode == 0, again.stderr
    assert len(PoseDataset.load(own)) > samples  # the second lesson is added to the first
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "letter.txt").write_text("dear")
    refused = run("teach", bends, "--name", "knee bends", "-o", tmp_path / "documents")
    assert refused.returncode == 1 and "is not a dataset" in refused.stderr
    missed = run("teach", bends, "--name", "knee bends", "-o", tmp_path / "new", "--from", 1000)
    assert missed.returncode == 1 and "Try:" in missed.stderr and not (tmp_path / "new").exists()


def test_what_a_video_teaches_has_pictures_and_its_times_are_the_video_s(real_model: Path, tmp_path: Path) -> None:
    done = run("teach", SAMPLE_CLIPS["squats"], "--name", "squats", "-o", tmp_path / "own", "--from", 4, "--json")
    assert done.returncode == 0, done.stderr
    repetitions = json.loads(done.stdout)["repetitions"]
    assert len(repetitions) >= 4 and repetitions[0]["start_s"] >= 3.9
    store = DatasetStore(tmp_path / "own")
    assert store.samples and all(store.image_path(sample) for sample in store.samples)


def test_teaching_in_words_names_the_states_and_the_next_command(bends: Path, tmp_path: Path) -> None:
    done = run("teach", bends, "--name", "knee bends", "-o", tmp_path / "own", "--from", 1, "--to", 5)
    assert done.returncode == 0, done.stderr
    assert "knee_bends_down (turning point)" in done.stdout
    assert "count VIDEO --dataset" in done.stdout
    assert "do at least 4" in done.stderr


def test_bootstraps_photos_once_and_names_each_that_gave_no_sample(real_model: Path, tmp_path: Path) -> None:
    with Video(SAMPLE_CLIPS["squats"]) as video:
        frames = [encode_jpeg(frame.image) for frame in video.frames()][::40][:4]
    for number, data in enumerate(frames):
        folder = tmp_path / "photos" / ("squats_up", "squats_down")[number % 2]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number}.jpg").write_bytes(data)
    (tmp_path / "photos" / "squats_up" / "text.jpg").write_text("no picture")
    done = run("bootstrap", tmp_path / "photos", "-o", tmp_path / "dataset", "--jobs", 1)
    assert done.returncode == 0, done.stderr
    assert "4 of 5 photos added, 1 unreadable" in done.stdout and "squats_up/text.jpg: unreadable" in done.stderr
    assert "squats_up has 2 samples. Add at least 8 more" in done.stdout
    assert len(PoseDataset.load(tmp_path / "dataset")) == 4
    again = run("bootstrap", tmp_path / "photos", "-o", tmp_path / "dataset", "--jobs", 1)
    assert "0 of 5 photos added, 5 duplicates" in again.stdout


def test_a_csv_and_a_colab_zip_are_added_without_a_pose_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSECOUNT_MODEL", str(tmp_path / "missing.task"))
    stick_dataset(3).save(tmp_path / "other")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        for file in (tmp_path / "other").glob("*.csv"):
            archive.write(file, file.name)
    for source, summary in (("other/squats_up.csv", "3 rows added"), ("other.zip", "3 rows added, 3 already there")):
        done = run("bootstrap", tmp_path / source, "-o", tmp_path / "dataset")
        assert done.returncode == 0 and f"dataset: {summary}\n" in done.stdout, done.stdout + done.stderr


def test_bootstrap_refuses_what_is_missing_or_no_dataset_and_leaves_it_alone(tmp_path: Path) -> None:
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "letter.txt").write_text("dear")
    for images, output in ((tmp_path / "missing", tmp_path / "new"), (tmp_path, tmp_path / "documents")):
        done = run("bootstrap", images, "-o", output)
        assert done.returncode == 1 and "Try" in done.stderr and "Traceback" not in done.stderr
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["documents", "letter.txt"]


def test_many_sources_give_one_table_and_exit_code_1_after_all_others_were_done(bends: Path, tmp_path: Path) -> None:
    stick_dataset().save(tmp_path / "sticks")
    (tmp_path / "more").mkdir()
    LandmarkSequence.from_poses(squatting(3)).save(tmp_path / "more" / "three.npz")
    (tmp_path / "more" / "bad.mp4").write_text("no video")
    reps = tmp_path / "reps.csv"
    done = run("count", bends, tmp_path / "more", "--dataset", tmp_path / "sticks", "--reps", reps, "--jobs", 2)
    assert done.returncode == 1
    assert re.search(r"bends\.npz\s+\S+ s\s+8", done.stdout) and re.search(r"three\.npz\s+\S+ s\s+3", done.stdout)
    assert re.search(r"All\s+\S+ s\s+11", done.stdout)
    assert re.search(r"bad\.mp4 cannot be opened.*Try:", " ".join(done.stderr.split()))
    rows = list(csv.DictReader(reps.read_text().splitlines()))
    assert [Path(row["source"]).name for row in rows] == ["bends.npz"] * 8 + ["three.npz"] * 3
    assert set(rows[0]) >= {"start_s", "turn_s", "end_s", "duration_s", "range"}


def test_many_sources_as_json_name_the_failures_and_a_glob_that_matches_nothing_fails(
    bends: Path, tmp_path: Path
) -> None:
    stick_dataset().save(tmp_path / "sticks")
    options = ("--dataset", tmp_path / "sticks", "--json")
    done = run("count", f"{tmp_path}/*.npz", *options)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["counts"] == {"squats": 8} and document["sources"][0]["counts"] == {"squats": 8}
    done = run("count", bends, f"{tmp_path}/*.avi", tmp_path / "gone.mp4", *options)
    assert done.returncode == 1
    document = json.loads(done.stdout)
    assert [("error" in each) for each in document["sources"]] == [True, False, True]
    assert "matches no file" in done.stderr and "gone.mp4 does not exist" in done.stderr


def test_many_annotated_videos_go_into_a_folder(tmp_path: Path, real_model: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        write_video(
            tmp_path / folder / "clip.mp4", ((np.zeros((48, 64, 3), np.uint8), index / 10) for index in range(9))
        )
    done = run("count", tmp_path / "a", tmp_path / "b", "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["clip-counted-2.mp4", "clip-counted.mp4"]


@pytest.mark.parametrize("annotated", [False, True])
def test_two_jobs_count_one_video_as_one_does(tmp_path: Path, real_model: Path, annotated: bool) -> None:
    output = ("-o", tmp_path / "out.mp4") if annotated else ()
    done = run("count", SAMPLE_CLIPS["squats"], "--jobs", 2, "--json", *output)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert (document["counts"]["squats"], document["source"]) == (8, str(SAMPLE_CLIPS["squats"]))
    assert not annotated or (tmp_path / "out.mp4").stat().st_size > 10_000


def test_the_first_ctrl_c_asks_to_stop_and_the_second_ends_the_program() -> None:
    before = signal.getsignal(signal.SIGINT)
    with _interruptible() as stopped:
        assert not stopped.is_set()
        signal.raise_signal(signal.SIGINT)
        assert stopped.is_set()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["99"], r"Camera 99 cannot be opened.*Try:"),
        (["{bends}", "0"], r"camera 0 cannot be counted together"),
        (["{bends}", "--reps", "nowhere/reps.csv"], r"nowhere does not exist"),
    ],
)
def test_bad_counting_is_one_message(bends: Path, arguments: list[str], expected: str, real_model: Path) -> None:
    done = run("count", *(argument.format(bends=bends) for argument in arguments))
    assert re.search(expected, " ".join(re.sub(r"[│\s]+", " ", done.stderr).split()))
    assert "Traceback" not in done.stderr
