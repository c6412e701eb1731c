"""A history keeps what was done, once, for its person alone; every edit can be undone."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import event

from posecount.datasets.workspace import Workspace
from posecount.history.database import Database, HistoryError
from posecount.history.exchange import from_json, to_json
from posecount.history.history import DAYS_VARIABLE, History
from posecount.history.records import Workout
from tests.history.made import NOON, workout


def test_what_was_recorded_is_read_back_as_it_was(history: History) -> None:
    done = workout(plank=42.5)
    history.record(done)
    assert history.workouts() == [done]
    (summary,) = history.summaries()
    assert (summary.key, summary.day) == ("w1", "2026-11-27")
    squats, planks = summary.exercises["squats"], summary.exercises["planks"]
    assert (squats.count, squats.best, squats.sets) == (8, 8, 1)
    assert (planks.kind, planks.seconds, planks.best) == ("hold", 42.5, 42.5)


def test_writing_twice_or_in_parts_neither_doubles_nor_loses(history: History) -> None:
    done = workout(squats=5)
    (whole,) = done.sets
    for end in (1, 3, 3, 5):
        part = replace(whole, repetitions=whole.repetitions[:end], ended=whole.repetitions[end - 1].ended)
        history.record(replace(done, sets=(part,), ended=part.ended))
    assert history.workouts() == [done]
    assert history.summaries()[0].exercises["squats"].count == 5


def test_a_person_sees_and_changes_only_their_own(database: Database) -> None:
    one, other = History(database, "one"), History(database, "other")
    one.record(workout())
    other.record(workout(squats=3))  # the same key
    assert [each.exercises["squats"].count for each in other.summaries()] == [3]
    other.delete(["w1"])
    other.delete_everything()
    assert len(one.summaries()) == 1
    with pytest.raises(HistoryError, match="no longer exists"):
        other.rename("w1", "mine")


def test_every_edit_can_be_undone_one_after_the_other(history: History) -> None:
    first, second = workout("a"), workout("b", NOON + 7200, plank=30)
    for each in (first, second):
        history.record(each)
    history.rename("a", "Morning")
    history.annotate("a", "felt good")
    history.set_count("a", 1, 10)
    history.set_count("b", 1, 6)
    history.set_exercise("b", 1, "lunges")
    history.delete_set("b", 2)
    merged = history.merge(["a", "b"])
    history.delete([merged])
    assert history.summaries() == []
    assert history.changes()[0].what == "Deleted a workout"
    history.undo()
    (both,) = history.summaries()
    assert (both.name, both.note) == ("Morning", "felt good")
    assert (both.exercises["squats"].count, both.exercises["lunges"].count) == (10, 6)
    while history.undo():
        pass
    assert history.workouts() == [first, second]


def test_a_corrected_set_says_what_was_counted_and_what_was_corrected(history: History) -> None:
    history.record(workout())
    history.set_count("w1", 1, 9)
    history.set_count("w1", 1, 6)
    done = history.workout("w1")
    assert (done.sets[0].counted, done.sets[0].count) == (8, 6)
    assert [made.kind for made in done.corrections] == ["added", "removed", "removed", "removed"]


def test_live_corrections_count_once(history: History) -> None:
    done = workout()
    history.record(done)
    assert history.remove_repetition("w1", 1, "r7")
    assert not history.remove_repetition("w1", 1, "r7")
    assert not history.remove_repetition("gone", 1, "r7")
    history.add_repetition(done, 1)
    history.record(done)  # written again after a lost connection: the correction stays
    read = history.workout("w1")
    assert (read.sets[0].counted, read.sets[0].count) == (8, 8)
    assert {made.kind for made in read.corrections} == {"added", "removed"}


def test_the_day_is_the_one_of_the_persons_own_time_zone(history: History) -> None:
    late = NOON + 11.5 * 3600  # 23:30 UTC
    history.record(workout("here", late, zone="UTC"))
    history.record(workout("there", late, zone="Asia/Tokyo"))
    assert {each.key: each.day for each in history.summaries()} == {"here": "2026-11-27", "there": "2026-11-28"}


def test_an_import_twice_doubles_nothing_and_leaves_what_is_there(history: History) -> None:
    exported = to_json([workout("a"), workout("b", NOON + 9000, plank=20)])
    history.record(workout("a"))
    history.rename("a", "kept")
    assert history.import_json(exported) == 1
    assert history.import_json(exported) == 0
    assert [each.name for each in history.summaries()] == ["kept", ""]
    assert history.undo() == "Imported 1 workout"
    assert [each.key for each in history.summaries()] == ["a"]


def test_deleting_everything_leaves_no_word_of_it_in_the_file(tmp_path: Path) -> None:
    history = History.of(Workspace(tmp_path))
    history.record(replace(workout(), note="my secret knee"))
    history.annotate("w1", "my secret elbow")
    assert history.delete_everything() == 1
    assert (history.summaries(), history.changes()) == ([], [])
    history.close()
    for file in tmp_path.iterdir():
        assert b"secret" not in file.read_bytes(), file.name


def test_workouts_are_kept_only_as_long_as_the_operator_says(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DAYS_VARIABLE, "30")
    history = History(database, now=lambda: NOON + 40 * 86_400)
    history.record(workout("old"))
    history.record(workout("new", NOON + 20 * 86_400))
    history.forget_old()
    assert [each.key for each in history.summaries()] == ["new"]
    monkeypatch.setenv(DAYS_VARIABLE, "for ever")
    with pytest.raises(HistoryError, match="must be a number of days"):
        history.forget_old()


def test_a_list_of_workouts_reads_no_repetition_of_them(tmp_path: Path) -> None:
    database = Database.of_folder(tmp_path)
    history = History(database)
    history.import_json(to_json([workout(f"w{i}", NOON + 3600 * i, squats=2, plank=10) for i in range(5)]))
    asked: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    assert len(history.summaries()) == 5
    assert len(asked) == 2
    assert not any("repetitions" in statement for statement in asked)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda d: d["workouts"][0].update(ended=-1), "not between"),
        (lambda d: d["workouts"][0].update(ended=1.0), "before started"),
        (lambda d: d["workouts"][0].update(key="../../x"), "no key"),
        (lambda d: d["workouts"][0].pop("started"), "started is missing"),
        (lambda d: d["workouts"][0].update(name="x" * 1000), "at most 200"),
        (lambda d: d["workouts"][0]["sets"][0].update(number=float("nan")), "no number"),
        (lambda d: d["workouts"][0]["sets"][0].update(kind="dance"), "none of"),
        (lambda d: d["workouts"][0]["sets"].append(d["workouts"][0]["sets"][0]), "same number"),
        (lambda d: d["workouts"][0]["sets"][0]["repetitions"].append(5), "no object"),
        (lambda d: d["workouts"][0].update(name="\ud800"), "no text|surrogates"),
        (lambda d: d.update(version=99), "newer version"),
        (lambda d: d.update(format="cake"), "no history"),
    ],
)  # fmt: skip
def test_a_damaged_import_is_refused_in_words_and_imports_nothing(tmp_path: Path, damage, words: str) -> None:  # type: ignore[no-untyped-def]
    history = History(Database.of_folder(tmp_path))
    document = json.loads(to_json([workout(), workout("b", NOON + 9999)]))
    document["workouts"].reverse()
    damage(document)
    with pytest.raises(HistoryError, match=words):
        history.import_json(json.dumps(document))
    assert history.summaries() == []


def test_no_json_at_all_is_refused_in_words(tmp_path: Path) -> None:
    history = History(Database.of_folder(tmp_path))
    for text in ("", "[" * 100_000, "{}", "nonsense", b"\xff\xfe"):
        with pytest.raises(HistoryError, match=r"no JSON|no history"):
            history.import_json(text)


@pytest.mark.parametrize("value", ["{}", "[[]]", "1", "1.5"])
def test_a_file_of_nothing_but_values_is_refused_before_they_take_25_times_its_size(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = json.dumps({"format": "posecount history", "version": 1, "workouts": []})
    many = text.replace("[]", f"[{','.join([value] * (1_000_000 // len(value)))}]")
    monkeypatch.setattr(json, "loads", lambda text: pytest.fail("it was parsed"))
    with pytest.raises(HistoryError, match=r"no history"):
        from_json(many)


def test_a_history_of_megabytes_is_read() -> None:
    many = [workout(f"w{number}", NOON + 9999 * number, squats=300) for number in range(40)]
    text = to_json(many)
    assert len(text) > 1_000_000 and len(from_json(text)) == 40


def test_a_time_zone_that_is_not_known_is_taken_as_utc() -> None:
    assert Workout("k", NOON, NOON, "../../etc/passwd").day == "2026-11-27"
