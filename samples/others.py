"""Poses of other exercises, dance and yoga, for the class `none`: what a counter took for an exercise it knows."""

# ruff: noqa: RUF005 -- adding a tuple to an array adds its numbers, it does not join them

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from body import Body, Pose
from exercises import Rng, by_gravity, draw, plank, row, upright
from leg_exercises import on_forearms
from limbs import angled, direction, glancing, hold_arms, limbs_along, standing

Direction = tuple[float, float, float]
WAIST_ARMS = {"clasped": 2.0, "crossed": 1.0, "hips": 1.0, "behind_head": 0.6}


def _boxing(body: Body, rng: Rng) -> Pose:
    """A guard or a punch, one foot in front, knees soft."""
    guard = direction(draw(rng, (15, 45)), draw(rng, (-20, 50))), direction(draw(rng, (135, 165)), draw(rng, (-50, -5)))
    punch = direction(draw(rng, (70, 100)), draw(rng, (-20, 15))), direction(draw(rng, (80, 105)), draw(rng, (-30, 0)))
    hands = (guard, punch) if rng.random() < 0.6 else (guard, guard)
    order = rng.permutation(2)
    limbs = limbs_along(body, *(np.stack(pair)[order] for pair in zip(*hands, strict=True)))
    pose = upright(body, thigh=draw(rng, (58, 84)), lean_by=draw(rng, (2, 22)), stance=draw(rng, (0.1, 0.24)),
                   toes_out=draw(rng, (0, 30)), heels=draw(rng, (0, 20)), **limbs)  # fmt: skip
    apart = draw(rng, (0.05, 0.25)) * rng.choice((-1, 1))
    feet = pose.feet + np.array(((0.0, apart, 0.0), (0.0, -apart, 0.0)))
    return replace(glancing(rng, pose), feet=feet, spine=pose.spine + (0.0, rng.normal(0, 4), rng.normal(0, 22)))


def _twisting(body: Body, rng: Rng) -> Pose:
    """The trunk turned or bent to a side, hands at the chest, on the hips, or one overhead."""
    if rng.random() < 0.5:
        return _stretching(body, rng)
    pose = standing(body, rng, hold_arms(body, rng, WAIST_ARMS))
    return replace(pose, spine=np.array((0.0, rng.normal(0, 5), draw(rng, (22, 48)) * rng.choice((-1, 1)))))


def _stretching(body: Body, rng: Rng) -> Pose:
    """Bent to a side; the arm of the other side may reach over the head."""
    limbs = hold_arms(body, rng, WAIST_ARMS)
    bend = draw(rng, (16, 38)) * rng.choice((-1, 1))
    if rng.random() < 0.6:
        up = angled(body, rng, ((150, 178), (60, 100)), ((150, 178), (-90, -40)))
        over = np.arange(2)[:, None] == (0 if bend < 0 else 1)
        limbs = {name: np.where(over, up[name], limbs[name]) for name in limbs}
    pose = standing(body, rng, limbs)
    return replace(pose, spine=np.array((0.0, 0.7 * bend, 0.0)), tilt=np.array((0.0, 0.3 * bend, 0.0)))


def _one_leg(body: Body, rng: Rng, arms: dict[str, Any], ankle: tuple[float, float, float], pole: Direction) -> Pose:
    """On one leg: the other's ankle (out, y, height in leg lengths) and where its knee points."""
    hip_x = body.heads[body.bone["upperleg01.L"]][0] / body.leg
    pointing = draw(rng, (0, 40))
    lifted = np.array((ankle[0], ankle[1], max(ankle[2] - body.ankle_height("L", pointing) / body.leg, 0.0)))
    support = np.array((hip_x * draw(rng, (0.3, 0.9)), draw(rng, (-0.03, 0.06)), 0.0))
    order = rng.permutation(2)
    pose = Pose(
        pelvis=np.array((0.0, 0.0, body.ankle_height("L", 0.0) / body.leg + draw(rng, (0.965, 0.995)))),
        tilt=np.array((draw(rng, (-5, 8)), rng.normal(0, 3), 0.0)),
        feet=np.stack((lifted, support))[order],
        foot=np.array(((pointing, 5.0, 0.0), (0.0, 8.0, 0.0)))[order],
        knee=np.array((pole, (0.05, 1.0, 0.3)))[order],
        **arms,
    )
    return glancing(rng, pose)


