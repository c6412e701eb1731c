"""A session with a scripted tracker."""

from pathlib import Path

import pytest

from posecount import PoseClassifier
from posecount.live.session import LiveSession
from posecount.live.state import LiveSettings
from tests.live.scripted import ScriptedTracker, dataset


@pytest.fixture
def trackers(monkeypatch: pytest.MonkeyPatch) -> list[ScriptedTracker]:
    """The trackers that were made, oldest first."""
    monkeypatch.setattr(ScriptedTracker, "made", [], raising=False)
    return ScriptedTracker.made


@pytest.fixture
def settings() -> LiveSettings:
    return LiveSettings(Path("full.task"), PoseClassifier(dataset()), profile="colab")


@pytest.fixture
def session(settings: LiveSettings, trackers: list[ScriptedTracker]) -> LiveSession:
    return LiveSession(settings, make_tracker=ScriptedTracker)
