"""Holds: poses that are timed, from pose to seconds."""

from collections.abc import Sequence

import numpy as np
import pytest

from posecount.counting.holds import Hold, HoldTimer
from posecount.counting.knn import PoseClassifier
from posecount.counting.pipeline import FrameResult, RepetitionPipeline
from posecount.counting.settings import Profile
from posecount.datasets.dataset import Exercise, PoseDataset
from posecount.pose import LANDMARK, Pose
from tests.stick_figure import plank_pose, squatting, stick_dataset, stick_pose, with_planks

Frames = list[tuple[float, Pose | None]]
PLANK = plank_pose(arms=0.4)


@pytest.fixture(scope="module")
def classifier() -> PoseClassifier:
    return PoseClassifier(with_planks(stick_dataset()))


def frames_of(*parts: tuple[Pose | None, float], rate: float = 30) -> Frames:
    """Poses, each for some seconds, one after the other."""
    poses = [pose for pose, seconds in parts for _ in range(round(seconds * rate))]
    return [(index / rate, pose) for index, pose in enumerate(poses)]


def process(
    classifier: PoseClassifier, frames: Sequence[tuple[float, Pose | None]], profile: Profile = "robust"
) -> tuple[RepetitionPipeline, list[FrameResult]]:
    pipeline = RepetitionPipeline(None, classifier, profile=profile)
    return pipeline, [pipeline.process_pose(pose, timestamp) for timestamp, pose in frames]


@pytest.mark.parametrize("rate", [30, 10])
def test_a_hold_is_timed_within_a_second_and_counts_no_repetition(classifier: PoseClassifier, rate: float) -> None:
    frames = frames_of((stick_pose(0.0), 3), (PLANK, 20), (stick_pose(0.0), 3), rate=rate)
    pipeline, results = process(classifier, frames)
    (hold,) = pipeline.holds
    assert hold.exercise == "planks" and (hold.start, hold.end) == pytest.approx((3, 23), abs=0.5)
    assert pipeline.seconds == {"planks": hold.seconds} and hold.seconds == pytest.approx(20, abs=0.5)
    assert pipeline.counts == {"squats": 0}
    middle = results[round(13 * rate)]
    assert middle.hold and middle.exercise == "planks" and middle.reason is None
    assert middle.seconds == {"planks": middle.hold.seconds} and middle.hold.seconds == pytest.approx(10, abs=0.5)
    assert results[-1].hold is None and results[-1].seconds == pipeline.seconds


def test_a_hold_at_the_end_of_the_stream_is_reported(classifier: PoseClassifier) -> None:
    pipeline, results = process(classifier, frames_of((stick_pose(0.0), 1), (PLANK, 5)))
    assert pipeline.holds == (results[-1].hold,)
    assert pipeline.seconds["planks"] == pytest.approx(5, abs=0.5)


@pytest.mark.parametrize("away", [stick_pose(0.0), None])
def test_leaving_for_less_than_a_second_does_not_end_a_hold(classifier: PoseClassifier, away: Pose | None) -> None:
    pipeline, _ = process(classifier, frames_of((PLANK, 5), (away, 0.7), (PLANK, 5)))
    assert [hold.seconds for hold in pipeline.holds] == [pytest.approx(10.7, abs=0.5)]
    pipeline, _ = process(classifier, frames_of((PLANK, 5), (away, 3), (PLANK, 5)))
    assert [hold.seconds for hold in pipeline.holds] == [pytest.approx(5, abs=0.5)] * 2
    assert pipeline.seconds["planks"] == pytest.approx(10, abs=1)


def test_a_gap_in_the_stream_ends_a_hold_where_it_was_last_seen(classifier: PoseClassifier) -> None:
    later = [(timestamp + 60, pose) for timestamp, pose in frames_of((PLANK, 5))]
    pipeline, _ = process(classifier, [*frames_of((PLANK, 5)), *later])
    assert [hold.seconds for hold in pipeline.holds] == [pytest.approx(5, abs=0.5)] * 2


def test_a_pose_in_passing_is_no_hold(classifier: PoseClassifier) -> None:
    pipeline, results = process(classifier, frames_of((stick_pose(0.0), 1), (PLANK, 0.8), (stick_pose(0.0), 2)))
    assert pipeline.holds == () and pipeline.seconds == {"planks": 0.0}
    assert not any(result.hold for result in results)


def rocking(seconds: float, rate: float = 30) -> Frames:
    """A plank whose arms go to and fro every 2 seconds: slowly, and never out of the class."""
    moments = [index / rate for index in range(round(seconds * rate))]
    return [(time, plank_pose(arms=0.4 + 0.35 * float(np.sin(np.pi * time)))) for time in moments]


