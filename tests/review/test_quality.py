"""Quality figures: a good set looks good, and a bad one as bad as it is."""

from pathlib import Path

import numpy as np
import pytest

from posecount.datasets.dataset import PoseDataset
from posecount.embedding import MIRROR
from posecount.errors import DatasetError
from posecount.review.quality import assess, map_dataset
from posecount.shipped import STARTER_DATASET
from posecount.tracking.sequence import LandmarkSequence
from tests.stick_figure import stick_dataset, stick_figure


def test_a_clean_dataset_is_good() -> None:
    quality = assess(stick_dataset())
    assert quality.accuracy == 1
    assert quality.verdict == "good"
    assert quality.summary == "Good: 100% of 40 samples are recognised by the others."
    np.testing.assert_array_equal(quality.confusion, [[20, 0], [0, 20]])


def test_wrong_labels_show_in_accuracy_and_confusion() -> None:
    dataset = stick_dataset()
    labels = ("squats_up",) * 2 + dataset.labels[2:]
    quality = assess(PoseDataset(dataset.names, labels, dataset.landmarks))
    np.testing.assert_array_equal(quality.confusion, [[18, 0], [2, 20]])
    assert quality.accuracy == 38 / 40
    assert quality.verdict == "fair"
    assert "squats_up with 91%: 2 look like another class, most often squats_down" in quality.summary
    assert sum(each.samples for each in quality.classes) == quality.samples == 40


def test_random_labels_are_poor() -> None:
    dataset = stick_dataset()
    labels = tuple(np.random.default_rng(0).permutation(dataset.labels).tolist())
    quality = assess(PoseDataset(dataset.names, labels, dataset.landmarks))
    assert quality.verdict == "poor"
    assert quality.accuracy < 0.75


def test_a_dataset_that_agrees_with_itself_is_poor_where_a_trusted_one_disagrees() -> None:
    trusted = stick_dataset()
    lying = PoseDataset(trusted.names, trusted.labels, np.ascontiguousarray(trusted.landmarks[..., [1, 0, 2]]))
    assert assess(lying).verdict == "good"
    quality = assess(lying, reference=trusted)
    assert quality.strangers == {"squats": 1.0}
    assert quality.verdict == "poor"
    assert "100% of squats does not look like squats" in quality.summary


def test_a_trusted_dataset_finds_no_strangers_in_itself() -> None:
    assert assess(stick_dataset(), reference=stick_dataset()).strangers == {"squats": 0.0}


def test_an_empty_dataset_is_said_to_be_empty() -> None:
    with pytest.raises(DatasetError, match="empty"):
        assess(PoseDataset((), (), np.zeros((0, 33, 3), np.float32)))


def test_the_map_keeps_classes_apart() -> None:
    dataset = stick_dataset()
    result = map_dataset(dataset)
    down, up = result.points[:20], result.points[20:]
    assert down[:, 0].min() > up[:, 0].max() or down[:, 0].max() < up[:, 0].min()
    assert 0.5 < result.explained <= 1


def test_the_map_puts_a_pose_and_its_mirror_image_on_one_point() -> None:
    dataset = stick_dataset()
    both = np.concatenate([dataset.landmarks, dataset.landmarks * MIRROR])
    points = map_dataset(PoseDataset(dataset.names * 2, ("a",) * 80, both)).points
    np.testing.assert_allclose(points[:40], points[40:], atol=1e-3)


@pytest.mark.parametrize("count", [1, 2])
def test_the_map_of_hardly_any_samples_is_finite(count: int) -> None:
    figures = np.stack([stick_figure(step / 2) for step in range(count)])
    result = map_dataset(PoseDataset(tuple("ab"[:count]), ("squats_up",) * count, figures))
    assert np.isfinite(result.points).all()
    assert result.explained == pytest.approx(1)


# With the starter and with real poses

STANDING = (
    "curls_down", "deadlifts_up", "front_raises_down", "high_knees_down", "jumping_jacks_down", "lunges_up",
    "side_lunges_up", "squats_up",
)  # fmt: skip


@pytest.fixture(scope="module")
def google(shared: Path) -> PoseDataset:
    return PoseDataset.load(shared / "mlkit" / "fitness_pose_samples.csv")


@pytest.fixture(scope="module")
def starter() -> PoseDataset:
    return PoseDataset.load(STARTER_DATASET)


def test_the_starter_is_good(starter: PoseDataset) -> None:
    quality = assess(starter)
    assert quality.verdict == "good", quality.summary
    assert quality.accuracy >= 0.97
    assert min(each.accuracy for each in quality.classes) >= 0.9
    assert "Remove" not in quality.summary


