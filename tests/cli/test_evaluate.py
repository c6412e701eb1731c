"""The command evaluate."""

import json
from pathlib import Path

import pytest

from posecount.tracking.sequence import LandmarkSequence
from tests.cli.conftest import Run
from tests.stick_figure import plank_pose, squatting, stick_dataset, stick_pose, with_planks


@pytest.fixture
def evaluate(run: Run, tmp_path: Path) -> Run:
    """Run the command on two clips of stick figures: three squats, and five curtsies."""
    for name, repetitions in (("three", 3), ("five", 5)):
        LandmarkSequence.from_poses(squatting(repetitions)).save(tmp_path / f"{name}.npz")
    manifest = tmp_path / "truth.csv"
    manifest.write_text("path,exercise,reps\nthree.npz,squats,3\nfive.npz,curtsies,5\n")
    stick_dataset().save(tmp_path / "sticks")
    return lambda *arguments: run("evaluate", "--dataset", tmp_path / "sticks", manifest, *arguments)


def test_json_has_the_counts_of_each_clip(evaluate: Run) -> None:
    done = evaluate("--json")
    assert done.exit_code == 0, done.stderr
    document = json.loads(done.stdout)
    clips = [(clip["path"], clip["counts"], clip["error"]) for clip in document["clips"]]
    assert clips == [("three.npz", {"squats": 3}, 0), ("five.npz", {"squats": 5}, None)]
    assert document["summary"]["exact"] == 1 and document["summary"]["false_repetitions"] == 5


def test_words_have_a_row_for_each_clip_and_rate(evaluate: Run) -> None:
    done = evaluate("--fps", "30,10")
    assert done.exit_code == 0, done.stderr
    rows = [line.split() for line in done.stdout.splitlines()]
    assert ["three.npz", "10", "Squats", "3", "3"] in rows and ["five.npz", "30", "Curtsies", "5", "–", "5"] in rows
    assert "does not know curtsies:" in done.stdout


def test_a_clip_that_cannot_be_read_is_named_with_its_manifest_and_row(evaluate: Run, tmp_path: Path) -> None:
    (tmp_path / "notes.mp4").write_text("no video")
    (tmp_path / "mixed.csv").write_text("path,exercise,reps\nthree.npz,squats,3\nnotes.mp4,squats,3\n")
    done = evaluate(tmp_path / "mixed.csv")
    assert done.exit_code == 1
    assert "mixed.csv, row 3: " in done.stderr and "notes.mp4" in done.stderr and "Try:" in done.stderr


def test_an_exercise_that_also_misspells_is_said(evaluate: Run, tmp_path: Path) -> None:
    (tmp_path / "also.csv").write_text("path,exercise,reps,also\nfive.npz,curtsies,,squat | squats\n")
    done = evaluate(tmp_path / "also.csv")
    assert done.exit_code == 0, done.stderr
    assert "`also` names what the dataset does not know: squat." in done.stdout


def test_a_hold_is_compared_in_seconds(run: Run, tmp_path: Path) -> None:
    frames = [(index / 30, stick_pose(0.0) if index < 60 else plank_pose(arms=0.4)) for index in range(210)]
    LandmarkSequence.from_poses(frames).save(tmp_path / "plank.npz")
    with_planks(stick_dataset()).save(tmp_path / "sticks")
    (tmp_path / "truth.csv").write_text("path,exercise,reps,seconds\nplank.npz,planks,,5\n")
    done = run("evaluate", "--dataset", tmp_path / "sticks", tmp_path)
    assert done.exit_code == 0, done.stderr
    (row,) = (line.split() for line in done.stdout.splitlines() if "plank.npz" in line)
    assert row[1:5] == ["30", "Plank", "5", "s"] and float(row[5]) == pytest.approx(5, abs=0.5)
    assert "hold error" in done.stdout and "false hold seconds" in done.stdout


def test_several_manifests_have_figures_each_and_together(evaluate: Run, tmp_path: Path) -> None:
    folder = tmp_path / "more"
    folder.mkdir()
    LandmarkSequence.from_poses(squatting(4)).save(folder / "four.npz")
    (folder / "truth.csv").write_text(
        "path,exercise,reps,group,rate,bounds\nfour.npz,squats,4-5,core,native,30 90 90 150 150 210 210 270\n"
    )
    done = evaluate(folder)
    assert done.exit_code == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line for line in lines if line.endswith("truth.csv")] == [
        f"{each}/truth.csv" for each in (tmp_path, folder)
    ]
    assert ["four.npz", "30", "Squats", "4-5", "4"] in [line.split() for line in lines]
    assert ["core", "1", "1", "1", "(1)", "1", "(1)", "0", "0", "0", "1", "1"] in [line.split()[:12] for line in lines]
    assert any("precision" in line and "late p95" in line for line in lines)
    everything = json.loads(evaluate(folder, "--json").stdout)
    assert everything["summary"]["clips"] == 3 and len(everything["manifests"]) == 2
    any_exercise = json.loads(evaluate(folder, "--json", "--profile", "any").stdout)
    assert [clip["counts"] for clip in any_exercise["clips"]] == [{"repetitions": each} for each in (3, 5, 4)]


def test_a_sweep_prints_a_summary_for_each_value(evaluate: Run) -> None:
    done = evaluate("--sweep", "range_of_motion=0.75,3")
    assert done.exit_code == 0, done.stderr
    assert "range_of_motion = 0.75" in done.stdout and "range_of_motion = 3" in done.stdout


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [
        ("--sweep", "depth=1", "depth is not a setting"),
        ("--sweep", "exit_threshold=low", "'low' is not a list of numbers"),
        ("--sweep", "exit_threshold=7", "must not be above"),
        ("--sweep", "window_size=1.5", "whole number"),
        ("--sweep", "alpha=nan", "'nan' is not a list of numbers"),
        *(("--fps", each, f"'{each}' is not a list of numbers") for each in ("30,0", "nan", "inf", "30,nan")),
    ],
)
def test_bad_options_are_refused_with_the_way_to_write_them(
    evaluate: Run, option: str, value: str, expected: str
) -> None:
    done = evaluate(option, value)
    assert done.exit_code == 2 and expected in done.stderr and "Try" in done.stderr


def test_a_sweep_takes_the_profile_and_prints_json(evaluate: Run) -> None:
    done = evaluate("--sweep", "enter_threshold=5,6", "--profile", "colab", "--json")
    assert done.exit_code == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["setting"] == "enter_threshold"
    assert [(each["value"], each["profile"]) for each in document["values"]] == [(5, "colab"), (6, "colab")]
