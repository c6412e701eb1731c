"""A human body that can be posed: the shape comes from `anny`, the pose from a few named quantities.

World axes: x to the person's left, y to the back (the person faces -y), z up; metres; the floor is z = 0.
A pose is given by where pelvis, hands and feet are and how the trunk is bent; limbs follow by two-bone inverse
kinematics, so that hands and feet stay where they are put.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from dataclasses import dataclass, field

import anny
import numpy as np
import torch
from anny.keypoints import KeypointsRegressor
from numpy.typing import NDArray

Array = NDArray[np.float64]
Place = Callable[[str, Array], None]

SIDES = ("L", "R")
OUT = np.array((1.0, -1.0))  # sign of x that points away from the body, per side
SPINE = ("spine05", "spine04", "spine03", "spine02", "spine01")
# COCO keypoints of anny and the BlazePose landmarks that stand for the same joint.
COMPARED = {
    "nose": 0,
    "left_shoulder": 11,
    "right_shoulder": 12,
    "left_elbow": 13,
    "right_elbow": 14,
    "left_wrist": 15,
    "right_wrist": 16,
    "left_hip": 23,
    "right_hip": 24,
    "left_knee": 25,
    "right_knee": 26,
    "left_ankle": 27,
    "right_ankle": 28,
}


def _both(*values: float) -> Array:
    return np.array((values, values), dtype=float)


@dataclass(frozen=True)
class Pose:
    """What a body does. Angles in degrees, lengths in leg lengths (pelvis, feet, plant) or arm lengths (reach).

    Arrays have one row per side, left first; their first column points outwards from the body, so equal rows are a
    symmetric pose. Poses blend field by field, see `blend`.
    """

    pelvis: Array = field(default_factory=lambda: np.array((0.0, 0.0, 1.0)))  # x, y, z of the hip centre
    tilt: Array = field(default_factory=lambda: np.zeros(3))  # pelvis: forward lean, side lean, turn
    spine: Array = field(default_factory=lambda: np.zeros(3))  # chest relative to pelvis: flexion, side bend, twist
    head: Array = field(default_factory=lambda: np.zeros(3))  # head relative to chest: nod, tilt, turn
    reach: Array = field(default_factory=lambda: _both(0.12, 0.04, -0.97))  # wrist from shoulder: out, forward, up
    elbow: Array = field(default_factory=lambda: _both(0.3, -1.0, 0.0))  # where the elbow points: out, forward, up
    plant: Array = field(default_factory=lambda: _both(0.2, -0.3, 0.0))  # hand on the floor: x out, y, height
    planted: Array = field(default_factory=lambda: np.zeros(2))  # 1: the hand is at `plant`, 0: at `reach`
    fingers: Array = field(default_factory=lambda: np.zeros(2))  # planted hand: degrees the fingers turn in
    feet: Array = field(default_factory=lambda: _both(0.13, 0.0, 0.0))  # ankle: x out, y, lift above standing
    foot: Array = field(default_factory=lambda: _both(0.0, 8.0, 0.0))  # heel up, toes out, toes bent back
    knee: Array = field(default_factory=lambda: _both(0.1, 1.0, 0.3))  # where the knee points: out, forward, up
    shrug: Array = field(default_factory=lambda: np.zeros(2))  # degrees the shoulder girdle is raised
    topple: Array = field(default_factory=lambda: np.zeros(3))  # lean of the whole body, once it is posed
    lift: Array = field(default_factory=lambda: np.zeros(1))  # metres that the lowest point is above the floor

    def blend(self, other: Pose, t: float) -> Pose:
        """The pose a share t of the way to another."""
        mixed = {f.name: (1 - t) * getattr(self, f.name) + t * getattr(other, f.name) for f in dataclasses.fields(self)}
        return Pose(**mixed)


def rotation(axis: str, degrees: float) -> Array:
    """Rotation matrix about a world axis, right-handed."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    if axis == "x":
        return np.array(((1, 0, 0), (0, c, -s), (0, s, c)))
    if axis == "y":
        return np.array(((c, 0, s), (0, 1, 0), (-s, 0, c)))
    return np.array(((c, -s, 0), (s, c, 0), (0, 0, 1)))


