"""What the History page costs after years of training."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from time import process_time
from typing import TypeVar

from posecount.datasets.workspace import Workspace
from posecount.history.database import Database
from posecount.history.history import History
from posecount.history.progress import calendar, courses, in_spans, longest_streak, streak, week
from posecount.history.schema import sets, workouts

_WORKOUTS = 10_000
_EXERCISES = ("squats", "pushups", "lunges", "jumping_jacks", "situps", "planks")
_NOW = 1_800_000_000.0
_T = TypeVar("_T")


def benchmark_history(number: int = _WORKOUTS) -> dict[str, float]:
    """Read workouts of six sets each, one after every twelve hours, as the History page does.

    Returns:
        ``workouts``; ``read_s`` and ``sum_up_s``, seconds of processor time for reading their summaries, and for what
        the page makes of them.
    """
    with tempfile.TemporaryDirectory(prefix="posecount-") as folder:
        history = History.of(Workspace(Path(folder)))
        fill(history.database, number)
        read_s, summaries = _timed(history.summaries)
        today = datetime.fromtimestamp(_NOW, UTC).date()

        def sum_up() -> None:
            week(summaries, today)
            streak(summaries, today)
            longest_streak(summaries)
            calendar(summaries)
            in_spans(courses(summaries)[0])

        sum_up_s, _ = _timed(sum_up)
        history.close()
    return {"workouts": float(len(summaries)), "read_s": read_s, "sum_up_s": sum_up_s}


def fill(database: Database, number: int) -> None:
    """Write workouts of the one person of a machine, without their repetitions, which no list reads."""
    headers, parts = [], []
    for index in range(1, number + 1):
        started = _NOW - (number - index) * 43_200.0
        for place in range(6):
            exercise = _EXERCISES[(index + place // 2) % len(_EXERCISES)]
            is_hold = exercise == "planks"
            parts.append(
                {
                    "workout": index, "number": place + 1, "exercise": exercise,
                    "kind": "hold" if is_hold else "repetitions",
                    "started": started + 90.0 * place, "ended": started + 90.0 * place + 30, "target": None,
                    "seconds": 30.0 if is_hold else 0.0, "count": 0 if is_hold else 8 + (index + place) % 9,
                }
            )  # fmt: skip
        headers.append(
            {
                "id": index, "person": "", "key": f"w{index}", "started": started, "ended": started + 510,
                "time_zone": "UTC", "day": datetime.fromtimestamp(started, UTC).date().isoformat(),
                "dataset": "starter", "dataset_version": "1", "profile": "robust", "source": "live", "name": "",
                "note": "",
            }
        )  # fmt: skip
    with database.begin() as connection:
        connection.execute(workouts.insert(), headers)
        connection.execute(sets.insert(), parts)


def _timed(work: Callable[[], _T]) -> tuple[float, _T]:
    started = process_time()
    done = work()
    return process_time() - started, done
