"""Evaluation: manifests, figures, rates and the cache of landmarks."""

from pathlib import Path

import numpy as np
import pytest

import posecount.evaluation.evaluate
from posecount.counting.knn import PoseClassifier
from posecount.evaluation.evaluate import evaluate, landmarks_of, sweep
from posecount.evaluation.manifest import Clip, ManifestError, read_manifest
from posecount.evaluation.results import ClipResult, Summary
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


def test_reads_a_manifest(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    (tmp_path / "truth.csv").write_text(
        'path,exercise,reps,also,fps,notes\na.mp4,squats,9,wall_squats|lunges,30,"one, two"\n', "utf-8-sig"
    )
    (clip,) = read_manifest(tmp_path / "truth.csv")
    assert clip == Clip("a.mp4", tmp_path / "a.mp4", "squats", 9, frozenset({"wall_squats", "lunges"}), 30)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"no column path, exercise, reps.*Try:"),
        ("path,exercise\n", r"no column reps.*Try:"),
        ("path,exercise,reps\n", r"no rows.*Try:"),
        ("path,exercise,reps\na.npz,squats\n", r"row 2: the number of fields differs.*Try:"),
        ("path,exercise,reps\na.npz,squats,3,4\n", r"row 2: the number of fields differs.*Try:"),
        ("path,exercise,reps\na.npz,squats,few\n", r"row 2: reps 'few' is not a whole number.*Try:"),
        ("path,exercise,reps\na.npz,squats,-1\n", r"row 2: reps '-1'.*Try:"),
        ("path,exercise,reps\na.npz,,1\n", r"row 2: path or exercise is empty.*Try:"),
        ("path,exercise,reps\na.npz,squats,1\nb.npz,squats,1\n", r"row 3: b.npz does not exist.*Try:"),
        ("path,exercise,reps,fps\na.npz,squats,1,fast\n", r"row 2: fps 'fast' is not a number.*Try:"),
        ('path,exercise,reps\n"a.npz,squats,1\n', r"row \d.*Try:"),
    ],
)
def test_a_bad_manifest_is_named_with_its_row(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "a.npz").touch()
    file = tmp_path / "truth.csv"
    file.write_text(text)
    with pytest.raises(ManifestError, match=rf"(?s)truth\.csv.*{message}"):
        read_manifest(file)
    with pytest.raises(ManifestError, match=r"missing\.csv.*Try:"):
        read_manifest(tmp_path / "missing.csv")


def test_figures() -> None:
    clip = Clip("a", Path("a"), "squats", 10, frozenset({"lunges"}))
    results = [
        ClipResult(clip, 30, {"squats": 10, "lunges": 4, "pushups": 1}),
        ClipResult(clip, 30, {"squats": 9}),
        ClipResult(clip, 30, {"squats": 14}),
        ClipResult(Clip("b", Path("b"), "none", 0), 30, {"squats": 2}),
    ]
    summary = Summary.of(results)
    assert (summary.clips, summary.judged, summary.false_repetitions) == (4, 3, 3)
    assert [summary.exact, summary.obo, summary.mae, summary.bias] == pytest.approx([1 / 3, 2 / 3, 0.5 / 3, 1])
    assert Summary.of(results[3:]).exact is None


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


def test_frames_are_left_out_to_come_down_to_a_rate(manifest: Path) -> None:
    file = manifest.parent / "three.npz"
    full, rate = landmarks_of(file)
    assert rate == pytest.approx(30)
    assert len(landmarks_of(file, 10)[0]) == pytest.approx(len(full) / 3, abs=1)
    assert len(landmarks_of(file, 29.97)[0]) == len(landmarks_of(file, 60)[0]) == len(full)


def test_plays_faster(manifest: Path, classifier: PoseClassifier) -> None:
    assert evaluate(manifest, classifier, speed=2).summary.exact == 1
    assert evaluate(manifest, classifier, speed=20).summary.exact == 0  # nobody squats ten times a second


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
