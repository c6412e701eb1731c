"""Outliers on a stick figure whose wrong labels are known, and against the published search."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from posecount.cli.app import app
from posecount.datasets.dataset import PoseDataset
from posecount.review.leave_one_out import votes_for
from posecount.review.outliers import find_outliers
from posecount.shipped import STARTER_DATASET
from tests.stick_figure import stick_dataset, stick_figure


def squats(samples: int = 20) -> PoseDataset:
    """The stick figure's dataset, in which no two samples are near-duplicates."""
    dataset = stick_dataset(samples)
    return PoseDataset(dataset.names, dataset.labels, spread(dataset.landmarks, 0))


def spread(points: np.ndarray, seed: int, amount: float = 6.0) -> np.ndarray:
    """Far enough from the original to be no near-duplicate."""
    return points + np.random.default_rng(seed).normal(0, amount, points.shape).astype(np.float32)


def with_sample(dataset: PoseDataset, label: str, landmarks: np.ndarray, name: str = "added.jpg") -> PoseDataset:
    return PoseDataset(
        (*dataset.names, name),
        (*dataset.labels, label),
        np.concatenate([dataset.landmarks, landmarks[None].astype(np.float32)]),
    )


def relabelled(dataset: PoseDataset, labels: dict[int, str]) -> PoseDataset:
    """Names become row numbers, so that a sample is found again after sorting."""
    return PoseDataset(
        tuple(str(index) for index in range(len(dataset))),
        tuple(labels.get(index, label) for index, label in enumerate(dataset.labels)),
        dataset.landmarks,
    )


def test_a_clean_dataset_has_no_sample_that_belongs_elsewhere() -> None:
    assert not [outlier for outlier in find_outliers(squats()) if outlier.suggested]


def test_a_wrong_label_comes_first_and_names_the_right_one() -> None:
    first = find_outliers(relabelled(squats(), {3: "squats_up"}))[0]
    assert (first.name, first.class_name, first.kind, first.suggested) == ("3", "squats_up", "nearer", "squats_down")
    assert first.margin < 0
    assert first.votes == {"squats_down": votes_for(19)}
    assert "squats_down" in first.reason
    assert len(first.neighbours) >= votes_for(19)


def test_a_sample_is_not_its_own_neighbour() -> None:
    for outlier in find_outliers(relabelled(squats(), {3: "squats_up"})):
        assert outlier.index not in [index for index, _ in outlier.neighbours]


def test_two_near_duplicates_with_the_same_wrong_label_do_not_hide_each_other() -> None:
    dataset = squats(6)
    wrong = spread(stick_figure(1.0, arms=0.3), 1)
    dataset = with_sample(with_sample(dataset, "squats_up", wrong, "one.jpg"), "squats_up", wrong + 0.1, "two.jpg")
    top = find_outliers(dataset)[:2]
    assert {outlier.name for outlier in top} == {"one.jpg", "two.jpg"}
    assert all(outlier.suggested == "squats_down" for outlier in top)


def test_the_same_picture_many_times_has_one_vote() -> None:
    dataset = squats(12)
    wrong = spread(stick_figure(1.0, arms=0.3), 1)
    for copy in range(6):
        dataset = with_sample(dataset, "squats_up", wrong + 0.02 * copy, f"copy{copy}.jpg")
    doubted = [outlier.name for outlier in find_outliers(dataset) if outlier.suggested]
    assert sorted(doubted) == [f"copy{copy}.jpg" for copy in range(6)]


def test_the_same_picture_under_two_labels_is_doubted_where_it_fits_less() -> None:
    dataset = squats()
    dataset = with_sample(dataset, "squats_up", dataset.landmarks[2], "again.jpg")
    assert [outlier.name for outlier in find_outliers(dataset) if outlier.suggested] == ["again.jpg"]


def test_of_near_duplicates_the_later_ones_are_reported_and_the_first_is_not() -> None:
    dataset = squats()
    for name in ("b.jpg", "c.jpg"):
        dataset = with_sample(dataset, "squats_up", dataset.landmarks[-1] + 0.05, name)
    duplicates = [outlier for outlier in find_outliers(dataset) if outlier.kind == "duplicate"]
    assert [outlier.name for outlier in duplicates] == ["b.jpg", "c.jpg"]
    assert all("019.jpg" in outlier.reason for outlier in duplicates)


