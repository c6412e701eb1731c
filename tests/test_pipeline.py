"""RepetitionPipeline: one stream from pose to count."""

import numpy as np
import pytest
from stick_figure import ScriptedTracker, squatting, stick_dataset, stick_pose

from posecount.classifier import PoseClassifier
from posecount.dataset import PoseDataset
from posecount.pipeline import PROFILES, Profile, RepetitionPipeline, Settings

IMAGE = np.zeros((480, 640, 3), np.uint8)


@pytest.fixture(scope="module")
def classifier() -> PoseClassifier:
    return PoseClassifier(stick_dataset())


@pytest.mark.parametrize("profile", PROFILES)
def test_every_profile_counts_a_clean_set(classifier: PoseClassifier, profile: Profile) -> None:
    frames = squatting(5)
    tracker = ScriptedTracker([pose for _, pose in frames])
    pipeline = RepetitionPipeline(tracker, classifier, profile=profile)
    results = [pipeline.process(IMAGE, timestamp) for timestamp, _ in frames]
    assert pipeline.counts == results[-1].counts == {"squats": 5}
    completed = [repetition for result in results for repetition in result.completed]
    assert len(completed) == 5
    for repetition in completed:
        assert repetition.exercise == "squats"
        assert repetition.start < repetition.turn < repetition.end
    assert {"track", "classify", "count"} <= set(results[-1].timings_ms)


@pytest.mark.parametrize("profile", PROFILES)
def test_sessions_that_share_a_classifier_do_not_share_counts(classifier: PoseClassifier, profile: Profile) -> None:
    busy, idle = (RepetitionPipeline(None, classifier, profile=profile) for _ in range(2))
    for timestamp, pose in squatting(2):
        busy.process_pose(pose, timestamp)
        idle.process_pose(stick_pose(0.0), timestamp)
    assert (busy.counts, idle.counts) == ({"squats": 2}, {"squats": 0})


@pytest.mark.parametrize("profile", PROFILES)
def test_a_result_is_not_changed_by_later_frames(classifier: PoseClassifier, profile: Profile) -> None:
    pipeline = RepetitionPipeline(None, classifier, profile=profile)
    frames = squatting(1)
    early = pipeline.process_pose(frames[0][1], frames[0][0])
    before = (dict(early.counts), dict(early.votes), dict(early.smoothed), early.completed)
    for timestamp, pose in frames[1:]:
        pipeline.process_pose(pose, timestamp)
    assert (early.counts, early.votes, early.smoothed, early.completed) == before


@pytest.mark.parametrize("profile", PROFILES)
def test_frames_without_a_person_count_nothing(classifier: PoseClassifier, profile: Profile) -> None:
    pipeline = RepetitionPipeline(None, classifier, profile=profile)
    results = [pipeline.process_pose(None, index / 30) for index in range(90)]
    assert results[-1].counts == {"squats": 0}
    assert results[-1].pose is None and not results[-1].votes


def test_target_counts_that_class_alone_under_its_own_name(classifier: PoseClassifier) -> None:
    pipeline = RepetitionPipeline(None, classifier, profile="colab", target="squats_up")
    for timestamp, pose in squatting(3):
        pipeline.process_pose(pose, timestamp)
    assert pipeline.counts == {"squats_up": 3}  # left three times


def test_what_does_not_exist_is_named(classifier: PoseClassifier) -> None:
    with pytest.raises(ValueError, match=r"'fast'.*colab, mlkit"):
        RepetitionPipeline(None, classifier, profile="fast")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"'planks'.*squats_down, squats_up"):
        RepetitionPipeline(None, classifier, target="planks")
    with pytest.raises(ValueError, match="exit threshold"):
        Settings(enter_threshold=3, exit_threshold=4)


def test_mlkit_forgets_after_a_gap_and_colab_does_not(classifier: PoseClassifier) -> None:
    last = {}
    for profile in ("colab", "mlkit"):
        pipeline = RepetitionPipeline(None, classifier, profile=profile)
        for index in range(10):
            pipeline.process_pose(stick_pose(1.0), index / 30)
        last[profile] = pipeline.process_pose(stick_pose(0.0), 5.0)
    assert last["mlkit"].smoothed == last["mlkit"].votes
    assert last["colab"].smoothed["squats_down"] > 5


def test_mlkit_counts_at_most_one_exercise_per_frame() -> None:
    single = stick_dataset()
    # The same poses under two exercises: both would count on the same frame.
    both = PoseDataset(
        single.names * 2,
        single.labels + tuple(label.replace("squats", "dips") for label in single.labels),
        np.concatenate([single.landmarks, single.landmarks]),
    )
    classifier = PoseClassifier(both, top_n_by_mean_distance=20)
    completed: dict[str, list[float]] = {}
    for profile in ("colab", "mlkit"):
        pipeline = RepetitionPipeline(None, classifier, profile=profile)
        results = [pipeline.process_pose(pose, timestamp) for timestamp, pose in squatting(1, rest=2.0)]
        completed[profile] = [result.timestamp for result in results for _ in result.completed]
        assert pipeline.counts == {"dips": 1, "squats": 1}
    assert completed["colab"][0] == completed["colab"][1]
    # The second counter does not see the frame on which the first counts, so it counts on the next one.
    assert completed["mlkit"][1] - completed["mlkit"][0] == pytest.approx(1 / 30)
