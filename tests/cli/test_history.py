"""`history` lists, exports and imports; `count --save` writes to it once."""

import json
from pathlib import Path

import pytest

from posecount.datasets.workspace import HOME_VARIABLE
from tests.cli.conftest import Run


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    return tmp_path / "home"


def test_a_saved_video_is_listed_once_however_often_it_is_saved(run: Run, bends: Path) -> None:
    assert "No workouts yet" in run("history").stdout
    assert "1 workout saved" in run("count", bends, "--save").stderr
    assert "0 workouts saved to your history; 1 saved before" in run("count", bends, "--save").stderr
    listed = run("history").stdout
    assert "bends.npz" in listed and "Squats: 8" in listed


def test_an_export_is_imported_elsewhere_once(
    run: Run, bends: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("count", bends, "--save", "--json")
    document = run("history", "--json").stdout
    (saved,) = json.loads(document)["workouts"]
    assert (saved["source"], len(saved["sets"][0]["repetitions"])) == ("video", 8)
    exported, table = tmp_path / "export.json", tmp_path / "sets.csv"
    exported.write_text(document)
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "other"))
    assert "1 new workout imported" in run("history", "--import", exported).stdout
    assert "0 new workouts imported" in run("history", "--import", exported).stdout
    assert run("history", "--csv", table).exit_code == 0
    assert table.read_text().count("squats") == 1
    assert run("history", "--csv", table).exit_code == 2  # it exists
    assert run("history", "--csv", exported, "--import", exported, "--force").exit_code == 2


def test_what_is_no_export_is_refused_in_words(run: Run, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text("{}")
    for path, words in (
        (wrong, "no history of posecount"),
        (tmp_path / "gone", "is no file"),
        (tmp_path, "is no file"),
    ):
        done = run("history", "--import", path)
        assert (done.exit_code, words in done.stderr) == (1, True), done.stderr


def test_counts_are_printed_also_where_the_history_cannot_be_written(run: Run, bends: Path, home: Path) -> None:
    home.mkdir()
    (home / "history.db").mkdir()
    done = run("count", bends, "--save")
    assert done.exit_code == 1
    assert "Squats: 8" in done.stdout and "history.db could not be opened" in done.stderr
