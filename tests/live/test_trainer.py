"""The trainer leads a session through a plan, and a paused session counts nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from posecount.counting.knn import PoseClassifier
from posecount.history.recorder import Circumstances, WorkoutRecorder
from posecount.live.session import LiveSession
from posecount.live.state import LiveSettings
from posecount.pose import Pose
from posecount.training.plan import Plan, Step
from tests.stick_figure import squatting, stick_dataset, stick_pose
from tests.training.test_gesture import crossing

SQUATS = Plan("p", (Step("squats", sets=2, target=2, rest_s=3),))
_CLASSIFIER = PoseClassifier(stick_dataset())


class NoWriter:
    """Takes what a recorder writes, and keeps nothing."""

    def put(self, job: object) -> None:
        pass


class Training:
    """A session that is fed poses, fifteen a second."""

    def __init__(self) -> None:
        self.session = LiveSession(LiveSettings(Path("lite.task"), _CLASSIFIER))
        self.now = 0.0

    def stand(self, seconds: float, pose: Pose | None = None, no_one: bool = False) -> None:
        for _ in range(round(seconds * 15)):
            self._feed(None if no_one else pose or stick_pose(0.0))

    def squat(self, number: int) -> None:
        for _, pose in squatting(number, rate=15, rest=0.6):
            self._feed(pose)

    def _feed(self, pose: Pose | None) -> None:
        self.now += 1 / 15
        assert self.session.process_pose(pose, self.now)

    @property
    def count(self) -> int:
        return self.session.snapshot.counts.get("squats", 0)

    @property
    def state(self) -> str:
        standing = self.session.trainer.standing
        return standing.state if standing else ""


@pytest.fixture
def training() -> Training:
    return Training()


def test_a_plan_is_led_by_what_the_session_counts_and_the_record_has_its_sets(training: Training) -> None:
    recorder = WorkoutRecorder(NoWriter(), Circumstances())  # type: ignore[arg-type]
    session = training.session
    session.trainer.recorder = recorder
    session.listeners.add(lambda: recorder.follow(session.snapshot.repetitions, None, training.now))
    session.trainer.lead(SQUATS, get_ready_s=2)
    training.stand(2.5)
    training.squat(2)
    assert training.state == "resting"
    training.stand(3.5)
    training.squat(2)
    assert training.state == "done" and training.count == 4
    assert [(each.count, each.target) for each in recorder.sets] == [(2, 2), (2, 2)]
    said = [each.words for each in session.trainer.said]
    assert said[0] == "Get ready for 2 squats." and said[-1] == "2. Done. That was the whole plan."
    assert [each.number for each in session.trainer.said] == list(range(1, len(said) + 1))


def test_the_gesture_pauses_and_resumes_and_between_them_nothing_counts(training: Training) -> None:
    training.stand(1)
    training.squat(1)
    training.stand(2.5, crossing())
    assert training.session.trainer.paused_by == "gesture"
    training.stand(1)
    training.squat(2)
    result = training.session.snapshot.result
    assert training.count == 1 and result and result.pose and "cross your forearms again" in str(result.reason)
    training.stand(2.5, crossing())
    assert training.session.trainer.paused_by is None
    training.stand(1)
    training.squat(1)
    assert training.count == 2
    assert [each.words for each in training.session.trainer.said] == ["Paused.", "Go on."]


def test_the_gesture_can_be_switched_off(training: Training) -> None:
    training.session.trainer.gesture_pauses = False
    training.stand(4, crossing())
    assert training.session.trainer.paused_by is None


def test_a_plan_waits_for_a_person_who_leaves_the_picture_but_a_rest_goes_on(training: Training) -> None:
    training.session.trainer.lead(Plan("p", (Step("squats", sets=2, target=2, rest_s=8),)), get_ready_s=2)
    training.stand(2.5)
    training.stand(4, no_one=True)
    assert training.state == "paused" and training.session.trainer.paused_by == "absence"
    training.stand(0.5)
    training.squat(2)
    assert training.state == "resting"
    training.stand(4, no_one=True)
    standing = training.session.trainer.standing
    assert standing and standing.state == "resting" and (standing.remaining_s or 0) < 4.5


def test_leaving_the_picture_pauses_free_training_and_coming_back_goes_on_and_says_so_in_the_browsers_language(
    training: Training,
) -> None:
    training.session.trainer.language = "fr"
    training.stand(1)
    training.stand(4, no_one=True)
    assert training.session.trainer.paused_by == "absence"
    training.stand(1)
    training.squat(1)
    assert training.session.trainer.paused_by is None and training.count == 1
    assert [each.words for each in training.session.trainer.said] == ["Pause.", "On reprend."]


def test_a_count_that_is_corrected_is_that_of_the_plans_set_too(training: Training) -> None:
    training.session.trainer.lead(SQUATS, get_ready_s=1)
    training.stand(1.5)
    training.squat(1)
    training.session.correct("squats", -1)
    standing = training.session.trainer.standing
    assert training.count == 0 and training.session.snapshot.repetitions == () and standing and standing.count == 0
    training.session.correct("squats", 1)
    training.squat(1)
    assert training.count == 2 and training.state == "resting"


def test_a_repetition_that_is_put_back_counts_once_in_the_plans_set(training: Training) -> None:
    training.session.trainer.lead(SQUATS, get_ready_s=1)
    training.stand(1.5)
    training.squat(1)
    (counted,) = training.session.snapshot.repetitions
    training.session.correct("squats", -1)
    training.stand(0.2)
    training.session.correct("squats", 1, back=counted)
    training.stand(0.2)
    standing = training.session.trainer.standing
    assert training.count == 1 and training.session.snapshot.repetitions == (counted,) and standing
    assert standing.count == 1


def test_only_the_chosen_exercises_count(training: Training) -> None:
    settings = training.session.settings
    training.session.configure(LiveSettings(settings.model, _CLASSIFIER, exercises=frozenset({"squats"})))
    training.stand(1)
    training.squat(1)
    assert training.count == 1


def test_while_getting_ready_a_person_is_told_where_to_go_and_while_counting_they_are_not(training: Training) -> None:
    training.session.trainer.lead(SQUATS, get_ready_s=2)
    far = stick_pose(0.0)
    far = Pose((far.landmarks * 0.2 + 150).astype(np.float32), far.visibility, far.size)
    training.stand(1, far)
    result = training.session.snapshot.result
    assert result and result.reason and str(result.reason) == "Come closer: you are too far away"
    guide = training.session.trainer.guide
    assert guide and guide.outline and not guide.is_good
    training.stand(0.3, no_one=True)
    assert (guide := training.session.trainer.guide) and guide.outline and not guide.is_good
    training.stand(0.3)
    assert (guide := training.session.trainer.guide) and guide.is_good
    training.stand(0.9)
    assert training.session.trainer.guide is None, "what counts is not covered"
    training.squat(2)
    assert training.state == "resting"
    training.stand(4, far)
    assert (result := training.session.snapshot.result) and result.reason is None, "the pose is known: it counts"


def test_without_a_plan_too_nothing_counts_while_a_person_gets_ready_and_the_seconds_are_said(
    training: Training,
) -> None:
    trainer = training.session.trainer
    trainer.get_ready_s = 4
    training.squat(1)
    result = training.session.snapshot.result
    assert training.count == 0 and result and str(result.reason) == "Get ready: 1"
    training.stand(1)
    training.squat(1)
    assert training.count == 1 and [each.words for each in trainer.said] == ["3", "2", "1", "Go."]
    training.session.end()
    assert trainer.ready_s == 4, "the next stream begins with it too"


def test_a_plan_that_is_closed_leaves_no_countdown_behind(training: Training) -> None:
    trainer = training.session.trainer
    trainer.get_ready_s = 30
    trainer.lead(SQUATS, get_ready_s=0)
    training.stand(1)
    trainer.lead(None)
    training.squat(1)
    assert training.count == 1
