"""RobustClassifier: nearest samples of each class, unknown poses, and tilt."""

from pathlib import Path
from time import process_time

import numpy as np
import pytest

import posecount.counting.robust.nearest_samples as nearest_samples
from posecount.counting.knn import PoseClassifier
from posecount.counting.pipeline import RepetitionPipeline
from posecount.counting.robust.classifier import RobustClassifier
from posecount.counting.robust.tilt import ROLLS, Tilt
from posecount.datasets.dataset import PoseDataset
from posecount.embedding import embed
from posecount.pose import LANDMARK
from tests.stick_figure import stick_dataset, stick_figure

SWAPPED = [LANDMARK[name.replace("left", "?").replace("right", "left").replace("?", "right")] for name in LANDMARK]


def turned(landmarks: np.ndarray, degrees: float) -> np.ndarray:
    cosine, sine = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return landmarks @ np.array([[cosine, sine, 0], [-sine, cosine, 0], [0, 0, 1]], np.float32)


@pytest.fixture(scope="module")
def published(shared: Path) -> PoseDataset:
    return PoseDataset.load(shared / "mlkit" / "fitness_pose_samples.csv")


@pytest.fixture(scope="module")
def robust(published: PoseDataset) -> RobustClassifier:
    return PoseClassifier(published).robust


def test_the_cut_off_is_shown_by_the_classifier_and_made_once() -> None:
    classifier = PoseClassifier(stick_dataset())
    assert classifier.unknown_distance_ == classifier.robust.unknown_distance_ > 0
    assert classifier.robust is classifier.robust


def test_confidence_of_a_sample_is_its_own_class(published: PoseDataset, robust: RobustClassifier) -> None:
    for index in range(0, len(published), 40):
        reading = robust.read(embed(published.landmarks[index]), published.exercises)
        assert reading.nearest == published.labels[index]
        assert reading.votes[published.labels[index]] > 6
        assert sum(reading.votes.values()) <= 10.001


def test_random_poses_are_unknown(robust: RobustClassifier) -> None:
    generator = np.random.default_rng(1)
    for _ in range(200):
        reading = robust.read(embed(generator.uniform(0, 480, (33, 3)).astype(np.float32)), robust.dataset.exercises)
        assert reading.votes == {}
        assert reading.rests == {}


def test_ten_samples_a_class_are_enough(published: PoseDataset) -> None:
    labels = np.array(published.labels)
    reached = []
    for seed in range(10):
        generator = np.random.default_rng(seed)
        chosen = np.concatenate(
            [generator.choice(np.flatnonzero(labels == name), 10, replace=False) for name in published.classes]
        )
        few = PoseDataset(
            tuple(published.names[i] for i in chosen),
            tuple(published.labels[i] for i in chosen),
            published.landmarks[chosen],
        )
        classifier = RobustClassifier(few)
        held_out = np.setdiff1d(np.arange(len(labels)), chosen)[seed::10]
        reached += [
            classifier.read(embed(published.landmarks[i]), ()).votes.get(published.labels[i], 0) > 6 for i in held_out
        ]
    assert np.mean(reached) >= 0.9


@pytest.mark.parametrize("view", ["mirror image", "moved and scaled"])
def test_a_reading_does_not_depend_on_the_view(published: PoseDataset, robust: RobustClassifier, view: str) -> None:
    for index in range(0, len(published), 40):
        landmarks = published.landmarks[index]
        changed = landmarks[SWAPPED] * (-1, 1, 1) if view == "mirror image" else landmarks * 0.4 + 100
        one, other = (robust.read(embed(each), published.exercises) for each in (landmarks, changed))
        assert other.votes == pytest.approx(one.votes, rel=1e-2, abs=0.05)
        assert other.progress == pytest.approx(one.progress, abs=1e-2)


@pytest.mark.parametrize("roll", ROLLS)
def test_tilt_is_learned_from_people_at_rest(published: PoseDataset, robust: RobustClassifier, roll: int) -> None:
    tilt = Tilt()
    standing = [i for i, label in enumerate(published.labels) if label == "squats_up"][:20]
    for time, index in enumerate(standing):
        reading = robust.read(embed(turned(published.landmarks[index], -roll)), published.exercises, tilt, time)
        assert reading.nearest == "squats_up"
    assert ROLLS[tilt.roll] == roll