def lean(pitch: float, roll: float, turn: float) -> Array:
    """Rotation that leans forward by pitch, to the person's left by roll, after turning to the left."""
    return rotation("z", turn) @ rotation("x", pitch) @ rotation("y", roll)


def _unit(vector: Array) -> Array:
    return vector / max(float(np.linalg.norm(vector)), 1e-9)


def _frame(direction: Array, normal: Array) -> Array:
    first = _unit(direction)
    second = _unit(normal - normal @ first * first)
    return np.stack((first, second, np.cross(first, second)), axis=1)


def two_bone(root: Array, target: Array, upper: float, lower: float, pole: Array) -> tuple[Array, Array, Array]:
    """Middle joint, end joint and hinge axis of a limb from root to target that bends towards pole."""
    span = target - root
    distance = float(np.clip(np.linalg.norm(span), abs(upper - lower) + 1e-3, 0.9995 * (upper + lower)))
    along = _unit(span)
    sideways = _unit(pole - pole @ along * along)
    foot = (upper**2 - lower**2 + distance**2) / (2 * distance)
    height = np.sqrt(max(upper**2 - foot**2, 0.0))
    return root + foot * along + height * sideways, root + distance * along, np.cross(along, sideways)


@functools.cache
def _model() -> anny.Anny:
    return anny.Anny(local_changes="none", facial_actions="none").to(dtype=torch.float32)


@functools.cache
def _joint_weights() -> Array:
    """Weights of the vertices that give each joint in COMPARED, (len(COMPARED), V)."""
    weights: Array = KeypointsRegressor.coco(_model(), list(COMPARED)).regression_weights.numpy().astype(float)
    return weights


