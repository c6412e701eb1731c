"""A clip of two squats with the poses that a tracker would find in it."""

from pathlib import Path

import numpy as np
import pytest

from posecount.video.writer import write_video
from tests.stick_figure import squatting

FRAMES = squatting(2, rate=10)


@pytest.fixture
def clip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The clip, beside a file that stands for the model, with an empty cache."""
    monkeypatch.setenv("POSECOUNT_CACHE", str(tmp_path / "cache"))
    (tmp_path / "model.task").write_bytes(b"model")
    write_video(tmp_path / "clip.mp4", ((np.full((48, 64, 3), 128, np.uint8), time) for time, _ in FRAMES))
    return tmp_path / "clip.mp4"
