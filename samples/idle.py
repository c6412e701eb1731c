"""Poses of what people do between exercises, for the class `none`."""

# ruff: noqa: RUF005 -- adding a tuple to an array adds its numbers, it does not join them

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from body import Array, Body, Pose
from exercises import Rng, arms, by_gravity, draw, plank, row, upright


def _stroll(body: Body, rng: Rng, limbs: dict[str, Any], stride: float, lean_by: float) -> Pose:
    """A step: one foot in front, the heel of the other up."""
    hip_y = 0.5 * stride
    height = body.ankle_height("L", 0.0) / body.leg + np.sqrt(1 - hip_y**2) * draw(rng, (0.95, 0.995))
    heel_up = 40.0 * stride + draw(rng, (5, 20))
    order = rng.permutation(2)
    feet = np.array(((draw(rng, (0.04, 0.12)), 0.0, 0.0), (draw(rng, (0.04, 0.12)), stride, 0.0)))
    return Pose(
        pelvis=np.array((0.0, hip_y, height)),
        tilt=np.array((lean_by, 0.0, 0.0)),
        spine=np.array((0.0, 0.0, rng.normal(0, 8))),
        head=np.array((rng.normal(0, 12), rng.normal(0, 5), rng.normal(0, 25))),
        feet=feet[order],
        foot=np.array(((0.0, 5.0, 0.0), (heel_up, 5.0, heel_up)))[order],
        **limbs,
    )


def idle(body: Body, rng: Rng, state: str, style: str) -> Pose:
    """What people do between exercises: the styles of the class `none` in `recipes.py`."""
    del state
    limbs = arms(rng, "hanging", 0.06)
    side = int(rng.integers(2))
    stance, toes = draw(rng, (0.08, 0.2)), draw(rng, (0, 20))
    relaxed: dict[str, Any] = {
        "stance": stance,
        "toes_out": toes,
        "thigh": draw(rng, (78, 89)),
        "lean_by": draw(rng, (-4, 14)),
    }
    glance = np.array((rng.normal(5, 12), rng.normal(0, 6), rng.normal(0, 25)))

    def one_hand(reach: tuple[float, float, float], elbow: tuple[float, float, float]) -> dict[str, Any]:
        limbs["reach"][side] = np.array(reach) + rng.normal(0, 0.05, 3)
        limbs["elbow"][side] = np.array(elbow) + rng.normal(0, 0.15, 3)
        return limbs

    if style == "hand_to_face":
        return replace(upright(body, **relaxed, **one_hand((-0.28, 0.3, 0.3), (0.5, 0.2, -1.0))), head=glance)
    if style == "phone":
        at = (-0.2, 0.42, draw(rng, (-0.3, 0.1)))
        return replace(upright(body, **relaxed, **one_hand(at, (0.4, -0.2, -1.0))), head=glance + (20.0, 0.0, 0.0))
    if style == "waving":
        at = (draw(rng, (0.15, 0.55)), 0.15, draw(rng, (0.35, 0.85)))
        return replace(upright(body, **relaxed, **one_hand(at, (1.0, 0.0, -0.4))), head=glance)
    if style == "reaching":
        if rng.random() < 0.65:  # with both hands: to a shelf, to a bar
            limbs |= arms(rng, "overhead", 0.12)
            limbs["reach"] = limbs["reach"] * draw(rng, (0.6, 1.0)) + (draw(rng, (0.0, 0.3)), 0.0, 0.0)
        else:
            one_hand((0.05, draw(rng, (0.1, 0.7)), 0.85), (1.0, 0.0, -0.3))
        return replace(upright(body, **relaxed, heels=draw(rng, (0, 25)), **limbs), head=glance - (20.0, 0.0, 0.0))
    if style == "turning":
        one_hand((0.3, draw(rng, (0.2, 0.8)), draw(rng, (-0.7, -0.1))), (0.6, -0.5, -0.7))
        pose = upright(body, **relaxed, **limbs)
        bend, twist = rng.normal(0, 5), draw(rng, (20, 45)) * rng.choice((-1, 1))
        return replace(pose, spine=pose.spine + (0, bend, twist), head=glance)
    if style == "walking":
        swing = draw(rng, (0.15, 0.4))
        limbs["reach"][:, 1] += (swing, -swing) if side else (-swing, swing)
        return _stroll(body, rng, limbs, draw(rng, (0.25, 0.55)), draw(rng, (-2, 8)))
    if style in ("picking_up", "hinge"):
        low = style == "picking_up"
        lean_by = draw(rng, (70, 115) if low else (38, 92))
        if low or rng.random() < 0.5:
            share = draw(rng, (0.5, 1.0))
            limbs["reach"] = by_gravity(limbs["reach"] * (draw(rng, (-0.5, 1)), 1, 1), share * lean_by)
        else:  # the hands stay with the trunk, as in a good morning
            limbs = arms(rng, str(rng.choice(("hips", "clasped", "goblet", "barbell", "behind_head", "crossed"))), 0.08)
        relaxed |= {"thigh": draw(rng, (52, 82) if low else (62, 88)), "lean_by": lean_by}
        pose = upright(body, **relaxed, round_back=draw(rng, (0.25, 0.5) if low else (0.0, 0.2)), **limbs)
        return replace(pose, head=np.array((draw(rng, (-45, 15)), 0.0, rng.normal(0, 10))))
    if style == "hands_down":  # a crouch or a fold with the hands on the floor, on the way to a plank or back
        hands = row(draw(rng, (0.15, 0.3)), -draw(rng, (0.3, 0.6)), 0.0)
        relaxed |= {"thigh": draw(rng, (-10, 65)), "lean_by": draw(rng, (80, 115))}
        pose = upright(body, **relaxed, heels=draw(rng, (0, 30)), round_back=0.4, plant=hands, planted=np.ones(2),
                       elbow=row(0.5, -0.6, -0.6))  # fmt: skip
        return replace(pose, head=np.array((draw(rng, (-45, 10)), 0.0, rng.normal(0, 10))))
    if style == "all_fours":
        return plank(body, extension=draw(rng, (0.9, 0.99)), width=draw(rng, (0.8, 1.4)),
                     ahead=draw(rng, (-0.1, 0.15)), on_knees=True, pike=draw(rng, (45, 75)),
                     arch=draw(rng, (-10, 20)), nod=draw(rng, (-40, 15)))  # fmt: skip
    return _low(body, rng, style, limbs, glance)