def test_a_pose_that_is_like_nothing_else_is_far() -> None:
    upside_down = stick_figure(0.2) * np.array((1, -1, 1), np.float32)
    dataset = with_sample(squats(), "squats_up", upside_down)
    (found,) = [outlier for outlier in find_outliers(dataset) if outlier.name == "added.jpg"]
    assert found.kind == "far"
    assert "wrong pose or a rare view" in found.reason


def test_negatives_may_be_unlike_one_another() -> None:
    dataset = squats()
    for index, turn in enumerate((1.0, 2.0, 3.0)):
        rotation = np.array(((np.cos(turn), -np.sin(turn)), (np.sin(turn), np.cos(turn))), np.float32)
        figure = stick_figure(0.3)
        figure[:, :2] = figure[:, :2] @ rotation
        dataset = with_sample(dataset, "none", figure, f"{index}.jpg")
    assert not [outlier for outlier in find_outliers(dataset) if outlier.class_name == "none" and outlier.kind == "far"]


def test_a_standing_pose_among_lying_ones_has_another_posture() -> None:
    dataset = squats()
    lying = dataset.landmarks[..., [1, 0, 2]]  # x and y swapped: the trunk is horizontal
    labels = [label.replace("squats", "pushups") for label in dataset.labels]
    upright = dataset.landmarks[20:32]  # twelve, so that each finds others of its kind and none seems far
    both = PoseDataset(
        (*dataset.names, *(f"upright{index}" for index in range(12))),
        (*labels, *["pushups_up"] * 12),
        np.concatenate([lying, upright]),
    )
    posture = [outlier.name for outlier in find_outliers(both) if outlier.kind == "posture"]
    assert sorted(posture) == sorted(f"upright{index}" for index in range(12))


def test_a_joint_hidden_on_both_sides_is_doubted_and_on_one_side_is_not() -> None:
    dataset = squats()
    visibility = np.ones((len(dataset), 33), np.float32)
    visibility[4, [27, 28]] = 0.1  # ankles
    visibility[5, 27] = 0.1
    visibility[6] = np.nan
    hidden = [outlier for outlier in find_outliers(dataset, visibility=visibility) if outlier.kind == "hidden"]
    assert [outlier.index for outlier in hidden] == [4]
    assert "ankles" in hidden[0].reason


def test_kept_samples_are_not_reported_and_still_vote() -> None:
    dataset = relabelled(squats(), {3: "squats_up"})
    before = find_outliers(dataset)
    after = find_outliers(dataset, kept=[before[0].index])
    assert after == before[1:]


def test_the_only_sample_of_a_class_is_not_judged() -> None:
    dataset = with_sample(squats(), "lunges_down", stick_figure(0.6))
    assert not [
        outlier for outlier in find_outliers(dataset) if outlier.class_name == "lunges_down" and outlier.suggested
    ]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_dataset_of_hardly_any_samples_is_no_error(count: int) -> None:
    dataset = squats()
    few = PoseDataset(dataset.names[:count], dataset.labels[:count], dataset.landmarks[:count])
    assert find_outliers(few) == ()


def test_an_unknown_profile_is_named() -> None:
    with pytest.raises(ValueError, match="mlkit"):
        find_outliers(squats(), "mlkit")  # type: ignore[arg-type]


# With a rest that exercises share

STANDING = {
    "curls_down", "deadlifts_up", "front_raises_down", "high_knees_down", "jumping_jacks_down", "lunges_up",
    "side_lunges_up", "squats_up",
}  # fmt: skip


@pytest.fixture(scope="module")
def starter() -> PoseDataset:
    return PoseDataset.load(STARTER_DATASET)


def test_hardly_any_sample_of_the_starter_is_doubtful_and_none_for_a_rest_it_shares(starter: PoseDataset) -> None:
    found = find_outliers(starter)
    assert len(found) < 0.03 * len(starter)
    assert not [outlier for outlier in found if outlier.class_name in STANDING and outlier.suggested in STANDING]


def test_the_same_picture_in_two_rests_that_are_one_pose_is_no_contradiction(starter: PoseDataset) -> None:
    index = starter.labels.index("squats_up")
    both = with_sample(starter, "lunges_up", starter.landmarks[index], "again.jpg")
    assert not [outlier for outlier in find_outliers(both) if outlier.name == "again.jpg"]


