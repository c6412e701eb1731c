"""A device is told where the person stands in the training, and its commands change that."""

from __future__ import annotations

import json
from pathlib import Path

from posecount.counting.knn import PoseClassifier
from posecount.device.answers import Answers
from posecount.device.training import act_of
from posecount.live.session import LiveSession
from posecount.live.state import LiveSettings
from posecount.training.plan import Plan, Step
from tests.live.scripted import ScriptedTracker, dataset, picture
from tests.stick_figure import stick_dataset, stick_pose


class Corrector:
    """Notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def none(self) -> str:
        self.asked.append("none")
        return ""

    def missed(self) -> str:
        self.asked.append("missed")
        return ""

    def undo(self) -> str:
        self.asked.append("undo")
        return ""


def test_it_is_told_the_set_what_runs_down_and_each_utterance_once() -> None:
    session = LiveSession(LiveSettings(Path("lite.task"), PoseClassifier(stick_dataset())))
    answers = Answers(session)

    def told(time: float) -> dict[str, object]:
        session.process_pose(stick_pose(0.0), time)
        return dict(json.loads(answers.next() or "{}"))

    assert told(0.0)["training"] == {"state": "free"}
    session.trainer.lead(Plan("p", (Step("squats", sets=2, target=5),)), get_ready_s=5)
    first = told(0.1)
    assert first["said"] == ["Get ready for 5 squats."]
    assert first["training"] == {
        "state": "ready", "left": 5, "label": "Squats", "set": 1, "of": 2, "count": 0, "target": 5, "held": False,
        "next": "5 Squats",
    }  # fmt: skip
    assert "said" not in told(0.15)
    act = act_of(session, "skip")
    assert act
    act()
    assert told(0.2)["training"] == {
        "state": "working", "left": None, "label": "Squats", "set": 1, "of": 2, "count": 0, "target": 5, "held": False,
        "next": None,
    }  # fmt: skip
    assert "said" not in json.loads(Answers(session).next() or "{}"), "what was said before is outdated"


def test_a_reason_is_spoken_in_the_browsers_language_and_shown_in_english() -> None:
    session = LiveSession(LiveSettings(Path("lite.task"), PoseClassifier(stick_dataset())))
    session.trainer.language = "it"
    session.process_pose(None, 0.0)
    told = json.loads(Answers(session).next() or "{}")
    assert (told["reason"], told["aloud"], told["language"]) == ("Step into the frame", "Entra nell'immagine.", "it")


def test_commands_pause_skip_and_correct_and_an_unknown_one_does_nothing() -> None:
    session = LiveSession(LiveSettings(Path("lite.task"), PoseClassifier(stick_dataset())))
    corrector = session.trainer.corrector = Corrector()
    for command in ("pause", "none", "missed", "undo", "skip", "one more"):
        act = act_of(session, command)
        assert act
        act()
    assert session.trainer.paused_by == "button" and corrector.asked == ["none", "missed", "undo"]
    assert act_of(session, "rm") is None


def test_while_the_training_view_is_open_the_count_is_not_drawn_into_the_picture_too() -> None:
    ScriptedTracker.made = []
    session = LiveSession(LiveSettings(Path("lite.task"), PoseClassifier(dataset())), make_tracker=ScriptedTracker)

    def corner(time: float) -> bool:
        image = picture(640, 480)
        return bool((session.process(image, time)[:40, :40] != image[:40, :40]).any())

    assert corner(0.0)
    for command, is_drawn in (("view opened", False), ("view closed", True)):
        act = act_of(session, command)
        assert act
        act()
        assert corner(1.0) is is_drawn