class Body:
    """One person's shape at rest, and the solver that poses it.

    Args:
        phenotype: anny's shape parameters, each from 0 to 1: gender, age, muscle, weight, height, proportions.
    """

    def __init__(self, **phenotype: float) -> None:
        model = _model()
        identity = torch.eye(4)[None, None].repeat(1, model.bone_count, 1, 1)
        with torch.no_grad():
            rest = model(pose_parameters=identity, phenotype_kwargs=phenotype)
        self.vertices: Array = rest["rest_vertices"][0].numpy().astype(float)
        self.heads: Array = rest["rest_bone_heads"][0].numpy().astype(float)
        self.faces = model.faces.numpy()
        self.parents = model.bone_parents
        self.bone = {name: index for index, name in enumerate(model.bone_labels)}
        self._indices = model.vertex_bone_indices.numpy()
        self._weights = model.vertex_bone_weights.numpy().astype(float)
        self._descendants: dict[str, list[int]] = {}
        head, bone = self.heads, self.bone
        self.thigh = float(np.linalg.norm(head[bone["lowerleg01.L"]] - head[bone["upperleg01.L"]]))
        self.shank = float(np.linalg.norm(head[bone["foot.L"]] - head[bone["lowerleg01.L"]]))
        self.leg = self.thigh + self.shank
        self.upper_arm = float(np.linalg.norm(head[bone["lowerarm01.L"]] - head[bone["upperarm01.L"]]))
        self.forearm = float(np.linalg.norm(head[bone["wrist.L"]] - head[bone["lowerarm01.L"]]))
        self.arm = self.upper_arm + self.forearm
        self.shoulder_x = float(head[bone["upperarm01.L"]][0])  # half the width between the shoulder joints
        self.torso = float(head[bone["upperarm01.L"]][2] - head[bone["upperleg01.L"]][2])
        self._rest_limbs = {side: self._rest_limb_frames(side) for side in SIDES}
        self._soles = {side: self.vertices[self.part_weight(self._below(f"foot.{side}")) > 0.5] for side in SIDES}
        self._palms = {side: self.vertices[self.part_weight(self._below(f"wrist.{side}")) > 0.5] for side in SIDES}

    def _below(self, name: str) -> list[int]:
        """A bone and all its descendants, parents first."""
        if name not in self._descendants:
            self._descendants[name] = self._find_below(name)
        return self._descendants[name]

    def _find_below(self, name: str) -> list[int]:
        found = [self.bone[name]]
        for index, parent in enumerate(self.parents):
            if parent in found:
                found.append(index)
        return found

    def part_weight(self, bones: list[int]) -> Array:
        """Share of each vertex that moves with these bones, (V,)."""
        weight: Array = (self._weights * np.isin(self._indices, bones)).sum(axis=1)
        return weight

    def part(self, name: str) -> Array:
        """Share of each vertex that moves with a bone or what hangs from it, (V,)."""
        return self.part_weight(self._below(name))

    def _rest_limb_frames(self, side: str) -> dict[str, Array]:
        head, bone = self.heads, self.bone
        frames = {}
        hip, knee, ankle = (head[bone[f"{n}.{side}"]] for n in ("upperleg01", "lowerleg01", "foot"))
        hinge = np.cross(knee - hip, np.array((0.0, -1.0, 0.0)))
        frames["thigh"], frames["shank"] = _frame(knee - hip, hinge), _frame(ankle - knee, hinge)
        shoulder, elbow, wrist = (head[bone[f"{n}.{side}"]] for n in ("upperarm01", "lowerarm01", "wrist"))
        along = _unit(wrist - shoulder)
        pole = (elbow - shoulder) - (elbow - shoulder) @ along * along
        hinge = np.cross(along, _unit(pole))
        frames["upper_arm"], frames["forearm"] = _frame(elbow - shoulder, hinge), _frame(wrist - elbow, hinge)
        middle, index, little = (head[bone[f"finger{n}-1.{side}"]] for n in (3, 2, 5))
        across = index - little
        palm = np.cross(across, middle - wrist) * (1 if side == "L" else -1)
        frames["hand"] = _frame(middle - wrist, palm)
        return frames

    def shoulders(self, pose: Pose) -> Array:
        """Shoulder joints (2, 3) of a pose, metres, before it is dropped to the floor."""
        turn = np.repeat(np.eye(3)[None], len(self.parents), axis=0)
        at = np.zeros_like(self.heads)
        self._solve_trunk(pose, self._placer(turn, at), at)
        return at[[self.bone["upperarm01.L"], self.bone["upperarm01.R"]]]

    def _placer(self, turn: Array, at: Array) -> Place:
        def place(name: str, rotate: Array) -> None:
            """Give a bone and all below it a rotation, and put their heads where the chain leads."""
            for index in self._below(name):
                turn[index] = rotate
                parent = self.parents[index]
                if parent >= 0:
                    at[index] = at[parent] + turn[parent] @ (self.heads[index] - self.heads[parent])

        return place

    def _solve_trunk(self, pose: Pose, place: Place, at: Array) -> tuple[Array, Array]:
        pelvis = lean(*pose.tilt)
        hips = 0.5 * (self.heads[self.bone["upperleg01.L"]] + self.heads[self.bone["upperleg01.R"]])
        at[0] = pose.pelvis * self.leg - pelvis @ (hips - self.heads[0])
        place("root", pelvis)
        for step, name in enumerate(SPINE, start=1):
            chest = pelvis @ lean(*(pose.spine * step / len(SPINE)))
            place(name, chest)
        return pelvis, chest

    def solve(self, pose: Pose) -> tuple[Array, Array]:
        """Vertices (V, 3) and COCO keypoints (len(COMPARED), 3) of the posed body, dropped to the floor."""
        turn = np.repeat(np.eye(3)[None], len(self.parents), axis=0)
        at = np.zeros_like(self.heads)

        place = self._placer(turn, at)
        pelvis, chest = self._solve_trunk(pose, place, at)
        for step, name in enumerate(("neck01", "neck02", "neck03", "head"), start=1):
            place(name, chest @ lean(*(pose.head * (0.2, 0.4, 0.6, 1.0)[step - 1])))
        for index, side in enumerate(SIDES):
            self._solve_leg(pose, index, side, pelvis, place, at)
            self._solve_arm(pose, index, side, chest, place, at)
        offsets = at - np.einsum("bij,bj->bi", turn, self.heads)
        blended = np.einsum("vk,vkij->vij", self._weights, turn[self._indices])
        shift = np.einsum("vk,vki->vi", self._weights, offsets[self._indices])
        vertices = np.einsum("vij,vj->vi", blended, self.vertices) + shift
        vertices = vertices @ lean(*pose.topple).T
        vertices[:, 2] += pose.lift[0] - vertices[:, 2].min()
        return vertices, _joint_weights() @ vertices

    def _solve_leg(self, pose: Pose, index: int, side: str, pelvis: Array, place: Place, at: Array) -> None:
        heel_up, toes_out, toes_back = pose.foot[index]
        sole = rotation("z", toes_out * OUT[index] + pose.tilt[2]) @ rotation("x", heel_up)
        ankle = self.outwards(pose.feet[index], index) * self.leg
        ankle[2] += self.ankle_height(side, heel_up)
        hip = at[self.bone[f"upperleg01.{side}"]]
        pole = pelvis @ (pose.knee[index] * (OUT[index], -1.0, 1.0))
        knee, end, hinge = two_bone(hip, ankle, self.thigh, self.shank, pole)
        rest = self._rest_limbs[side]
        place(f"upperleg01.{side}", _frame(knee - hip, hinge) @ rest["thigh"].T)
        place(f"lowerleg01.{side}", _frame(end - knee, hinge) @ rest["shank"].T)
        place(f"foot.{side}", sole)
        for toe in range(1, 6):
            place(f"toe{toe}-1.{side}", sole @ rotation("x", -toes_back))

    def _solve_arm(self, pose: Pose, index: int, side: str, chest: Array, place: Place, at: Array) -> None:
        mirror = np.array((OUT[index], -1.0, 1.0))  # (out, forward, up) to world axes
        raised = max(0.0, float(_unit(pose.reach[index])[2]) + 0.3) * 22 * (1 - pose.planted[index]) + pose.shrug[index]
        place(f"clavicle.{side}", chest @ rotation("y", -raised * OUT[index]))
        shoulder = at[self.bone[f"upperarm01.{side}"]]
        free = shoulder + chest @ (pose.reach[index] * mirror) * self.arm
        share = float(pose.planted[index])
        rest = self._rest_limbs[side]
        flat = _frame(rotation("z", pose.tilt[2] - pose.fingers[index] * OUT[index]) @ np.array((0.0, -1.0, 0.1)),
                      np.array((0.0, 0.0, -1.0)))  # fmt: skip
        hand_on_floor = flat @ rest["hand"].T
        floor = self.outwards(pose.plant[index], index) * self.leg
        floor[2] += self._wrist_height(side, hand_on_floor)
        target = (1 - share) * free + share * floor
        pole = chest @ (pose.elbow[index] * mirror)
        elbow, wrist, hinge = two_bone(shoulder, target, self.upper_arm, self.forearm, pole)
        forearm = _frame(wrist - elbow, hinge) @ rest["forearm"].T
        place(f"upperarm01.{side}", _frame(elbow - shoulder, hinge) @ rest["upper_arm"].T)
        place(f"lowerarm01.{side}", forearm)
        hand = _mix(forearm, hand_on_floor, share)
        place(f"lowerarm02.{side}", _frame(wrist - elbow, _mix(forearm, hand, 0.5) @ rest["forearm"][:, 1])
              @ _frame(rest["forearm"][:, 0], rest["forearm"][:, 1]).T)  # fmt: skip
        place(f"wrist.{side}", hand)

    @staticmethod
    def outwards(point: Array, index: int) -> Array:
        """A point whose x counts outwards, in world axes (a copy)."""
        return np.array((point[0] * OUT[index], point[1], point[2]))

    def ankle_height(self, side: str, heel_up: float) -> float:
        """Height of the ankle above the floor when the foot stands on it."""
        sole = (self._soles[side] - self.heads[self.bone[f"foot.{side}"]]) @ rotation("x", heel_up).T
        return -float(sole[:, 2].min())

    def _wrist_height(self, side: str, rotate: Array) -> float:
        palm = (self._palms[side] - self.heads[self.bone[f"wrist.{side}"]]) @ rotate.T
        return -float(palm[:, 2].min())


def _mix(first: Array, second: Array, share: float) -> Array:
    """Rotation between two, by projecting the weighted mean back onto the rotations."""
    if share <= 0.0:
        return first
    if share >= 1.0:
        return second
    u, _, v = np.linalg.svd((1 - share) * first + share * second)
    rotation: Array = u @ np.diag((1.0, 1.0, np.linalg.det(u @ v))) @ v
    return rotation
