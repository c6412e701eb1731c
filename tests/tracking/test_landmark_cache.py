"""Cached landmarks: found again by content, and never in the way of a result."""

from pathlib import Path

import pytest

from posecount.tracking.landmark_cache import CachedLandmarks
from posecount.tracking.sequence import LandmarkSequence

SEQUENCE = LandmarkSequence.from_poses([(0.0, None), (0.1, None)])


@pytest.fixture
def video(tmp_path: Path) -> Path:
    for name in ("video.mp4", "model.task"):
        (tmp_path / name).write_bytes(name.encode())
    return tmp_path / "video.mp4"


def test_landmarks_are_found_by_the_video_s_content(video: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSECOUNT_CACHE", str(video.parent / "cache"))
    model = video.with_name("model.task")
    CachedLandmarks(video, model).save(SEQUENCE)
    renamed = video.rename(video.with_name("renamed.mp4"))
    found = CachedLandmarks(renamed, model).load()
    assert found is not None and list(found.timestamps) == [0.0, 0.1]
    renamed.write_bytes(b"another video")
    assert CachedLandmarks(renamed, model).load() is None


@pytest.mark.parametrize("broken", ["cache", "cache/landmarks"])
def test_a_cache_that_cannot_be_written_is_logged_and_loses_no_result(
    video: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, broken: str
) -> None:
    monkeypatch.setenv("POSECOUNT_CACHE", str(video.parent / "cache"))
    (video.parent / broken).parent.mkdir(exist_ok=True)
    (video.parent / broken).write_text("a file where a folder should be")
    cache = CachedLandmarks(video, video.with_name("model.task"))
    cache.save(SEQUENCE)
    assert "landmarks are not cached" in caplog.text
    assert cache.load() is None
