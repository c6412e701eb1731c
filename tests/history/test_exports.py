"""CSV and FIT say what the history holds."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

from fit_tool.fit_file import FitFile
from fit_tool.profile.messages.session_message import SessionMessage
from fit_tool.profile.messages.set_message import SetMessage
from fit_tool.profile.profile_type import ExerciseCategory, SetType

from posecount.history.exchange import from_json, to_csv, to_json
from posecount.history.fit import to_fit
from tests.history.made import NOON, workout


def test_json_is_read_back_as_it_was() -> None:
    done = [workout(plank=30), workout("b", NOON + 3600)]
    assert from_json(to_json(done)) == done


def test_csv_has_a_row_for_each_set_and_no_formula() -> None:
    done = replace(workout(plank=30.25, zone="Asia/Tokyo"), name="=HYPERLINK()")
    squats, planks = csv.DictReader(io.StringIO(to_csv([done])))
    assert (squats["repetitions"], squats["name"], squats["started"]) == (
        "8", "'=HYPERLINK()", "2026-11-27T21:00:00+09:00",
    )  # fmt: skip
    assert (planks["exercise"], planks["seconds"], planks["target"]) == ("planks", "30.25", "60")


def test_a_fit_file_has_the_sets_and_the_rests_between_them() -> None:
    messages = [record.message for record in FitFile.from_bytes(to_fit(workout(plank=30))).records]
    sets = [each for each in messages if isinstance(each, SetMessage)]
    assert [each.set_type for each in sets] == [SetType.ACTIVE.value, SetType.REST.value, SetType.ACTIVE.value]
    assert (sets[0].repetitions, sets[0].category) == (8, [ExerciseCategory.SQUAT.value])
    assert (sets[0].duration, sets[1].duration, sets[2].duration) == (16, 30, 30)
    (session,) = (each for each in messages if isinstance(each, SessionMessage))
    assert session.start_time == NOON * 1000
