"""The motion of the demonstration clips: where the body is at each moment, in the poses of `exercises`."""

# ruff: noqa: RUF005 -- adding a tuple to an array adds its numbers, it does not join them

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from body import Array, Body, Pose
from exercises import ARMS, plank, upright
from leg_exercises import on_forearms
from limbs import direction, limbs_along
from scene import Camera
from wardrobe import Look

FPS = 30
REPETITIONS = 8
Motion = Callable[[Body], Iterator[Pose]]


@dataclass(frozen=True)
class Clip:
    """A clip: who moves how, and where the camera is."""

    motion: Motion
    phenotype: dict[str, float]
    look: Look
    camera: Camera
    things: Mapping[str, float] = field(default_factory=dict)  # of `props`, with 1.0 for each


def ease(t: float) -> float:
    """From 0 to 1 with no speed and no acceleration at either end (minimum jerk)."""
    t = float(np.clip(t, 0.0, 1.0))
    return t**3 * (10 - 15 * t + 6 * t * t)


def alive(pose: Pose, t: float, strength: float = 1.0) -> Pose:
    """The small movements that people cannot suppress: breathing, sway, a wandering gaze."""

    def wave(period: float, phase: float) -> float:
        return strength * float(np.sin(2 * np.pi * t / period + phase))

    breath = wave(3.7, 0.4)
    return replace(
        pose,
        pelvis=pose.pelvis + (0.006 * wave(4.3, 1.0) + 0.004 * wave(2.6, 0.2), 0.004 * wave(5.1, 2.0), 0.0),
        tilt=pose.tilt + (0.5 * wave(4.7, 0.0), 0.6 * wave(4.3, 1.0), 0.0),
        spine=pose.spine + (-0.8 * breath, 0.5 * wave(5.3, 0.7), 1.2 * wave(6.1, 2.2)),
        head=pose.head + (1.5 * wave(3.1, 0.5), 0.8 * wave(4.9, 1.4), 5.0 * wave(7.3, 0.1)),
        reach=pose.reach + np.array((0.008 * wave(3.9, 1.1), 0.014 * wave(4.6, 2.7), 0.004 * breath)),
        shrug=pose.shrug + 1.2 * breath,
    )


def _depth(t: float, down: float, hold: float, up: float) -> float:
    """Depth of a repetition, 0 to 1 and back, t seconds after its start."""
    if t < down + hold:
        return ease(t / down)
    return 1 - ease((t - down - hold) / up)


def _repetitions(seed: int, down: float, hold: float, up: float, rest: float) -> list[tuple[float, Array, float]]:
    """Start, durations (down, hold, up) and depth factor of each repetition, never quite the same twice."""
    rng = np.random.default_rng(seed)
    start, found = 0.0, []
    for _ in range(REPETITIONS):
        lasts = np.array((down, hold, up)) * rng.uniform(0.9, 1.12, 3)
        found.append((start, lasts, float(rng.uniform(0.93, 1.03))))
        start += float(lasts.sum()) + rest * float(rng.uniform(0.7, 1.4))
    return found


def _at(repetitions: list[tuple[float, Array, float]], t: float) -> float:
    """Depth at a time after the first repetition's start."""
    return max((depth * _depth(t - start, *lasts) for start, lasts, depth in repetitions if t >= start), default=0.0)


def squats(body: Body) -> Iterator[Pose]:
    """Stands, squats eight times with the arms swinging forward, stands."""
    repetitions = _repetitions(3, down=1.0, hold=0.12, up=0.85, rest=0.35)
    before, after = 2.2, 2.2
    length = before + repetitions[-1][0] + float(repetitions[-1][1].sum()) + after
    hanging, forward = (np.stack(ARMS[name]) for name in ("hanging", "forward"))
    for frame in range(round(length * FPS)):
        t = frame / FPS
        depth = _at(repetitions, t - before)
        lift = ease(1.15 * _at(repetitions, t - before + 0.06))  # the arms start a little earlier than the legs
        reach, elbow = (1 - lift) * hanging + lift * forward
        reach[:, 1] += 0.35 * lift * (1 - lift)  # they swing on an arc
        pose = upright(body, thigh=87.0 - 84.0 * depth, lean_by=2.0 + 36.0 * depth, stance=0.2, toes_out=16.0,
                       round_back=0.12, reach=reach + (0.0, 0.0, 0.42 * depth * lift), elbow=elbow)  # fmt: skip
        yield alive(pose, t, 1.0 - 0.5 * min(depth, 1.0))


