"""Fixtures that several test modules share."""

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

# Tests run side by side: several threads for a matrix of a few thousand numbers wait for each other, and one takes a
# tenth of the time. It has to stand here, as NumPy reads it once.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest
from filelock import FileLock
from hypothesis import settings
from streamlit.components.v2 import manifest_scanner

from posecount.evaluation.evaluate import landmarks_of
from posecount.shipped import SAMPLE_CLIPS
from posecount.tracking.model import model_path
from posecount.tracking.sequence import LandmarkSequence
from tests.short_clip import shorten

ROOT = Path(__file__).resolve().parent.parent

# The same examples in every run; HYPOTHESIS_PROFILE=search looks for others.
settings.register_profile("fixed", derandomize=True, database=None, deadline=None, max_examples=30)
settings.register_profile("search", deadline=None, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that track or count real clips come first: no worker is left with one while the other has nothing to do.

    Browser tests come last: a browser's event loop stays on its thread, where `asyncio.run` then refuses to work.
    """
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "real_model" in fixtures:
            item.add_marker("tracker")
        if "shared" in fixtures or item.path.parent == ROOT / "tests":
            item.add_marker("whole")
    long = {item.path for item in items if {"real_model", "shared"} & set(getattr(item, "fixturenames", ()))}
    items.sort(key=lambda item: (item.get_closest_marker("browser") is not None, item.path not in long))


@pytest.fixture(scope="session", autouse=True)
def installed_packages_are_searched_once() -> Iterator[None]:
    """Each AppTest is a new server to Streamlit, which looks for components in whatever is installed: 0.4 seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of test material, which is not part of the project: beside the checkout, or at POSECOUNT_SHARED."""
    folder = Path(os.environ.get("POSECOUNT_SHARED") or ROOT.parent / "shared")
    if not folder.is_dir():
        pytest.skip(f"test material is missing: {folder} (set POSECOUNT_SHARED)")
    return folder


@pytest.fixture(scope="session")
def samples() -> Path:
    """What the project ships."""
    return ROOT / "samples"


@pytest.fixture(scope="session")
def real_model() -> Path:
    """The pose model, downloaded into the user's cache if it is missing."""
    return model_path()


@pytest.fixture(scope="session")
def shipped_landmarks(real_model: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, LandmarkSequence]:
    """The landmarks of squats and push-ups as shipped, tracked once for all workers and kept in the user's cache."""
    with FileLock(tmp_path_factory.getbasetemp().parent / "shipped_landmarks.lock"):
        return {name: landmarks_of(SAMPLE_CLIPS[name])[0] for name in ("squats", "pushups")}


@pytest.fixture(scope="session")
def five_squats(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip of the first five squats of the shipped one at 10 frames a second: a fifth of its frames."""
    return shorten(SAMPLE_CLIPS["squats"], tmp_path_factory.mktemp("clip") / "squats.mp4", seconds=14)