def _tree(body: Body, rng: Rng) -> Pose:
    """The tree: a foot at the other leg, the knee out, hands joined overhead or at the chest, or arms out."""
    together = angled(body, rng, ((150, 172), (60, 100)), ((150, 178), (-100, -70)))
    arms = together if rng.random() < 0.5 else hold_arms(body, rng, {"clasped": 2.0, "side": 1.0, "hips": 1.0})
    return _one_leg(body, rng, arms, (draw(rng, (-0.02, 0.05)), -0.03, draw(rng, (0.25, 0.62))), (1.0, 0.35, 0.0))


def _stepping(body: Body, rng: Rng) -> Pose:
    """A knee half way up, as on a step or marching, or a heel behind, as in a stretch or a run."""
    arms = hold_arms(body, rng, {"hanging": 2.0, "running": 2.0, "hips": 1.0, "clasped": 0.5})
    thigh, shank = body.thigh / body.leg, body.shank / body.leg
    if rng.random() < 0.35:
        down, fold = np.radians(draw(rng, (75, 100))), np.radians(draw(rng, (60, 140)))
    else:
        down, fold = np.radians(draw(rng, (28, 58))), np.radians(draw(rng, (-10, 45)))
    y = -thigh * np.cos(down) + shank * np.sin(fold)
    height = 1.03 - thigh * np.sin(down) - shank * np.cos(fold)
    return _one_leg(body, rng, arms, (draw(rng, (0.05, 0.15)), float(y), float(height)), (0.1, 1.0, 0.3))


def _dancing(body: Body, rng: Rng) -> Pose:
    """Each arm somewhere, the hips to a side, the feet anywhere."""
    bones = [[direction(draw(rng, (10, 170)), draw(rng, (0, 110))) for _ in range(2)] for _ in range(2)]
    limbs = limbs_along(body, np.stack(bones[0]), np.stack(bones[1]))
    pose = upright(body, thigh=draw(rng, (62, 88)), lean_by=draw(rng, (-6, 15)), stance=draw(rng, (0.08, 0.32)),
                   toes_out=draw(rng, (0, 35)), heels=draw(rng, (0, 30)), **limbs)  # fmt: skip
    sway = rng.normal(0, 0.07)
    return replace(glancing(rng, pose), pelvis=pose.pelvis + (sway, 0.0, 0.0),
                   feet=pose.feet + rng.normal(0, 0.05, (2, 3)) * (1, 1, 0),
                   tilt=pose.tilt + (0.0, rng.normal(0, 7), rng.normal(0, 12)),
                   spine=pose.spine + (0.0, rng.normal(0, 8), rng.normal(0, 12)))  # fmt: skip


def _warrior(body: Body, rng: Rng) -> Pose:
    """A long lunge with the arms out or up, as in yoga."""
    up = rng.random() < 0.4
    limbs = angled(body, rng, ((150, 178), (40, 100)) if up else ((78, 100), (75, 105)),
                   ((150, 178), (40, 100)) if up else ((80, 98), (75, 105)))  # fmt: skip
    thigh, shank = body.thigh / body.leg, body.shank / body.leg
    ankle = body.ankle_height("L", 0.0) / body.leg
    elevation = np.radians(draw(rng, (0, 40)))
    hip_y, hip_z = thigh * np.cos(elevation), ankle + 0.97 * shank + thigh * np.sin(elevation)
    back = hip_y + np.sqrt(max(0.985**2 - (hip_z - ankle) ** 2, 0.05))
    order = rng.permutation(2)
    pose = Pose(
        pelvis=np.array((0.0, hip_y, hip_z)),
        tilt=np.array((draw(rng, (-6, 10)), 0.0, 0.0)),
        spine=np.array((0.0, 0.0, rng.normal(0, 20))),
        feet=np.array(((0.06, 0.0, 0.0), (0.08, back, 0.0)))[order],
        foot=np.array(((0.0, 5.0, 0.0), (draw(rng, (0, 25)), draw(rng, (0, 60)), 0.0)))[order],
        knee=np.array(((0.1, 1.0, 0.4), (0.1, 1.0, 0.1)))[order],
        **limbs,
    )
    return glancing(rng, pose)


def _lying(body: Body, rng: Rng, arms: dict[str, Any], raised: float, folded: float) -> Pose:
    """On the back: the thighs raised from the floor's plane, the shanks folded from the thighs, degrees."""
    thigh, shank = body.thigh / body.leg, body.shank / body.leg
    a, b = np.radians(raised), np.radians(raised - folded)
    ankle = np.array((-thigh * np.sin(a) - shank * np.sin(b), 1.0 - thigh * np.cos(a) - shank * np.cos(b)))
    width = draw(rng, (0.04, 0.16))
    feet = row(width, float(ankle[0]), float(ankle[1]) - body.ankle_height("L", 0.0) / body.leg)
    return Pose(pelvis=np.array((0.0, 0.0, 1.0)), feet=feet, foot=row(draw(rng, (0, 40)), 5.0, 0.0),
                knee=row(0.1, 1.0, 0.1), head=np.array((draw(rng, (-5, 25)), 0.0, rng.normal(0, 10))),
                topple=np.array((-90.0, 0.0, 0.0)), **arms)  # fmt: skip