def _stepping(start: Pose, end: Pose, t: float, steps: int) -> Pose:
    """From start to end with the hands walking: each moves while the other bears the weight."""
    pose = start.blend(end, ease(t))
    # The hips go round the feet, with the legs straight, rather than through the chord.
    feet = [np.array((0.0, p.feet[0, 1], 0.1)) for p in (start, end)]
    arms_of = [p.pelvis - foot for p, foot in zip((start, end), feet, strict=True)]
    reach = [float(np.hypot(arm[1], arm[2])) for arm in arms_of]
    angle = [float(np.arctan2(arm[1], arm[2])) for arm in arms_of]
    radius, turned = (float((1 - ease(t)) * pair[0] + ease(t) * pair[1]) for pair in (reach, angle))
    foot = (1 - ease(t)) * feet[0] + ease(t) * feet[1]
    pelvis = foot + (pose.pelvis[0], radius * np.sin(turned), radius * np.cos(turned))
    pike = 24.0 * np.sin(np.pi * ease(t))
    pose = replace(pose, pelvis=pelvis, tilt=pose.tilt + (pike, 0.0, 0.0))
    plant = pose.plant.copy()
    for side in (0, 1):
        beat = t * steps - 0.5 * side
        done = (np.floor(beat) + ease((beat - np.floor(beat)) * 2)) / steps + 0.25 / steps * side
        share = float(np.clip(done, 0.0, 1.0))
        plant[side] = (1 - share) * start.plant[side] + share * end.plant[side]
        moving = 0.0 < (beat - np.floor(beat)) * 2 < 1.0 and 0.0 < share < 1.0
        plant[side, 2] += 0.06 * np.sin(np.pi * min(1.0, (beat - np.floor(beat)) * 2)) if moving else 0.0
    return replace(pose, plant=plant)


def pushups(body: Body) -> Iterator[Pose]:
    """Stands, folds, walks the hands out to a plank, does eight push-ups, and comes back the same way."""
    hanging: dict[str, Any] = {"reach": ARMS["hanging"][0], "elbow": ARMS["hanging"][1]}
    stand = upright(body, thigh=88.0, lean_by=1.0, stance=0.12, toes_out=5.0, **hanging)
    hands = plank(body, extension=0.985, width=1.25, ahead=0.0, feet=0.12, flare=40.0, nod=-18.0, heel_up=75.0)
    fold = upright(body, thigh=58.0, lean_by=142.0, stance=0.12, toes_out=5.0, round_back=0.45,
                   plant=hands.plant * (1, 0, 1) + (0.0, -0.42, 0.0), planted=np.ones(2),
                   head=np.array((-10.0, 0.0, 0.0)), elbow=np.tile((0.5, -0.6, -0.6), (2, 1)))  # fmt: skip
    repetitions = _repetitions(5, down=0.85, hold=0.1, up=0.7, rest=0.22)
    fold_at, walk_at, ready = 1.6, 3.2, 5.4
    done = ready + 0.9 + repetitions[-1][0] + float(repetitions[-1][1].sum()) + 0.6
    length = done + (ready - fold_at) + 1.8

    def at_depth(depth: float) -> Pose:
        pose = plank(body, extension=0.985 - 0.53 * depth, width=1.25, ahead=-0.10 * depth, feet=0.12, flare=40.0,
                     pike=2.0, arch=-2.0, nod=-18.0 - 8.0 * depth, heel_up=75.0 - 5.0 * depth)  # fmt: skip
        # The hands stay; feet and hips move with them.
        slide = hands.plant[0, 1] - pose.plant[0, 1] - hands.feet[0, 1]
        moved = {name: getattr(pose, name) + (0, slide, 0) for name in ("pelvis", "plant", "feet")}
        return replace(pose, **moved)

    def getting_down(t: float) -> Pose:
        if t < walk_at:
            return stand.blend(fold, ease((t - fold_at) / (walk_at - fold_at)))
        return _stepping(fold, at_depth(0.0), (t - walk_at) / (ready - walk_at), steps=3)

    for frame in range(round(length * FPS)):
        t = frame / FPS
        if t < ready:
            yield alive(getting_down(t), t, 1.0 if t < fold_at else 0.4)
        elif t < done:
            yield alive(at_depth(_at(repetitions, t - ready - 0.9)), t, 0.25)
        else:
            yield alive(getting_down(ready - (t - done)), t, 1.0 if t > done + ready - fold_at else 0.4)


def curls(body: Body) -> Iterator[Pose]:
    """Stands with a dumbbell in each hand, curls both eight times, stands."""
    repetitions = _repetitions(7, down=0.75, hold=0.1, up=0.75, rest=0.2)
    before, after = 1.8, 1.6
    length = before + repetitions[-1][0] + float(repetitions[-1][1].sum()) + after
    for frame in range(round(length * FPS)):
        t = frame / FPS
        depth = _at(repetitions, t - before)
        limbs = limbs_along(
            body, direction(6 + 16 * depth, 35 - 25 * depth), direction(14 + 136 * depth, 8 - 6 * depth)
        )
        yield alive(upright(body, thigh=87.0, lean_by=2.0 - 5.0 * depth, stance=0.16, toes_out=14.0, **limbs), t, 0.7)


