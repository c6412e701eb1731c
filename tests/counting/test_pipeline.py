"""RepetitionPipeline: one stream from pose to count."""

from collections.abc import Sequence

import numpy as np
import pytest

from posecount.counting.knn import PoseClassifier
from posecount.counting.pipeline import FrameResult, RepetitionPipeline
from posecount.counting.profiles import NO_PERSON
from posecount.counting.settings import PROFILES, Profile, Settings
from posecount.datasets.dataset import PoseDataset, exercise_of, is_hold, is_negative
from posecount.embedding import embed
from posecount.pose import LANDMARK, Pose
from posecount.shipped import STARTER_DATASET
from tests.stick_figure import ScriptedTracker, squatting, stick_dataset, stick_figure, stick_pose

IMAGE = np.zeros((480, 640, 3), np.uint8)


@pytest.fixture(scope="module")
def classifier() -> PoseClassifier:
    return PoseClassifier(stick_dataset())


@pytest.mark.parametrize("profile", PROFILES)
def test_every_profile_counts_a_clean_set(classifier: PoseClassifier, profile: Profile) -> None:
    frames = squatting(5)
    tracker = ScriptedTracker([pose for _, pose in frames])
    pipeline = RepetitionPipeline(tracker, classifier, profile=profile)
    results = [pipeline.process(IMAGE, timestamp) for timestamp, _ in frames]
    assert pipeline.counts == results[-1].counts == {"squats": 5}
    completed = [repetition for result in results for repetition in result.completed]
    assert len(completed) == 5
    for repetition in completed:
        assert repetition.exercise == "squats"
        assert repetition.start < repetition.turn < repetition.end
    assert {"track", "classify", "count"} <= set(results[-1].timings_ms)


@pytest.mark.parametrize("profile", PROFILES)
def test_sessions_that_share_a_classifier_do_not_share_counts(classifier: PoseClassifier, profile: Profile) -> None:
    busy, idle = (RepetitionPipeline(None, classifier, profile=profile) for _ in range(2))
    for timestamp, pose in squatting(2):
        busy.process_pose(pose, timestamp)
        idle.process_pose(stick_pose(0.0), timestamp)
    assert (busy.counts, idle.counts) == ({"squats": 2}, {"squats": 0})


@pytest.mark.parametrize("profile", PROFILES)
def test_a_result_is_not_changed_by_later_frames(classifier: PoseClassifier, profile: Profile) -> None:
    pipeline = RepetitionPipeline(None, classifier, profile=profile)
    frames = squatting(1)
    early = pipeline.process_pose(frames[0][1], frames[0][0])
    before = (dict(early.counts), dict(early.votes), dict(early.smoothed), early.completed)
    for timestamp, pose in frames[1:]:
        pipeline.process_pose(pose, timestamp)
    assert (early.counts, early.votes, early.smoothed, early.completed) == before


@pytest.mark.parametrize("profile", PROFILES)
def test_frames_without_a_person_count_nothing(classifier: PoseClassifier, profile: Profile) -> None:
    pipeline = RepetitionPipeline(None, classifier, profile=profile)
    results = [pipeline.process_pose(None, index / 30) for index in range(90)]
    assert results[-1].counts == {"squats": 0}
    assert results[-1].pose is None and not results[-1].votes
    assert {result.reason for result in results} == {NO_PERSON}


def test_target_counts_that_class_alone_under_its_own_name(classifier: PoseClassifier) -> None:
    pipeline = RepetitionPipeline(None, classifier, profile="colab", target="squats_up")
    for timestamp, pose in squatting(3):
        pipeline.process_pose(pose, timestamp)
    assert pipeline.counts == {"squats_up": 3}  # left three times


def test_what_does_not_exist_is_named(classifier: PoseClassifier) -> None:
    with pytest.raises(ValueError, match=r"'fast'.*colab, mlkit"):
        RepetitionPipeline(None, classifier, profile="fast")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"'planks'.*squats_down, squats_up"):
        RepetitionPipeline(None, classifier, target="planks")
    with pytest.raises(ValueError, match="exit threshold"):
        Settings(enter_threshold=3, exit_threshold=4)


