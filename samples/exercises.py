"""Poses of each exercise, as ranges that are drawn from, and the geometry that puts feet and hands on the floor."""

# ruff: noqa: RUF005 -- adding a tuple to an array adds its numbers, it does not join them

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from body import Array, Body, Pose, lean, two_bone

Rng = np.random.Generator
Range = tuple[float, float]


# The share of the trunk's lean that the arms do not follow; 0 for a style that is not here.
HANGING = {"hanging": 1.0, "dumbbells": 1.0, "forward": 0.7, "raised": 0.5}


def _row(*values: float) -> Array:
    return np.array((values, values), dtype=float)


# Where the hands are, from the shoulder in arm lengths (out, forward, up), and where the elbows point.
ARMS: dict[str, tuple[Array, Array]] = {
    "hanging": (_row(0.10, 0.05, -0.97), _row(0.4, -1.0, 0.0)),
    "forward": (_row(-0.10, 0.95, -0.05), _row(0.7, 0.0, -0.8)),
    "raised": (_row(0.02, 0.62, 0.62), _row(0.8, 0.1, -0.6)),
    "clasped": (_row(-0.30, 0.45, -0.22), _row(0.9, -0.2, -0.8)),
    "crossed": (_row(-0.52, 0.28, -0.12), _row(0.35, 0.5, -0.9)),
    "behind_head": (_row(-0.20, -0.02, 0.34), _row(1.0, 0.15, 0.25)),
    "goblet": (_row(-0.28, 0.36, -0.22), _row(0.45, 0.1, -1.0)),
    "barbell": (_row(0.18, -0.06, 0.10), _row(0.5, -0.5, -1.0)),
    "hips": (_row(0.02, 0.02, -0.62), _row(1.0, -0.7, 0.0)),
    "dumbbells": (_row(0.08, 0.05, -0.985), _row(0.3, -1.0, 0.0)),
    "temples": (_row(0.05, 0.12, 0.25), _row(1.0, 0.3, -0.2)),
    "overhead": (_row(0.05, 0.05, 0.97), _row(1.0, 0.1, 0.0)),
}


def draw(rng: Rng, interval: Range) -> float:
    """A number from an interval, evenly."""
    return float(rng.uniform(*interval))


def arms(rng: Rng, style: str, jitter: float = 0.05) -> dict[str, Any]:
    """Reach and elbow of a style, a little different each time and side."""
    reach, elbow = ARMS[style]
    both, each = rng.normal(0, jitter, 3), rng.normal(0, 0.35 * jitter, (2, 3))
    return {"reach": reach + both + each, "elbow": elbow + rng.normal(0, 0.15, 3)}


def upright(body: Body, *, thigh: float, lean_by: float, stance: float, toes_out: float, heels: float = 0.0,
            round_back: float = 0.15, **fields: Array) -> Pose:  # fmt: skip
    """Standing to squatting on both feet, in balance.

    Args:
        thigh: elevation of the thighs in degrees: 90 stands straight, 0 has them level.
        lean_by: how far the trunk leans forward, degrees.
        stance: half the distance between the ankles, in leg lengths.
        heels: degrees the heels are raised.
        round_back: share of the lean that is bending of the spine.
    """
    pelvis_lean = lean_by * (1 - round_back)
    knee_pole = (np.sin(np.radians(toes_out)) + 0.25, 1.0, 0.5)
    pose = Pose(
        tilt=np.array((pelvis_lean, 0.0, 0.0)),
        spine=np.array((lean_by * round_back, 0.0, 0.0)),
        head=np.array((-0.75 * lean_by, 0.0, 0.0)),
        feet=_row(stance, 0.0, 0.0),
        foot=_row(heels, toes_out, heels),
        knee=_row(*knee_pole),
    )
    pose = replace(pose, **fields)
    hip_x = body.heads[body.bone["upperleg01.L"]][0] / body.leg
    ankle_z = body.ankle_height("L", heels) / body.leg
    pole = lean(pelvis_lean, 0, 0) @ np.array((knee_pole[0], -knee_pole[1], knee_pole[2]))
    ankle = np.array((stance, 0.0, ankle_z))
    trunk = body.torso / body.leg * np.sin(np.radians(lean_by))
    arm_forward = float(np.mean(pose.reach[:, 1])) * body.arm / body.leg * np.cos(np.radians(lean_by))
    low, high, y = ankle_z + 0.05, ankle_z + 1.0, 0.0
    for _ in range(18):
        z = 0.5 * (low + high)
        for _ in range(4):  # centre of mass (trunk and head 0.58, arms 0.1, thighs 0.2, shanks 0.12) over the mid-foot
            hip = np.array((hip_x, y, z))
            knee, _, _ = two_bone(hip, ankle, body.thigh / body.leg, body.shank / body.leg, pole)
            upper = 0.58 * (y - 0.6 * trunk) + 0.1 * (y - trunk - 0.5 * arm_forward)
            y -= upper + 0.1 * (y + knee[1]) + 0.06 * knee[1] + 0.09
        elevation = np.degrees(np.arcsin(np.clip((z - knee[2]) * body.leg / body.thigh, -1, 1)))
        low, high = (low, z) if elevation > thigh else (z, high)
    return replace(pose, pelvis=np.array((0.0, y, z)))


