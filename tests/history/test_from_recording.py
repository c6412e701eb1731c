"""A recorded video as a workout."""

from pathlib import Path

from posecount.counting.holds import Hold
from posecount.counting.repetitions import Repetition
from posecount.history.from_recording import workout_of
from posecount.video.recording import Recording


def test_a_hold_in_a_video_is_a_set_of_its_own_between_sets_of_repetitions() -> None:
    repetitions = tuple(Repetition("squats", start, start + 1, start + 2, 10.0) for start in (1.0, 3.0, 20.0))
    holds = (Hold("planks", 6.0, 18.5),)
    recording = Recording(
        Path("set.mp4"),
        900,
        30.0,
        "robust",
        {"squats": 3},
        repetitions,
        {},
        None,
        holds=holds,
        seconds={"planks": 12.5},
    )
    workout = workout_of(recording, 1000.0, "UTC")
    assert workout is not None
    assert [(each.exercise, each.kind, each.count) for each in workout.sets] == [
        ("squats", "repetitions", 2),
        ("planks", "hold", 0),
        ("squats", "repetitions", 1),
    ]
    hold = workout.sets[1]
    assert (hold.started, hold.ended, hold.seconds) == (976.0, 988.5, 12.5)
    assert [each.key for every in workout.sets for each in every.repetitions] == ["r1", "r2", "r3"]
