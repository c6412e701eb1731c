"""Arms by the directions of their two bones, and the poses on two feet or a seat that exercises of the arms share."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from body import OUT, Array, Body, Pose, lean
from exercises import Range, Rng, draw, row, upright


def direction(elevation: float, azimuth: float) -> Array:
    """Unit vector (out, forward, up). Degrees: elevation 0 hangs, 90 is level, 180 is up; azimuth 90 is outwards."""
    e, a = np.radians(elevation), np.radians(azimuth)
    return np.array((np.sin(e) * np.sin(a), np.sin(e) * np.cos(a), -np.cos(e)))


def limbs_along(body: Body, upper: Array, fore: Array) -> dict[str, Any]:
    """Reach and elbow of arms whose two bones have these directions, (2, 3) each or one for both sides."""
    upper, fore = np.broadcast_to(upper, (2, 3)), np.broadcast_to(fore, (2, 3))
    reach = (body.upper_arm * upper + body.forearm * fore) / body.arm
    straight = np.linalg.norm(np.cross(upper, fore), axis=1, keepdims=True) < 0.05
    return {"reach": reach, "elbow": np.where(straight, row(0.6, -0.7, -0.3), upper)}


def angled(body: Body, rng: Rng, upper: tuple[Range, Range], fore: tuple[Range, Range]) -> dict[str, Any]:
    """Arms from ranges of elevation and azimuth of upper arm and forearm, the two sides a little different."""
    bones = [[draw(rng, interval) for interval in bone] for bone in (upper, fore)]
    sides = [np.stack([direction(*(np.array(bone) + rng.normal(0, 3, 2))) for _ in OUT]) for bone in bones]
    return limbs_along(body, *sides)


def one_side(rng: Rng, first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """One arm from the first pair, the other from the second, in any order."""
    side = np.arange(2)[:, None] == rng.integers(2)
    return {name: np.where(side, first[name], second[name]) for name in first}


def in_chest(pose: Pose, world: Array) -> Array:
    """Directions in the world, (2, 3) as (out, forward, up), as the chest of a pose sees them."""
    chest = lean(*pose.tilt) @ lean(*pose.spine)
    mirror = np.stack((OUT, -np.ones(2), np.ones(2)), axis=1)
    seen: Array = (world * mirror) @ chest * mirror
    return seen


def glancing(rng: Rng, pose: Pose) -> Pose:
    """The pose with the head turned somewhere, and not quite straight."""
    head = pose.head + np.array((rng.normal(0, 10), rng.normal(0, 3), rng.normal(0, 14)))
    return replace(pose, head=head, tilt=pose.tilt + np.array((0.0, rng.normal(0, 1.5), 0.0)),
                   spine=pose.spine + np.array((0.0, 0.0, rng.normal(0, 4))))  # fmt: skip


def standing(body: Body, rng: Rng, limbs: dict[str, Any], lean_by: Range = (-5, 9)) -> Pose:
    """On both feet, at ease."""
    heels = draw(rng, (0, 15)) if rng.random() < 0.1 else 0.0
    pose = upright(body, thigh=draw(rng, (78, 89)), lean_by=draw(rng, lean_by), stance=draw(rng, (0.07, 0.24)),
                   toes_out=draw(rng, (0, 28)), heels=heels, **limbs)  # fmt: skip
    return glancing(rng, pose)


def bent_down(body: Body, height: float, straight: float, **fields: Any) -> Pose:
    """Standing or squatting, leaning as far as it takes for arms that hang to reach a height, in leg lengths.

    Args:
        height: of the wrists; they are about 0.05 higher, as palms and fingers take some.
        straight: how long the arms are then, as a share of their length.
        fields: those of `upright`, but for how far the trunk leans.
    """
    low, high = 15.0, 105.0
    for _ in range(9):
        lean_by = 0.5 * (low + high)
        pose = upright(body, lean_by=lean_by, **fields)
        # The shoulders are a little below the end of the trunk.
        shoulder = pose.pelvis[2] * body.leg + 0.94 * body.torso * np.cos(np.radians(lean_by))
        low, high = (lean_by, high) if shoulder > straight * body.arm + (height + 0.05) * body.leg else (low, lean_by)
    return pose


def seated(body: Body, rng: Rng, limbs: dict[str, Any], lean_by: Range = (-14, 8), seat: Range = (-8, 10)) -> Pose:
    """On a bench or chair, thighs about level."""
    thigh, shank = body.thigh / body.leg, body.shank / body.leg
    raised, ahead = np.radians(draw(rng, seat)), np.radians(draw(rng, (-12, 25)))
    knee_z = shank * np.cos(ahead) + body.ankle_height("L", 0.0) / body.leg
    hip_y = thigh * np.cos(raised) + shank * np.sin(ahead)
    pose = Pose(
        pelvis=np.array((0.0, hip_y, knee_z + thigh * np.sin(raised))),
        tilt=np.array((draw(rng, lean_by), 0.0, 0.0)),
        feet=row(draw(rng, (0.08, 0.25)), 0.0, 0.0),
        foot=row(0.0, draw(rng, (0, 25)), 0.0),
        knee=row(draw(rng, (0.1, 0.5)), 1.0, 0.6),
        **limbs,
    )
    return glancing(rng, pose)


def hold_arms(body: Body, rng: Rng, styles: dict[str, float]) -> dict[str, Any]:
    """Arms held in one of the ways that people hold them meanwhile, drawn by its share."""
    names = list(styles)
    style = names[int(rng.choice(len(names), p=np.array(list(styles.values())) / sum(styles.values())))]
    upper, fore = HELD[style]
    return angled(body, rng, upper, fore)


# Elevation and azimuth of upper arm and forearm.
HELD: dict[str, tuple[tuple[Range, Range], tuple[Range, Range]]] = {
    "hanging": (((2, 14), (0, 100)), ((2, 22), (0, 60))),
    "hips": (((28, 45), (80, 140)), ((35, 60), (-95, -60))),
    "clasped": (((8, 35), (0, 40)), ((95, 140), (-60, -30))),
    "goblet": (((8, 30), (0, 40)), ((125, 155), (-50, -20))),
    "guard": (((5, 35), (0, 60)), ((140, 170), (-60, 10))),
    "low": (((2, 14), (0, 60)), ((10, 35), (-60, -10))),
    "crossed": (((15, 35), (0, 40)), ((80, 110), (-85, -60))),
    "forward": (((70, 95), (-15, 15)), ((75, 100), (-20, 10))),
    "behind_head": (((95, 130), (60, 100)), ((150, 175), (-120, -60))),
    "running": (((0, 35), (-20, 30)), ((75, 120), (-35, 15))),
    "on_thighs": (((10, 35), (0, 30)), ((50, 85), (-20, 10))),
    "side": (((60, 95), (75, 100)), ((65, 100), (70, 100))),
}
