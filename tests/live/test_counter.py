"""The session's counter: settings change, trackers break, and the counts stay."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from posecount import PoseClassifier, Settings
from posecount.counting.settings import PROFILES, Profile
from posecount.live.session import LiveSession
from posecount.live.state import LiveSettings
from tests.live.scripted import FPS, ScriptedTracker, dataset, picture, play


def test_a_tracker_that_stays_broken_is_replaced_and_the_counts_stay(
    session: LiveSession, trackers: list[ScriptedTracker]
) -> None:
    play(session, 4.4)
    trackers[0].script.update({index: RuntimeError("dead") for index in range(len(trackers[0].timestamps), 10_000)})
    image = picture(640, 480)
    drawn = [session.process(image, 4.4 + index / FPS) for index in range(60)]
    assert all((each != image).any() for each in drawn), "the picture never comes back without a word"
    assert len(trackers) == 2
    assert [tracker.closed for tracker in trackers] == [1, 0]
    play(session, 4.4, start=6.4)
    assert session.snapshot.counts == {"squats": 4}
    assert session.snapshot.frames == 132 + 60 + 132


def test_a_model_that_cannot_be_loaded_is_retried_about_once_a_second(settings: LiveSettings) -> None:
    attempts: list[Path] = []

    def broken(model: Path) -> ScriptedTracker:
        attempts.append(model)
        raise OSError("no such model")

    session = LiveSession(settings, make_tracker=broken)
    play(session, 5)
    assert 2 <= len(attempts) <= 7
    assert session.snapshot.error == "OSError: no such model"
    assert session.snapshot.frames == 150


def test_a_tracker_that_does_not_close_cleanly_does_not_keep_the_stream_from_ending(
    session: LiveSession, trackers: list[ScriptedTracker], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: ScriptedTracker) -> None:
        raise RuntimeError("still busy")

    play(session, 1)
    monkeypatch.setattr(ScriptedTracker, "close", refuse)
    session.end()
    assert session.snapshot.ended


def test_reset_sets_the_counts_to_zero_and_the_stream_goes_on_with_its_tracker(
    session: LiveSession, trackers: list[ScriptedTracker]
) -> None:
    now = play(session, 4.4)
    session.reset()
    assert session.snapshot.counts == {}
    assert session.snapshot.repetitions == ()
    play(session, 4.4, start=now)
    assert session.snapshot.counts == {"squats": 2}
    assert len(trackers) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"profile": "mlkit"},
        {"counting": Settings(enter_threshold=7, exit_threshold=3)},
        {"classifier": PoseClassifier(dataset("lunges"))},
    ],
)
def test_settings_change_between_two_frames_without_a_new_tracker(
    session: LiveSession, settings: LiveSettings, trackers: list[ScriptedTracker], change: dict[str, Any]
) -> None:
    now = play(session, 4.4)
    session.configure(replace(settings, **change))
    play(session, 4.4, start=now)
    exercise = "lunges" if "classifier" in change else "squats"
    assert len(trackers) == 1
    assert session.snapshot.counts["squats"] >= 2
    assert session.snapshot.counts[exercise] == (2 if exercise == "lunges" else 4)


def test_another_model_gets_another_tracker_and_the_old_one_is_closed(
    session: LiveSession, settings: LiveSettings, trackers: list[ScriptedTracker]
) -> None:
    now = play(session, 4.4)
    session.configure(replace(settings, model=Path("lite.task")))
    play(session, 4.4, start=now)
    assert [(tracker.model.name, tracker.closed) for tracker in trackers] == [("full.task", 1), ("lite.task", 0)]
    assert session.snapshot.counts == {"squats": 4}


def test_equal_settings_change_nothing(
    session: LiveSession, settings: LiveSettings, trackers: list[ScriptedTracker]
) -> None:
    now = play(session, 1.5)
    session.configure(replace(settings))
    play(session, 1, start=now)
    assert session.snapshot.counts == {"squats": 1}, "a rerun in the middle of a repetition must not lose it"


def test_the_mirror_swaps_the_returned_picture(session: LiveSession, settings: LiveSettings) -> None:
    image = picture(640, 480)
    image[150:300, :60] = 255
    plain = session.process(image, 0.0)
    session.configure(replace(settings, mirror=True))
    mirrored = session.process(image, 0.1)
    assert (plain[200:250, :40] == 255).all()
    assert (mirrored[200:250, 600:] == 255).all()


DAMAGE: dict[str, Callable[[Path], Any]] = {
    "deleted": Path.unlink,
    "cut short": lambda path: path.write_bytes(path.read_bytes()[:1000]),
    "overwritten": lambda path: path.write_bytes(bytes(range(256)) * 1000),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_model_file_damaged_during_a_stream_matters_only_when_it_is_loaded_again_which_says_what_to_do(
    damage: str, settings: LiveSettings, real_model: Path, tmp_path: Path
) -> None:
    model = tmp_path / "model.task"
    model.write_bytes(real_model.read_bytes())
    session = LiveSession(replace(settings, model=model))
    session.process(picture(640, 480), 0.0)
    DAMAGE[damage](model)
    for index in range(1, 4):
        session.process(picture(640, 480), index / FPS)
    assert session.snapshot.error is None, "the tracker has read all of it"
    session.end()
    session.process(picture(640, 480), 0.0)
    assert "model.task" in (session.snapshot.error or "")
    assert "POSECOUNT_MODEL" in (session.snapshot.error or "")
    model.write_bytes(real_model.read_bytes())
    for second in range(1, 11):
        session.process(picture(640, 480), float(second))
    assert session.snapshot.error is None, "the stream goes on once the file is back"
    session.end()


def test_twenty_changes_of_settings_hold_no_more_than_one(
    settings: LiveSettings, real_model: Path, tmp_path: Path
) -> None:
    models = [tmp_path / "one.task", tmp_path / "other.task"]
    for model in models:
        model.write_bytes(real_model.read_bytes())
    session, process = LiveSession(settings), psutil.Process()
    held: list[tuple[int, int]] = []
    for change in range(20):
        profile: Profile = PROFILES[change % len(PROFILES)]
        session.configure(replace(settings, model=models[change % 2], profile=profile, mirror=change % 5 == 0))
        session.process(picture(640, 480), change / 10)
        assert session.snapshot.error is None
        held.append((process.num_threads(), process.num_fds()))
    session.end()
    threads, descriptors = zip(*held, strict=True)
    assert max(threads[10:]) <= max(threads[:3]), "a tracker's threads end with it"
    assert max(descriptors[10:]) <= max(descriptors[:3])
    assert process.num_threads() < threads[-1], "and so do the last one's"