def test_mlkit_forgets_after_a_gap_and_colab_does_not(classifier: PoseClassifier) -> None:
    last = {}
    for profile in ("colab", "mlkit"):
        pipeline = RepetitionPipeline(None, classifier, profile=profile)
        for index in range(10):
            pipeline.process_pose(stick_pose(1.0), index / 30)
        last[profile] = pipeline.process_pose(stick_pose(0.0), 5.0)
    assert last["mlkit"].smoothed == last["mlkit"].votes
    assert last["colab"].smoothed["squats_down"] > 5


def test_mlkit_counts_at_most_one_exercise_per_frame() -> None:
    single = stick_dataset()
    # The same poses under two exercises: both would count on the same frame.
    both = PoseDataset(
        single.names * 2,
        single.labels + tuple(label.replace("squats", "dips") for label in single.labels),
        np.concatenate([single.landmarks, single.landmarks]),
    )
    classifier = PoseClassifier(both, top_n_by_mean_distance=20)
    completed: dict[str, list[float]] = {}
    for profile in ("colab", "mlkit"):
        pipeline = RepetitionPipeline(None, classifier, profile=profile)
        results = [pipeline.process_pose(pose, timestamp) for timestamp, pose in squatting(1, rest=2.0)]
        completed[profile] = [result.timestamp for result in results for _ in result.completed]
        assert pipeline.counts == {"dips": 1, "squats": 1}
    assert completed["colab"][0] == completed["colab"][1]
    # The second counter does not see the frame on which the first counts, so it counts on the next one.
    assert completed["mlkit"][1] - completed["mlkit"][0] == pytest.approx(1 / 30)


def robust(
    classifier: PoseClassifier, frames: Sequence[tuple[float, Pose | None]], target: str | None = None
) -> tuple[dict[str, int], list[FrameResult]]:
    pipeline = RepetitionPipeline(None, classifier, profile="robust", target=target)
    results = [pipeline.process_pose(pose, timestamp) for timestamp, pose in frames]
    return pipeline.counts, results


def held(depth: float, start: float, seconds: float, rate: float = 30) -> list[tuple[float, Pose | None]]:
    return [(start + index / rate, stick_pose(depth)) for index in range(round(seconds * rate))]


def without(pose: Pose, *joints: str) -> Pose:
    """The pose with these joints, left and right, out of sight."""
    visibility = pose.visibility.copy()
    visibility[[index for name, index in LANDMARK.items() if name.partition("_")[2] in joints]] = 0.05
    return Pose(pose.landmarks, visibility, pose.size)


@pytest.mark.parametrize("rate", [30, 15, 10])
@pytest.mark.parametrize("seconds", [4.0, 2.0, 1.0, 0.6])
def test_robust_counts_the_same_set_the_same_at_any_rate_and_pace(
    classifier: PoseClassifier, rate: float, seconds: float
) -> None:
    counts, results = robust(classifier, squatting(6, rate=rate, seconds=seconds))
    assert counts == {"squats": 6}
    completed = [repetition for result in results for repetition in result.completed]
    assert all(repetition.range_of_motion > 0.8 for repetition in completed if repetition.range_of_motion)


@pytest.mark.parametrize("rate", [30, 10])
@pytest.mark.parametrize("deepest", [0.3, 0.5])
def test_robust_does_not_count_half_repetitions(classifier: PoseClassifier, rate: float, deepest: float) -> None:
    frames = [
        (index / rate, stick_pose(float(deepest * (0.5 - 0.5 * np.cos(np.pi * index / rate)))))
        for index in range(round(10 * rate))
    ]
    assert robust(classifier, frames)[0] == {"squats": 0}


def test_robust_does_not_count_what_begins_in_the_target(classifier: PoseClassifier) -> None:
    counts, results = robust(classifier, [*held(1.0, 0, 2), *held(0.0, 2, 2)])
    assert counts == {"squats": 0}
    reason = results[30].reason
    assert reason and reason.code == "waiting for the start" and "Squats" in str(reason)


def test_robust_forgets_over_a_gap(classifier: PoseClassifier) -> None:
    walked_off = [*held(0.0, 0, 2), *held(1.0, 2, 1), *[(3 + i / 30, None) for i in range(60)], *held(0.0, 5, 2)]
    assert robust(classifier, walked_off)[0] == {"squats": 0}
    silence = [*held(0.0, 0, 2), *held(1.0, 2, 1), *held(0.0, 5, 2)]
    assert robust(classifier, silence)[0] == {"squats": 0}
    blinked = [*held(0.0, 0, 2), *held(1.0, 2, 1), *[(3 + i / 30, None) for i in range(10)], *held(0.0, 3.4, 2)]
    assert robust(classifier, blinked)[0] == {"squats": 1}


