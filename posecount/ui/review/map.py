"""Charts of a dataset: its map, on which points can be selected, and the confusion between its classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st

from posecount.datasets.dataset import PoseDataset
from posecount.pose import FloatArray
from posecount.review.outliers import OUTLIER_KINDS, Outlier
from posecount.review.quality import Quality, map_dataset
from posecount.ui.charts import in_theme


def show_map(dataset: PoseDataset, outliers: tuple[Outlier, ...], key: str) -> list[int]:
    """Show samples in two dimensions, coloured by class, with outliers marked; return the indices of selected ones."""
    projected = map_dataset(dataset)
    doubts = {outlier.index: OUTLIER_KINDS[outlier.kind] for outlier in outliers}
    samples = [f"{label}/{name}" for label, name in zip(dataset.labels, dataset.names, strict=True)]
    values = [
        {
            "sample": samples[index],
            "across": round(float(across), 2),
            "along": round(float(along), 2),
            "class": label,
            "name": name,
            "doubt": doubts.get(index, "none"),
            "doubtful": index in doubts,
        }
        for index, ((across, along), label, name) in enumerate(
            zip(projected.points, dataset.labels, dataset.names, strict=True)
        )
    ]
    st.caption(
        "Similar samples are close together. Diamonds are doubtful. The two dimensions show "
        f"{projected.explained:.0%} of the variance. Click a point or drag a box to see pictures."
    )
    event = st.vega_lite_chart(values, in_theme(_SPEC), height=460, width="stretch", on_select="rerun", key=key)
    return chosen_points(event["selection"], samples, projected.points)


def show_confusion(quality: Quality) -> None:
    """Show how the other samples classify those of each class: a table coloured by share of the row."""
    names = [each.name for each in quality.classes]
    values = [
        {"class": own.name, "called": name, "samples": int(count), "share": int(count) / own.samples}
        for own, row in zip(quality.classes, quality.confusion, strict=True)
        for name, count in zip(names, row, strict=True)
    ]
    st.vega_lite_chart(values, in_theme(_CONFUSION), height=150 + 28 * len(names), width="stretch")


def chosen_points(selection: Mapping[str, Any], samples: Sequence[str], points: FloatArray) -> list[int]:
    """Indices of the points that are clicked, or in the box that is dragged.

    Args:
        selection: of the chart: ``click``, a list of points with ``sample``; ``box``, ranges of both.
        samples: N names of the samples: unlike indices, they stay when one is removed.
        points: float32 (N, 2).
    """
    names = {point["sample"] for point in selection.get("click") or ()}
    chosen = {index for index, sample in enumerate(samples) if sample in names}
    box = selection.get("box") or {}
    if "across" in box and "along" in box:
        low, high = np.sort(np.array([box["across"], box["along"]], dtype=float), axis=1).T
        chosen |= set(np.flatnonzero(((points >= low) & (points <= high)).all(axis=1)).tolist())
    return sorted(chosen)


_SPEC: dict[str, Any] = {
    "description": "Map of the samples: similar samples are near each other, diamonds are doubtful.",
    "params": [
        {"name": "click", "select": {"type": "point", "fields": ["sample"]}},
        {"name": "box", "select": {"type": "interval", "encodings": ["x", "y"]}},
    ],
    "mark": {"type": "point", "filled": True},
    "encoding": {
        "x": {"field": "across", "type": "quantitative", "title": None},
        "y": {"field": "along", "type": "quantitative", "title": None},
        "color": {"field": "class", "type": "nominal", "legend": {"orient": "bottom", "columns": 2, "title": None}},
        "shape": {
            "field": "doubtful",
            "type": "nominal",
            "scale": {"domain": [False, True], "range": ["circle", "diamond"]},
            "legend": None,
        },
        "size": {"condition": {"test": "datum.doubtful", "value": 130}, "value": 40},
        "opacity": {"condition": {"test": "datum.doubtful", "value": 1}, "value": 0.55},
        "tooltip": [
            {"field": "class", "title": "Class"},
            {"field": "name", "title": "Name"},
            {"field": "doubt", "title": "Doubt"},
        ],
    },
}

_CONFUSION: dict[str, Any] = {
    "description": "How often the samples of each class are taken for each other class.",
    "encoding": {
        "x": {
            "field": "called",
            "type": "nominal",
            "title": None,
            "axis": {"orient": "top", "labelAngle": -90, "labelLimit": 160, "labelOverlap": False},
        },
        "y": {"field": "class", "type": "nominal", "title": None, "axis": {"labelLimit": 160}},
        "tooltip": [
            {"field": "class", "title": "Class"},
            {"field": "called", "title": "Classified as"},
            {"field": "samples", "title": "Samples"},
            {"field": "share", "title": "Share", "format": ".0%"},
        ],
    },
    "layer": [
        {
            "mark": "rect",
            "encoding": {
                "color": {
                    "field": "share",
                    "type": "quantitative",
                    "scale": {"domain": [0, 1]},
                    "legend": None,
                }
            },
        },
        {"mark": "text", "encoding": {"text": {"field": "samples"}}},
    ],
}
