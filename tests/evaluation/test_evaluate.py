"""Evaluation: rates, when repetitions are counted, and the cache of landmarks."""

from pathlib import Path

import numpy as np
import pytest

import posecount.evaluation.evaluate
from posecount.counting.knn import PoseClassifier
from posecount.evaluation.evaluate import evaluate, landmarks_of, sweep
from posecount.evaluation.results import Summary
from posecount.tracking.sequence import LandmarkSequence
from posecount.video.writer import write_video
from tests.stick_figure import squatting, stick_dataset


@pytest.fixture(scope="module")
def classifier() -> PoseClassifier:
    return PoseClassifier(stick_dataset())


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """Two clips at 30 fps: three squats, and five of something else, which look like squats."""
    for name, repetitions in (("three", 3), ("five", 5)):
        LandmarkSequence.from_poses(squatting(repetitions)).save(tmp_path / f"{name}.npz")
    file = tmp_path / "truth.csv"
    file.write_text("path,exercise,reps,also\nthree.npz,squats,3,\nfive.npz,curtsies,5,\n")
    return file


def test_evaluates_at_several_rates(manifest: Path, classifier: PoseClassifier) -> None:
    told = []
    evaluation = evaluate(manifest, classifier, fps=(30, 10), progress=lambda *args: told.append(args))
    document = evaluation.to_json()
    assert [(clip["path"], clip["fps"], clip["counts"]) for clip in document["clips"]] == [
        ("three.npz", 30, {"squats": 3}),
        ("five.npz", 30, {"squats": 5}),
        ("three.npz", 10, {"squats": 3}),
        ("five.npz", 10, {"squats": 5}),
    ]
    assert document["summary"]["exact"] == 1
    assert document["summary"]["false_repetitions"] == 10
    assert document["summary"]["by_fps"]["10"]["false_repetitions"] == 5
    assert told[0] == (0, 4)


def test_rates_come_from_the_clip_the_manifest_or_the_request(manifest: Path, classifier: PoseClassifier) -> None:
    assert {result.fps for result in evaluate(manifest, classifier).results} == {30}
    manifest.write_text("path,exercise,reps,fps\nthree.npz,squats,3,25\n")
    assert [result.fps for result in evaluate(manifest, classifier).results] == [25]
    assert [result.fps for result in evaluate(manifest, classifier, fps=[15]).results] == [15]


def test_bounds_are_frames_of_the_file_at_any_rate_and_speed(manifest: Path, classifier: PoseClassifier) -> None:
    # The figure stands for a second, then squats every two seconds: 60 frames each, from frame 30 on.
    manifest.write_text("path,exercise,reps,rate,bounds\nthree.npz,squats,3,native,30 90 90 150 150 210 210 9999\n")
    for fps, speed in (([], 1.0), ([10], 1.0), ([], 2.0)):
        (result,) = evaluate(manifest, classifier, fps=fps, speed=speed).results
        assert result.native == (not fps)
        assert result.bounds[:2] == ((1 / speed, 3 / speed), (3 / speed, 5 / speed))
        assert result.bounds[3][1] == pytest.approx((3 * 60 + 2 * 30 - 1) / 30 / speed)  # the last frame there is
        assert [each.exercise for each in result.repetitions] == ["squats"] * 3
        assert all(each.start < each.end <= each.counted for each in result.repetitions)
        summary = Summary.of([result])
        assert (summary.recall, summary.precision) == (3 / 4, 1)
        assert summary.late_p50 is not None and abs(summary.late_p50) < 1


def test_any_exercise_counts_as_that_of_the_clip(manifest: Path) -> None:
    evaluation = evaluate(manifest, None, "any")
    assert [dict(each.counts) for each in evaluation.results] == [{"repetitions": 3}, {"repetitions": 5}]
    summary = evaluation.summary
    assert (summary.judged, summary.exact, summary.false_repetitions) == (2, 1, 0)


def test_frames_are_left_out_to_come_down_to_a_rate(manifest: Path) -> None:
    file = manifest.parent / "three.npz"
    full, rate = landmarks_of(file)
    assert rate == pytest.approx(30)
    assert len(landmarks_of(file, 10)[0]) == pytest.approx(len(full) / 3, abs=1)
    assert len(landmarks_of(file, 29.97)[0]) == len(landmarks_of(file, 60)[0]) == len(full)


def test_plays_faster(manifest: Path, classifier: PoseClassifier) -> None:
    assert evaluate(manifest, classifier, speed=2).summary.exact == 1
    assert evaluate(manifest, classifier, speed=20).summary.exact == 0  # no one squats ten times a second


def test_sweeps_a_setting(manifest: Path, classifier: PoseClassifier) -> None:
    table = dict(sweep(manifest, classifier, "range_of_motion", (0.75, 3.0)))
    assert [evaluation.summary.exact for evaluation in table.values()] == [1, 0]
    with pytest.raises(ValueError, match=r"'depth'.*range_of_motion"):
        next(iter(sweep(manifest, classifier, "depth", (1,))))


def test_a_video_is_tracked_once_per_content_and_rate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tracked = []

    class Tracker:
        def __init__(self, model: Path) -> None:
            pass

        def __enter__(self) -> "Tracker":
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def track(self, image: np.ndarray, timestamp: float) -> None:
            tracked.append(timestamp)

    monkeypatch.setenv("POSECOUNT_CACHE", str(tmp_path / "cache"))
    model = tmp_path / "pose.task"
    model.write_bytes(b"model")
    monkeypatch.setattr(posecount.evaluation.evaluate, "model_path", lambda variant: model)
    monkeypatch.setattr(posecount.evaluation.evaluate, "PoseTracker", Tracker)
    clip = tmp_path / "clip.mp4"
    grey = np.full((48, 64, 3), 128, np.uint8)
    write_video(clip, [(grey, index / 30) for index in range(30)])

    sequence, rate = landmarks_of(clip)
    assert rate == pytest.approx(30, rel=0.05)
    assert len(sequence) == len(tracked) == 30
    renamed = clip.rename(tmp_path / "renamed.mp4")
    assert len(landmarks_of(renamed)[0]) == 30
    assert len(tracked) == 30  # from the cache, whatever the name
    assert len(landmarks_of(renamed, 10)[0]) == 10
    assert len(tracked) == 40
    model.write_bytes(b"another")
    landmarks_of(renamed)
    assert len(tracked) == 70
    for cached in (tmp_path / "cache" / "landmarks").iterdir():
        cached.write_bytes(b"damaged")
    landmarks_of(renamed)
    assert len(tracked) == 100
