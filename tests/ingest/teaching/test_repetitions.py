"""Exercises learned from a few repetitions, of stick figures and of people."""

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from posecount.counting.knn import PoseClassifier
from posecount.counting.pipeline import RepetitionPipeline
from posecount.counting.settings import DEFAULT_PROFILE, Profile
from posecount.datasets.dataset import PoseDataset
from posecount.errors import DatasetError
from posecount.ingest.teaching.repetitions import NONE, TeachingError, are_over, teach
from posecount.pose import Pose
from posecount.tracking.sequence import LandmarkSequence
from tests.stick_figure import squatting, stick_dataset, stick_figure, stick_pose

Frames = list[tuple[float, Pose | None]]


def recording(frames: Frames, jitter: float = 1.5) -> LandmarkSequence:
    """The frames as a tracker would deliver them, with jitter in pixels."""
    sequence = LandmarkSequence.from_poses(frames)
    noise = np.random.default_rng(3).normal(0, jitter, sequence.landmarks.shape).astype(np.float32)
    return LandmarkSequence(sequence.landmarks + noise, sequence.visibility, sequence.timestamps, sequence.size)


def then(*parts: Frames) -> Frames:
    """One after the other."""
    frames: Frames = []
    for part in parts:
        after = frames[-1][0] + 1 / 30 if frames else 0.0
        frames += [(after + time, pose) for time, pose in part]
    return frames


def still(seconds: float, pose: Pose | None) -> Frames:
    return [(index / 30, pose) for index in range(round(seconds * 30))]


def lying(seconds: float) -> Frames:
    landmarks = stick_figure(0.0)[:, [1, 0, 2]].copy()
    return still(seconds, Pose(landmarks, np.ones(33, np.float32), (640, 480)))


def count(
    dataset: PoseDataset,
    sequence: LandmarkSequence,
    start: float = 0.0,
    end: float = 1e9,
    profile: Profile = DEFAULT_PROFILE,
) -> int:
    pipeline = RepetitionPipeline(None, PoseClassifier(dataset), profile)
    for time, pose in sequence.poses():
        if start <= time <= end:
            pipeline.process_pose(pose, time)
    return sum(pipeline.counts.values())


@pytest.mark.parametrize("rate", [30.0, 15.0, 10.0])
@pytest.mark.parametrize("seconds", [0.7, 2.0, 6.0])
def test_five_repetitions_are_found_and_counted_at_any_pace_and_frame_rate(rate: float, seconds: float) -> None:
    taught = teach(recording(list(squatting(5, rate, seconds))), "knee bends")
    assert (taught.rest, taught.target) == ("knee_bends_up", "knee_bends_down")
    assert len(taught.repetitions) == 5
    for number, each in enumerate(taught.repetitions):
        assert each.turn == pytest.approx(1 + (number + 0.5) * seconds, abs=max(0.15 * seconds, 0.1))
        assert each.start < each.turn < each.end
    assert taught.warnings == ()
    assert taught.confidence > 0.8
    if seconds == 2.0 and rate == 30.0:
        assert count(taught.dataset, recording(list(squatting(8, seconds=1.6)))) == 8


def test_samples_are_balanced_named_after_their_repetition_and_traceable_to_their_frames() -> None:
    sequence = recording(list(squatting(5)))
    taught = teach(sequence, "squats")
    assert Counter(taught.dataset.labels) == {"squats_down": 20, "squats_up": 24}
    assert np.array_equal(taught.dataset.landmarks, sequence.landmarks[list(taught.frames)])
    assert len(set(taught.frames)) == len(taught.frames)
    for name, frame in zip(taught.dataset.names, taught.frames, strict=True):
        group, _, moment = name.partition("_")
        assert group in {f"rep{number}" for number in range(1, 6)}
        assert moment == f"{sequence.timestamps[frame]:.2f}s.jpg"
    assert {name: len(times) for name, times in taught.examples.items()} == {"squats_up": 6, "squats_down": 5}
    assert all(time in sequence.timestamps for times in taught.examples.values() for time in times)


def test_saved_it_loads_again_with_its_target(tmp_path: Path) -> None:
    raising: Frames = [
        (time, stick_pose(0.0, arms=float(0.5 - 0.5 * np.cos(time * np.pi)))) for time in np.arange(0, 10, 1 / 30)
    ]
    taught = teach(recording(raising), "arm raises")
    assert (taught.rest, taught.target) == ("arm_raises_down", "arm_raises_up")
    taught.dataset.save(tmp_path / "own")
    (exercise,) = PoseDataset.load(tmp_path / "own").exercises
    assert (exercise.name, exercise.target, exercise.rest) == ("arm_raises", "arm_raises_up", ("arm_raises_down",))


