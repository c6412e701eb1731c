"""A correction changes the count, the record and the person's own dataset, and is undone in all three."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from posecount.counting.knn import PoseClassifier
from posecount.datasets.dataset import PoseDataset
from posecount.datasets.workspace import STARTER, Workspace
from posecount.history.recorder import Circumstances, WorkoutRecorder
from posecount.live.corrector import COPY_NAME, SessionCorrector
from posecount.live.session import LiveSession
from posecount.live.state import LiveSettings
from tests.ingest.teaching.test_corrections import Frames, moves
from tests.live.test_trainer import NoWriter
from tests.stick_figure import stick_dataset


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    stick_dataset().save(tmp_path / "starter")
    monkeypatch.setattr("posecount.datasets.workspace.STARTER_DATASET", tmp_path / "starter")
    return Workspace(tmp_path / "home")


@pytest.fixture
def session(mine: Workspace) -> LiveSession:
    classifier = PoseClassifier(PoseDataset.load(mine.folder(STARTER)))
    session = LiveSession(LiveSettings(Path("lite.task"), classifier))
    recorder = session.trainer.recorder = WorkoutRecorder(NoWriter(), Circumstances())  # type: ignore[arg-type]

    def follow() -> None:
        if result := session.snapshot.result:
            recorder.follow(session.snapshot.repetitions, result.hold, result.timestamp)

    session.listeners.add(follow)
    return session


def feed(session: LiveSession, frames: Frames, start: float = 0.0) -> None:
    for time, pose in frames:
        session.process_pose(pose, start + time)


def counted(session: LiveSession) -> tuple[int, int]:
    """By the session and by the record."""
    sets = session.trainer.recorder.sets if session.trainer.recorder else ()
    return session.snapshot.counts.get("squats", 0), sum(each.count for each in sets)


def test_what_was_none_is_taken_back_and_learned_in_a_copy_of_the_starter_and_undone(
    session: LiveSession, mine: Workspace
) -> None:
    corrector = SessionCorrector(session, mine, STARTER)
    false = moves(1, 1.0, arms=0.65)
    feed(session, false)
    assert counted(session) == (1, 1)
    assert corrector.none() == f"Squats: 0. {COPY_NAME} has learned from it."
    assert counted(session) == (0, 0) and corrector.copied == corrector.dataset == COPY_NAME
    assert "none" in mine.open(COPY_NAME).dataset.classes and "none" not in mine.open(STARTER).dataset.classes
    feed(session, false, start=10)
    assert counted(session) == (0, 0), "the next like it does not count"
    feed(session, moves(5, 1.0), start=20)
    assert counted(session) == (5, 5)
    listed = session.snapshot.repetitions
    assert corrector.undo() == "Undone: Squats: 6."
    assert session.snapshot.repetitions[1:] == listed and session.snapshot.repetitions[0].end < 10, "it is listed again"
    assert counted(session) == (6, 6) and "none" not in mine.open(COPY_NAME).dataset.classes
    assert not corrector.can_undo


def test_what_was_missed_is_added_and_learned_and_undone(session: LiveSession, mine: Workspace) -> None:
    corrector = SessionCorrector(session, mine, STARTER)
    feed(session, moves(1, 1.0))
    feed(session, moves(1, 0.62), start=5)
    before = len(mine.open(STARTER).samples)
    assert corrector.missed().startswith("Squats: 2. ")
    assert counted(session) == (2, 2) and len(mine.open(COPY_NAME).samples) == before + 8
    corrector.undo()
    assert counted(session) == (1, 1) and len(mine.open(COPY_NAME).samples) == before


def test_with_any_exercise_only_the_count_changes(session: LiveSession, mine: Workspace) -> None:
    session.configure(replace(session.settings, profile="any"))
    feed(session, moves(4, 1.0))
    count = session.snapshot.counts["repetitions"]
    assert count >= 3
    corrector = SessionCorrector(session, mine, STARTER)
    assert corrector.none() == f"Repetitions: {count - 1}."
    assert corrector.missed() == f"Repetitions: {count}."
    assert mine.names() == (STARTER,)


def test_where_there_is_nothing_to_correct_it_says_so(mine: Workspace, session: LiveSession) -> None:
    corrector = SessionCorrector(session, mine, STARTER)
    assert "no repetition" in corrector.none() and "no correction" in corrector.undo()
    assert corrector.missed().startswith("Squats: 1. Nothing was learned"), "it is the only exercise"
