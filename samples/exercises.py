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


def row(*values: float) -> Array:
    return np.array((values, values), dtype=float)


# Where the hands are, from the shoulder in arm lengths (out, forward, up), and where the elbows point.
ARMS: dict[str, tuple[Array, Array]] = {
    "hanging": (row(0.10, 0.05, -0.97), row(0.4, -1.0, 0.0)),
    "forward": (row(-0.10, 0.95, -0.05), row(0.7, 0.0, -0.8)),
    "raised": (row(0.02, 0.62, 0.62), row(0.8, 0.1, -0.6)),
    "clasped": (row(-0.30, 0.45, -0.22), row(0.9, -0.2, -0.8)),
    "crossed": (row(-0.52, 0.28, -0.12), row(0.35, 0.5, -0.9)),
    "behind_head": (row(-0.20, -0.02, 0.34), row(1.0, 0.15, 0.25)),
    "goblet": (row(-0.28, 0.36, -0.22), row(0.45, 0.1, -1.0)),
    "barbell": (row(0.18, -0.06, 0.10), row(0.5, -0.5, -1.0)),
    "hips": (row(0.02, 0.02, -0.62), row(1.0, -0.7, 0.0)),
    "dumbbells": (row(0.08, 0.05, -0.985), row(0.3, -1.0, 0.0)),
    "temples": (row(0.05, 0.12, 0.25), row(1.0, 0.3, -0.2)),
    "overhead": (row(0.05, 0.05, 0.97), row(1.0, 0.1, 0.0)),
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
        feet=row(stance, 0.0, 0.0),
        foot=row(heels, toes_out, heels),
        knee=row(*knee_pole),
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
    """`squats_up` or `squats_down` in one of the arm styles; `leaning_` before it leans the trunk far forward."""
    wide = rng.random() < 0.2
    leaning = style.startswith("leaning_")
    style = style.removeprefix("leaning_")
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
        if leaning:
            lean_by = draw(rng, (42, 68))
    limbs = arms(rng, style, 0.1 if style == "forward" else 0.05)
    if style == "raised":  # in front of the face or overhead, as in air and overhead squats
        above = np.radians(draw(rng, (20, 80)))
        straight = draw(rng, (0.65, 0.97))
        limbs["reach"] = limbs["reach"] * (1, 0, 0) + straight * np.array((0.0, np.cos(above), np.sin(above)))
    # Some arms follow gravity more than the trunk.
    limbs["reach"] = by_gravity(limbs["reach"], HANGING.get(style, 0.0) * lean_by)
    pose = upright(body, thigh=thigh, lean_by=lean_by, stance=stance, toes_out=toes, heels=heels,
                   round_back=draw(rng, (0.0, 0.35)), **limbs)  # fmt: skip
    head = np.array((pose.head[0] + rng.normal(0, 10), rng.normal(0, 3), rng.normal(0, 12)))
    return replace(pose, head=head, tilt=pose.tilt + (0, sideways, 0), spine=pose.spine + (0, 0, twist))


def by_gravity(reach: Array, lean_by: float) -> Array:
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
        plant=row(width * body.shoulder_x / body.leg, shoulder_y - ahead * body.arm / body.leg, support),
        planted=np.ones(2),
        fingers=np.full(2, fingers),
        elbow=row(np.sin(flare_by) + 0.05, -0.35, -np.cos(flare_by)),
        feet=row(feet, ankle_y, lift),
        foot=row(heel_up, 0.0, 0.0 if on_knees else heel_up - 20.0),
        knee=row(0.0, 1.0, 0.0),
    )


def pushup(body: Body, rng: Rng, state: str, style: str) -> Pose:
    """`pushups_up` or `pushups_down`; styles: floor, wide, narrow, raised, knees, decline, rested (on the knees)."""
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
        pike=draw(rng, (8, 42)) if style == "rested" else float(rng.normal(*((16, 10) if state == "up" else (10, 9)))),
        straight=draw(rng, (0.975, 1.0)),
        arch=draw(rng, (-8, 8)),
        feet=draw(rng, (0.03, 0.2)),
        feet_up=draw(rng, (0.15, 0.45)) if style == "decline" else 0.0,
        on_knees=style in ("knees", "rested"),
        nod=draw(rng, (-45, 12)),
        fingers=draw(rng, (-25, 35)),
        heel_up=draw(rng, (60, 100)),
    )
    head = pose.head + (0.0, rng.normal(0, 4), rng.normal(0, 15))
    return replace(pose, head=head, tilt=pose.tilt + (0, rng.normal(0, 2), 0))


def situp(body: Body, rng: Rng, state: str, style: str) -> Pose:
    """`situps_down` (shoulders on the floor) or `situps_up`; styles: those of ARMS, and reaching for the knees.

    With `short_` before the style, the shoulders do not go down to the floor quite.
    """
    down = (14, 32) if style.startswith("short_") else (-3, 14)
    style = style.removeprefix("short_")
    rise = draw(rng, down if state == "down" else (52, 95))
    curl = 0.0 if state == "down" else draw(rng, (10, 40))
    height = 0.13 + 0.02 * rng.random()
    pose = Pose(
        pelvis=np.array((0.0, 0.0, height)),
        tilt=np.array((rise - curl - 90.0, rng.normal(0, 1.5), 0.0)),
        spine=np.array((curl, rng.normal(0, 2), rng.normal(0, 5))),
        head=np.array((draw(rng, (-5, 25)), 0.0, rng.normal(0, 8))),
        feet=row(draw(rng, (0.06, 0.2)), -draw(rng, (0.45, 0.8)), 0.0),
        foot=row(0.0 if rng.random() < 0.7 else -draw(rng, (10, 35)), draw(rng, (-5, 20)), 0.0),
        knee=row(draw(rng, (-0.05, 0.35)), 1.0, 0.7),
        **arms(rng, "crossed" if style == "reaching" else style),
    )
    if style == "reaching":  # towards the knees; beside the hips when lying
        pose = replace(pose, reach=row(0.05, *((0.15, -0.95) if state == "down" else (0.8, draw(rng, (-0.5, 0.2))))),
                       elbow=row(0.6, -0.3, -0.8))  # fmt: skip
    return replace(pose, feet=pose.feet + rng.normal(0, 0.02, (2, 1)) * (0, 1, 0))


def lunge(body: Body, rng: Rng, state: str, style: str) -> Pose:
    """`lunges_down`, or `lunges_up`: the legs still apart, or together between two lunges."""
    limbs = arms(rng, style)
    lean_by = draw(rng, (-4, 22)) if state == "down" else draw(rng, (-4, 12))
    if style in ("hanging", "dumbbells"):
        limbs["reach"] = by_gravity(limbs["reach"], lean_by)
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
        stance, elbow = draw(rng, (0.05, 0.15)), row(0.6, -1.0, 0.0)
    else:
        angle = np.radians(draw(rng, (45, 100)))  # of the arms above the horizontal
        reach = row(np.cos(angle), 0.05, np.sin(angle)) * draw(rng, (0.75, 0.98))
        stance, elbow = draw(rng, (0.27, 0.5)), row(1.0, 0.0, -0.3)
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


Builder = Callable[[Body, Rng, str, str], Pose]