def _leg_raise(body: Body, rng: Rng) -> Pose:
    """Lying on the back with straight or bent legs in the air."""
    arms = hold_arms(body, rng, {"hanging": 3.0, "hips": 1.0, "behind_head": 1.0})
    return _lying(body, rng, arms, draw(rng, (12, 95)), draw(rng, (0, 30) if rng.random() < 0.7 else (60, 110)))


def _bench(body: Body, rng: Rng) -> Pose:
    """A bench press: on the back, shanks down, hands above the chest or at it."""
    up = (((78, 100), (-12, 20)), ((80, 100), (-25, 15)))
    down = (((30, 80), (60, 100)), ((82, 105), (-20, 15)))
    arms = angled(body, rng, *(up if rng.random() < 0.5 else down))
    return replace(_lying(body, rng, arms, draw(rng, (-12, 25)), draw(rng, (70, 105))), lift=np.zeros(1))


def _dog(body: Body, rng: Rng) -> Pose:
    """Hips high, hands and feet on the floor."""
    return plank(body, extension=draw(rng, (0.95, 0.995)), width=draw(rng, (0.9, 1.5)), ahead=draw(rng, (0.3, 0.75)),
                 pike=draw(rng, (50, 95)), straight=draw(rng, (0.94, 1.0)), feet=draw(rng, (0.04, 0.2)),
                 nod=draw(rng, (-20, 30)), heel_up=draw(rng, (10, 60)))  # fmt: skip


def _before_plank(body: Body, rng: Rng) -> Pose:
    """On the forearms, the hips far above a plank's line: on the knees before and after it, or the legs straight."""
    slant = draw(rng, (-16, 14))
    knees = rng.random() < 0.75
    pose = plank(body, extension=float(body.upper_arm / body.arm * np.cos(np.radians(slant))) + draw(rng, (0.0, 0.06)),
                 width=1.0, ahead=0.0, pike=draw(rng, (38, 75) if knees else (32, 75)), arch=draw(rng, (-8, 10)),
                 straight=draw(rng, (0.95, 1.0)), feet=draw(rng, (0.04, 0.2)), nod=draw(rng, (-40, 15)),
                 heel_up=draw(rng, (60, 100)), on_knees=bool(knees))  # fmt: skip
    return on_forearms(body, pose, slant, draw(rng, (84, 92)), draw(rng, (-40, 12)), rng.normal(0, 0.02, (2, 2, 3)))


def _chest_hands(body: Body, rng: Rng) -> Pose:
    """Talking with the hands: forearms level or half way up, together or not."""
    upper = np.stack([direction(draw(rng, (5, 40)), draw(rng, (-10, 50))) for _ in range(2)])
    fore = np.stack([direction(draw(rng, (70, 120)), draw(rng, (-50, 40))) for _ in range(2)])
    return standing(body, rng, limbs_along(body, upper, fore))


def _breathing(body: Body, rng: Rng) -> Pose:
    """Bent over with the hands on the knees, to get one's breath back."""
    lean_by = draw(rng, (35, 75))
    hands = row(draw(rng, (0.0, 0.12)), draw(rng, (0.0, 0.25)), -draw(rng, (0.72, 0.93)))
    pose = upright(body, thigh=draw(rng, (45, 75)), lean_by=lean_by, stance=draw(rng, (0.1, 0.26)),
                   toes_out=draw(rng, (0, 25)), round_back=draw(rng, (0.2, 0.5)), reach=by_gravity(hands, lean_by),
                   elbow=row(0.9, -0.3, 0.0))  # fmt: skip
    return glancing(rng, pose)


_POSES: dict[str, Callable[[Body, Rng], Pose]] = {
    "boxing": _boxing,
    "twist": _twisting,
    "stretch": _stretching,
    "tree": _tree,
    "stepping": _stepping,
    "dancing": _dancing,
    "warrior": _warrior,
    "leg_raise": _leg_raise,
    "bench": _bench,
    "dog": _dog,
    "before_plank": _before_plank,
    "talking": _chest_hands,
    "breathing": _breathing,
}


def other(body: Body, rng: Rng, state: str, style: str) -> Pose:
    """A pose of `none` that belongs to something else: the styles of its second recipe."""
    del state
    return _POSES[style](body, rng)