def test_wrong_labels_are_found_among_exercises_that_share_a_rest(starter: PoseDataset) -> None:
    """All but those that mistake one standing pose for another."""
    generator = np.random.default_rng(0)
    exercises = [name for name in starter.classes if name != "none"]
    wrong: dict[int, str] = {}
    for index in generator.choice(len(starter), 100, replace=False).tolist():
        old, new = starter.labels[index], str(generator.choice(exercises))
        if old not in ("none", new) and not {old, new} <= STANDING:
            wrong[index] = new
    dataset = relabelled(starter, wrong)
    dataset = PoseDataset(dataset.names, dataset.labels, dataset.landmarks, starter.targets)
    found = {int(outlier.name) for outlier in find_outliers(dataset) if outlier.suggested}
    assert len(wrong.keys() & found) / len(wrong) >= 0.9
    assert len(found - wrong.keys()) < 0.04 * len(starter)


# On the command line


def test_the_command_line_lists_a_wrong_label_first(tmp_path: Path) -> None:
    relabelled(squats(), {3: "squats_up"}).save(tmp_path / "set")
    done = CliRunner().invoke(app, ["outliers", str(tmp_path / "set"), "--json"])
    assert done.exit_code == 0, done.output
    document = json.loads(done.output)
    first = document["outliers"][0]
    assert (first["class"], first["name"], first["suggested"]) == ("squats_up", "3", "squats_down")
    assert document["accuracy"] == 39 / 40
    assert sorted(path.name for path in (tmp_path / "set").iterdir()) == ["squats_down.csv", "squats_up.csv"]


def test_the_command_line_says_in_words_how_good_a_dataset_is(tmp_path: Path) -> None:
    relabelled(squats(), {3: "squats_up"}).save(tmp_path / "set")
    done = CliRunner().invoke(app, ["outliers", str(tmp_path / "set"), "--profile", "colab"])
    assert "squats_up/3: Another class is nearer" in done.output
    assert "98% of 40 samples are recognised" in done.output


# Against the published search


def test_profile_colab_reports_what_the_published_search_reports(shared: Path) -> None:
    vectors = json.loads((shared / "golden" / "outliers.json").read_text())
    dataset = PoseDataset.load(shared / "mlkit" / "fitness_pose_samples.csv")
    assert find_outliers(dataset, "colab") == ()
    # The vectors count rows of the file, where classes are mixed.
    rows = [line.split(",", 2)[:2] for line in (shared / "mlkit" / "fitness_pose_samples.csv").read_text().splitlines()]
    number = {name: row for row, (name, _) in enumerate(rows)}
    wrong = {rows[int(row)][0]: label for row, label in vectors["relabelled"].items()}
    labels = tuple(wrong.get(name, label) for name, label in zip(dataset.names, dataset.labels, strict=True))
    outliers = find_outliers(PoseDataset(dataset.names, labels, dataset.landmarks), "colab")
    assert sorted(number[outlier.name] for outlier in outliers) == sorted(vectors["outlier_rows"])


@pytest.mark.parametrize(("per_class", "expected"), [(5, 0.75), (10, 0.9), (40, 0.95)])
def test_swapped_labels_are_found_where_samples_are_few(shared: Path, per_class: int, expected: float) -> None:
    """The bar for five samples a class is what leave-one-out with three votes was measured to find."""
    dataset = PoseDataset.load(shared / "mlkit" / "fitness_pose_samples.csv")
    generator = np.random.default_rng(0)
    labels = np.array(dataset.labels)
    found = swapped = 0
    for _ in range(20):
        chosen = np.concatenate(
            [generator.choice(np.flatnonzero(labels == name), per_class, replace=False) for name in dataset.classes]
        )
        wrong = {int(row) for row in generator.choice(len(chosen), len(chosen) // 10, replace=False)}
        new = [labels[index] for index in chosen]
        for row in wrong:
            new[row] = generator.choice([name for name in dataset.classes if name != new[row]])
        subset = PoseDataset(
            tuple(str(row) for row in range(len(chosen))), tuple(map(str, new)), dataset.landmarks[chosen]
        )
        reported = {int(outlier.name) for outlier in find_outliers(subset) if outlier.margin <= 0}
        found += len(wrong & reported)
        swapped += len(wrong)
    assert found / swapped >= expected


def test_an_outlier_is_unchanged_by_what_others_are_called() -> None:
    dataset = relabelled(squats(), {3: "squats_up"})
    renamed = replace(dataset, names=tuple(f"x{name}" for name in dataset.names))
    assert [o.index for o in find_outliers(renamed)] == [o.index for o in find_outliers(dataset)]
