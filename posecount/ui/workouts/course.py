"""One exercise over time, with its personal bests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Literal

import streamlit as st

from posecount.datasets.dataset import exercise_label
from posecount.history.progress import Course, Span, courses, in_spans
from posecount.history.records import WorkoutSummary
from posecount.ui.charts import in_theme
from posecount.ui.workouts.amounts import seconds_in_words

_COURSE = "history_course"
_SHOWN = 8
"""Exercises that are offered as buttons; more would fill a phone's screen."""
_FEWEST_DAYS = 14
"""Days that the chart shows at least."""
_DAYS: dict[Span, int] = {"day": 1, "week": 7, "month": 30}


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
    span, days = in_spans(course)
    length = timedelta(days=_DAYS[span])
    rows = [
        {
            # With a time, or the browser takes midnight in UTC: the day before, in America.
            "begins": f"{each.day.isoformat()}T00:00:00",
            "middle": f"{(datetime.combine(each.day, time()) + length * 0.4).isoformat()}",
            "ends": f"{(datetime.combine(each.day, time()) + length * 0.8).isoformat()}",
            "amount": round(getattr(each, measure), 1),
            "sets": each.sets,
            "best": "Personal best" if each.is_best else "",
        }
        for each in days
    ]
    # A single bar would fill the chart, and its axis would name the same day twice.
    begins = min(days[0].day, days[-1].day - timedelta(days=_FEWEST_DAYS - 1))
    axis = {"title": None, "format": "%-d %b %Y", "tickCount": 6, "labelOverlap": True}
    scale = {"domainMin": {"year": begins.year, "month": begins.month, "date": begins.day}}
    title = f"{unit} a {span}" if measure == "total" else unit
    chart = {
        "description": f"{exercise_label(course.exercise)} by {span}: {len(rows)} bars, best {course.best.best:.0f}",
        "data": {"values": rows},
        "height": 220,
        "encoding": {
            "y": {"field": "amount", "type": "quantitative", "axis": {"title": title, "tickMinStep": 1}},
            "tooltip": [
                {"field": "begins", "type": "temporal", "title": span.capitalize()},
                {"field": "amount", "title": unit},
                {"field": "sets", "title": "Sets"},
                {"field": "best", "title": " "},
            ],
        },
        "layer": [
            {
                "mark": {"type": "rect", "aria": False},
                "encoding": {
                    "x": {"field": "begins", "type": "temporal", "axis": axis, "scale": scale},
                    "x2": {"field": "ends"},
                    "y2": {"datum": 0},
                },
            },
            {
                "transform": [{"filter": "datum.best != ''"}],
                "mark": {"type": "text", "text": "★", "dy": -8, "size": 13, "aria": False},
                "encoding": {"x": {"field": "middle", "type": "temporal"}},
            },
        ],
    }
    st.vega_lite_chart(in_theme(chart), width="stretch", key=_COURSE)
