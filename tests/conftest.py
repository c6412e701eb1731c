"""Fixtures that several test modules share."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from posecount.tracking.model import model_path

ROOT = Path(__file__).resolve().parent.parent

# The same examples in every run; HYPOTHESIS_PROFILE=search looks for others.
settings.register_profile("fixed", derandomize=True, database=None, deadline=None, max_examples=60)
settings.register_profile("search", deadline=None, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of test material that is no part of the project: beside the checkout, or at POSECOUNT_SHARED."""
    folder = Path(os.environ.get("POSECOUNT_SHARED") or ROOT.parent / "shared")
    if not folder.is_dir():
        pytest.skip(f"test material is absent: {folder} (set POSECOUNT_SHARED)")
    return folder


@pytest.fixture(scope="session")
def samples() -> Path:
    """What the project ships."""
    return ROOT / "samples"


@pytest.fixture(scope="session")
def real_model() -> Path:
    """The pose model, fetched into the user's cache where it is missing."""
    return model_path()
