"""Poses of exercises that the arms do, and of the deadlift: ranges that are drawn from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from body import Body, Pose
from exercises import Rng, by_gravity, draw, row, upright
from limbs import angled, bent_down, glancing, one_side, seated, standing


def pullup(body: Body, rng: Rng, state: str, style: str) -> Pose:
    """`pullups_down` (hanging from a bar) or `pullups_up`; styles: wide, shoulder, chinup, bent, high, shallow.

    Of the last three, the first hangs with bent arms, the second pulls the chest to the bar, the third does not bring
    the chin over it.
    """
    out = {"wide": (0.3, 0.62), "chinup": (-0.12, 0.1), "high": (-0.15, 0.3)}.get(style, (0.08, 0.32))
    lean_by = draw(rng, (-12, 6) if state == "down" else (-24, 2))
    if state == "down":
        wide = draw(rng, out)
        length = draw(rng, (0.78, 0.93) if style == "bent" else (0.94, 0.995))
        reach = row(wide, draw(rng, (0.0, 0.16)), np.sqrt(max(length**2 - wide**2, 0.3)))
        elbow = row(1.0, 0.1, 0.0)
    else:
        above = {"high": (-0.16, 0.06), "shallow": (0.36, 0.56)}.get(style, (0.05, 0.38))
        reach = row(draw(rng, out), draw(rng, (0.1, 0.38)), draw(rng, above))
        elbow = row(draw(rng, (0.2, 0.9) if style != "chinup" else (0.0, 0.3)), draw(rng, (-0.3, 0.4)), -1.0)
    reach = by_gravity(reach, lean_by) + rng.normal(0, 0.02, (2, 3))
    bent = rng.random()
    feet, heels = row(draw(rng, (0.02, 0.16)), draw(rng, (-0.06, 0.14)), draw(rng, (0.0, 0.04))), draw(rng, (25, 70))
    if bent < 0.4:  # shanks behind, ankles often crossed
        feet = row(draw(rng, (-0.06, 0.14)), draw(rng, (0.25, 0.5)), draw(rng, (0.12, 0.45)))
        heels = draw(rng, (60, 130))
    elif bent < 0.5:  # knees in front
        feet = row(draw(rng, (0.02, 0.12)), draw(rng, (-0.4, 0.05)), draw(rng, (0.2, 0.5)))
    swing = draw(rng, (-6, 6))
    return Pose(
        pelvis=np.array((0.0, 0.0, 1.0)),
        tilt=np.array((0.7 * lean_by, rng.normal(0, 2), rng.normal(0, 3))),
        spine=np.array((0.3 * lean_by, rng.normal(0, 2), 0.0)),
        head=np.array((draw(rng, (-40, 5)), rng.normal(0, 3), rng.normal(0, 10))),
        reach=reach,
        elbow=elbow,
        feet=feet + rng.normal(0, 0.015, (2, 3)),
        foot=row(heels, draw(rng, (-5, 15)), 0.0),
        knee=row(0.1, 1.0, 0.2),
        topple=np.array((swing, 0.0, 0.0)),
        shrug=np.full(2, draw(rng, (0, 12)) if state == "down" else 0.0),
        lift=np.array((draw(rng, (0.05, 0.7)),)),
    )


def curl(body: Body, rng: Rng, state: str, style: str) -> Pose:
    """`curls_down` or `curls_up`; styles: dumbbells, barbell, alternate (one arm at a time), seated."""
    inward = (-25, 5) if style == "barbell" else (-20, 38)
    low = angled(body, rng, ((0, 13), (-30, 90)), ((3, 26), (-20, 40)))
    high = angled(body, rng, ((0, 34), (-10, 60)), ((128, 166), inward))
    limbs = low if state == "down" else one_side(rng, high, low) if style == "alternate" else high
    build = seated if style == "seated" else standing
    return build(body, rng, limbs, lean_by=(-10, 8) if state == "up" else (-5, 10))


def press(body: Body, rng: Rng, state: str, style: str) -> Pose:
    """`presses_down` (hands at the shoulders) or `presses_up`; styles: dumbbells, barbell, one_arm, seated."""
    if style == "barbell":
        low = angled(body, rng, ((25, 60), (10, 55)), ((150, 176), (-20, 60)))
    else:
        low = angled(body, rng, ((28, 68), (45, 95)), ((164, 180), (-70, 40)))
    high = angled(body, rng, ((158, 178), (50, 100)), ((164, 180), (-60, 60)))
    limbs = low if state == "down" else one_side(rng, high, low) if style == "one_arm" else high
    build = seated if style == "seated" else standing
    return build(body, rng, limbs, lean_by=(-12, 5))


def front_raise(body: Body, rng: Rng, state: str, style: str) -> Pose:
    """`front_raises_down` or `front_raises_up`; styles: both, plate (hands together), alternate."""
    inward = (-20, -11) if style == "plate" else (-9, 22)
    low = angled(body, rng, ((3, 20), (-20, 60)), ((5, 26), (-40, 25)))
    level, aside = draw(rng, (72, 118)), draw(rng, inward)
    bend = draw(rng, (0, 14))
    high = angled(body, rng, ((level, level), (aside, aside)), ((level + bend, level + bend), (aside - 4, aside)))
    limbs = low if state == "down" else one_side(rng, high, low) if style == "alternate" else high
    return standing(body, rng, limbs, lean_by=(-8, 5) if state == "up" else (-5, 10))


def deadlift(body: Body, rng: Rng, state: str, style: str) -> Pose:
    """`deadlifts_up` or `deadlifts_down`; styles: barbell, dumbbells, sumo, straight_legs (a Romanian deadlift), floor.

    With `floor` the weight has come down to the floor: the hands are as high as the bar between plates.
    """
    sumo = style == "sumo"
    stance = draw(rng, (0.28, 0.45) if sumo else (0.07, 0.22))
    toes = draw(rng, (20, 45) if sumo else (0, 25))
    if state == "up":
        thigh, lean_by, round_back = draw(rng, (76, 89)), draw(rng, (-7, 10)), 0.15
    elif style == "straight_legs":
        thigh, lean_by, round_back = draw(rng, (62, 82)), draw(rng, (58, 92)), draw(rng, (0.0, 0.3))
    elif style == "floor":
        thigh, round_back = draw(rng, (5, 50)), draw(rng, (0.0, 0.35))
        bent = bent_down(body, draw(rng, (0.17, 0.34)), 0.95, thigh=thigh, stance=stance, toes_out=toes)
        lean_by = float(bent.tilt[0] + bent.spine[0])
    else:
        thigh, lean_by = draw(rng, (22, 62)), draw(rng, (38, 62) if sumo else (48, 84))
        round_back = draw(rng, (0.0, 0.35))
    out = draw(rng, (-0.22, 0.0) if sumo else (0.0, 0.16))
    reach = row(out, draw(rng, (0.0, 0.16)), -0.95) + rng.normal(0, 0.02, (2, 3))
    reach = by_gravity(reach, lean_by)
    pose = upright(body, thigh=thigh, lean_by=lean_by, stance=stance, toes_out=toes, round_back=round_back,
                   reach=reach, elbow=row(0.6, -0.8, 0.0) + rng.normal(0, 0.1, 3))  # fmt: skip
    if state == "down":
        pose = replace(pose, head=np.array((draw(rng, (-55, 5)), 0.0, 0.0)))
    return glancing(rng, pose)
