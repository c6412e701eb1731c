"""Workspace: datasets by name. No name leads out of it, and deleted datasets can be restored."""

from pathlib import Path

import pytest

from posecount.datasets import workspace as workspace_module
from posecount.datasets.workspace import STARTER, Workspace
from posecount.errors import DatasetError
from tests.dataset_folder import files, filled_store, new_samples
from tests.stick_figure import stick_dataset
from tests.test_names import HOSTILE


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    stick_dataset(3).save(tmp_path / "shipped" / "starter")
    monkeypatch.setattr(workspace_module, "STARTER_DATASET", tmp_path / "shipped" / "starter")
    workspace = Workspace(tmp_path / "home" / "datasets")
    workspace.root.mkdir(parents=True)
    filled_store(workspace.root / "mine", 2)
    return workspace


def test_lists_the_starter_first_and_datasets_only(workspace: Workspace) -> None:
    (workspace.root / "empty folder").mkdir()
    (workspace.root / ".hidden").mkdir()
    (workspace.root / "file").write_text("x")
    workspace.create("another")
    assert workspace.names() == (STARTER, "another", "mine")


def test_the_folder_is_posecount_home_else_the_platform_s(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("POSECOUNT_HOME", str(tmp_path))
    assert Workspace().root == tmp_path
    monkeypatch.delenv("POSECOUNT_HOME")
    assert Workspace().root.name == "posecount" and Workspace().root.is_absolute()


def test_a_workspace_that_is_not_there_yet_is_made_when_needed(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "a" / "b")
    assert set(workspace.names()) <= {STARTER} and not workspace.root.exists()
    assert workspace.create("first") == "first"
    assert workspace.open("first").samples == ()


def test_the_starter_is_read_only_and_can_be_duplicated(workspace: Workspace, tmp_path: Path) -> None:
    before = files(tmp_path / "shipped")
    starter = workspace.open(STARTER)
    assert starter.read_only and len(starter.samples) == 6
    for act in (lambda: workspace.delete(STARTER), lambda: workspace.rename(STARTER, "x")):
        with pytest.raises(DatasetError, match="duplicate"):
            act()
    with pytest.raises(DatasetError, match="already exists"):
        workspace.create("Starter")
    copy = workspace.open(workspace.duplicate(STARTER, "my copy"))
    copy.remove(copy.samples[:1])
    assert len(copy.samples) == 5
    assert files(tmp_path / "shipped") == before
    assert not (tmp_path / "shipped" / "starter" / ".posecount").exists()


def test_a_duplicate_has_history_and_bin_and_a_version_of_its_own(workspace: Workspace) -> None:
    mine = workspace.open("mine")
    mine.remove(mine.samples[:1])
    mine.keep(mine.samples[:1])
    copy = workspace.open(workspace.duplicate("mine", "copy"))
    assert (copy.samples, copy.kept, len(copy.bin())) == (mine.samples, mine.kept, 1)
    assert copy.report == () and copy.version != mine.version
    copy.restore(copy.bin())
    assert len(mine.bin()) == 1


def test_renamed_it_is_the_same_dataset(workspace: Workspace) -> None:
    before = files(workspace.root / "mine")
    assert workspace.rename("mine", "Squats & co") == "Squats_co"
    assert workspace.names() == (STARTER, "Squats_co")
    assert files(workspace.root / "Squats_co") == before
    assert workspace.rename("Squats_co", "squats_co") == "squats_co"


def test_a_deleted_dataset_can_be_brought_back_even_beside_a_new_one(workspace: Workspace) -> None:
    before = files(workspace.root / "mine")
    deleted = workspace.delete("mine")
    assert workspace.names() == (STARTER,) and workspace.deleted() == (deleted,) and deleted.name == "mine"
    workspace.create("mine")
    assert workspace.restore(deleted) == "mine-2"
    assert files(workspace.root / "mine-2") == before and workspace.deleted() == ()
    with pytest.raises(DatasetError, match="no longer in the bin"):
        workspace.restore(deleted)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_inside(workspace: Workspace, name: str) -> None:
    outside = set(workspace.root.parent.parent.iterdir())
    made = workspace.create(name)
    assert (workspace.root / made).parent == workspace.root and made in workspace.names()
    copied = workspace.duplicate("mine", f"{name}2")
    assert workspace.rename(copied, f"{name}3") in workspace.names()
    assert set(workspace.root.parent.parent.iterdir()) == outside
    assert [path.name for path in workspace.root.parent.iterdir()] == ["datasets"]


@pytest.mark.parametrize("name", ["../shipped/starter", "/etc", "..", ".", "", "missing", ".trash"])
def test_a_name_that_is_not_listed_is_not_opened_renamed_or_deleted(workspace: Workspace, name: str) -> None:
    for act in (workspace.open, workspace.delete, lambda name: workspace.rename(name, "x")):
        with pytest.raises(DatasetError, match="There is no dataset"):
            act(name)


def test_a_taken_or_empty_name_is_refused(workspace: Workspace) -> None:
    for act in (workspace.create, lambda name: workspace.duplicate("mine", name)):
        with pytest.raises(DatasetError, match="already exists"):
            act("MINE")
        with pytest.raises(DatasetError, match="no letter"):
            act("///")


def test_an_edit_from_a_window_on_a_renamed_dataset_is_an_error(workspace: Workspace) -> None:
    store = workspace.open("mine")
    workspace.rename("mine", "yours")
    with pytest.raises(DatasetError, match="renamed or deleted"):
        store.add(new_samples("x", 1))
    assert workspace.names() == (STARTER, "yours")


def test_a_workspace_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(DatasetError, match="POSECOUNT_HOME"):
        Workspace(tmp_path / "file" / "inside").create("x")
