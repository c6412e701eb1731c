"""One exercise over time, with its personal bests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Literal

import streamlit as st

from posecount.datasets.dataset import exercise_label
from posecount.history.progress import Course, courses
from posecount.history.records import WorkoutSummary
from posecount.ui.charts import chart_config
from posecount.ui.workouts.amounts import seconds_in_words

_COURSE = "history_course"
_SHOWN = 8
"""Exercises that are offered as buttons; more would fill a phone's screen."""
_FEWEST_DAYS = 14
"""Days that the chart shows at least."""


def show_courses(workouts: Sequence[WorkoutSummary]) -> None:
    """A chart of one exercise, chosen above it."""
    found = courses(workouts)[:_SHOWN]
    if not found:
        return
    st.header("Progress", anchor=False)
    names = {f"{each.exercise} {each.kind}": each for each in found}
    chosen = st.pills(
        "Exercise",
        list(names),
        format_func=lambda name: exercise_label(names[name].exercise),
        default=next(iter(names)),
        label_visibility="collapsed",
    )
    course = names.get(chosen or "", found[0])
    measure = st.segmented_control(
        "Measure", ("Total", "Best set" if course.kind == "repetitions" else "Longest hold"), default="Total",
        label_visibility="collapsed",
    )  # fmt: skip
    best = course.best
    unit = seconds_in_words(best.best) if course.kind == "hold" else f"{best.best:.0f} in one set"
    st.markdown(f"Personal best: **{unit}**, on {best.day:%d %B %Y}.")
    _show(course, "best" if measure and measure != "Total" else "total")


def _show(course: Course, measure: Literal["best", "total"]) -> None:
    unit = "Seconds" if course.kind == "hold" else "Repetitions"
    rows = [
        {
            # With a time, or the browser takes midnight in UTC: the day before, in America.
            "day": f"{each.day.isoformat()}T00:00:00",
            "amount": round(getattr(each, measure), 1),
            "sets": each.sets,
            "best": "Personal best" if each.is_best else "",
        }
        for each in course.days
    ]
    # A single bar would fill the chart, and its axis would name the same day twice.
    begins = min(course.days[0].day, course.days[-1].day - timedelta(days=_FEWEST_DAYS - 1))
    encoding: dict[str, Any] = {
        "x": {
            "field": "day",
            "type": "temporal",
            "timeUnit": "yearmonthdate",
            "axis": {"title": None, "format": "%-d %b %Y", "tickCount": 6, "labelOverlap": True},
            "scale": {"domainMin": {"year": begins.year, "month": begins.month, "date": begins.day}},
        },
        "y": {"field": "amount", "type": "quantitative", "axis": {"title": unit, "tickMinStep": 1}},
        "tooltip": [
            {"field": "day", "type": "temporal", "title": "Day"},
            {"field": "amount", "title": unit},
            {"field": "sets", "title": "Sets"},
            {"field": "best", "title": " "},
        ],
    }
    st.vega_lite_chart(
        {
            "description": f"{exercise_label(course.exercise)} per day: {len(rows)} days, best {course.best.best:.0f}",
            "data": {"values": rows},
            "height": 220,
            "encoding": encoding,
            "layer": [
                {"mark": {"type": "bar", "width": {"band": 0.7}}},
                {
                    "transform": [{"filter": "datum.best != ''"}],
                    "mark": {"type": "text", "text": "★", "dy": -8, "size": 13},
                    "encoding": {"x": {**encoding["x"], "bandPosition": 0.5}},
                },
            ],
            "config": chart_config(),
        },
        width="stretch",
        key=_COURSE,
    )