def squat(body: Body, rng: Rng, state: str, style: str) -> Pose:
    """`squats_up` or `squats_down` in one of the arm styles."""
    wide = rng.random() < 0.2
    stance = draw(rng, (0.25, 0.42) if wide else (0.09, 0.24))
    toes = draw(rng, (20, 45) if wide else (0, 28))
    heels = draw(rng, (12, 30)) if rng.random() < 0.1 else 0.0
    sideways, twist = rng.normal(0, 1.5), rng.normal(0, 4)
    if state == "up":
        thigh, lean_by = draw(rng, (74, 89)), draw(rng, (-2, 14))
    else:
        thigh = draw(rng, (-14, 34) if rng.random() < 0.75 else (-38, -10))
        lean_by = draw(rng, (12, 32) if style in ("goblet", "behind_head", "crossed") or wide else (18, 56))
        if style == "barbell":
            lean_by = draw(rng, (22, 50))
    limbs = arms(rng, style, 0.1 if style == "forward" else 0.05)
    if style == "raised":  # in front of the face or overhead, as in air and overhead squats
        above = np.radians(draw(rng, (20, 80)))
        straight = draw(rng, (0.65, 0.97))
        limbs["reach"] = limbs["reach"] * (1, 0, 0) + straight * np.array((0.0, np.cos(above), np.sin(above)))
    # Some arms follow gravity more than the trunk.
    limbs["reach"] = _by_gravity(limbs["reach"], HANGING.get(style, 0.0) * lean_by)
    pose = upright(body, thigh=thigh, lean_by=lean_by, stance=stance, toes_out=toes, heels=heels,
                   round_back=draw(rng, (0.0, 0.35)), **limbs)  # fmt: skip
    head = np.array((pose.head[0] + rng.normal(0, 10), rng.normal(0, 3), rng.normal(0, 12)))
    return replace(pose, head=head, tilt=pose.tilt + (0, sideways, 0), spine=pose.spine + (0, 0, twist))


def _by_gravity(reach: Array, lean_by: float) -> Array:
    """A reach given upright, turned so that it keeps its direction in the world when the chest leans."""
    c, s = np.cos(np.radians(lean_by)), np.sin(np.radians(lean_by))
    forward, up = reach[:, 1], reach[:, 2]
    return np.stack((reach[:, 0], c * forward - s * up, s * forward + c * up), axis=1)


