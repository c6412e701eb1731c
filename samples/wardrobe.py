"""What a body wears: `Look` has the colours and cuts, `Wardrobe` puts them on the vertices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from body import Array, Body
from numpy.typing import NDArray

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Look:
    """Colours (linear RGB, 0 to 1), garments and room of one picture."""

    skin: Colour = (0.62, 0.40, 0.30)
    hair: Colour = (0.07, 0.05, 0.04)
    shirt: Colour = (0.10, 0.32, 0.55)
    trousers: Colour = (0.05, 0.06, 0.08)
    shoes: Colour = (0.75, 0.75, 0.75)
    floor: Colour = (0.42, 0.33, 0.25)
    wall: Colour = (0.62, 0.64, 0.62)
    mat: Colour = (0.16, 0.28, 0.30)
    sleeve: float = 0.35  # share of the arm that is covered
    trouser_leg: float = 0.45  # share of the leg that is covered
    shirt_hem: float = 0.0  # metres above the hip joints
    hair_volume: float = 0.018  # metres
    brow: float = 0.24  # half the width of an eyebrow, in distances from eye to crown
    wall_behind: float = 2.2  # metres from the body to the wall
    mat_size: tuple[float, float] = (0.0, 0.0)  # half width and half length, metres
    texture: float = 0.05  # strength of the noise on wall and floor
    sun: tuple[float, float, float] = (0.4, -0.5, 0.9)  # direction towards the light
    ambient: float = 0.55
    boxes: tuple[tuple[float, ...], ...] = ()  # bars, weights, benches: least x, y, z, greatest x, y, z of each
    object_colour: Colour = (0.36, 0.25, 0.16)
    posters: tuple[tuple[float, ...], ...] = ()  # on the wall: centre x, z, half width, half height, r, g, b


class Wardrobe:
    """Where skin, hair and garments are on a body: fields over the vertices, positive where the garment is."""

    def __init__(self, body: Body, look: Look) -> None:
        v, head, bone = body.vertices, body.heads, body.bone
        z = v[:, 2]
        arms = body.part("upperarm01.L") + body.part("upperarm01.R")
        hip_z, ankle_z = head[bone["upperleg01.L"]][2], head[bone["foot.L"]][2]
        waist = hip_z + 0.09 * body.torso
        hem = hip_z + look.trouser_leg * (ankle_z - hip_z)
        trousers = np.minimum.reduce((waist + 0.06 - z, z - hem, 0.5 * (0.3 - arms)))
        neck = head[bone["neck01"]]
        away = np.linalg.norm((v - neck) * (1.0, 0.8, 1.0), axis=1)
        neckline = np.where(z > neck[2] - 0.10, away - 0.085, 1.0)
        neckline = np.where(body.part("neck02") > 0.5, -0.1, neckline)
        covered = np.full(len(v), 1.0)
        for side in ("L", "R"):
            shoulder, elbow = head[bone[f"upperarm01.{side}"]], head[bone[f"lowerarm01.{side}"]]
            wrist = head[bone[f"wrist.{side}"]]
            upper, fore = np.linalg.norm(elbow - shoulder), np.linalg.norm(wrist - elbow)
            run = np.clip((v - shoulder) @ (elbow - shoulder) / upper, None, upper)
            run = run + np.clip((v - elbow) @ (wrist - elbow) / fore, 0.0, None)
            part = body.part(f"upperarm01.{side}")
            covered = np.where(part > 0.5, np.minimum(covered, look.sleeve * body.arm - run), covered)
        shirt = np.minimum.reduce((z - (waist + look.shirt_hem), neckline, covered))
        feet = body.part("foot.L") + body.part("foot.R")
        shoes = np.where(feet > 0.3, ankle_z + 0.02 - z, -0.1)
        eyes = 0.5 * (head[bone["eye.L"]] + head[bone["eye.R"]])
        crown = v[body.part("head") > 0.5].max(axis=0)[2]
        size = crown - eyes[2]
        behind = (v[:, 1] - eyes[1]) / size  # 0 at the eyes, about 1.6 at the back of the head
        above = (z - eyes[2]) / size
        scalp = np.minimum(above + behind - 0.68, np.maximum(above - 0.02, behind - 1.05))  # hairline and nape
        hair = np.where(body.part("head") > 0.5, scalp, -0.1) * size
        self.fields = np.stack((shirt, trousers, shoes, hair), axis=1).astype(np.float32)
        self.skin = self._skin(body, look, eyes, size)
        # Cloth and hair stand off the skin; shoes are thicker than bare feet.
        self.thickness = (
            look.hair_volume * np.clip(hair / 0.02, 0, 1)
            + 0.009 * np.clip(shirt / 0.01, 0, 1)
            + 0.008 * np.clip(trousers / 0.01, 0, 1)
            + 0.006 * np.clip(shoes / 0.01, 0, 1)
        )

    @staticmethod
    def _skin(body: Body, look: Look, eyes: Array, size: float) -> Array:
        skin = np.repeat(np.array(look.skin)[None], len(body.vertices), axis=0)
        v, front = body.vertices, body.part("head") > 0.5
        for name in ("eye.L", "eye.R"):
            centre = body.heads[body.bone[name]]
            part = body.part(name) > 0.5
            skin[part] = (0.85, 0.85, 0.85)
            radius = 1e-6 + np.linalg.norm((v[part] - centre)[:, [0, 2]], axis=1)
            ball = np.linalg.norm(v[part] - centre, axis=1).max()
            skin[np.flatnonzero(part)[(radius < 0.5 * ball) & (v[part][:, 1] < centre[1])]] = (0.05, 0.04, 0.03)
            offset = (v - centre) / size
            brow = (
                front & (np.abs(offset[:, 0]) < look.brow) & (np.abs(offset[:, 2] - 0.2) < 0.05) & (offset[:, 1] < 0.1)
            )
            skin[brow] = np.array(look.hair)
        mouth = (v - eyes) / size
        lips = front & (np.abs(mouth[:, 0]) < 0.2) & (np.abs(mouth[:, 2] + 0.62) < 0.07) & (mouth[:, 1] < 0.0)
        skin[lips] = np.array(look.skin) * (0.85, 0.5, 0.5)
        return skin

    def dress(self, body: Body, vertices: Array) -> tuple[Array, Array]:
        """Vertices with garments on, and their unit normals."""
        normals = vertex_normals(vertices, body.faces)
        dressed = vertices + normals * self.thickness[:, None]
        return dressed, vertex_normals(dressed, body.faces)


def vertex_normals(vertices: Array, faces: NDArray[np.int64]) -> Array:
    """Unit normals (V, 3), weighted by the area of the faces around."""
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    normal = np.cross(b - a, c - a)
    total = np.stack(
        [np.bincount(faces.ravel(), np.repeat(normal[:, i], 3), minlength=len(vertices)) for i in range(3)], axis=1
    )
    unit: Array = total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12)
    return unit
