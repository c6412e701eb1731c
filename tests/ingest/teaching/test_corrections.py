"""Corrections teach: after three of one kind the next of that kind counts right, and nothing else gets worse."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from posecount.counting.knn import PoseClassifier
from posecount.counting.pipeline import RepetitionPipeline
from posecount.counting.repetitions import Repetition
from posecount.datasets.dataset import PoseDataset, exercise_of
from posecount.datasets.records import NewSample
from posecount.ingest.teaching.corrections import CorrectionError, of_false, of_missed
from posecount.ingest.teaching.repetitions import NONE
from posecount.pose import Pose
from posecount.shipped import STARTER_DATASET
from posecount.tracking.sequence import LandmarkSequence
from tests.stick_figure import stick_dataset, stick_pose

Frames = list[tuple[float, Pose | None]]
_RATE = 15


def moves(number: int, depth: float, arms: float = 0.0, start: float = 0.0) -> Frames:
    """Stands, goes down so far that many times, and stands; the arms rise with it. Each takes two seconds."""
    frames: Frames = []
    for index in range(round((2 * number + 2) * _RATE)):
        phase = np.clip(index / _RATE - 1, 0, 2 * number)
        down = float(0.5 - 0.5 * np.cos(np.pi * phase))
        frames.append((start + index / _RATE, stick_pose(depth * down, arms=arms * down)))
    return frames


def counted(dataset: PoseDataset, frames: Frames) -> list[Repetition]:
    pipeline = RepetitionPipeline(None, PoseClassifier(dataset))
    return [each for time, pose in frames for each in pipeline.process_pose(pose, time).completed]


def taught(dataset: PoseDataset, samples: Sequence[NewSample]) -> PoseDataset:
    rows = [*zip(dataset.labels, dataset.names, dataset.landmarks, strict=True)]
    rows += [(each.class_name, f"{index}_{each.name}", each.landmarks) for index, each in enumerate(samples)]
    rows.sort(key=lambda row: row[0])
    labels, names, landmarks = zip(*rows, strict=True)
    return PoseDataset(names, labels, np.stack(landmarks).astype(np.float32), dataset.targets)


def test_after_three_that_were_none_the_next_like_them_does_not_count_and_true_ones_do() -> None:
    dataset = stick_dataset()
    false, true = moves(1, 1.0, arms=0.65), moves(5, 1.0)
    assert len(counted(dataset, false)) == 1 and len(counted(dataset, true)) == 5
    for _ in range(3):
        repetitions = counted(dataset, false)
        if repetitions:
            samples = of_false(LandmarkSequence.from_poses(false), repetitions[0], dataset, dataset.repeated[0])
            assert {each.class_name for each in samples} == {NONE}
            dataset = taught(dataset, samples)
    assert counted(dataset, false) == []
    assert len(counted(dataset, true)) == 5


def test_after_three_that_were_missed_the_next_like_them_counts_and_standing_does_not() -> None:
    dataset = stick_dataset()
    missed = moves(1, 0.62)
    assert counted(dataset, missed) == []
    for _ in range(3):
        samples = of_missed(LandmarkSequence.from_poses(missed), [], dataset, dataset.repeated[0])
        assert {each.class_name for each in samples} == {"squats_down", "squats_up"}
        dataset = taught(dataset, samples)
    assert len(counted(dataset, missed)) == 1
    assert len(counted(dataset, moves(5, 1.0))) == 5
    assert counted(dataset, moves(3, 0.1)) == []


def test_three_missed_push_ups_of_another_form_teach_it_and_no_other_clip_counts_otherwise(shared: Path) -> None:
    starter = PoseDataset.load(STARTER_DATASET)
    pushups = next(each for each in starter.repeated if each.name == "pushups")
    names = ("pushup-incline-12", "pushup-side-4", "squat-portrait-3", "none-moving-about", "jumping-jack-19")
    clips = {name: LandmarkSequence.load(shared / "sequences" / f"{name}_10fps.npz") for name in names}

    def counts(dataset: PoseDataset) -> dict[str, int]:
        return {name: len(counted(dataset, list(clip.poses()))) for name, clip in clips.items()}

    before = counts(starter)
    incline = clips["pushup-incline-12"]
    dataset = starter
    for end in (6.9, 10.3, 13.7):  # no other repetition is known to be missed, so each is taken from four seconds
        seen = (incline.timestamps >= end - 4) & (incline.timestamps < end)
        part = LandmarkSequence(
            incline.landmarks[seen], incline.visibility[seen], incline.timestamps[seen], incline.size
        )
        dataset = taught(dataset, of_missed(part, [], starter, pushups))
    after = counts(dataset)
    assert before["pushup-incline-12"] <= 2 and 11 <= after["pushup-incline-12"] <= 13
    assert {**after, "pushup-incline-12": before["pushup-incline-12"]} == before


@pytest.mark.parametrize(("name", "number"), [("lunges_companion_1", 6), ("lunges_project32_1", 7)])
def test_lunges_that_were_no_squats_are_none_after_three_corrections_and_no_other_clip_counts_otherwise(
    shared: Path, name: str, number: int
) -> None:
    starter = PoseDataset.load(STARTER_DATASET)
    rows = [
        row for row, label in enumerate(starter.labels) if label == NONE or exercise_of(label) in ("squats", "pushups")
    ]
    dataset = PoseDataset(
        tuple(starter.names[row] for row in rows), tuple(starter.labels[row] for row in rows), starter.landmarks[rows],
        starter.targets,
    )  # fmt: skip
    squats = next(each for each in dataset.repeated if each.name == "squats")
    folder = shared / "sequences"
    lunges = LandmarkSequence.load(folder / "footage" / f"{name}_10fps.npz")
    others = ("footage/squats_apurvo_1_10fps", "pushup-side-4_10fps", "none-moving-about_10fps")
    clips = [list(LandmarkSequence.load(folder / f"{other}.npz").poses()) for other in others]
    before = [len(counted(dataset, clip)) for clip in clips]
    false = counted(dataset, list(lunges.poses()))
    assert len(false) == number and {each.exercise for each in false} == {"squats"}, "no lunges are in the dataset"
    after = -1.0
    for _ in range(3):
        later = [each for each in counted(dataset, list(lunges.poses())) if each.start > after]
        if later:
            dataset = taught(dataset, of_false(lunges, later[0], dataset, squats))
            after = later[0].end
    assert counted(dataset, list(lunges.poses())) == []
    assert [len(counted(dataset, clip)) for clip in clips] == before == [6, 4, 0]


def test_a_false_repetition_far_from_the_exercise_teaches_its_turn() -> None:
    dataset = stick_dataset()
    frames: Frames = [(index / _RATE, stick_pose(0.0, arms=float(arms))) for index, arms in enumerate(
        np.sin(np.linspace(0, np.pi, 31))
    )]  # fmt: skip
    false = Repetition("squats", 0.0, 1.0, 2.0, 9.0)
    samples = of_false(LandmarkSequence.from_poses(frames), false, dataset, dataset.repeated[0])
    assert len(samples) >= 4
    assert all(0.5 <= float(each.name[10:-5]) <= 1.5 for each in samples), "the arms are up, not down as at rest"


def test_what_was_counted_is_not_taken_for_what_was_missed() -> None:
    dataset = stick_dataset()
    frames = moves(1, 1.0) + moves(1, 0.62, start=4.0)
    samples = of_missed(LandmarkSequence.from_poses(frames), counted(dataset, frames), dataset, dataset.repeated[0])
    assert all(float(each.name[10:-5]) > 4.0 for each in samples if each.class_name == "squats_down")


@pytest.mark.parametrize("frames", [[], moves(2, 0.0)], ids=["nothing", "standing"])
def test_where_nobody_moved_nothing_is_learned_and_the_message_says_so(frames: Frames) -> None:
    dataset = stick_dataset()
    with pytest.raises(CorrectionError, match="Nothing was learned"):
        of_missed(LandmarkSequence.from_poses(frames), [], dataset, dataset.repeated[0])


def test_a_false_repetition_that_is_no_longer_kept_teaches_nothing() -> None:
    dataset = stick_dataset()
    with pytest.raises(CorrectionError, match="no longer kept"):
        of_false(
            LandmarkSequence.from_poses(moves(1, 1.0)), Repetition("squats", 90, 91, 92, 9.0), dataset,
            dataset.repeated[0],
        )  # fmt: skip