def plank(body: Body, *, extension: float, width: float, ahead: float, support: float = 0.0, flare: float = 45.0,
          pike: float = 0.0, arch: float = 0.0, feet: float = 0.08, feet_up: float = 0.0, on_knees: bool = False,
          nod: float = -20.0, fingers: float = 0.0, heel_up: float = 80.0,
          straight: float = 1.0) -> Pose:  # fmt: skip
    """The push-up position.

    Args:
        extension: distance from shoulder to wrist, in arm lengths: near 1 is up, about 0.4 is down.
        width: half the distance between the hands, in shoulder half-widths.
        ahead: how far the hands are in front (towards the head) of the shoulders, in arm lengths.
        support: height of what the hands stand on, leg lengths; feet_up the same for the feet.
        flare: degrees between upper arms and trunk.
        pike: degrees the hips are above the line from shoulders to ankles; negative sags.
        arch: bending of the spine, degrees.
        on_knees: knee push-up.
        straight: distance from hip to ankle, in leg lengths.
    """
    hand_x = width * body.shoulder_x / body.arm
    sideways = abs(hand_x - body.shoulder_x / body.arm)
    height = np.sqrt(max(extension**2 - sideways**2 - ahead**2, 0.03)) * body.arm / body.leg + support + 0.035
    ankle_z = body.ankle_height("L", heel_up) / body.leg + feet_up
    spine = np.array((arch, 0.0, 0.0))
    trunk = body.shoulders(Pose(pelvis=np.zeros(3), spine=spine)).mean(axis=0) / body.leg
    thigh, shank = body.thigh / body.leg, body.shank / body.leg
    leg, base = (thigh, 0.07) if on_knees else (straight, ankle_z)
    low, high = -40.0, 85.0
    for _ in range(24):  # slope of the legs at which the shoulders are as high as the arms make them
        slope = 0.5 * (low + high)
        pitch = 90.0 - slope + pike
        hip_z = base + leg * np.sin(np.radians(slope))
        shoulder_z = hip_z + (lean(pitch, 0, 0) @ trunk)[2]
        low, high = (low, slope) if shoulder_z > height else (slope, high)
    back = leg * np.cos(np.radians(slope))
    pelvis = np.array((0.0, 0.0, hip_z))
    ankle_y, lift = back, feet_up
    if on_knees:
        rise = np.radians(25.0)
        ankle_y = back + shank * np.cos(rise)
        lift = base + shank * np.sin(rise) - body.ankle_height("L", 120.0) / body.leg
        heel_up = 120.0
    shoulder_y = (lean(pitch, 0, 0) @ trunk)[1]
    flare_by = np.radians(flare)
    return Pose(
        pelvis=pelvis,
        tilt=np.array((pitch, 0.0, 0.0)),
        spine=spine,
        head=np.array((nod, 0.0, 0.0)),
        plant=_row(width * body.shoulder_x / body.leg, shoulder_y - ahead * body.arm / body.leg, support),
        planted=np.ones(2),
        fingers=np.full(2, fingers),
        elbow=_row(np.sin(flare_by) + 0.05, -0.35, -np.cos(flare_by)),
        feet=_row(feet, ankle_y, lift),
        foot=_row(heel_up, 0.0, 0.0 if on_knees else heel_up - 20.0),
        knee=_row(0.0, 1.0, 0.0),
    )


def pushup(body: Body, rng: Rng, state: str, style: str) -> Pose:
    """`pushups_up` or `pushups_down`; styles: floor, wide, narrow, raised, knees, decline."""
    width = {"wide": (1.7, 2.4), "narrow": (0.35, 0.85)}.get(style, (0.9, 1.7))
    flare = {"wide": (50, 85), "narrow": (0, 30)}.get(style, (15, 80))
    # Ranges of hips, elbows and hands as anatomy allows and people do: few hold the hips in line, many have the hands
    # ahead of the shoulders at the bottom.
    pose = plank(
        body,
        extension=draw(rng, (0.955, 0.999) if state == "up" else (0.32, 0.66)),
        width=draw(rng, width),
        ahead=float(rng.normal(0.0, 0.1)) if state == "up" else draw(rng, (-0.4, 0.4)),
        support=draw(rng, (0.06, 0.30)) if style == "raised" else 0.0,
        flare=draw(rng, flare),
        pike=float(rng.normal(*((16, 10) if state == "up" else (10, 9)))),
        straight=draw(rng, (0.975, 1.0)),
        arch=draw(rng, (-8, 8)),
        feet=draw(rng, (0.03, 0.2)),
        feet_up=draw(rng, (0.15, 0.45)) if style == "decline" else 0.0,
        on_knees=style == "knees",
        nod=draw(rng, (-45, 12)),
        fingers=draw(rng, (-25, 35)),
        heel_up=draw(rng, (60, 100)),
    )
    head = pose.head + (0.0, rng.normal(0, 4), rng.normal(0, 15))
    return replace(pose, head=head, tilt=pose.tilt + (0, rng.normal(0, 2), 0))


def situp(body: Body, rng: Rng, state: str, style: str) -> Pose:
    """`situps_down` (shoulders on the floor) or `situps_up`; styles: those of ARMS, and reaching for the knees."""
    rise = draw(rng, (-3, 14) if state == "down" else (52, 95))
    curl = 0.0 if state == "down" else draw(rng, (10, 40))
    height = 0.13 + 0.02 * rng.random()
    pose = Pose(
        pelvis=np.array((0.0, 0.0, height)),
        tilt=np.array((rise - curl - 90.0, rng.normal(0, 1.5), 0.0)),
        spine=np.array((curl, rng.normal(0, 2), rng.normal(0, 5))),
        head=np.array((draw(rng, (-5, 25)), 0.0, rng.normal(0, 8))),
        feet=_row(draw(rng, (0.06, 0.2)), -draw(rng, (0.45, 0.8)), 0.0),
        foot=_row(0.0 if rng.random() < 0.7 else -draw(rng, (10, 35)), draw(rng, (-5, 20)), 0.0),
        knee=_row(draw(rng, (-0.05, 0.35)), 1.0, 0.7),
        **arms(rng, "crossed" if style == "reaching" else style),
    )
    if style == "reaching":  # towards the knees; beside the hips when lying
        pose = replace(pose, reach=_row(0.05, *((0.15, -0.95) if state == "down" else (0.8, draw(rng, (-0.5, 0.2))))),
                       elbow=_row(0.6, -0.3, -0.8))  # fmt: skip
    return replace(pose, feet=pose.feet + rng.normal(0, 0.02, (2, 1)) * (0, 1, 0))


