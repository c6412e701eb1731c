"""The history as JSON and CSV, and JSON read back. A file from outside is checked value by value."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, get_args

from posecount.history.database import HistoryError
from posecount.history.records import (
    Correction,
    CorrectionKind,
    Kind,
    RecordedRepetition,
    RecordedSet,
    RepetitionStatus,
    Source,
    Workout,
    zone,
)
from posecount.history.schema import LONGEST_NAME, LONGEST_NOTE

FORMAT = "posecount history"
MOST_BYTES = 50_000_000
_SPARED = 1_000_000
_VERSION = 1
_KEY = re.compile(r"[A-Za-z0-9_:.-]{1,64}")
_YEAR_3000 = 32_503_680_000.0
_COLUMNS = (
    "day", "workout", "name", "set", "exercise", "kind", "started", "repetitions", "counted", "seconds", "duration_s",
    "target", "note",
)  # fmt: skip


def to_json(workouts: Sequence[Workout]) -> str:
    """Everything, in a form that `from_json` reads."""
    return json.dumps(
        {"format": FORMAT, "version": _VERSION, "workouts": [asdict(each) for each in workouts]}, separators=(",", ":")
    )


def to_csv(workouts: Sequence[Workout]) -> str:
    """One row a set, with a header; moments as ISO 8601 in the person's time zone."""
    out = io.StringIO()
    table = csv.DictWriter(out, _COLUMNS, lineterminator="\n")
    table.writeheader()
    for workout in workouts:
        for each in workout.sets:
            table.writerow(
                {
                    "day": workout.day,
                    "workout": workout.key,
                    "name": _harmless(workout.name),
                    "set": each.number,
                    "exercise": _harmless(each.exercise),
                    "kind": each.kind,
                    "started": datetime.fromtimestamp(each.started, zone(workout.time_zone)).isoformat("T", "seconds"),
                    "repetitions": each.count,
                    "counted": each.counted,
                    "seconds": round(each.seconds, 2),
                    "duration_s": round(each.ended - each.started, 2),
                    "target": "" if each.target is None else each.target,
                    "note": _harmless(workout.note),
                }
            )
    return out.getvalue()


def _harmless(words: str) -> str:
    """A person's words, which a spreadsheet must not take for a formula."""
    return f"'{words}" if words.startswith(("=", "+", "-", "@", "\t", "\r")) else words


def from_json(text: str | bytes) -> list[Workout]:
    """Read what `to_json` wrote: all of it or nothing.

    Raises:
        HistoryError: if it is something else, with the workout and the value that is wrong.
    """
    if len(text) > MOST_BYTES:
        raise HistoryError(f"The file is larger than {MOST_BYTES // 1_000_000} MB. Try: export fewer workouts.")
    if len(text) > _SPARED and _is_dense(text):
        raise HistoryError("The file is no history of posecount. Try: choose one that posecount exported as JSON.")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise HistoryError("The file is no JSON. Try: choose one that posecount exported.") from error
    if (
        not isinstance(content, dict)
        or content.get("format") != FORMAT
        or not isinstance(content.get("workouts"), list)
    ):
        raise HistoryError("The file is no history of posecount. Try: choose one that posecount exported as JSON.")
    if content.get("version") != _VERSION:
        raise HistoryError("The file was made by a newer version of posecount. Try: update posecount.")
    workouts = []
    for number, each in enumerate(content["workouts"], start=1):
        try:
            workouts.append(_workout(each))
        except (KeyError, TypeError, ValueError) as error:
            reason = f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
            raise HistoryError(f"Workout {number} cannot be read: {reason}. Nothing was imported.") from error
    return workouts


def _is_dense(text: str | bytes) -> bool:
    """Whether there are far more values in a text than in a history, which has one in 17 bytes and a group in 110.

    Python needs 30 bytes for a value and 70 for a group: 50 MB of nothing but braces would take 1.3 GB.
    """
    commas, braces, brackets = (
        text.count(sign) if isinstance(text, str) else text.count(sign.encode()) for sign in ",{["
    )
    return commas * 10 > len(text) or (braces + brackets) * 40 > len(text)