def test_standing_about_before_and_after_is_rest_and_lying_there_is_none() -> None:
    frames = then(
        lying(3), still(4, stick_pose(0.0)), list(squatting(5)), still(4, stick_pose(0.0)), still(2, None), lying(2)
    )
    taught = teach(recording(frames), "squats")
    assert (len(taught.repetitions), taught.rest) == (5, "squats_up")
    others = [frame for frame, label in zip(taught.frames, taught.dataset.labels, strict=True) if label == NONE]
    assert 8 <= len(others) <= 24
    times = np.array([frames[frame][0] for frame in others])
    assert ((times < 3) | (times > frames[-1][0] - 2.1)).all()


def test_the_other_sides_states_are_the_same_states() -> None:
    """Seen in a mirror, arms at half height: another view of the same exercise, after a pause."""
    turned: Frames = []
    for time, pose in squatting(3):
        landmarks = pose.landmarks * np.array((-0.6, 1, 1), np.float32)
        turned.append((time, Pose(landmarks + np.array((640, 0, 0), np.float32), pose.visibility, pose.size)))
    taught = teach(recording(then(list(squatting(3)), lying(3), turned)), "squats")
    assert len(taught.repetitions) == 6
    assert taught.rest == "squats_up"


def test_only_what_lies_between_start_and_end_is_learned_from() -> None:
    taught = teach(recording(list(squatting(10))), "squats", start=4.9, end=15.1)
    assert len(taught.repetitions) == 5
    assert all(each.start >= 4.9 and each.end <= 15.1 for each in taught.repetitions)


def test_a_cut_recording_that_begins_in_the_target_pose_still_knows_rest() -> None:
    taught = teach(recording(then(list(squatting(5)), still(3, stick_pose(0.0)))), "squats", start=1.9)
    assert taught.rest == "squats_up"


def test_states_can_be_chosen_by_hand() -> None:
    sequence = recording(list(squatting(5)))
    swapped = teach(sequence, "squats", states=(4.0, 3.0))
    assert (swapped.rest, swapped.target) == ("squats_down", "squats_up")
    assert dict(swapped.dataset.targets) == {"squats": "squats_up"}
    half_way = teach(sequence, "squats", states=(1.0, 1.6))
    assert len(half_way.repetitions) == 5
    assert half_way.target == "squats_down"


def test_what_a_dataset_calls_the_target_is_not_taken_for_rest() -> None:
    begins_down = recording(list(squatting(6)))
    taught = teach(begins_down, "squats", start=2, end=12)
    assert taught.rest == "squats_down"
    known = teach(begins_down, "squats", start=2, end=12, target="squats_down")
    assert (known.rest, known.target) == ("squats_up", "squats_down")
    assert Counter(known.dataset.labels) == Counter(taught.dataset.labels)
    # Where nothing is of that name, it changes nothing.
    other = teach(begins_down, "squats", start=2, end=12, target="squats_bottom")
    assert (other.rest, other.target) == (taught.rest, taught.target)


def test_few_repetitions_are_learned_from_with_a_warning() -> None:
    taught = teach(recording(list(squatting(2))), "squats")
    assert taught.warnings == ("Only 2 repetitions were found. Do at least 4, ideally five or six.",)


@pytest.mark.parametrize("period", [3.1, 5.3, 7.7])
def test_arms_that_move_to_a_rhythm_of_their_own_do_not_upset_it(period: float) -> None:
    frames: Frames = []
    for time in np.arange(0, 14, 1 / 30).tolist():
        swung = float(0.2 * (0.5 + 0.5 * np.sin(2 * np.pi * time / period)))
        frames.append((time, stick_pose(float(0.5 - 0.5 * np.cos(np.pi * time)), arms=swung)))
    taught = teach(recording(frames), "squats")
    assert (len(taught.repetitions), taught.target) == (7, "squats_down")
    assert taught.confidence < 0.8


@pytest.mark.parametrize("rate", [30, 15, 10])
def test_somebody_who_moves_about_is_doubted(shared: Path, rate: int) -> None:
    taught = teach(LandmarkSequence.load(shared / "sequences" / f"none-moving-about_{rate}fps.npz"), "dance")
    assert any("differ a lot" in warning for warning in taught.warnings)
    assert taught.confidence < 0.65


@pytest.mark.parametrize(
    ("frames", "words"),
    [
        ([], "visible for only"),
        (still(5, None), "visible for only"),
        (still(0.2, stick_pose(0.0)), "visible for only"),
        (still(8, stick_pose(0.0)), "No rhythm"),
        (list(squatting(1))[:60], "No rhythm"),
    ],
)
def test_what_holds_no_exercise_is_refused_with_what_to_try(frames: Frames, words: str) -> None:
    with pytest.raises(TeachingError, match=f"{words}.*Try:"):
        teach(recording(frames), "squats")


@pytest.mark.parametrize("name", ["none", "other things", "x" * 60])
def test_names_that_cannot_be_exercises_are_refused(name: str) -> None:
    with pytest.raises(TeachingError, match="Try:"):
        teach(recording(list(squatting(5))), name)
    with pytest.raises(DatasetError, match="no letter or digit"):
        teach(recording(list(squatting(5))), " / ")


