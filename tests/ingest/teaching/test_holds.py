"""Teaching a pose to hold: the still part of a recording times the same pose from then on."""

import numpy as np
import pytest

from posecount.counting.knn import PoseClassifier
from posecount.counting.pipeline import RepetitionPipeline
from posecount.ingest.teaching.footage import FootageRecorder
from posecount.ingest.teaching.holds import is_held, teach_hold
from posecount.ingest.teaching.repetitions import TeachingError
from posecount.pose import Pose
from posecount.tracking.sequence import LandmarkSequence
from tests.stick_figure import SIZE, plank_pose, squatting, stick_pose

RNG = np.random.default_rng(8)
RATE = 15


def plank(seconds: float) -> list[Pose]:
    """A person who trembles a little, and slowly sinks."""
    frames = round(seconds * RATE)
    sunk = [plank_pose(arms=0.4, shift=8 * index / frames).landmarks for index in range(frames)]
    return [
        Pose((each + RNG.normal(0, 1, each.shape)).astype(np.float32), np.ones(33, np.float32), SIZE) for each in sunk
    ]


def standing(seconds: float) -> list[Pose]:
    return [stick_pose(0.0)] * round(seconds * RATE)


def recorded(*poses: Pose) -> LandmarkSequence:
    return LandmarkSequence.from_poses((index / RATE, pose) for index, pose in enumerate(poses))


def seconds_held(taught_by: LandmarkSequence, *poses: Pose) -> dict[str, float]:
    pipeline = RepetitionPipeline(None, PoseClassifier(teach_hold(taught_by, "planks").dataset))
    for index, pose in enumerate(poses):
        pipeline.process_pose(pose, index / RATE)
    return pipeline.seconds


def test_the_longest_still_part_becomes_the_hold_and_what_is_unlike_it_belongs_to_nothing() -> None:
    lesson = recorded(*standing(2), *plank(5), *standing(2))
    taught = teach_hold(lesson, "my plank")
    assert (taught.start, taught.end) == pytest.approx((2, 7), abs=0.3)
    assert taught.dataset.classes == ("my_plank_hold", "none") and taught.held == "my_plank_hold"
    assert taught.warnings == () and not taught.dataset.targets
    held = [frame for frame, label in zip(taught.frames, taught.dataset.labels, strict=True) if label != "none"]
    assert len(held) >= 20 and all(2 <= frame / RATE <= 7 for frame in held)
    assert max(held) - min(held) > 3 * RATE, "from all of it, not from one moment"
    others = plank(20)
    assert seconds_held(lesson, *standing(2), *others, *standing(2)) == {"planks": pytest.approx(20, abs=1)}


def test_a_pose_that_is_taken_up_again_gives_samples_from_both_times() -> None:
    taught = teach_hold(recorded(*plank(4), *standing(2), *plank(3)), "planks")
    held = [frame / RATE for frame, label in zip(taught.frames, taught.dataset.labels, strict=True) if label != "none"]
    assert min(held) < 4 and max(held) > 6


def test_a_recording_of_nothing_but_the_hold_is_enough() -> None:
    lesson = recorded(*plank(5))
    assert teach_hold(lesson, "planks").dataset.classes == ("planks_hold",)
    assert seconds_held(lesson, *plank(6), *standing(2)) == {"planks": pytest.approx(6, abs=1)}


@pytest.mark.parametrize("seconds", [1.0, 0.5])
def test_who_moves_all_the_time_is_told_to_hold_still(seconds: float) -> None:
    """Also where each second looks like the one before."""
    moving = recorded(*(pose for _, pose in squatting(8, rate=RATE, seconds=seconds, rest=0.5)))
    with pytest.raises(TeachingError, match=r"The person holds still.*Try: hold the pose for 5 seconds"):
        teach_hold(moving, "planks")
    assert not is_held(moving, moving.timestamps[-1])


def test_a_short_hold_carries_a_warning_and_a_reserved_name_is_refused() -> None:
    lesson = recorded(*standing(1), *plank(3))
    assert "held for only 2" in teach_hold(lesson, "planks", start=1.1).warnings[0]
    with pytest.raises(TeachingError, match="reserved"):
        teach_hold(lesson, "other")
    with pytest.raises(TeachingError, match="visible for only"):
        teach_hold(lesson, "planks", start=100)


def test_a_recorder_ends_once_the_pose_was_held_for_five_seconds() -> None:
    image = np.zeros((48, 64, 3), np.uint8)
    recorder, ended = FootageRecorder(3.0, 60.0, is_held), []
    for index, pose in enumerate((*standing(5), *plank(12))):
        recorder.add(image, pose, index / RATE)
        if recorder.look():
            ended.append(index / RATE)
    assert 10 <= ended[0] <= 12.5, "three seconds of countdown, two on the way, five of the hold"
