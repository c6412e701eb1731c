"""A module is imported when it is first used, and the tracker does without what MediaPipe plots with."""

import subprocess
import sys
from pathlib import Path

import pytest

from posecount.tracking.deferred_import import deferred
from tests.conftest import ROOT


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a module that imports another, `seldom_used`."""
    (tmp_path / "seldom_used.py").write_text("value = 3\n")
    (tmp_path / "user_of_it.py").write_text("import seldom_used as used\n")
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("seldom_used", "user_of_it"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return "user_of_it"


def test_a_deferred_module_is_there_once_it_is_used_and_for_whoever_imports_it_later(user: str) -> None:
    with deferred("seldom_used"):
        module = __import__(user)
    assert "seldom_used" not in sys.modules
    assert module.used.value == 3
    real = sys.modules.pop("seldom_used")
    assert __import__("seldom_used").value == 3
    assert real.__file__


def test_a_deferred_module_may_be_used_at_once(user: str) -> None:
    with deferred("seldom_used"):
        assert __import__(user).used.value == 3
        assert sys.modules["seldom_used"].__file__
    assert sys.modules["seldom_used"].value == 3
    del sys.modules["seldom_used"]


def test_a_module_that_is_loaded_already_stays(user: str) -> None:
    real = __import__("seldom_used")
    with deferred("seldom_used"):
        assert __import__(user).used is real
    assert sys.modules.pop("seldom_used") is real


def test_the_tracker_does_without_plots_and_mediapipe_can_still_plot() -> None:
    program = """
import sys
import posecount.tracking.tracker
print("matplotlib.pyplot" in sys.modules)
from mediapipe.tasks.python.vision import drawing_utils
print(callable(drawing_utils.plt.figure), "matplotlib.pyplot" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.split() == ["False", "True", "True"]
