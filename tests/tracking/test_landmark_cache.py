"""Cached landmarks: found again by content, and never in the way of a result."""

import os
from pathlib import Path

import pytest

import posecount.tracking.landmark_cache as landmark_cache
from posecount.tracking.landmark_cache import CachedLandmarks
from posecount.tracking.sequence import LandmarkSequence
from tests.stick_figure import squatting

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
    assert "are not cached" in caplog.text
    assert cache.load() is None


def cached(folder: Path, content: str) -> CachedLandmarks:
    (folder / "video").write_text(content)
    (folder / "model").touch()
    return CachedLandmarks(folder / "video", folder / "model")


@pytest.mark.parametrize("cache", ["file", "file/below", "/proc/nowhere", "~nosuchuser/cache", "x" * 300])
def test_a_cache_that_cannot_be_used_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: str
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("POSECOUNT_CACHE", cache)
    known = cached(tmp_path, "a")
    assert known.load() is None
    known.save(LandmarkSequence.from_poses(squatting(1)))
    assert known.load() is None


def test_what_was_not_used_for_longest_goes_first_when_the_cache_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSECOUNT_CACHE", str(tmp_path / "cache"))
    sequence = LandmarkSequence.from_poses(squatting(1))
    entries = {name: cached(tmp_path, name) for name in "abc"}
    for name in "ab":
        entries[name].save(sequence)
    files = list((tmp_path / "cache" / "landmarks").iterdir())
    for file in files:
        os.utime(file, (1, 1))
    assert entries["a"].load() is not None  # used: now b is the oldest
    monkeypatch.setattr(landmark_cache, "MAX_BYTES", files[0].stat().st_size * 2)
    entries["c"].save(sequence)
    assert [name for name in "abc" if entries[name].load() is not None] == ["a", "c"]
    monkeypatch.setattr(landmark_cache, "MAX_BYTES", 1)
    entries["c"].save(sequence)
    assert [name for name in "abc" if entries[name].load() is not None] == ["c"]


def test_landmarks_that_no_file_can_hold_are_not_cached(video: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSECOUNT_CACHE", str(video.parent / "cache"))
    monkeypatch.setattr(landmark_cache, "MAX_FRAMES", 1)
    cache = CachedLandmarks(video, video.with_name("model.task"))
    cache.save(SEQUENCE)
    assert cache.load() is None