def lunge(body: Body, rng: Rng, state: str, style: str) -> Pose:
    """`lunges_down`, or `lunges_up`: the legs still apart, or together between two lunges."""
    limbs = arms(rng, style)
    lean_by = draw(rng, (-4, 22)) if state == "down" else draw(rng, (-4, 12))
    if style in ("hanging", "dumbbells"):
        limbs["reach"] = _by_gravity(limbs["reach"], lean_by)
    front = int(rng.integers(2))
    if state == "up" and rng.random() < 0.35:
        return upright(body, thigh=draw(rng, (80, 89)), lean_by=lean_by, stance=draw(rng, (0.08, 0.16)),
                       toes_out=draw(rng, (0, 18)), **limbs)  # fmt: skip
    thigh, shank = body.thigh / body.leg, body.shank / body.leg
    ankle = body.ankle_height("L", 0.0) / body.leg
    if state == "down":
        heel_up = draw(rng, (40, 75))
        ankle_behind = body.ankle_height("L", heel_up) / body.leg
        steep, elevation = np.radians(draw(rng, (-8, 22))), np.radians(draw(rng, (-12, 28)))
        knee_y, knee_z = -shank * np.sin(steep), ankle + shank * np.cos(steep)
        hip_y, hip_z = knee_y + thigh * np.cos(elevation), knee_z + thigh * np.sin(elevation)
        low = max(draw(rng, (0.05, 0.2)), hip_z - 0.999 * thigh)  # height of the knee behind
        behind = hip_y + np.sqrt(max(thigh**2 - (hip_z - low) ** 2, 0.0))
        foot_y = behind + np.sqrt(max(shank**2 - (ankle_behind - low) ** 2, 0.0))
    else:
        stride = draw(rng, (0.5, 1.0))
        heel_up = draw(rng, (15, 45))
        hip_y = draw(rng, (0.4, 0.6)) * stride
        hip_z = ankle + np.sqrt(1.0 - max(hip_y, stride - hip_y) ** 2) * draw(rng, (0.95, 0.99))
        foot_y = stride
    width = draw(rng, (0.05, 0.16))
    feet = np.array(((width, 0.0, 0.0), (width, foot_y, 0.0)))
    foot = np.array(((0.0, draw(rng, (-5, 12)), 0.0), (heel_up, draw(rng, (-8, 12)), heel_up)))
    order = [0, 1] if front == 0 else [1, 0]
    return Pose(
        pelvis=np.array((0.0, hip_y, hip_z)),
        tilt=np.array((0.8 * lean_by, rng.normal(0, 2), 0.0)),
        spine=np.array((0.2 * lean_by, rng.normal(0, 2), rng.normal(0, 5))),
        head=np.array((-0.7 * lean_by + rng.normal(0, 8), 0.0, rng.normal(0, 10))),
        feet=feet[order],
        foot=foot[order],
        knee=np.array(((0.1, 1.0, 0.4), (0.0, 1.0, -0.5)))[order],
        **limbs,
    )