def test_progress_goes_from_rest_to_target() -> None:
    classifier = RobustClassifier(stick_dataset())
    readings = [
        classifier.read(embed(stick_figure(depth)), classifier.dataset.exercises) for depth in np.linspace(0, 1, 17)
    ]
    assert readings[0].progress == 0, "nearest to the rest"
    progress = [reading.progress for reading in readings if reading.nearest == "squats_down"]
    assert len(progress) > 5
    assert progress[-1] == pytest.approx(1, abs=0.2)
    assert np.diff(progress).min() > 0


def test_a_class_that_is_left_out_is_not_read() -> None:
    dataset = stick_dataset()
    robust = RobustClassifier(dataset)
    pose = embed(stick_figure(1.0))
    assert robust.read(pose, dataset.repeated).nearest == "squats_down"
    reading = robust.read(pose, dataset.repeated, left_out={"squats_down"})
    assert reading.nearest == "squats_up"
    assert "squats_down" not in reading.votes


def test_a_class_may_be_the_nearest_although_one_sample_of_another_is_nearer() -> None:
    generator = np.random.default_rng(7)
    depths = [2.8, *[0.0] * 15, *[4.0] * 16]  # the first sample of those who stand is a squat
    landmarks = np.stack([stick_figure(depth) + generator.normal(0, 4, (33, 3)) for depth in depths])
    dataset = PoseDataset(
        tuple(f"{index:02}.jpg" for index in range(32)),
        ("squats_up",) * 16 + ("squats_down",) * 16,
        landmarks.astype(np.float32),
    )
    classifier = RobustClassifier(dataset)
    readings = [classifier.read(embed(stick_figure(depth)), dataset.exercises) for depth in np.linspace(2.5, 3.5, 21)]
    assert {reading.nearest for reading in readings} == {"squats_up", "squats_down"}
    progress = [reading.progress for reading in readings if reading.nearest == "squats_down"]
    assert all(0.5 < each < 1 for each in progress)


def test_exercises_depend_on_the_limb_they_move(published: PoseDataset, robust: RobustClassifier) -> None:
    assert {each.name: robust.limb(each) for each in published.exercises} == {"pushups": "arms", "squats": "legs"}


def test_a_stream_that_begins_learns_nothing_that_the_classifier_has_learned() -> None:
    classifier = PoseClassifier(stick_dataset())
    classifier.learn()._search = None  # type: ignore[assignment] # without the samples nothing can be learned
    assert RepetitionPipeline(None, classifier).counts == {"squats": 0}


def test_what_others_learn_from_the_samples_is_learned_once_for_all_sessions() -> None:
    classifier, asked = PoseClassifier(stick_dataset()), []

    def learn(dataset: PoseDataset) -> list[str]:
        asked.append(dataset)
        return list(dataset.classes)

    assert classifier.once(learn) is classifier.once(learn)
    assert asked == [classifier.dataset]


def test_twins_and_tiny_datasets_have_a_cut_off() -> None:
    figures = np.stack([stick_figure(depth) for depth in (0, 0, 0, 1, 1)]).astype(np.float32)
    dataset = PoseDataset(
        tuple("abcde"), ("squats_up", "squats_up", "squats_up", "squats_down", "squats_down"), figures
    )
    classifier = RobustClassifier(dataset)
    assert classifier.neighbours_ == 1
    assert classifier.read(embed(stick_figure(1.0)), dataset.exercises).votes == pytest.approx({"squats_down": 10})


def many_samples(count: int, exercises: int = 1) -> PoseDataset:
    """As many samples of stick figures, no two alike."""
    few = stick_dataset(50)
    generator = np.random.default_rng(2)
    which = generator.integers(0, len(few), count)
    labels = tuple(f"{'abcdefghijklmnop'[index % exercises]}_{few.labels[index].split('_')[1]}" for index in which)
    noise = generator.normal(0, 8, (count, 33, 3)).astype(np.float32)
    return PoseDataset(tuple(map(str, range(count))), labels, few.landmarks[which] + noise)


def test_the_cut_off_of_many_samples_is_learned_from_some(monkeypatch: pytest.MonkeyPatch) -> None:
    every = RobustClassifier(many_samples(4000))._search.own_distances_
    monkeypatch.setattr(nearest_samples, "_OWN_SAMPLES", 1500)
    some = RobustClassifier(many_samples(4000))._search.own_distances_
    assert (len(every), len(some)) == (4000, 1500)
    for share in (0.5, 0.9):
        assert np.quantile(some, share) == pytest.approx(np.quantile(every, share), rel=0.02)


def test_twenty_thousand_samples_are_learned_in_ten_seconds() -> None:
    dataset = many_samples(20_000, exercises=10)
    started = process_time()
    RobustClassifier(dataset)
    assert process_time() - started < 10
