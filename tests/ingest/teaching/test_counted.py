"""What was counted without a dataset as something to learn from."""

import pytest

from posecount.counting.knn import PoseClassifier
from posecount.counting.pipeline import RepetitionPipeline
from posecount.counting.repetitions import Repetition
from posecount.ingest.teaching.counted import last_set
from posecount.ingest.teaching.repetitions import TeachingError, teach
from posecount.tracking.sequence import LandmarkSequence
from tests.stick_figure import squatting


def repetition(start: float, end: float) -> Repetition:
    return Repetition("repetitions", start, (start + end) / 2, end, 10.0)


def test_the_last_set_begins_after_the_last_long_pause() -> None:
    first, second = [repetition(i, i + 1) for i in range(3)], [repetition(i, i + 1) for i in range(20, 24)]
    assert last_set([*first, *second]) == second
    assert last_set(first) == first and last_set([]) == []


@pytest.mark.parametrize("seconds", [1.0, 2.0])
def test_counted_repetitions_become_an_exercise_that_counts_as_many(seconds: float) -> None:
    recording = LandmarkSequence.from_poses(squatting(5, rate=15, seconds=seconds))
    pipeline = RepetitionPipeline(None, None, profile="any")
    counted = [each for time, pose in recording.poses() for each in pipeline.process_pose(pose, time).completed]
    taught = teach(recording, "bends", repetitions=counted)
    assert (taught.rest, taught.target) == ("bends_up", "bends_down")
    assert len(taught.repetitions) == len(counted) == 5
    assert [each.turn for each in taught.repetitions] == pytest.approx([each.turn for each in counted], abs=0.15)
    again = RepetitionPipeline(None, PoseClassifier(taught.dataset))
    for time, pose in recording.poses():
        again.process_pose(pose, time)
    assert again.counts == {"bends": 5}


def test_repetitions_outside_the_recording_teach_nothing() -> None:
    recording = LandmarkSequence.from_poses(squatting(3, rate=15))
    with pytest.raises(TeachingError, match="No rhythm"):
        teach(recording, "bends", repetitions=[repetition(100, 102)])
