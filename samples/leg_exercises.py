"""Poses of wide squats, side lunges, high knees, and the holds: ranges that are drawn from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from body import Array, Body, Pose
from exercises import Rng, by_gravity, draw, plank, upright
from limbs import bent_down, direction, glancing, hold_arms, in_chest, limbs_along, seated, standing

SIDE_ARMS = {"hanging": 1.0, "hips": 1.0, "clasped": 2.0, "goblet": 1.5, "crossed": 0.4, "forward": 1.0}
KNEE_ARMS = {"running": 3.0, "hanging": 1.0, "hips": 0.8, "on_thighs": 0.7, "clasped": 0.6}
WIDE_ARMS = {"guard": 2.0, "clasped": 1.5, "goblet": 1.2, "hips": 0.6, "forward": 0.8, "crossed": 0.4, "low": 0.8}
WALL_ARMS = {"hanging": 2.0, "on_thighs": 1.5, "crossed": 1.0, "forward": 1.0, "clasped": 1.0, "hips": 0.3}


def side_lunge(body: Body, rng: Rng, state: str, style: str) -> Pose:
    """`side_lunges_down`, or `side_lunges_up`; styles: wide (the feet stay apart), together."""
    limbs = hold_arms(body, rng, SIDE_ARMS)
    toes = draw(rng, (0, 35))
    if state == "up":
        stance = draw(rng, (0.3, 0.56) if style == "wide" else (0.05, 0.2))
        hip_x = body.heads[body.bone["upperleg01.L"]][0] / body.leg
        lean_by = draw(rng, (-4, 16))
        pose = upright(body, thigh=draw(rng, (80, 89)), lean_by=lean_by, stance=stance, toes_out=toes, **limbs)
        if style == "wide":  # as high as straight legs reach
            top = np.sqrt(1 - (stance - hip_x) ** 2) * draw(rng, (0.965, 0.995)) + body.ankle_height("L", 0) / body.leg
            pose = replace(pose, pelvis=np.array((0.0, draw(rng, (0.0, 0.06)), top)))
        return glancing(rng, pose)
    hip_x = body.heads[body.bone["upperleg01.L"]][0] / body.leg
    height, back = draw(rng, (0.44, 0.7)), draw(rng, (0.04, 0.3))
    straight = draw(rng, (0.955, 0.995))
    aside = hip_x + np.sqrt(max(straight**2 - height**2 - back**2, 0.1))
    feet = np.array(((hip_x + draw(rng, (0.0, 0.3)), 0.0, 0.0), (aside, draw(rng, (-0.08, 0.08)), 0.0)))
    foot = np.array(((0.0, toes, 0.0), (0.0, draw(rng, (-5, 40)), 0.0)))
    knee = np.array(((draw(rng, (0.3, 0.9)), 1.0, 0.3), (0.1, 1.0, 0.5)))
    order = rng.permutation(2)
    lean_by = draw(rng, (10, 58))
    towards = -1.0 if order[0] == 0 else 1.0  # the trunk leans a little over the bent leg
    pose = Pose(
        pelvis=np.array((0.0, back, height + body.ankle_height("L", 0) / body.leg)),
        tilt=np.array((0.85 * lean_by, towards * draw(rng, (-12, 6)), rng.normal(0, 5))),
        spine=np.array((0.15 * lean_by, 0.0, 0.0)),
        head=np.array((-0.7 * lean_by, 0.0, 0.0)),
        feet=feet[order],
        foot=foot[order],
        knee=knee[order],
        **limbs,
    )
    return glancing(rng, pose)


def wide_squat(body: Body, rng: Rng, state: str, style: str) -> Pose:
    """`squats_down` with the feet apart, or `squats_up` between two of them, with the feet together.

    Styles: `sumo`, with the feet far apart; `touch_both` and `touch_one`, in which one hand or both go to the floor, as
    in squat jumps to the sides; `reach_down`, in which the arms hang towards the floor, and one foot may be ahead of
    the other; `between` and `ajar`, of `squats_up`: with the feet together, and a little like in `reach_down`.
    """
    arms = hold_arms(body, rng, {"hanging": 1.0} if style in ("reach_down", "ajar") else WIDE_ARMS)
    if style == "ajar":
        pose = upright(body, thigh=draw(rng, (62, 86)), lean_by=draw(rng, (0, 24)), stance=draw(rng, (0.1, 0.4)),
                       toes_out=draw(rng, (0, 40)), **arms)  # fmt: skip
        return glancing(rng, staggered(rng, pose))
    if state == "up":
        return standing(body, rng, arms)
    toes = draw(rng, (12, 50))
    if style == "sumo":
        pose = upright(body, thigh=draw(rng, (0, 44)), lean_by=draw(rng, (2, 30)), stance=draw(rng, (0.27, 0.52)),
                       toes_out=toes, round_back=draw(rng, (0.0, 0.3)), **arms)  # fmt: skip
        return glancing(rng, pose)
    if style == "reach_down":
        lean_by = draw(rng, (26, 66))
        arms["reach"] = by_gravity(arms["reach"], lean_by * draw(rng, (0.85, 1.1)))
        pose = upright(body, thigh=draw(rng, (-18, 34)), lean_by=lean_by, stance=draw(rng, (0.12, 0.46)),
                       toes_out=toes, round_back=draw(rng, (0.0, 0.4)), **arms)  # fmt: skip
        return glancing(rng, staggered(rng, replace(pose, head=np.array((draw(rng, (-60, 5)), 0.0, 0.0)))))
    out = draw(rng, (-0.05, 0.16)) if style == "touch_one" else draw(rng, (0.04, 0.32))
    ahead, above = draw(rng, (0.0, 0.22)), draw(rng, (0.0, 0.12))
    pose = bent_down(body, above, draw(rng, (0.86, 0.99)), thigh=draw(rng, (-14, 48)), stance=draw(rng, (0.14, 0.52)),
                     toes_out=toes, round_back=draw(rng, (0.1, 0.45)), **arms)  # fmt: skip
    y = pose.pelvis[1] - body.torso / body.leg * np.sin(np.radians(pose.tilt[0] + pose.spine[0]))
    planted = np.ones(2)
    if style == "touch_one":
        side = int(rng.integers(2))
        planted[1 - side] = 0.0
        aside = draw(rng, (6, 24)) * (1.0 if side == 0 else -1.0)
        pose = replace(pose, spine=pose.spine + np.array((0.0, aside, aside * draw(rng, (0.0, 1.2)))))
    pose = replace(pose, plant=np.tile((out, min(y - ahead + 0.12, 0.05), above), (2, 1)), planted=planted)
    return glancing(rng, replace(pose, head=np.array((draw(rng, (-60, 5)), 0.0, 0.0))))


def staggered(rng: Rng, pose: Pose) -> Pose:
    """A pose with one foot a little ahead of the other."""
    ahead = draw(rng, (-0.16, 0.16))
    return replace(pose, feet=pose.feet + np.array(((0.0, ahead, 0.0), (0.0, -ahead, 0.0))))


def high_knee(body: Body, rng: Rng, state: str, style: str) -> Pose:
    """`high_knees_up` (a knee about as high as the hip) or `high_knees_down` (between two knees)."""
    limbs = hold_arms(body, rng, KNEE_ARMS)
    if style == "swing":  # one elbow in front, the other behind
        front = (
            direction(draw(rng, (10, 50)), draw(rng, (-15, 20))),
            direction(draw(rng, (95, 150)), draw(rng, (-30, 5))),
        )
        behind = direction(draw(rng, (10, 50)), 180.0), direction(draw(rng, (40, 85)), draw(rng, (-20, 10)))
        order = rng.permutation(2)
        limbs = limbs_along(body, *(np.stack(pair)[order] for pair in zip(front, behind, strict=True)))
    heels = draw(rng, (0, 35)) if rng.random() < 0.6 else 0.0
    lean_by = draw(rng, (-9, 12))
    thigh, shank = body.thigh / body.leg, body.shank / body.leg
    hip_x = body.heads[body.bone["upperleg01.L"]][0] / body.leg
    ankle = body.ankle_height("L", heels) / body.leg
    stance = hip_x * draw(rng, (0.5, 1.2))
    elevation = np.radians(draw(rng, (-12, 32) if state == "up" else (-88, -66)))
    fold = np.radians(draw(rng, (-12, 50)) if state == "up" else draw(rng, (5, 40)))
    height = ankle + draw(rng, (0.965, 0.997))
    both = state == "down" and rng.random() < 0.4
    knee_at = np.array((0.0, -thigh * np.cos(elevation), height + thigh * np.sin(elevation)))
    lifted = np.array((draw(rng, (0.05, 0.16)), knee_at[1] + shank * np.sin(fold), knee_at[2] - shank * np.cos(fold)))
    pointing = draw(rng, (0, 55))
    lifted[2] = max(lifted[2] - body.ankle_height("L", pointing) / body.leg, 0.0)
    support = np.array((stance, draw(rng, (-0.04, 0.08)), 0.0))
    feet = np.stack((support * (1, -1, 1) if both else lifted, support))
    foot = np.array(((heels if both else pointing, 5.0, 0.0), (heels, 5.0, heels)))
    order = rng.permutation(2)
    pose = Pose(
        pelvis=np.array((0.0, 0.0, height)),
        tilt=np.array((lean_by, rng.normal(0, 3), rng.normal(0, 6))),
        head=np.array((-0.5 * lean_by, 0.0, 0.0)),
        feet=feet[order],
        foot=foot[order],
        knee=np.array(((draw(rng, (-0.1, 0.3)), 1.0, 0.3), (0.05, 1.0, 0.3)))[order],
        **limbs,
    )
    return glancing(rng, pose)


def jack_rest(body: Body, rng: Rng, state: str, style: str) -> Pose:
    """`jumping_jacks_down` with the hands elsewhere than at the sides: at the chest, on the hips."""
    del state
    return standing(body, rng, hold_arms(body, rng, {style: 1.0}))


def forearm_plank(body: Body, rng: Rng, state: str, style: str) -> Pose:
    """`planks_hold`: on forearms and toes; styles: parallel, clasped. On straight arms it is a push-up's rest."""
    del state
    slant = draw(rng, (-14, 14))  # of the upper arms: elbows ahead of the shoulders or behind
    upper = body.upper_arm / body.arm * np.cos(np.radians(slant))
    pose = plank(
        body,
        extension=float(upper) + draw(rng, (0.0, 0.06)),
        width=1.0,
        ahead=0.0,
        pike=float(rng.normal(5, 8)),
        straight=draw(rng, (0.97, 1.0)),
        arch=draw(rng, (-8, 10)),
        feet=draw(rng, (0.03, 0.2)),
        nod=draw(rng, (-40, 15)),
        heel_up=draw(rng, (60, 100)),
    )
    aside = draw(rng, (-45, -20)) if style == "clasped" else draw(rng, (-18, 12))
    pose = on_forearms(body, pose, slant, draw(rng, (84, 92)), aside, rng.normal(0, 0.02, (2, 2, 3)))
    return replace(pose, head=pose.head + np.array((0.0, rng.normal(0, 4), rng.normal(0, 12))))


def on_forearms(body: Body, pose: Pose, slant: float, level: float = 90.0, aside: float = 0.0,
                jitter: Array | float = 0.0) -> Pose:  # fmt: skip
    """A pose with the upper arms upright, but for their slant to the front, and the forearms level, in degrees."""
    bones = np.stack((direction(abs(slant), 0.0 if slant > 0 else 180.0), direction(level, aside)))
    world = np.broadcast_to(bones[:, None], (2, 2, 3)) + jitter
    return replace(pose, planted=np.zeros(2), **limbs_along(body, *(in_chest(pose, bone) for bone in world)))


def wall_sit(body: Body, rng: Rng, state: str, style: str) -> Pose:
    """`wall_sits_hold`: the back at a wall, thighs about level, shanks upright."""
    del state, style
    return seated(body, rng, hold_arms(body, rng, WALL_ARMS), lean_by=(-5, 5), seat=(-12, 14))