def _low(body: Body, rng: Rng, style: str, limbs: dict[str, Any], glance: Array) -> Pose:
    """The part of `idle` that kneels, sits or lies."""
    thigh, shank = body.thigh / body.leg, body.shank / body.leg
    width = draw(rng, (0.06, 0.2))
    lean_by = draw(rng, (-3, 20))
    if rng.random() < 0.3:
        limbs = arms(rng, str(rng.choice(("hips", "clasped", "goblet"))))
    if style == "kneeling":  # on both knees, upright or sitting back on the heels
        back = draw(rng, (0.0, 1.0)) ** 2
        angle = np.radians(90 - 72 * back)
        pelvis = np.array((0.0, thigh * np.cos(angle), 0.06 + thigh * np.sin(angle)))
        return Pose(pelvis=pelvis, tilt=np.array((lean_by, 0, 0)), head=glance, feet=row(width, 0.98 * shank, 0.0),
                    foot=row(150.0, 0.0, 0.0), knee=row(0.1, 1.0, -0.3), **limbs)  # fmt: skip
    if style == "kneeling_one":  # as to tie a shoe
        lean_by = draw(rng, (15, 60))
        limbs["reach"] = by_gravity(row(draw(rng, (-0.4, 0.1)), draw(rng, (0.0, 0.4)), -0.9), lean_by)
        feet = np.array(((width, -draw(rng, (0.3, 0.5)), 0.0), (width, 0.97 * shank, 0.0)))
        order = rng.permutation(2)
        return Pose(pelvis=np.array((0.0, 0.06, thigh + 0.03)), tilt=np.array((0.7 * lean_by, 0, 0)),
                    spine=np.array((0.3 * lean_by, 0.0, 0.0)), head=glance, feet=feet[order],
                    foot=np.array(((0.0, 5.0, 0.0), (140.0, 0.0, 0.0)))[order],
                    knee=np.array(((0.2, 1.0, 0.3), (0.0, 1.0, -0.5)))[order], **limbs)  # fmt: skip
    if style == "chair":  # feet in front of the knees, as in no squat
        seat, ahead = draw(rng, (-8, 8)), np.radians(draw(rng, (8, 35)))
        knee_z = shank * np.cos(ahead) + body.ankle_height("L", 0.0) / body.leg
        hip_y = thigh * np.cos(np.radians(seat)) + shank * np.sin(ahead)
        limbs = {"reach": row(-0.05, 0.42, -0.62), "elbow": row(0.7, -0.7, -0.3)} if rng.random() < 0.6 else limbs
        return Pose(pelvis=np.array((0.0, hip_y, knee_z + thigh * np.sin(np.radians(seat)))),
                    tilt=np.array((draw(rng, (-18, 12)), 0, 0)), spine=np.array((draw(rng, (0, 15)), 0, 0)),
                    head=glance, feet=row(width, 0.0, 0.0), knee=row(0.15, 1.0, 0.6), **limbs)  # fmt: skip
    if style == "floor_sit":  # legs out, leaning back on the hands
        lean_by = draw(rng, (-40, -5))
        pose = Pose(pelvis=np.array((0.0, 0.0, 0.13)), tilt=np.array((lean_by, 0, 0)),
                    head=glance - (lean_by, 0, 0), feet=row(width, -draw(rng, (0.8, 0.97)), 0.0),
                    foot=row(-70.0, 10.0, 0.0), knee=row(0.2, 1.0, 0.8),
                    elbow=row(0.4, -1.0, 0.0), planted=np.ones(2))  # fmt: skip
        hands = body.shoulders(pose)[0] / body.leg
        behind = hands[1] + draw(rng, (0.0, 0.2))
        return replace(pose, plant=row(hands[0] + 0.05, behind, 0.0), fingers=np.full(2, 180.0))
    pose = upright(body, thigh=draw(rng, (65, 89)), lean_by=0.0, stance=0.1, toes_out=5.0, **limbs)
    on_side = style == "side_lying"
    return replace(pose, topple=np.array((0.0, 90.0 * rng.choice((-1, 1)), 0.0) if on_side else (-90.0, 0.0, 0.0)))