def test_robust_counts_nothing_where_legs_are_guessed_and_says_so(classifier: PoseClassifier) -> None:
    frames = [(time, without(pose, "knee", "ankle", "heel", "foot_index")) for time, pose in squatting(3)]
    counts, results = robust(classifier, frames)
    assert counts == {"squats": 0}
    assert all(result.smoothed.get("squats_down", 0) == 0 for result in results)
    assert {str(result.reason) for result in results} == {"Step back: your legs are not visible"}


def test_robust_counts_with_feet_out_of_the_picture(classifier: PoseClassifier) -> None:
    frames = [(time, without(pose, "ankle", "heel", "foot_index")) for time, pose in squatting(3)]
    assert robust(classifier, frames)[0] == {"squats": 3}


def test_robust_says_why_a_frame_does_not_count(classifier: PoseClassifier) -> None:
    unknown = Pose(
        np.random.default_rng(0).uniform(0, 480, (33, 3)).astype(np.float32), np.ones(33, np.float32), (640, 480)
    )
    _, results = robust(classifier, [(0.0, None), (0.1, unknown), (0.5, stick_pose(0.0))])
    assert [result.reason and result.reason.code for result in results] == ["no person", "unknown pose", None]
    assert results[1].votes == {}
    _, results = robust(classifier, [*held(0.0, 0, 1), *held(0.6, 1, 1), *held(0.0, 2, 1)])
    assert "too shallow" in {result.reason.code for result in results if result.reason}


def test_robust_shows_the_exercise_in_progress(classifier: PoseClassifier) -> None:
    _, results = robust(classifier, [*held(0.0, 0, 1), *held(1.0, 1, 1), *held(0.0, 2, 1), *[(5.0, stick_pose(1.0))]])
    assert [results[index].exercise for index in (20, 50, 85, 90)] == [None, "squats", "squats", None]


def test_robust_counts_the_exercise_that_has_most_of_the_evidence() -> None:
    """Two exercises share a rest; on the way to the one the figure passes through the other."""
    squats = stick_dataset()
    generator = np.random.default_rng(3)

    def figures(arms: float) -> np.ndarray:
        return np.stack(
            [stick_figure(generator.uniform(0, 0.1), arms=arms + generator.uniform(-0.05, 0.05)) for _ in range(20)]
        )

    dataset = PoseDataset(
        (*squats.names, *squats.names),
        (*squats.labels, *["jumping_jacks_down"] * 20, *["jumping_jacks_up"] * 20),
        np.concatenate([squats.landmarks, figures(0.05), figures(0.95)]).astype(np.float32),
        {"jumping_jacks": "jumping_jacks_up"},
    )
    classifier = PoseClassifier(dataset)
    assert robust(classifier, squatting(4))[0] == {"squats": 4, "jumping_jacks": 0}
    jacks = [
        (index / 30, stick_pose(0.0, arms=float(0.5 - 0.5 * np.cos(2 * np.pi * index / 30)))) for index in range(151)
    ]
    assert robust(classifier, jacks)[0] == {"squats": 0, "jumping_jacks": 5}


@pytest.mark.parametrize(("target", "count"), [("squats_down", 3), ("squats_up", 2)])
def test_robust_counts_any_class_of_an_exercise_as_its_turning_point(
    classifier: PoseClassifier, target: str, count: int
) -> None:
    """Between three squats the figure stands up twice: before the first and after the last it is not down."""
    pipeline = RepetitionPipeline(None, classifier, profile="robust", target=target)
    completed = [
        repetition
        for timestamp, pose in squatting(3)
        for repetition in pipeline.process_pose(pose, timestamp).completed
    ]
    assert pipeline.counts == {target: count}
    assert [(each.exercise, each.range_of_motion is not None) for each in completed] == [(target, True)] * count
    half = [(i / 30, stick_pose(1 - 0.5 * float(0.5 - 0.5 * np.cos(np.pi * i / 30)))) for i in range(300)]
    assert target == "squats_down" or robust(classifier, half, target)[0] == {target: 0}, "it stands up halfway only"