def _workout(value: Any) -> Workout:
    given = _mapping(value)
    started, ended = _span(given)
    sets = tuple(_set(each) for each in _list(given, "sets"))
    if len({each.number for each in sets}) != len(sets):
        raise ValueError("two sets have the same number")
    keys = [repetition.key for each in sets for repetition in each.repetitions]
    if len(set(keys)) != len(keys):
        raise ValueError("two repetitions have the same key")
    return Workout(
        key=_key(given["key"]),
        started=started,
        ended=ended,
        time_zone=zone(_words(given["time_zone"], 64)).key,
        dataset=_words(given.get("dataset", ""), LONGEST_NAME),
        dataset_version=_words(given.get("dataset_version", ""), LONGEST_NAME),
        profile=_words(given.get("profile", ""), 20),
        source=_one_of(given.get("source", "import"), get_args(Source)),
        name=_words(given.get("name", ""), LONGEST_NAME),
        note=_words(given.get("note", ""), LONGEST_NOTE),
        sets=sets,
        corrections=tuple(_correction(each) for each in _list(given, "corrections")),
    )


def _set(value: Any) -> RecordedSet:
    given = _mapping(value)
    started, ended = _span(given)
    target = given.get("target")
    return RecordedSet(
        number=int(_number(given["number"], 1, 100_000)),
        exercise=_words(given["exercise"], LONGEST_NAME),
        kind=_one_of(given["kind"], get_args(Kind)),
        started=started,
        ended=ended,
        target=None if target is None else int(_number(target, 0, 1_000_000)),
        seconds=_number(given.get("seconds", 0), 0, 1e6),
        repetitions=tuple(_repetition(each) for each in _list(given, "repetitions")),
    )


def _repetition(value: Any) -> RecordedRepetition:
    given = _mapping(value)
    return RecordedRepetition(
        key=_key(given["key"]),
        ended=_number(given["ended"], 0, _YEAR_3000),
        duration_s=_optional(given.get("duration_s"), 0, 1e5),
        to_turn_s=_optional(given.get("to_turn_s"), 0, 1e5),
        range_of_motion=_optional(given.get("range_of_motion"), -100, 100),
        status=_one_of(given.get("status", "counted"), get_args(RepetitionStatus)),
        joint=_words(given.get("joint", ""), 20),
        degrees=_optional(given.get("degrees"), 0, 360),
    )


def _correction(value: Any) -> Correction:
    given = _mapping(value)
    return Correction(
        kind=_one_of(given["kind"], get_args(CorrectionKind)),
        made=_number(given["made"], 0, _YEAR_3000),
        set_number=int(_number(given["set_number"], 1, 100_000)),
        repetition=_key(given["repetition"]),
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"{str(value)[:40]!r} is no object")
    return value


def _list(given: Mapping[str, Any], name: str) -> Iterable[Any]:
    value = given.get(name, [])
    if not isinstance(value, list):
        raise TypeError(f"{name} is no list")
    return value


def _span(given: Mapping[str, Any]) -> tuple[float, float]:
    started, ended = (_number(given[name], 0, _YEAR_3000) for name in ("started", "ended"))
    if ended < started:
        raise ValueError("ended is before started")
    return started, ended


def _number(value: Any, least: float, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TypeError(f"{str(value)[:40]!r} is no number")
    if not least <= value <= most:
        raise ValueError(f"{value} is not between {least:g} and {most:g}")
    return float(value)


def _optional(value: Any, least: float, most: float) -> float | None:
    return None if value is None else _number(value, least, most)


def _words(value: Any, longest: int) -> str:
    if (
        not isinstance(value, str)
        or len(value) > longest
        or "\0" in value
        or (not value.isprintable() and longest < 1000)
    ):
        raise ValueError(f"{str(value)[:40]!r} is no text of at most {longest} characters")
    value.encode()  # half a character, which no database takes, is a ValueError
    return value


def _key(value: Any) -> str:
    if not isinstance(value, str) or not _KEY.fullmatch(value):
        raise ValueError(f"{str(value)[:40]!r} is no key")
    return value


def _one_of(value: Any, choices: Sequence[str]) -> Any:
    if value not in choices:
        raise ValueError(f"{str(value)[:40]!r} is none of {', '.join(choices)}")
    return value
