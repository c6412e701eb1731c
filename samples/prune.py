"""Leaves out of the starter dataset what its own samples contradict."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np

from posecount.datasets.dataset import PoseDataset
from posecount.review.leave_one_out import leave_one_out
from posecount.review.neighbours import find_neighbours
from posecount.review.posture import posture_outliers


def prune(folder: Path, spared: Collection[str], by_posture: bool = False) -> list[str]:
    """Remove the rows of samples that look clearly like another class or like none, until none is left.

    Where the samples of some classes are pruned alone, an unusual posture can be a reason too: a squat with the
    hands on the floor and the trunk upside down is none.

    A tracker that sees a clasped hand on the wrong side of the body makes a curl of a squat's rest, for example; the
    picture is labelled right, and its landmarks are of no use.

    Args:
        folder: a Colab folder.
        spared: names of samples that stay.
        by_posture: whether an unusual inclination of the trunk is a reason too.

    Returns:
        The names of those that were left out.
    """
    gone: list[str] = []
    while True:
        dataset = PoseDataset.load(folder)
        result = leave_one_out(dataset, find_neighbours(dataset.landmarks))
        odd = np.isfinite(posture_outliers(dataset)) & by_posture
        doubtful = [dataset.names[row] for row in (result.contradicted | result.far | odd).nonzero()[0]]
        found = {name for name in doubtful if name not in spared}
        if not found:
            return gone
        gone += sorted(found)
        for file in folder.glob("*.csv"):
            rows = file.read_text().splitlines(keepends=True)
            file.write_text("".join(row for row in rows if row.split(",", 1)[0] not in found))