def test_robust_counts_the_dataset_as_before_after_a_target_has_been_counted(classifier: PoseClassifier) -> None:
    robust(classifier, squatting(2), "squats_up")
    assert robust(classifier, squatting(3))[0] == {"squats": 3}


def moves(dataset: PoseDataset, *classes: str, rate: float = 10) -> list[tuple[float, Pose | None]]:
    """A second in the second pose of each class, one after the other, with gaps: the bodies are of different sizes."""
    poses = [dataset.landmarks[dataset.labels.index(name) + 1] for name in classes]
    seconds = [index / rate for index in range(int(len(poses) * rate))]
    return [(time + 0.3 * int(time), Pose(poses[int(time)], np.ones(33, np.float32), (0, 0))) for time in seconds]


HIPS = [LANDMARK["left_hip"], LANDMARK["right_hip"]]


def to_and_fro(dataset: PoseDataset, rest: str, target: str, repetitions: int) -> list[tuple[float, Pose | None]]:
    """From a rest to the second pose of a target and back, a second each way. The rest looks like it, and the hips
    stay: other bodies, elsewhere, would not move as anybody does."""
    turn = dataset.labels.index(target) + 1
    rests = np.flatnonzero(np.array(dataset.labels) == rest)
    apart = np.abs(embed(dataset.landmarks[rests]) - embed(dataset.landmarks[turn])).mean(axis=(1, 2))
    like = int(rests[apart.argsort()[len(rests) // 20]])  # the very nearest moves least
    depths = 0.5 - 0.5 * np.cos(np.pi * np.clip(np.arange(-10, 20 * repetitions + 10), 0, 20 * repetitions) / 10)
    above, below = (each - each[HIPS].mean(axis=0) for each in (dataset.landmarks[like], dataset.landmarks[turn]))
    poses = [(1 - depth) * above + depth * below for depth in depths.tolist()]
    if exercise_of(target) != "pullups":  # who pulls up moves, which this body does not; all others sway a little
        poses = [pose + 0.7 * (index % 10) for index, pose in enumerate(poses)]
    return [(index / 10, Pose(each, np.ones(33, np.float32), (0, 0))) for index, each in enumerate(poses)]


def test_robust_counts_every_class_of_the_starter_as_target() -> None:
    classifier = PoseClassifier(PoseDataset.load(STARTER_DATASET))
    for target in classifier.classes:
        if is_hold(target) or is_negative(target):  # the one is timed, and the other is no exercise
            continue
        own = [name for name in classifier.classes if name != target and exercise_of(name) == exercise_of(target)]
        frames = to_and_fro(classifier.dataset, own[0] if own else "squats_up", target, repetitions=3)
        counts, _ = robust(classifier, frames, target)
        assert counts == {target: 3}


def thinned(dataset: PoseDataset) -> PoseDataset:
    """Every sixth sample."""
    return PoseDataset(dataset.names[::6], dataset.labels[::6], dataset.landmarks[::6], targets=dataset.targets)


def test_no_pair_of_target_and_class_raises() -> None:
    starter = thinned(PoseDataset.load(STARTER_DATASET))
    renamed = {"none": "other_things", "situps_up": "situps"}
    altered = PoseDataset(starter.names, tuple(renamed.get(name, name) for name in starter.labels), starter.landmarks)
    for dataset, targets in ((starter, starter.classes), (altered, tuple(set(altered.classes) - set(starter.classes)))):
        classifier = PoseClassifier(dataset)
        for target in targets:
            pairs = [name for other in classifier.classes for name in (other, target)]
            counts, _ = robust(classifier, moves(dataset, *pairs, rate=5), target)
            assert set(counts) - {"unknown"} == (set() if is_hold(target) else {target})


@pytest.mark.parametrize("profile", PROFILES)
def test_a_dataset_of_one_class_counts_without_an_error(profile: Profile) -> None:
    dataset = stick_dataset(4)
    down = [index for index, label in enumerate(dataset.labels) if label == "squats_down"]
    alone = PoseDataset(
        tuple(dataset.names[index] for index in down), ("squats_down",) * len(down), dataset.landmarks[down]
    )
    pipeline = RepetitionPipeline(None, PoseClassifier(alone), profile)
    for timestamp, pose in squatting(2):
        result = pipeline.process_pose(pose, timestamp)
    assert result.counts == {"squats": 0}
