"""A folder for datasets, a cache or a model that cannot be used is said in words, on every page and by commands."""

import os
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from posecount.cli.app import app
from posecount.datasets.workspace import HOME_VARIABLE, Workspace
from posecount.errors import DatasetError, ModelError
from posecount.tracking.browser import find_browser_files
from posecount.tracking.landmark_cache import CachedLandmarks
from posecount.tracking.model import CACHE_VARIABLE, MODEL_VARIABLE, find_model

PAGES = Path(__file__).resolve().parents[2] / "pages"
UNUSABLE = ["~nosuchuser/x", f"/tmp/{'a' * 300}", f"/tmp/{'a/' * 3000}", f"{__file__}/sub", "/tmp/\udce4/\0"]


@pytest.mark.parametrize("path", [*UNUSABLE, __file__])
def test_what_cannot_be_the_folder_for_datasets_is_said_in_words(path: str) -> None:
    with pytest.raises(DatasetError, match=r"^The folder for datasets, .*, cannot be used: .*Try: set POSECOUNT_HOME"):
        Workspace(path)


def test_a_folder_for_datasets_that_cannot_be_read_is_said_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(path: Path) -> None:  # tests may run as root, who may read everything
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr("posecount.files.os.scandir", denied)
    with pytest.raises(DatasetError, match=r"cannot be used: Permission denied\. Try: set POSECOUNT_HOME"):
        Workspace(tmp_path)


@pytest.mark.parametrize("path", UNUSABLE)
def test_what_cannot_be_the_cache_or_the_model_is_said_in_words(
    path: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match=r"^Pose model .*Try: check the path, or unset POSECOUNT_MODEL"):
        find_model(path=path)
    monkeypatch.delenv(MODEL_VARIABLE, raising=False)
    monkeypatch.setattr(os, "environ", {**os.environ, CACHE_VARIABLE: path})  # no process is given a zero byte
    with pytest.raises(ModelError, match=r"^The cache folder, .*, cannot be used: .*Try: set POSECOUNT_CACHE"):
        find_model()
    (tmp_path / "file").touch()
    assert CachedLandmarks(tmp_path / "file", tmp_path / "file").load() is None, "a cache costs no result"


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="a folder in which nobody can make a file")
def test_a_folder_in_which_no_file_can_be_made_is_said_at_once_and_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(MODEL_VARIABLE, raising=False)
    monkeypatch.setenv(CACHE_VARIABLE, "/proc")
    for find in (find_model, find_browser_files):
        with pytest.raises(ModelError, match=r"Cannot write .* to /proc.*Try: make the folder writable"):
            find()
    with pytest.raises(DatasetError, match=r"could not be changed: No such file.*Try: "):
        Workspace("/proc").create("squats")


@pytest.mark.parametrize("page", ["live", "video", "dataset", "review", "export"])
def test_every_page_says_that_the_folder_for_datasets_cannot_be_used(
    page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(HOME_VARIABLE, "~nosuchuser/x")
    shown = AppTest.from_file(str(PAGES / f"{page}.py"), default_timeout=60).run()
    assert not shown.exception
    (error,) = shown.error
    assert "cannot be used: Could not determine home directory. Try: set POSECOUNT_HOME" in error.value.replace(
        "\\", ""
    )


def test_commands_say_that_the_cache_folder_cannot_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(MODEL_VARIABLE, raising=False)
    monkeypatch.setenv(CACHE_VARIABLE, "~nosuchuser/x")
    done = CliRunner().invoke(app, ["model"])
    assert done.exit_code == 1 and "The cache folder, ~nosuchuser/x, cannot be used" in done.output
