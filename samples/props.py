"""Things in the hands and under the body: bars, weights, benches. The scene draws them as boxes along the axes."""

# ruff: noqa: RUF005 -- adding a tuple to an array adds its numbers, it does not join them

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from body import COMPARED, Array
from exercises import Rng, draw

Box = tuple[float, ...]
_AT = {name: index for index, name in enumerate(COMPARED)}


def _around(centre: Array, half: tuple[float, float, float]) -> Box:
    return (*(centre - half), *(centre + half))


def _hands(joints: Array) -> Array:
    """Where the two fists are, (2, 3)."""
    wrists, elbows = (joints[[_AT[f"left_{name}"], _AT[f"right_{name}"]]] for name in ("wrist", "elbow"))
    along = wrists - elbows
    fists: Array = wrists + 0.09 * along / np.linalg.norm(along, axis=1, keepdims=True)
    return fists


def _pair(joints: Array, name: str) -> Array:
    return joints[[_AT[f"left_{name}"], _AT[f"right_{name}"]]]


def _bar(rng: Rng, joints: Array) -> list[Box]:
    fists = _hands(joints)
    radius = draw(rng, (0.012, 0.03))
    bar = [_around(fists.mean(axis=0), (draw(rng, (0.6, 1.4)), radius, radius))]
    if rng.random() < 0.5:  # of a rack, with posts
        posts = [fists.mean(axis=0) + (side * 0.75, 0.0, 0.0) for side in (-1, 1)]
        bar += [(*(post * (1, 1, 0) - (0.03, 0.03, 0.0)), *(post + 0.03)) for post in posts]
    return bar


def _barbell(rng: Rng, joints: Array) -> list[Box]:
    middle = _hands(joints).mean(axis=0)
    half, radius = draw(rng, (0.55, 0.95)), draw(rng, (0.06, 0.22))
    plates = [_around(middle + (side * half, 0.0, 0.0), (0.03, radius, radius)) for side in (-0.92, 0.92)]
    return [_around(middle, (half, 0.014, 0.014)), *plates]


def _dumbbells(rng: Rng, joints: Array) -> list[Box]:
    half = (0.11, 0.045, 0.045) if rng.random() < 0.5 else (0.045, 0.11, 0.045)
    scale = draw(rng, (0.7, 1.4))
    return [_around(fist, tuple(scale * each for each in half)) for fist in _hands(joints)]  # type: ignore[arg-type]


def _weight(rng: Rng, joints: Array) -> list[Box]:
    """One plate or kettlebell between the hands."""
    radius = draw(rng, (0.06, 0.16))
    return [_around(_hands(joints).mean(axis=0), (radius, 0.04, radius))]


def _seat(rng: Rng, joints: Array) -> list[Box]:
    x, y, z = _pair(joints, "hip").mean(axis=0)
    seat: list[Box] = [(x - 0.22, y - 0.22, 0.0 if rng.random() < 0.5 else z - 0.16, x + 0.22, y + 0.22, z - 0.11)]
    if rng.random() < 0.4:  # a back
        seat.append((x - 0.2, y + 0.2, z - 0.16, x + 0.2, y + 0.25, z + draw(rng, (0.25, 0.5))))
    return seat


def _bench(rng: Rng, joints: Array) -> list[Box]:
    """Under a person who lies."""
    hips, shoulders = (_pair(joints, name).mean(axis=0) for name in ("hip", "shoulder"))
    low, high = sorted((hips[1], shoulders[1]))
    return [(-0.15, low - 0.1, 0.0 if rng.random() < 0.3 else hips[2] - 0.2, 0.15, high + 0.25, hips[2] - 0.12)]


def _wall(rng: Rng, joints: Array) -> list[Box]:
    behind = max(_pair(joints, name).mean(axis=0)[1] for name in ("hip", "shoulder")) + 0.14
    return [(-draw(rng, (0.5, 2.0)), behind, 0.0, draw(rng, (0.5, 2.0)), behind + 0.1, draw(rng, (1.5, 2.6)))]


_THINGS = {"bar": _bar, "barbell": _barbell, "dumbbells": _dumbbells, "weight": _weight, "seat": _seat,
           "bench": _bench, "wall": _wall}  # fmt: skip


def objects(rng: Rng, shares: Mapping[str, float], joints: Array) -> tuple[Box, ...]:
    """The boxes of a picture: each thing as often as its share says.

    Args:
        shares: thing → how often it is there.
        joints: of the posed body, in the order of `COMPARED`, metres.
    """
    return tuple(box for thing, share in shares.items() if rng.random() < share for box in _THINGS[thing](rng, joints))