def test_exercises_that_share_a_rest_are_not_mistaken_for_each_other(starter: PoseDataset) -> None:
    quality = assess(starter)
    rests = [index for index, each in enumerate(quality.classes) if each.name in STANDING]
    among = quality.confusion[np.ix_(rests, rests)]
    assert among.sum() == np.trace(among)


def test_an_exercise_of_a_trusted_dataset_that_shares_a_rest_has_no_strangers(starter: PoseDataset) -> None:
    """Standing with hanging arms is a squat's rest, though the trusted squats hold their arms in front."""
    standing = {"jumping_jacks_down": "squats_up", "squats_down": "squats_down"}
    chosen = [index for index, label in enumerate(starter.labels) if label in standing]
    squats = PoseDataset(
        tuple(starter.names[index] for index in chosen),
        tuple(standing[starter.labels[index]] for index in chosen),
        starter.landmarks[chosen],
    )
    assert assess(squats, reference=starter).strangers == {"squats": 0.0}


def relabelled(dataset: PoseDataset, labels: dict[str, str | None]) -> PoseDataset:
    """The dataset with some classes renamed, or left out."""
    new = [labels.get(label, label) for label in dataset.labels]
    kept = [index for index, label in enumerate(new) if label is not None]
    return PoseDataset(
        tuple(dataset.names[index] for index in kept),
        tuple(label for label in new if label is not None),
        dataset.landmarks[kept],
        dataset.targets,
    )


JACKS = {"jumping_jacks_down": "pushups_up", "jumping_jacks_up": "pushups_down"}
NO_PUSHUPS = {"pushups_up": None, "pushups_down": None}


def test_jumping_jacks_labelled_push_ups_are_poor(starter: PoseDataset) -> None:
    alone = relabelled(starter, {**NO_PUSHUPS, **JACKS})
    quality = assess(alone, reference=starter)
    assert quality.verdict == "poor" and quality.strangers["pushups"] == 1.0
    assert quality.summary.endswith("100% of pushups does not look like pushups: compare the pictures.")
    among_real_ones = relabelled(starter, {**JACKS})
    assert assess(among_real_ones).verdict == assess(among_real_ones, reference=starter).verdict == "poor"


@pytest.mark.parametrize("others", ["all", "squats", "none"])
def test_rope_skipping_labelled_push_ups_is_poor_with_and_without_a_trusted_dataset(
    starter: PoseDataset, others: str
) -> None:
    """Who skips a rope stands all the time, so nothing tells the two states apart."""
    generator = np.random.default_rng(0)
    labels = [
        str(generator.choice(["pushups_up", "pushups_down"])) if label == "jumping_jacks_down" else label
        for label in starter.labels
    ]
    kept = [
        index
        for index, (old, new) in enumerate(zip(starter.labels, labels, strict=True))
        if old != new or (not old.startswith("pushups") and {"all": True, "squats": "squats" in old}.get(others))
    ]
    bad = PoseDataset(
        tuple(starter.names[index] for index in kept),
        tuple(labels[index] for index in kept),
        starter.landmarks[kept],
        starter.targets,
    )
    assert assess(bad).verdict == "poor"
    assert assess(bad, reference=starter).verdict == "poor"


def test_googles_samples_are_good(google: PoseDataset) -> None:
    quality = assess(google)
    assert quality.verdict == "good"
    assert quality.accuracy >= 0.97


@pytest.mark.parametrize("share", [0.2, 0.5, 1.0])
@pytest.mark.parametrize("classes", [("pushups_up",), ("pushups_up", "pushups_down")])
def test_push_ups_that_are_jumps_are_poor(
    shared: Path, google: PoseDataset, share: float, classes: tuple[str, ...]
) -> None:
    """Public collections have rope skipping among their push-ups; jumping jacks stand in for it."""
    jumps = LandmarkSequence.load(shared / "sequences" / "jumping-jack-19_10fps.npz").landmarks
    jumps = jumps[np.isfinite(jumps).all(axis=(1, 2))]
    generator = np.random.default_rng(0)
    members = np.flatnonzero(np.isin(google.labels, classes))
    replaced = generator.choice(members, int(share * len(members)), replace=False)
    landmarks = google.landmarks.copy()
    landmarks[replaced] = jumps[generator.integers(0, len(jumps), len(replaced))]
    bad = PoseDataset(google.names, google.labels, landmarks)
    assert assess(bad, reference=google).verdict == "poor"
    if share < 1:
        assert assess(bad).verdict == "poor"  # even with nothing to compare it to
