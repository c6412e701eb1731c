"""The top of the History page: this week, the streak, and a calendar of the days trained."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import streamlit as st

from posecount.datasets.records import count_of
from posecount.history.progress import calendar, longest_streak, streak, week
from posecount.history.records import WorkoutSummary
from posecount.ui.charts import in_theme, theme_colour
from posecount.ui.workouts.amounts import seconds_in_words

_CALENDAR = "history_calendar"
_WEEKS = 26
_MONTHS = "utcdate(datetime(datum.value)) <= 7 ? utcFormat(datetime(datum.value), '%b') : ''"
"""The name of the month below the first week that begins in it. Browsers take a date without a time as one in UTC."""


def show_overview(workouts: Sequence[WorkoutSummary], today: date) -> None:
    """This week against as much of the last one, the streak, and the calendar."""
    this, last = week(workouts, today), week(workouts, today, back=1, up_to_today=True)
    days = streak(workouts, today)
    with st.container(horizontal=True):
        _show_number("Days this week", this.days, _difference(this.days, last.days))
        _show_number("Repetitions", this.repetitions, _difference(this.repetitions, last.repetitions))
        if this.seconds or last.seconds:
            _show_number("Held", seconds_in_words(this.seconds))
        _show_number("Streak", count_of(days, "day"))
    longest = count_of(longest_streak(workouts), "day")
    st.caption(f"Compared with last week up to the same day. Longest streak: {longest}.")
    _show_calendar(workouts, today)


def _show_number(label: str, value: int | str, difference: str | None = None) -> None:
    st.metric(label, value, difference, border=True, height="stretch")


def _difference(now: int, before: int) -> str | None:
    return f"{now - before:+d}" if now != before else None


def _show_calendar(workouts: Sequence[WorkoutSummary], today: date) -> None:
    trained = calendar(workouts)
    begins = today - timedelta(days=today.weekday() + 7 * (_WEEKS - 1))
    rows = []
    for offset in range((today - begins).days + 1):
        day = begins + timedelta(days=offset)
        count, seconds = trained.get(day, (0, 0.0))
        what = [count_of(count, "repetition")] if count else []
        what += [f"{seconds_in_words(seconds)} held"] if seconds else []
        rows.append(
            {
                "day": day.isoformat(),
                "week": (day - timedelta(days=day.weekday())).isoformat(),
                "weekday": day.strftime("%a"),
                "amount": count + seconds / 3,
                "what": ", ".join(what) or "no workout",
                "trained": day in trained,
            }
        )
    names = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    # A scale cannot mix colours that CSS chooses: a busier day is less transparent.
    colour = theme_colour("primaryColor") or "#07683f"
    number = sum(1 for row in rows if row["trained"])
    chart = {
        "description": f"Calendar of the last {_WEEKS} weeks: {number} days trained",
        "data": {"values": rows},
        "height": {"step": 16},
        "mark": {"type": "rect", "cornerRadius": 3, "fill": colour, "stroke": colour, "strokeWidth": 1, "aria": False},
        "encoding": {
            "x": {
                "field": "week",
                "type": "ordinal",
                "axis": {
                    "title": None,
                    "labelExpr": _MONTHS,
                    "labelAngle": 0,
                    "ticks": False,
                    "domain": False,
                },
                "scale": {"paddingInner": 0.15},
            },
            "y": {
                "field": "weekday",
                "type": "ordinal",
                "sort": names,
                "axis": {"title": None, "ticks": False, "domain": False},
                "scale": {"paddingInner": 0.15},
            },
            "fillOpacity": {
                "condition": {
                    "test": "datum.trained",
                    "field": "amount",
                    "type": "quantitative",
                    "legend": None,
                    "scale": {"range": [0.35, 1]},
                },
                "value": 0,
            },
            "strokeOpacity": {"condition": {"test": "datum.trained", "value": 1}, "value": 0.3},
            "tooltip": [{"field": "day", "title": "Day"}, {"field": "what", "title": "Trained"}],
        },
        "config": {"view": {"stroke": None}},
    }
    st.vega_lite_chart(in_theme(chart), width="stretch", key=_CALENDAR)
