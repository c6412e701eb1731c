"""A small ray caster for one clothed body in a plain room, seen by a `Camera`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import warp as wp
from body import Array, Body
from numpy.typing import NDArray
from wardrobe import Look, Wardrobe

wp.config.quiet = True

Image = NDArray[np.uint8]
FAR = wp.constant(wp.float32(1.0e6))


@dataclass(frozen=True)
class Camera:
    """A pinhole camera. Metres and degrees; height and width in pixels; fov is the vertical field of view."""

    position: Array
    target: Array
    fov: float
    roll: float
    width: int
    height: int

    def axes(self) -> tuple[Array, Array, Array]:
        """Unit vectors to the right, up and forward."""
        forward = self.target - self.position
        forward = forward / np.linalg.norm(forward)
        right = np.cross(forward, np.array((0.0, 0.0, 1.0)))
        right /= np.linalg.norm(right)
        up = np.cross(right, forward)
        c, s = np.cos(np.radians(self.roll)), np.sin(np.radians(self.roll))
        return c * right + s * up, c * up - s * right, forward

    def project(self, points: Array) -> Array:
        """Pixels (N, 2) of world points (N, 3); points beside or behind the lens land far away."""
        right, up, forward = self.axes()
        offset = points - self.position
        depth = np.maximum(offset @ forward, 0.05)
        scale = 0.5 * self.height / np.tan(np.radians(self.fov / 2))
        x = 0.5 * self.width + scale * (offset @ right) / depth
        y = 0.5 * self.height - scale * (offset @ up) / depth
        return np.stack((x, y), axis=1)


@wp.struct
class Room:
    eye: wp.vec3
    right: wp.vec3
    up: wp.vec3
    forward: wp.vec3
    tangent: wp.float32
    sun: wp.vec3
    ambient: wp.float32
    wall_point: wp.vec3
    wall_normal: wp.vec3
    wall_across: wp.vec3
    wall: wp.vec3
    floor: wp.vec3
    mat: wp.vec3
    mat_centre: wp.vec3
    mat_half: wp.vec2
    texture: wp.float32
    boxes: wp.int32
    object_colour: wp.vec3
    shirt: wp.vec3
    trousers: wp.vec3
    shoes: wp.vec3
    hair: wp.vec3
    posters: wp.int32
    seed: wp.uint32


@wp.func
def box_hit(origin: wp.vec3, ray: wp.vec3, low: wp.vec3, high: wp.vec3) -> wp.vec2:
    """Distance to an axis-aligned box and the axis hit, or FAR."""
    near = float(-1.0e6)  # noqa: UP018 -- a literal would be a constant to warp
    away = float(1.0e6)  # noqa: UP018
    axis = float(0.0)  # noqa: UP018
    for i in range(3):
        inverse = 1.0 / (ray[i] + 1.0e-9)
        first = (low[i] - origin[i]) * inverse
        second = (high[i] - origin[i]) * inverse
        enter = wp.min(first, second)
        if enter > near:
            near = enter
            axis = float(i)
        away = wp.min(away, wp.max(first, second))
    if near > away or near < 1.0e-3:
        return wp.vec2(FAR, 0.0)
    return wp.vec2(near, axis)


@wp.func
def boxes_hit(origin: wp.vec3, ray: wp.vec3, boxes: wp.array(dtype=wp.float32), count: int) -> wp.vec2:
    """Distance to the nearest of some boxes and the axis hit, or FAR."""
    nearest = wp.vec2(FAR, 0.0)
    for index in range(count):
        k = index * 6
        low = wp.vec3(boxes[k], boxes[k + 1], boxes[k + 2])
        high = wp.vec3(boxes[k + 3], boxes[k + 4], boxes[k + 5])
        hit = box_hit(origin, ray, low, high)
        if hit[0] < nearest[0]:
            nearest = hit
    return nearest


@wp.func
def lit(
    mesh: wp.uint64, room: Room, boxes: wp.array(dtype=wp.float32), point: wp.vec3, normal: wp.vec3, sun: wp.vec3
) -> float:
    """Light on a surface: a soft sky and a lamp that the body and the boxes can hide."""
    light = room.ambient * (0.75 + 0.25 * normal[2])
    facing = wp.dot(normal, sun)
    if facing > 0.0:
        start = point + normal * 4.0e-3
        hit = wp.mesh_query_ray(mesh, start, sun, 8.0)
        box = boxes_hit(start, sun, boxes, room.boxes)
        if not hit.result and box[0] >= FAR:
            light += (1.0 - room.ambient) * 1.15 * facing
    return light


@wp.func
def closeness(mesh: wp.uint64, point: wp.vec3) -> float:
    """How much a nearby body darkens a point of the floor."""
    near = wp.mesh_query_point_no_sign(mesh, point, 0.3)
    if near.result:
        at = wp.mesh_eval_position(mesh, near.face, near.u, near.v)
        return 1.0 - 0.6 * wp.exp(-wp.length(at - point) / 0.08)
    return 1.0


@wp.kernel
def cast(
    mesh: wp.uint64,
    faces: wp.array(dtype=wp.int32),
    normals: wp.array(dtype=wp.vec3),
    skin: wp.array(dtype=wp.vec3),
    fields: wp.array(dtype=wp.vec4),
    rest: wp.array(dtype=wp.vec3),
    posters: wp.array(dtype=wp.float32),
    boxes: wp.array(dtype=wp.float32),
    room: Room,
    samples: int,
    top: int,
    left: int,
    picture: wp.array2d(dtype=wp.vec3),
):
    y0, x0 = wp.tid()
    row = y0 + top
    column = x0 + left
    height = float(picture.shape[0])
    width = float(picture.shape[1])
    total = wp.vec3(0.0, 0.0, 0.0)
    for sample in range(samples * samples):
        sx = (float(sample % samples) + 0.5) / float(samples)
        sy = (float(sample // samples) + 0.5) / float(samples)
        x = (2.0 * (float(column) + sx) - width) / height * room.tangent
        y = (height - 2.0 * (float(row) + sy)) / height * room.tangent
        ray = wp.normalize(room.forward + x * room.right + y * room.up)
        # Each sub-sample has a lamp of its own, so that shadows have soft edges without noise.
        sun = wp.normalize(room.sun + 0.05 * wp.vec3(sx - 0.5, 0.5 - sy, sx - sy))
        nearest = FAR
        colour = room.wall
        if ray[2] < 0.0:
            distance = -room.eye[2] / ray[2]
            nearest = distance
            point = room.eye + distance * ray
            base = room.floor
            grain = wp.noise(room.seed, wp.vec3(point[0] * 9.0, point[1] * 1.5, 0.0))
            offset = point - room.mat_centre
            if wp.abs(offset[0]) < room.mat_half[0] and wp.abs(offset[1]) < room.mat_half[1]:
                base = room.mat
                grain = wp.noise(room.seed, wp.vec3(point[0] * 40.0, point[1] * 40.0, 0.0)) * 0.4
            base = base * (1.0 + room.texture * 2.0 * grain)
            colour = base * lit(mesh, room, boxes, point, wp.vec3(0.0, 0.0, 1.0), sun) * closeness(mesh, point)
        towards = wp.dot(ray, room.wall_normal)
        if towards < 0.0:
            distance = wp.dot(room.wall_point - room.eye, room.wall_normal) / towards
            if distance > 0.0 and distance < nearest:
                nearest = distance
                point = room.eye + distance * ray
                along = wp.dot(point - room.wall_point, room.wall_across)
                base = room.wall * (0.9 + 0.06 * point[2])
                base = base * (1.0 + room.texture * wp.noise(room.seed, wp.vec3(along * 3.0, point[2] * 3.0, 1.0)))
                for index in range(room.posters):
                    k = index * 7
                    inside = wp.max(wp.abs(along - posters[k]) - posters[k + 2],
                                    wp.abs(point[2] - posters[k + 1]) - posters[k + 3])  # fmt: skip
                    if inside < 0.0:
                        base = wp.vec3(posters[k + 4], posters[k + 5], posters[k + 6])
                        if inside > -0.03:
                            base = wp.vec3(0.75, 0.74, 0.70)
                if point[2] < 0.09:
                    base = wp.vec3(0.72, 0.72, 0.70)
                colour = base * lit(mesh, room, boxes, point, room.wall_normal, sun)
        box = boxes_hit(room.eye, ray, boxes, room.boxes)
        if box[0] < nearest:
            nearest = box[0]
            point = room.eye + nearest * ray
            normal = wp.vec3(0.0, 0.0, 0.0)
            axis = int(box[1])
            normal[axis] = -wp.sign(ray[axis])
            colour = room.object_colour * lit(mesh, room, boxes, point, normal, sun)
        hit = wp.mesh_query_ray(mesh, room.eye, ray, nearest)
        if hit.result:
            i = faces[hit.face * 3]
            j = faces[hit.face * 3 + 1]
            k = faces[hit.face * 3 + 2]
            w = 1.0 - hit.u - hit.v
            normal = wp.normalize(hit.u * normals[i] + hit.v * normals[j] + w * normals[k])
            worn = hit.u * fields[i] + hit.v * fields[j] + w * fields[k]
            place = hit.u * rest[i] + hit.v * rest[j] + w * rest[k]
            base = hit.u * skin[i] + hit.v * skin[j] + w * skin[k]
            crease = wp.noise(room.seed, place * 14.0)
            if worn[3] > 0.0:
                strand = wp.vec3(place[0] * 160.0, place[1] * 25.0, place[2] * 25.0)
                base = room.hair * (1.0 + 0.35 * wp.noise(room.seed, strand))
            elif worn[2] > 0.0:
                base = room.shoes
            elif worn[0] > 0.0:
                base = room.shirt * (1.0 + 0.10 * crease)
            elif worn[1] > 0.0:
                base = room.trousers * (1.0 + 0.12 * crease)
            point = room.eye + hit.t * ray
            rim = wp.pow(1.0 - wp.abs(wp.dot(normal, ray)), 3.0)
            colour = base * (lit(mesh, room, boxes, point, normal, sun) + 0.10 * rim)
        total += colour
    picture[row, column] = total / float(samples * samples)


def _vec(values: object) -> wp.vec3:
    return wp.vec3(*(float(v) for v in values))  # type: ignore[attr-defined]


def render(body: Body, wardrobe: Wardrobe, vertices: Array, look: Look, camera: Camera, *, samples: int = 1,
           seed: int = 0, centre: Array | None = None, backdrop: Image | None = None) -> Image:  # fmt: skip
    """One picture: RGB uint8 (height, width, 3).

    Args:
        vertices: the posed body, (V, 3).
        samples: rays per pixel along each axis.
        seed: of the noise in cloth, wall and floor.
        centre: where mat and wall belong; the middle of the body unless given.
        backdrop: a picture of the same room without the person; it is copied where neither body nor shadow can be.
    """
    dressed, normals = wardrobe.dress(body, vertices)
    middle = vertices.mean(axis=0) if centre is None else centre
    right, up, forward = camera.axes()
    level = np.array((forward[0], forward[1], 0.0))
    level /= max(float(np.linalg.norm(level)), 1e-6)
    faces = wp.array(body.faces.astype(np.int32).ravel(), dtype=wp.int32)
    mesh = wp.Mesh(points=wp.array(dressed.astype(np.float32), dtype=wp.vec3), indices=faces)
    room = Room()
    room.eye, room.right, room.up, room.forward = _vec(camera.position), _vec(right), _vec(up), _vec(forward)
    room.tangent = float(np.tan(np.radians(camera.fov / 2)))
    room.sun, room.ambient = _vec(np.array(look.sun) / np.linalg.norm(look.sun)), look.ambient
    room.wall_point, room.wall_normal = _vec(middle * (1, 1, 0) + level * look.wall_behind), _vec(-level)
    room.wall_across = _vec(np.cross(level, (0.0, 0.0, 1.0)))
    room.wall, room.floor, room.mat = _vec(look.wall), _vec(look.floor), _vec(look.mat)
    room.mat_centre, room.mat_half = _vec(middle), wp.vec2(*look.mat_size)
    room.texture, room.seed = look.texture, wp.uint32(seed)
    room.boxes, room.object_colour = len(look.boxes), _vec(look.object_colour)
    boxes = np.array(look.boxes or ((0.0,) * 6,), dtype=np.float32).ravel()
    room.shirt, room.trousers = _vec(look.shirt), _vec(look.trousers)
    room.shoes, room.hair = _vec(look.shoes), _vec(look.hair)
    room.posters = len(look.posters)
    posters = np.array(look.posters or ((0.0,) * 7,), dtype=np.float32).ravel()
    picture = wp.zeros((camera.height, camera.width), dtype=wp.vec3)
    top, left, bottom, end = (0, 0, camera.height, camera.width)
    if backdrop is not None:
        things = np.array([box[k : k + 3] for box in look.boxes for k in (0, 3)]).reshape(-1, 3)
        moving = np.concatenate((vertices[::5], things))
        top, left, bottom, end = _reach(moving, np.array(look.sun), camera)
    wp.launch(
        cast,
        dim=(bottom - top, end - left),
        inputs=[
            mesh.id,
            faces,
            wp.array(normals.astype(np.float32), dtype=wp.vec3),
            wp.array(wardrobe.skin.astype(np.float32), dtype=wp.vec3),
            wp.array(wardrobe.fields, dtype=wp.vec4),
            wp.array(body.vertices.astype(np.float32), dtype=wp.vec3),
            wp.array(posters, dtype=wp.float32),
            wp.array(boxes, dtype=wp.float32),
            room,
            samples,
            top,
            left,
            picture,
        ],
    )
    linear = np.clip(picture.numpy(), 0.0, 1.0)
    encoded: Image = (255.0 * linear ** (1 / 2.2) + 0.5).astype(np.uint8)
    if backdrop is not None:
        full = backdrop.copy()
        full[top:bottom, left:end] = encoded[top:bottom, left:end]
        return full
    return encoded


def _reach(points: Array, sun: Array, camera: Camera) -> tuple[int, int, int, int]:
    """The part of the picture that the body or its shadow may touch: top, left, bottom, right."""
    shadow = points - points[:, 2:] * sun / sun[2]
    around = [points * (1, 1, 0) + (x, y, 0) for x in (-0.3, 0.3) for y in (-0.3, 0.3)]
    wall = points - sun / np.linalg.norm(sun) * 2.5  # enough for a shadow on a wall behind
    pixels = camera.project(np.concatenate((points, shadow, wall, *around)))
    size = (camera.width, camera.height)
    low = np.clip(pixels.min(axis=0) - 6, 0, size).astype(int)
    high = np.clip(pixels.max(axis=0) + 7, 0, size).astype(int)
    return int(low[1]), int(low[0]), int(high[1]), int(high[0])