def planks(body: Body) -> Iterator[Pose]:
    """Kneels on the forearms, lifts the knees into a plank, holds it for ten seconds, and kneels again."""
    shoulders = body.upper_arm / body.arm
    kneeling, up = (
        plank(body, extension=shoulders, width=1.0, ahead=0.0, feet=0.1, heel_up=80.0, nod=-22.0, **fields)  # type: ignore[arg-type]
        for fields in ({"on_knees": True, "pike": 58.0, "arch": 4.0}, {"pike": 4.0, "straight": 0.995})
    )
    lift_at, lasts, held = 1.6, 1.1, 10.0
    front = body.shoulders(up)[0, 1] / body.leg
    for frame in range(round((2 * (lift_at + lasts) + held) * FPS)):
        t = frame / FPS
        since = min(t - lift_at, lift_at + 2 * lasts + held - t)
        pose = alive(kneeling.blend(up, ease(since / lasts)), t, 0.3)
        slide = np.array((0.0, front - body.shoulders(pose)[0, 1] / body.leg, 0.0))  # the elbows stay where they are
        yield on_forearms(body, replace(pose, pelvis=pose.pelvis + slide, feet=pose.feet + slide), 0.0, aside=-8.0)


ROOM = Look(
    floor=(0.40, 0.27, 0.17),
    wall=(0.60, 0.64, 0.62),
    mat=(0.10, 0.22, 0.26),
    texture=0.08,
    wall_behind=1.9,
    sun=(0.5, -0.5, 1.3),
    ambient=0.6,
    brow=0.15,
    posters=((-1.15, 1.55, 0.32, 0.42, 0.55, 0.24, 0.14), (1.3, 1.6, 0.42, 0.3, 0.12, 0.30, 0.34)),
)


def _camera(yaw: float, distance: float, height: float, target: tuple[float, float, float], fov: float) -> Camera:
    turned = np.radians(yaw)
    position = np.array((distance * np.sin(turned) + target[0], -distance * np.cos(turned) + target[1], height))
    return Camera(position, np.array(target), fov, 0.0, 640, 480)


CLIPS = {
    "squats": Clip(
        squats,
        {"gender": 0.9, "age": 0.66, "muscle": 0.6, "weight": 0.42, "height": 0.42, "proportions": 0.8},
        replace(ROOM, skin=(0.60, 0.38, 0.28), hair=(0.09, 0.05, 0.03), shirt=(0.62, 0.20, 0.16),
                trousers=(0.05, 0.07, 0.12), shoes=(0.20, 0.21, 0.24), trouser_leg=0.95, sleeve=0.28,
                mat_size=(0.55, 0.9)),
        _camera(38.0, 3.4, 1.15, (0.0, -0.1, 0.86), 40.0),
    ),
    "pushups": Clip(
        pushups,
        {"gender": 0.05, "age": 0.64, "muscle": 0.7, "weight": 0.45, "height": 0.4, "proportions": 0.8},
        replace(ROOM, skin=(0.42, 0.25, 0.17), hair=(0.03, 0.02, 0.02), shirt=(0.13, 0.36, 0.52),
                trousers=(0.06, 0.06, 0.07), shoes=(0.75, 0.30, 0.12), trouser_leg=0.45, sleeve=0.36,
                mat=(0.34, 0.18, 0.16), mat_size=(0.45, 1.15)),
        _camera(64.0, 3.3, 1.0, (0.0, -0.6, 0.84), 40.0),
    ),
    "curls": Clip(
        curls,
        {"gender": 0.1, "age": 0.7, "muscle": 0.65, "weight": 0.5, "height": 0.4, "proportions": 0.7},
        replace(ROOM, skin=(0.34, 0.19, 0.12), hair=(0.03, 0.02, 0.02), shirt=(0.52, 0.44, 0.16),
                trousers=(0.07, 0.09, 0.14), shoes=(0.6, 0.6, 0.62), trouser_leg=0.97, sleeve=0.08,
                object_colour=(0.06, 0.06, 0.07), wall=(0.52, 0.58, 0.66)),
        _camera(24.0, 3.3, 1.2, (0.0, 0.0, 0.84), 40.0),
        {"dumbbells": 1.0},
    ),
    "planks": Clip(
        planks,
        {"gender": 0.85, "age": 0.68, "muscle": 0.7, "weight": 0.45, "height": 0.42, "proportions": 0.8},
        replace(ROOM, skin=(0.64, 0.43, 0.33), hair=(0.20, 0.12, 0.06), shirt=(0.12, 0.30, 0.20),
                trousers=(0.10, 0.10, 0.12), shoes=(0.2, 0.22, 0.5), trouser_leg=0.45, sleeve=0.35,
                mat=(0.24, 0.20, 0.34), mat_size=(0.45, 1.15), wall=(0.66, 0.62, 0.54)),
        _camera(72.0, 3.0, 0.75, (0.0, 0.1, 0.42), 40.0),
    ),
}  # fmt: skip
