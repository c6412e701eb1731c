"""The profile `any` counts what recurs, whatever it is, and nothing else."""

from itertools import pairwise
from time import thread_time

import numpy as np
import pytest

from posecount.counting.any_exercise.counter import AnyCounter
from posecount.counting.any_exercise.follower import Cycle
from posecount.counting.pipeline import RepetitionPipeline
from posecount.embedding import measure
from posecount.pose import Pose
from tests.stick_figure import SIZE, stick_figure, stick_pose


def moved(times: list[float], depths: list[float], seconds: float, rate: float = 30.0) -> list[tuple[float, Pose]]:
    """The figure's depth, between given moments in straight lines."""
    moments = np.arange(0, seconds, 1 / rate)
    return [
        (float(time), stick_pose(float(depth), arms=float(depth)))
        for time, depth in zip(moments, np.interp(moments, times, depths), strict=True)
    ]


def repeated(count: int, seconds: float, *, rate: float = 30.0, first: float = 1.0) -> list[tuple[float, Pose]]:
    """The figure stands, goes down and up, and stands."""
    times, depths = [0.0, first], [0.0, 0.0]
    for number in range(count):
        begin = first + number * seconds
        times += [begin + 0.45 * seconds, begin + 0.9 * seconds, begin + seconds]
        depths += [1.0, 0.0, 0.0]
    return moved(times, depths, first + count * seconds + 1.0, rate)


def counted(frames: list[tuple[float, Pose]]) -> list[Cycle]:
    counter = AnyCounter()
    return [cycle for time, pose in frames for cycle in counter.update(measure(pose.landmarks), time)]


@pytest.mark.parametrize("rate", [10.0, 15.0, 30.0, 60.0])
@pytest.mark.parametrize("seconds", [1.0, 2.0, 4.0])
def test_counts_every_repetition_at_any_rate_and_pace(rate: float, seconds: float) -> None:
    assert len(counted(repeated(6, seconds, rate=rate))) == 6


@pytest.mark.parametrize("seconds", [0.35, 0.5])
def test_counts_fast_repetitions_at_thirty_frames_a_second(seconds: float) -> None:
    assert len(counted(repeated(20, seconds))) == pytest.approx(20, abs=1)


def test_shows_the_earlier_repetitions_with_the_third_at_the_latest() -> None:
    counter, total = AnyCounter(), 0
    for time, pose in repeated(3, 2.0):
        total += len(counter.update(measure(pose.landmarks), time))
        if time > 1.0 + 3 * 2.0:  # half a second after the end of the third, which takes 0.9 of its time
            break
    assert total == 3


def test_repetitions_follow_each_other_and_turn_between_start_and_end() -> None:
    cycles = counted(repeated(5, 2.0))
    assert all(cycle.start < cycle.turn < cycle.end for cycle in cycles)
    assert all(one.end <= other.start + 0.3 for one, other in pairwise(cycles))
    assert [cycle.turn for cycle in cycles] == pytest.approx([1.9 + 2 * number for number in range(5)], abs=0.2)


def test_half_a_movement_at_the_end_is_no_repetition() -> None:
    frames = repeated(4, 2.0)
    end = frames[-1][0]
    half = [(end + 0.05 + time, pose) for time, pose in moved([0.0, 0.9], [0.0, 1.0], 2.0)]
    assert len(counted(frames + half)) == 4


def test_half_a_movement_at_the_beginning_is_no_repetition() -> None:
    frames = repeated(4, 2.0, first=0.9)
    begun = moved([0.0, 0.9], [1.0, 0.0], 0.9)
    assert len(counted(begun + [(time + 0.9, pose) for time, pose in frames])) == 4


def test_a_person_who_stands_is_not_counted() -> None:
    generator = np.random.default_rng(3)
    frames = [
        (number / 30, Pose((stick_figure(0.0) + generator.normal(0, 1.5, (33, 3))).astype(np.float32), *_SEEN))
        for number in range(900)
    ]
    assert counted(frames) == []


def test_a_pause_does_not_lose_the_rhythm() -> None:
    frames = repeated(4, 2.0)
    again = [(frames[-1][0] + 10 + time, pose) for time, pose in repeated(3, 2.0)]
    assert len(counted(frames + again)) == 7


def test_another_exercise_is_counted_after_the_first() -> None:
    frames = repeated(4, 2.0)
    moments = np.arange(0, 16, 1 / 30)
    arms = 0.5 - 0.5 * np.cos(2 * np.pi * moments / 2)
    other = [
        (frames[-1][0] + 2 + float(time), stick_pose(0.0, arms=float(up)))
        for time, up in zip(moments, arms, strict=True)
    ]
    assert len(counted(frames + other)) == pytest.approx(4 + 8, abs=1)


def test_another_exercise_is_counted_from_its_first_repetitions_on_after_a_pause() -> None:
    """Many repetitions, of which there is more to remember than of a few."""
    frames = repeated(12, 2.0)
    moments = np.arange(0, 8, 1 / 30)
    other = [
        (frames[-1][0] + 5 + float(time), stick_pose(0.0, arms=0.3 - 0.3 * float(np.cos(np.pi * time))))
        for time in moments
    ]
    assert len(counted(frames + other)) == pytest.approx(12 + 4, abs=1)


def test_jumps_on_straight_legs_are_counted_by_the_path_of_the_hips() -> None:
    frames = []
    for number in range(30 * 10):
        height = max(0.0, float(np.sin(2 * np.pi * number / 30)))
        landmarks = stick_figure(0.0)
        landmarks[:, 1] -= 60 * height
        frames.append((number / 30, Pose(landmarks, *_SEEN)))
    assert len(counted(frames)) == pytest.approx(10, abs=1)


def test_frames_without_a_person_are_borne() -> None:
    pipeline = RepetitionPipeline(None, None, "any")
    for number, (time, pose) in enumerate(repeated(6, 2.0)):
        result = pipeline.process_pose(None if number % 7 == 0 else pose, time)
    assert result.counts == {"repetitions": 6}


def test_no_frame_takes_many_times_as_long_as_others_and_none_longer_as_the_session_grows() -> None:
    counter = AnyCounter()
    spent = []
    for time, pose in repeated(40, 2.0):
        started = thread_time()
        counter.update(measure(pose.landmarks), time)
        spent.append(thread_time() - started)
    # A search in one go, instead of in slices, took 38 ms: 300 times as long as a frame.
    assert np.percentile(spent, 99.5) < 40 * np.mean(spent)
    half = len(spent) // 2
    assert np.mean(spent[half:]) < 1.6 * np.mean(spent[half // 2 : half])


def test_the_pipeline_says_what_needs_a_classifier() -> None:
    with pytest.raises(ValueError, match="needs a classifier"):
        RepetitionPipeline(None, None, "robust")


_SEEN = np.ones(33, np.float32), SIZE


@pytest.mark.parametrize("place", [500.0, 999_999.0])
def test_landmarks_that_all_coincide_are_no_number_out_of_bounds_and_stop_no_counting(place: float) -> None:
    frames = repeated(8, 2.0)
    point = Pose(np.full((33, 3), place, np.float32), np.ones(33, np.float32), SIZE)
    for number in (20, 21):  # it overflowed, and nothing counted until the person had left the picture
        frames[number] = (frames[number][0], point)
    pipeline = RepetitionPipeline(None, None, "any")
    for time, pose in frames:
        pipeline.process_pose(pose, time)
    assert pipeline.counts["repetitions"] >= 6
