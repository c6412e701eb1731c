"""What posecount 0.1.0 wrote opens, all of it: `workspace_0_1_0.zip`, made by the script in it, `make.py`."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from posecount.datasets.dataset import PoseDataset
from posecount.datasets.records import SampleId
from posecount.datasets.store import DatasetStore
from posecount.datasets.workspace import STARTER, Workspace
from posecount.review.quality import assess
from posecount.tracking import landmark_cache
from posecount.tracking.landmark_cache import CachedLandmarks
from tests.dataset_folder import assert_sound, files
from tests.stick_figure import stick_pose


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    with zipfile.ZipFile(Path(__file__).with_name("workspace_0_1_0.zip")) as archive:
        archive.extractall(tmp_path)
    monkeypatch.setenv("POSECOUNT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("POSECOUNT_CACHE", str(tmp_path / "cache"))
    return tmp_path


@pytest.fixture
def mine(old: Path) -> DatasetStore:
    return Workspace().open("mine")


def test_its_datasets_are_listed_and_a_deleted_one_comes_back(old: Path) -> None:
    home = Workspace()
    assert home.names() == (STARTER, "mine", "taught")
    (gone,) = home.deleted()
    assert gone.name == "gone"
    assert home.open(home.restore(gone)).samples == (SampleId("lunges_up", "000.jpg"),)


def test_samples_pictures_verdicts_bin_and_rejected_photos_are_there(old: Path, mine: DatasetStore) -> None:
    ids = [
        ("squats_down", "001.jpg"),
        *(("squats_up", name) for name in ("000-2.jpg", "000.jpg", "001.jpg", "002.jpg")),
    ]
    before = files(old / "home" / "mine")
    assert mine.report == () and not mine.read_only
    assert sorted(mine.samples) == [SampleId(*each) for each in ids]
    assert all((mine.image_path(each) or Path()).is_file() for each in mine.samples)
    assert mine.kept == {SampleId("squats_up", "002.jpg")}
    assert np.array_equal(mine.visibility, np.full((5, 33), 0.5, np.float32))
    (removed,) = mine.bin()
    assert (str(removed.sample), removed.reason) == ("squats_down/002.jpg", "blurred")
    assert (mine.bin_image_path(removed) or Path()).is_file()
    assert [each.name for each in mine.rejected()] == ["wall.jpg"]
    assert PoseDataset.load(mine.folder).exercises == mine.dataset.exercises
    assert mine.dataset.exercises[0].target == "squats_up"
    assert files(old / "home" / "mine") == before, "reading writes nothing"


def test_its_whole_history_is_undone_and_done_again_to_the_byte(old: Path, mine: DatasetStore) -> None:
    kinds = [action.kind for action in mine.history()][::-1]
    assert kinds == ["add", "add", "relabel", "keep", "remove", "remove", "undo"]
    before = files(mine.folder)
    steps = [action for action in mine.history() if not action.undone and action.kind != "undo"]
    for action in steps:
        assert mine.undo(action).conflicts == ()
    assert mine.samples == () and len(mine.bin()) == 6
    for action in mine.history()[: len(steps)]:
        mine.undo(action)
    assert files(mine.folder) == before
    mine.set_targets({"squats": "squats_down"})
    mine.undo()
    assert json.loads((mine.folder / "posecount.json").read_text()) == {"targets": {"squats": "squats_up"}}
    assert_sound(mine.folder)


def test_its_samples_can_be_edited_reviewed_and_duplicated(old: Path, mine: DatasetStore) -> None:
    mine.relabel(mine.samples[:1], "squats_up")
    mine.restore(mine.bin())
    assert len(mine.samples) == 6
    assert_sound(mine.folder)
    copy = Workspace().open(Workspace().duplicate("mine", "copy"))
    assert len(copy.history()) == len(mine.history()) and files(copy.folder) == files(mine.folder)
    assert assess(copy.dataset) is not None


def test_an_exercise_that_it_was_taught_is_known(old: Path) -> None:
    taught = Workspace().open("taught")
    (exercise,) = taught.dataset.exercises
    assert (exercise.name, exercise.target, exercise.rest) == ("knee_bends", "knee_bends_down", ("knee_bends_up",))
    assert taught.undo().count == len(taught.bin()) > 10


def test_landmarks_that_it_cached_are_used(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    version = (old / "mediapipe-version").read_text()
    monkeypatch.setattr(landmark_cache, "version", lambda package: version)
    cached = CachedLandmarks(old / "clip.mp4", old / "model.task").load()
    assert cached is not None and len(cached) == 4
    assert np.allclose(cached.landmarks, [stick_pose(index / 4).landmarks for index in range(4)])