def test_an_exercise_that_passes_through_the_pose_is_no_hold(classifier: PoseClassifier) -> None:
    pipeline, results = process(classifier, rocking(8))
    assert min(result.smoothed["planks_hold"] for result in results[30:]) > 6
    assert pipeline.holds == ()


def test_a_hold_begins_when_the_body_is_still_and_lasts_while_it_trembles(classifier: PoseClassifier) -> None:
    frames = [*rocking(4), *((4 + time, PLANK) for time, _ in frames_of((PLANK, 3)))]
    frames += [(7 + time, pose) for time, pose in rocking(4)]
    pipeline, _ = process(classifier, frames)
    (hold,) = pipeline.holds
    assert hold.start == pytest.approx(4, abs=0.5) and hold.end == pytest.approx(11, abs=0.5)


def test_a_pose_that_is_guessed_or_unknown_is_not_held(classifier: PoseClassifier) -> None:
    visibility = PLANK.visibility.copy()
    visibility[[LANDMARK["left_knee"], LANDMARK["right_knee"]]] = 0.05
    _, results = process(classifier, frames_of((Pose(PLANK.landmarks, visibility, PLANK.size), 3)))
    assert {str(result.reason) for result in results} == {"Step back: your legs are not visible"}
    unknown = Pose(
        np.random.default_rng(0).uniform(0, 480, (33, 3)).astype(np.float32), np.ones(33, np.float32), (640, 480)
    )
    pipeline, _ = process(classifier, frames_of((unknown, 3)))
    assert pipeline.holds == ()


def test_repetitions_beside_a_hold_count_as_before(classifier: PoseClassifier) -> None:
    pipeline, _ = process(classifier, squatting(4))
    assert pipeline.counts == {"squats": 4} and pipeline.holds == ()


@pytest.mark.parametrize("profile", ["colab", "mlkit"])
def test_published_programs_count_a_hold_as_the_exercise_it_was(classifier: PoseClassifier, profile: Profile) -> None:
    frames = frames_of((stick_pose(0.0), 2), (PLANK, 4), (stick_pose(0.0), 2))
    pipeline, results = process(classifier, frames, profile)
    assert pipeline.counts == {"planks": 1, "squats": 0}
    assert pipeline.holds == () and not results[-1].seconds


def test_a_pose_to_hold_of_an_exercise_that_is_also_repeated_is_timed_apart() -> None:
    squats = with_planks(stick_dataset())
    labels = tuple(label.replace("planks_hold", "squats_hold") for label in squats.labels)
    classifier = PoseClassifier(PoseDataset(squats.names, labels, squats.landmarks))
    frames = squatting(3)
    end = frames[-1][0] + 1 / 30
    pipeline, _ = process(classifier, [*frames, *((end + time, pose) for time, pose in frames_of((PLANK, 5)))])
    assert pipeline.counts == {"squats": 3}
    assert pipeline.seconds == {"squats_hold": pytest.approx(5, abs=0.5)}


def test_a_target_that_is_held_is_timed_alone(classifier: PoseClassifier) -> None:
    pipeline = RepetitionPipeline(None, classifier, target="planks_hold")
    for timestamp, pose in frames_of((stick_pose(0.0), 1), (PLANK, 5)):
        pipeline.process_pose(pose, timestamp)
    assert pipeline.counts == {} and pipeline.seconds == {"planks_hold": pytest.approx(5, abs=0.5)}


def test_a_dataset_of_nothing_but_a_hold_times_it() -> None:
    both = with_planks(stick_dataset())
    held = [index for index, label in enumerate(both.labels) if label == "planks_hold"]
    planks = PoseDataset(tuple(both.names[i] for i in held), ("planks_hold",) * len(held), both.landmarks[held])
    pipeline, _ = process(PoseClassifier(planks), frames_of((stick_pose(1.0), 2), (PLANK, 5), (None, 2)))
    assert pipeline.seconds == {"planks": pytest.approx(5, abs=0.5)}


def test_another_hold_ends_the_one_before_at_once() -> None:
    timer = HoldTimer([Exercise("planks", "planks_hold", ()), Exercise("wall_sits", "wall_sits_hold", ())])
    for index in range(60):
        name = "planks_hold" if index < 30 else "wall_sits_hold"
        timer.update({name: 10.0}, PLANK, index / 10)
    assert timer.holds == (Hold("planks", 0.0, 2.9), Hold("wall_sits", 3.0, 5.9))
    assert timer.running == timer.holds[-1]
    assert timer.seconds == {"planks": pytest.approx(2.9), "wall_sits": pytest.approx(2.9)}