def test_what_was_taught_is_what_a_dataset_made_by_hand_holds() -> None:
    """The reference dataset and the taught one count the same squats."""
    other = recording(list(squatting(6, seconds=2.4)))
    assert count(teach(recording(list(squatting(5))), "squats").dataset, other) == count(stick_dataset(), other) == 6


BAR = ["pushup-tutorial-14", "squat-three-views-9", "situp-10", "jumping-jack-19", "pushup-incline-12"]


@pytest.mark.parametrize("rate", [30, 15, 10])
@pytest.mark.parametrize("clip", BAR)
def test_people_teach_with_their_first_five_and_the_rest_is_counted(shared: Path, clip: str, rate: int) -> None:
    with (shared / "clips" / "truth.csv").open(newline="") as file:
        (row,) = [row for row in csv.DictReader(file) if row["path"] == f"{clip}.mp4"]
    turns = [float(time) for time in row["bottom_times_s"].split()]
    sequence = LandmarkSequence.load(shared / "sequences" / f"{clip}_{rate}fps.npz")
    middle = (turns[4] + turns[5]) / 2
    taught = teach(sequence, row["exercise"], end=middle)
    assert len(taught.repetitions) == 5
    assert taught.rest.endswith("_down" if clip in ("situp-10", "jumping-jack-19") else "_up")
    assert np.abs([each.turn for each in taught.repetitions] - np.array(turns[:5])).max() < 0.6
    after = int(row["reps"]) - 5
    moving_about = LandmarkSequence.load(shared / "sequences" / f"none-moving-about_{rate}fps.npz")
    assert abs(count(taught.dataset, sequence, middle) - after) <= 1
    assert count(taught.dataset, moving_about, end=5.0) == 0
    # The published way of counting knows no rejection, so only the repetitions are asked of it.
    assert abs(count(taught.dataset, sequence, middle, profile="colab") - after) <= 1


def test_what_lies_between_two_repetitions_is_none_however_the_rhythm_was_taken_at_first(shared: Path) -> None:
    """Three such sit-ups counted beside the true ones, once the set had its name."""
    sequence = LandmarkSequence.load(shared / "sequences" / "situp-10_30fps.npz")
    assert count(teach(sequence, "situps").dataset, sequence) == 10


# When a recording may end


def over_at(frames: list[tuple[float, Pose | None]], every: float = 2.0) -> float | None:
    """The first second, looking every so often, at which the repetitions are over."""
    for now in np.arange(2.0, frames[-1][0], every).tolist():
        if are_over(LandmarkSequence.from_poses(frame for frame in frames if frame[0] <= now), now):
            return float(now)
    return None


@pytest.mark.parametrize("seconds", [1.0, 2.0, 4.0])
def test_a_recording_is_over_soon_after_the_fifth_repetition_at_any_pace(seconds: float) -> None:
    frames: list[tuple[float, Pose | None]] = [*squatting(5, 15.0, seconds, rest=3.0)]
    fifth = 3 + 5 * seconds
    over = over_at([*frames, *((fifth + 3 + index / 15, stick_pose(0.0)) for index in range(45))])
    assert over is not None and fifth <= over <= fifth + 4


def test_a_recording_is_over_after_a_pause_if_the_person_stops_early_or_leaves() -> None:
    three: list[tuple[float, Pose | None]] = [*squatting(3, 15.0, rest=2.0)]
    end = three[-1][0]
    stands: list[tuple[float, Pose | None]] = [(end + index / 15, stick_pose(0.0)) for index in range(1, 150)]
    for then in (stands, [(time, None) for time, _ in stands]):
        over = over_at([*three, *then])
        assert over is not None and 8 + 4 <= over <= 8 + 8


def test_a_recording_is_not_over_while_nobody_has_begun() -> None:
    standing: list[tuple[float, Pose | None]] = [(index / 15, stick_pose(0.0)) for index in range(300)]
    assert over_at(standing, every=5.0) is None
    assert over_at([(time, None) for time, _ in standing], every=5.0) is None


@pytest.mark.parametrize(("clip", "reps"), [("lunge-portrait-5", 5), ("squat-wall-5", 5), ("pullup-back-7", 7)])
def test_real_recordings_are_not_over_before_the_fifth_repetition(shared: Path, clip: str, reps: int) -> None:
    frames = list(LandmarkSequence.load(shared / "sequences" / f"{clip}_15fps.npz").poses())
    over = over_at(frames)
    if over is not None:
        done = LandmarkSequence.from_poses(frame for frame in frames if frame[0] <= over)
        assert len(teach(done, "exercise").repetitions) >= min(reps, 5)


def test_a_recording_of_days_or_ages_is_refused_in_words() -> None:
    frames: Frames = [*squatting(5, 15.0), (1e9, stick_pose(0.0))]
    with pytest.raises(TeachingError, match=r"lasts \d+ minutes; at most 60 .*Try: choose the part"):
        teach(LandmarkSequence.from_poses(frames), "squats")
    assert len(teach(LandmarkSequence.from_poses(frames), "squats", end=60).repetitions) == 5
