"""Movements name a repetition by how the body moves, wherever the camera is."""

import numpy as np
import pytest

from posecount.counting.recognition.movements import Movements
from posecount.counting.rhythm import mirror_free
from posecount.datasets.dataset import PoseDataset
from posecount.embedding import embed
from posecount.pose import LANDMARK
from posecount.shipped import STARTER_DATASET
from tests.stick_figure import stick_dataset, stick_figure


def with_arm_raises(negatives: bool = True) -> PoseDataset:
    """Squats, arm raises, and as negatives a bow to the side."""
    squats, generator = stick_dataset(), np.random.default_rng(3)
    parts = [squats.landmarks]
    labels = list(squats.labels)
    for label, low, high in (("raises_down", 0.0, 0.15), ("raises_up", 0.85, 1.0)):
        parts.append(np.stack([stick_figure(0.0, arms=generator.uniform(low, high)) for _ in range(20)]))
        labels += [label] * 20
    if negatives:
        bows = np.stack([stick_figure(0.0, arms=generator.uniform(0, 0.3)) for _ in range(20)])
        bows[:, :23, 0] += 0.9 * (250 - bows[:, :23, 1])
        parts.append(bows)
        labels += ["none"] * 20
    landmarks = np.concatenate(parts).astype(np.float32)
    names = tuple(f"{index}.jpg" for index in range(len(labels)))
    return PoseDataset(names, tuple(labels), landmarks, {"raises": "raises_up"})


def with_waves() -> PoseDataset:
    """Squats and arm raises that begin in the very same rest."""
    dataset = with_arm_raises()
    landmarks = dataset.landmarks.copy()
    labels = np.array(dataset.labels)
    landmarks[labels == "squats_up"] = landmarks[labels == "raises_down"]
    return PoseDataset(dataset.names, dataset.labels, landmarks, dataset.targets)


def features(figure: np.ndarray) -> np.ndarray:
    found: np.ndarray = mirror_free(embed(figure)[None])[0]
    return found


STANDS, SQUATS = features(stick_figure(0.0)), features(stick_figure(1.0))
RAISES = features(stick_figure(0.0, arms=1.0))


@pytest.mark.parametrize(("target", "name"), [(SQUATS, "squats"), (RAISES, "raises")])
def test_the_exercise_that_costs_least_is_the_one_that_is_done(target: np.ndarray, name: str) -> None:
    movements = Movements(with_arm_raises())
    likeness = movements.compare(STANDS, target)
    assert (*movements.names, "none")[int(likeness.costs.argmin())] == name
    assert not likeness.inverted[movements.names.index(name)]


def test_a_movement_that_is_broken_off_early_costs_least_as_a_shallow_one() -> None:
    movements = Movements(with_arm_raises())
    likeness = movements.compare(STANDS, features(stick_figure(0.4)))
    assert movements.names[int(likeness.cut[:-1].argmin())] == "squats"
    code = movements.names.index("squats")
    assert likeness.cut[code] < 0.5 * likeness.costs[code]
    assert likeness.cut[-1] == likeness.costs[-1]
    whole = movements.compare(STANDS, SQUATS)
    assert whole.cut[code] > whole.costs[code]


def test_rest_and_target_the_wrong_way_round_are_noticed() -> None:
    movements = Movements(with_arm_raises())
    right, wrong = movements.compare(STANDS, SQUATS), movements.compare(SQUATS, STANDS)
    code = movements.names.index("squats")
    assert wrong.inverted[code]
    assert not right.inverted[code]
    assert wrong.costs[code] == pytest.approx(right.costs[code])
    assert wrong.extent[code] == pytest.approx(right.extent[code])


def test_the_extent_says_how_far_the_limbs_go_that_make_the_exercise() -> None:
    movements = Movements(with_arm_raises())
    code = movements.names.index("squats")
    depths = [float(movements.compare(STANDS, features(stick_figure(depth))).extent[code]) for depth in (0.2, 0.5, 1.0)]
    assert depths == sorted(depths)
    assert depths[-1] == pytest.approx(1.1, abs=0.25)
    assert movements.compare(STANDS, RAISES).extent[code] == pytest.approx(0, abs=0.1)


def test_negatives_cost_nothing_to_leave_out() -> None:
    movements = Movements(with_arm_raises(negatives=False))
    assert not movements.negatives
    assert np.isinf(movements.compare(STANDS, SQUATS).costs[-1])


