"""Chooses at random who is in a picture, what they wear, where they are, and what camera sees them."""

# ruff: noqa: RUF005 -- adding a tuple to an array adds its numbers, it does not join them

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from body import Array, Body
from exercises import Rng, draw
from numpy.typing import NDArray
from recipes import View
from scene import Camera, Image
from wardrobe import Look

SIZES = ((480, 360), (480, 360), (480, 270), (360, 480), (270, 480), (360, 360))


def draw_body(rng: Rng) -> Body:
    """A person of any sex, adolescent to old, thin to heavy, short to tall."""
    return Body(
        gender=float(rng.random()),
        age=draw(rng, (0.55, 0.95)),
        muscle=draw(rng, (0.25, 0.9)),
        weight=draw(rng, (0.2, 0.85)),
        height=draw(rng, (0.25, 0.6)),
        proportions=draw(rng, (0.2, 1.0)),
    )


def draw_look(rng: Rng) -> Look:
    """Random skin, hair, garments and room."""

    def colour(low: float, high: float) -> tuple[float, float, float]:
        grey = draw(rng, (low, high))
        return tuple(float(c) for c in np.clip(grey * (1 + rng.uniform(-0.4, 0.4, 3)), 0.01, 0.9))  # type: ignore[return-value]

    skins = np.array(((0.72, 0.50, 0.40), (0.55, 0.34, 0.24), (0.35, 0.19, 0.12), (0.15, 0.08, 0.05)))
    at = draw(rng, (0, 2.999))
    skin = skins[int(at)] * (1 - at % 1) + skins[int(at) + 1] * (at % 1)
    hairs = ((0.02, 0.015, 0.01), (0.10, 0.05, 0.03), (0.30, 0.18, 0.08), (0.45, 0.44, 0.42))
    wall, floor = colour(0.15, 0.7), colour(0.1, 0.55)
    side = rng.choice((-1.0, 1.0))
    return Look(
        skin=tuple(skin * draw(rng, (0.9, 1.1))),
        hair=hairs[rng.integers(len(hairs))],
        shirt=colour(0.03, 0.7),
        trousers=colour(0.02, 0.5),
        shoes=colour(0.03, 0.8),
        floor=floor,
        wall=wall,
        mat=colour(0.05, 0.5),
        sleeve=float(rng.choice((0.08, 0.35, 0.4, 0.98))),
        trouser_leg=float(rng.choice((0.3, 0.45, 0.97, 0.97))),
        shirt_hem=draw(rng, (-0.06, 0.03)),
        hair_volume=draw(rng, (0.006, 0.03)),
        wall_behind=draw(rng, (1.2, 4.0)),
        mat_size=(0.0, 0.0) if rng.random() < 0.5 else (draw(rng, (0.35, 0.6)), draw(rng, (0.8, 1.1))),
        texture=draw(rng, (0.0, 0.25)),
        sun=(side * draw(rng, (0.1, 1.0)), draw(rng, (-1.0, 0.6)), draw(rng, (0.5, 1.5))),
        ambient=draw(rng, (0.45, 0.8)),
    )


def draw_camera(rng: Rng, view: View, vertices: Array) -> Camera:
    """A camera of a view, as far away as it takes for the body to fill its share of the picture."""
    width, height = SIZES[rng.integers(len(SIZES) if view.portrait else 3)]
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    middle = 0.5 * (low + high)
    yaw = np.radians(draw(rng, view.yaw) * rng.choice((-1, 1)))
    around = np.array((np.sin(yaw), -np.cos(yaw), 0.0))
    camera_z, fov = draw(rng, view.height), draw(rng, view.fov)
    fill = draw(rng, view.fill)
    crop = rng.random() < view.crop
    towards = middle + (0.0, 0.0, draw(rng, (-0.1, 0.1)))
    roll = float(rng.normal(0, view.roll))
    near, far = 0.3, 12.0
    for _ in range(16):
        distance = 0.5 * (near + far)
        position = middle * (1, 1, 0) + around * (distance + 0.3) + (0, 0, camera_z)
        camera = Camera(position, towards, fov, roll, width, height)
        pixels = camera.project(vertices[::7])
        box = (pixels.max(axis=0) - pixels.min(axis=0)) / (width, height)
        near, far = (distance, far) if box.max() > fill else (near, distance)
    centre = 0.5 * (pixels.max(axis=0) + pixels.min(axis=0)) - (width / 2, height / 2)
    slack = np.maximum(0.0, 1 - box) * (width, height) / 2
    aim = rng.uniform(-0.8, 0.8, 2) * slack - centre
    if crop:  # a part of the body's end leaves the picture
        axis = int(np.argmax(box))
        side, cut = rng.choice((-1, 1)), draw(rng, (0.05, 0.2)) * box[axis] * (width, height)[axis]
        aim[axis] = side * (slack[axis] + cut) - centre[axis]
    right, up, forward = camera.axes()
    metres = 2 * np.tan(np.radians(fov / 2)) / height * float((middle - camera.position) @ forward)
    return replace(camera, target=camera.target - right * aim[0] * metres + up * aim[1] * metres)


def photograph(rng: Rng, picture: Image) -> Image:
    """What a cheap camera adds: blur, noise, another exposure."""
    image: NDArray[Any] = picture.astype(np.float32)
    if rng.random() < 0.5:
        image = cv2.GaussianBlur(image, (0, 0), draw(rng, (0.3, 1.0)))
    image = image * draw(rng, (0.75, 1.15)) + rng.normal(0, draw(rng, (0.5, 5.0)), image.shape)
    finished: Image = np.clip(image, 0, 255).astype(np.uint8)
    return finished
