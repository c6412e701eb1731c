"""What the tests of the command line share: how to run it, and recordings to run it on."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from posecount.cli.app import app
from posecount.tracking.sequence import LandmarkSequence
from tests.stick_figure import squatting

Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    """Run a command in this process; an unexpected error fails the test."""
    return lambda *arguments: CliRunner().invoke(app, [str(each) for each in arguments], catch_exceptions=False)


@pytest.fixture(scope="session")
def tracked(shipped_landmarks: dict[str, LandmarkSequence], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The landmarks of the shipped squats, as a file."""
    path = tmp_path_factory.mktemp("tracked") / "squats.npz"
    shipped_landmarks["squats"].save(path)
    return path


@pytest.fixture
def bends(tmp_path: Path) -> Path:
    """Eight squats of a stick figure, as a file."""
    path = tmp_path / "bends.npz"
    LandmarkSequence.from_poses(squatting(8)).save(path)
    return path