def jumping_jack(body: Body, rng: Rng, state: str, style: str) -> Pose:
    """`jumping_jacks_up` (arms and legs spread; styles: joined, wide) or `jumping_jacks_down`."""
    del style
    if state == "down":
        reach = np.array(((draw(rng, (0.06, 0.3)), draw(rng, (-0.05, 0.15)), -0.95),) * 2)
        stance, elbow = draw(rng, (0.05, 0.15)), _row(0.6, -1.0, 0.0)
    else:
        angle = np.radians(draw(rng, (45, 100)))  # of the arms above the horizontal
        reach = _row(np.cos(angle), 0.05, np.sin(angle)) * draw(rng, (0.75, 0.98))
        stance, elbow = draw(rng, (0.27, 0.5)), _row(1.0, 0.0, -0.3)
    reach = reach + rng.normal(0, 0.03, (2, 3))
    lean_by = draw(rng, (-5, 8))
    pose = upright(body, thigh=draw(rng, (78, 89)) if state == "down" else 90.0, lean_by=lean_by, stance=stance,
                   toes_out=draw(rng, (0, 25)), heels=draw(rng, (0, 35)) if rng.random() < 0.5 else 0.0,
                   reach=reach, elbow=elbow)  # fmt: skip
    if state == "up":  # legs spread: as high as they reach, or a little lower
        hip_x = body.heads[body.bone["upperleg01.L"]][0] / body.leg
        ankle = body.ankle_height("L", pose.foot[0, 0]) / body.leg
        height = np.sqrt(1 - (stance - hip_x) ** 2) * draw(rng, (0.94, 0.995)) + ankle
        pose = replace(pose, pelvis=np.array((0.0, -0.02, height)))
    return replace(pose, head=pose.head + (0.0, 0.0, rng.normal(0, 12)), tilt=pose.tilt + (0, rng.normal(0, 2), 0))


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
    """What people do between exercises: the styles of the class `none` in `render.py`."""
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
            limbs["reach"] = _by_gravity(limbs["reach"] * (draw(rng, (-0.5, 1)), 1, 1), share * lean_by)
        else:  # the hands stay with the trunk, as in a good morning
            limbs = arms(rng, str(rng.choice(("hips", "clasped", "goblet", "barbell", "behind_head", "crossed"))), 0.08)
        relaxed |= {"thigh": draw(rng, (52, 82) if low else (62, 88)), "lean_by": lean_by}
        pose = upright(body, **relaxed, round_back=draw(rng, (0.25, 0.5) if low else (0.0, 0.2)), **limbs)
        return replace(pose, head=np.array((draw(rng, (-45, 15)), 0.0, rng.normal(0, 10))))
    if style == "hands_down":  # a crouch or a fold with the hands on the floor, on the way to a plank or back
        hands = _row(draw(rng, (0.15, 0.3)), -draw(rng, (0.3, 0.6)), 0.0)
        relaxed |= {"thigh": draw(rng, (-10, 65)), "lean_by": draw(rng, (80, 115))}
        pose = upright(body, **relaxed, heels=draw(rng, (0, 30)), round_back=0.4, plant=hands, planted=np.ones(2),
                       elbow=_row(0.5, -0.6, -0.6))  # fmt: skip
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
        return Pose(pelvis=pelvis, tilt=np.array((lean_by, 0, 0)), head=glance, feet=_row(width, 0.98 * shank, 0.0),
                    foot=_row(150.0, 0.0, 0.0), knee=_row(0.1, 1.0, -0.3), **limbs)  # fmt: skip
    if style == "kneeling_one":  # as to tie a shoe
        lean_by = draw(rng, (15, 60))
        limbs["reach"] = _by_gravity(_row(draw(rng, (-0.4, 0.1)), draw(rng, (0.0, 0.4)), -0.9), lean_by)
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
        limbs = {"reach": _row(-0.05, 0.42, -0.62), "elbow": _row(0.7, -0.7, -0.3)} if rng.random() < 0.6 else limbs
        return Pose(pelvis=np.array((0.0, hip_y, knee_z + thigh * np.sin(np.radians(seat)))),
                    tilt=np.array((draw(rng, (-18, 12)), 0, 0)), spine=np.array((draw(rng, (0, 15)), 0, 0)),
                    head=glance, feet=_row(width, 0.0, 0.0), knee=_row(0.15, 1.0, 0.6), **limbs)  # fmt: skip
    if style == "floor_sit":  # legs out, leaning back on the hands
        lean_by = draw(rng, (-40, -5))
        pose = Pose(pelvis=np.array((0.0, 0.0, 0.13)), tilt=np.array((lean_by, 0, 0)),
                    head=glance - (lean_by, 0, 0), feet=_row(width, -draw(rng, (0.8, 0.97)), 0.0),
                    foot=_row(-70.0, 10.0, 0.0), knee=_row(0.2, 1.0, 0.8),
                    elbow=_row(0.4, -1.0, 0.0), planted=np.ones(2))  # fmt: skip
        hands = body.shoulders(pose)[0] / body.leg
        behind = hands[1] + draw(rng, (0.0, 0.2))
        return replace(pose, plant=_row(hands[0] + 0.05, behind, 0.0), fingers=np.full(2, 180.0))
    pose = upright(body, thigh=draw(rng, (65, 89)), lean_by=0.0, stance=0.1, toes_out=5.0, **limbs)
    on_side = style == "side_lying"
    return replace(pose, topple=np.array((0.0, 90.0 * rng.choice((-1, 1)), 0.0) if on_side else (-90.0, 0.0, 0.0)))


Builder = Callable[[Body, Rng, str, str], Pose]
