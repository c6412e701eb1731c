"""The repetitions and holds of a recording: a chart and a table, where a click seeks the player."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from posecount.counting.repetitions import Repetition
from posecount.counting.settings import Settings
from posecount.datasets.dataset import exercise_label
from posecount.ui.charts import in_theme
from posecount.video.recording import Confidence, Recording

_POINTS = 1500
"""The most frames the chart shows, evenly thinned: more cannot be told apart."""
_SERIES = ["smoothed", "repetition", "raw", "threshold"]
"""In the order of the theme's colours: the first is the accent."""


def show_chart(recording: Recording, exercise: str, settings: Settings, key: str) -> float | None:
    """Show the raw and smoothed confidence in an exercise's turning point, with its repetitions or holds marked.

    Returns:
        The start of the repetition that was clicked, in seconds, or None.
    """
    assert recording.confidence is not None
    marks = [
        {
            "number": number,
            "second": each.turn,
            "confidence": each.peak,
            "start": round(each.start, 3),
            "end": round(each.end, 3),
            "series": "repetition",
        }
        for number, each in enumerate(recording.repetitions, 1)
        if each.exercise == exercise
    ]
    held = [
        {"second": each.start, "end": each.end, "series": "repetition"}
        for each in recording.holds
        if each.exercise == exercise
    ]
    second = {"field": "second", "type": "quantitative", "title": "seconds"}
    confidence = {"field": "confidence", "type": "quantitative", "scale": {"domain": [0, 10]}, "title": "confidence"}
    colour = {
        "field": "series",
        "type": "nominal",
        "title": None,
        "scale": {"domain": _SERIES},
        # Two columns fit a phone. Without an opacity, the symbols take that of the rectangles.
        "legend": {"orient": "top", "columns": 2, "symbolOpacity": 1},
    }
    thresholds = [{"at": each, "series": "threshold"} for each in (settings.enter_threshold, settings.exit_threshold)]
    chart = {
        "description": f"Confidence in the turning point of {exercise_label(exercise).lower()}, with {len(marks)} "
        "repetitions marked."
        if exercise in recording.counts
        else f"Confidence in {exercise_label(exercise).lower()}, with {len(held)} holds marked.",
        "height": 260,
        "layer": [
            {
                "data": {"values": thresholds},
                "mark": {"type": "rule", "strokeDash": [4, 4]},
                "encoding": {"y": {"field": "at", "type": "quantitative"}, "color": colour},
            },
            {
                "data": {"values": held},
                "mark": {"type": "rect", "opacity": 0.15},
                "encoding": {"x": second, "x2": {"field": "end"}, "color": colour},
            },
            {
                "data": {"values": _curves(recording.confidence, exercise)},
                "mark": {"type": "line", "strokeWidth": 1.5},
                "encoding": {
                    "x": second,
                    "y": confidence,
                    "color": colour,
                },
            },
            {
                "data": {"values": marks},
                "params": [{"name": "repetition", "select": {"type": "point", "fields": ["number", "start"]}}],
                "mark": {"type": "point", "filled": True, "size": 160, "opacity": 1, "cursor": "pointer"},
                "encoding": {
                    "x": second,
                    "y": confidence,
                    "color": colour,
                    "tooltip": [
                        {"field": field, "type": "quantitative", "title": title}
                        for field, title in (("number", "repetition"), ("start", "start (s)"), ("end", "end (s)"))
                    ],
                },
            },
        ],
    }
    event: Any = st.vega_lite_chart(
        None, in_theme(chart), key=key, on_select="rerun", selection_mode="repetition", width="stretch"
    )
    if marks:
        st.caption("Click a repetition to see it in the video.")
    chosen = event.selection.get("repetition") or []
    return float(chosen[0]["start"]) if chosen and "start" in chosen[0] else None


def _curves(confidence: Confidence, exercise: str) -> list[dict[str, Any]]:
    column = confidence.exercises.index(exercise)
    frames = len(confidence.timestamps)
    shown: NDArray[np.intp] = np.unique(np.linspace(0, max(frames - 1, 0), min(frames, _POINTS)).round().astype(int))
    return [
        {
            "second": round(float(confidence.timestamps[index]), 3),
            "confidence": round(float(values[index, column]), 2),
            "series": name,
        }
        for name, values in (("raw", confidence.raw), ("smoothed", confidence.smoothed))
        for index in shown
    ]


def show_table(recording: Recording, key: str) -> float | None:
    """Show all repetitions and holds as a table; return the start of the chosen one, in seconds, or None."""
    rows = [
        {
            "#": number,
            "Exercise": exercise_label(each.exercise),
            "Start (s)": round(each.start, 1),
            "Turn (s)": round(each.turn, 1) if isinstance(each, Repetition) else None,
            "End (s)": round(each.end, 1),
            "Duration (s)": round(each.end - each.start, 1),
            "Range": round(each.range_of_motion, 2)
            if isinstance(each, Repetition) and each.range_of_motion is not None
            else None,
        }
        for number, each in enumerate(recording.in_order, 1)
    ]
    event: Any = st.dataframe(rows, hide_index=True, key=key, on_select="rerun", selection_mode="single-row")
    chosen = event.selection.rows
    return recording.in_order[chosen[0]].start if chosen else None