def test_a_dataset_of_poses_without_rests_has_no_movements() -> None:
    dataset = stick_dataset()
    kept = [index for index, label in enumerate(dataset.labels) if label == "squats_down"]
    alone = PoseDataset(
        tuple(dataset.names[index] for index in kept), ("squats_down",) * len(kept), dataset.landmarks[kept]
    )
    assert Movements(alone).names == ()
    assert len(Movements(alone).compare(STANDS, SQUATS).costs) == 1


def test_an_exercise_is_done_with_its_limbs_and_no_others() -> None:
    movements = Movements(with_arm_raises())
    squats, raises = (movements.names.index(name) for name in ("squats", "raises"))
    assert movements.compare(STANDS, SQUATS).limbs[squats] >= 1
    assert movements.compare(STANDS, RAISES).limbs[raises] >= 1
    both = movements.compare(STANDS, features(stick_figure(1.0, arms=1.0)))
    assert both.limbs[squats] < 1, "no squat of the samples raises the arms"
    assert both.limbs[raises] < 1, "and no raise of the arms bends the knees"
    bow = stick_figure(0.0, arms=1.0)
    bow[:23, 0] += 0.9 * (250 - bow[:23, 1])
    assert movements.compare(STANDS, features(bow)).limbs[raises] < 1, "nor does it bow"
    assert movements.compare(SQUATS, STANDS).limbs[squats] >= 1


def test_what_the_arms_do_alone_from_a_rest_of_others_is_a_gesture() -> None:
    assert Movements(with_waves()).gestures == {"raises"}
    assert Movements(with_arm_raises()).gestures == set()


def test_a_gesture_bends_the_elbows_as_its_samples_do() -> None:
    """The forearms rise by themselves, as in a curl."""
    movements = Movements(with_waves())
    curled = stick_figure(0.0)
    for side in ("left", "right"):
        for name in ("wrist", "pinky", "index", "thumb"):
            curled[LANDMARK[f"{side}_{name}"], 1] -= 80
    code = movements.names.index("raises")
    assert np.isfinite(movements.compare(STANDS, RAISES).costs[code])
    assert np.isinf(movements.compare(STANDS, features(curled)).costs[code])


def test_a_kind_of_squat_that_few_samples_show_is_not_passed_over() -> None:
    """Of 450 target samples one has the arms raised; it is there wherever in the dataset it stands."""
    many = stick_dataset(450)
    code = 0
    for place in (0, 101):
        landmarks = many.landmarks.copy()
        landmarks[np.flatnonzero(np.array(many.labels) == "squats_down")[place]] = stick_figure(1.0, arms=1.0)
        dataset = PoseDataset(many.names, many.labels, landmarks)
        without = Movements(many).compare(STANDS, features(stick_figure(1.0, arms=1.0))).costs[code]
        assert Movements(dataset).compare(STANDS, features(stick_figure(1.0, arms=1.0))).costs[code] < 0.9 * without


def few_of_the_starter() -> tuple[PoseDataset, PoseDataset]:
    """Ten samples a class, and all of them."""
    starter = PoseDataset.load(STARTER_DATASET)
    labels = np.array(starter.labels)
    few = np.concatenate([np.flatnonzero(labels == name)[::12][:10] for name in starter.classes])
    names = tuple(starter.names[index] for index in few)
    return PoseDataset(names, tuple(labels[few].tolist()), starter.landmarks[few], starter.targets), starter


def test_of_few_samples_no_exercise_is_one_of_the_arms_alone() -> None:
    """Ten of push-ups, each from another side, seem to keep the legs still; then nobody's would count."""
    movements = Movements(few_of_the_starter()[0])
    assert "pushups" in movements.names
    assert not movements.gestures
    assert not movements.place.lifts.any()


def test_an_exercise_of_few_samples_that_are_far_apart_costs_less_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or else what is done looks like exercises that hardly move, whose samples are near each other."""
    few, starter = few_of_the_starter()
    labels = np.array(starter.labels)
    rests, targets = (
        mirror_free(embed(starter.landmarks[labels == name][5::18])) for name in ("squats_up", "squats_down")
    )
    pairs = [(rests[np.abs(rests - target).sum(axis=1).argmin()], target) for target in targets]

    def named() -> int:
        movements = Movements(few)
        code = movements.names.index("squats")
        return sum(int(movements.compare(*pair).costs.argmin()) == code for pair in pairs)

    with_it = named()
    monkeypatch.setattr("posecount.counting.recognition.movements._DENSE", np.inf)
    assert with_it > 1.2 * named()
    assert with_it > 0.8 * len(pairs)
