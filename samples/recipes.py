"""How the pictures of each class are drawn: which poses, in which styles, seen from where."""

from __future__ import annotations

from dataclasses import dataclass

import exercises
import idle


@dataclass(frozen=True)
class View:
    """Where the camera may be: yaw from the person's front in degrees, height and distance by how much is filled."""

    yaw: tuple[float, float]
    height: tuple[float, float]  # metres above the floor
    fov: tuple[float, float] = (32.0, 68.0)
    fill: tuple[float, float] = (0.6, 0.95)  # share of the picture's tighter side that the body takes
    roll: float = 3.0  # standard deviation, degrees
    crop: float = 0.15  # how often feet or head are out of frame
    share: float = 1.0  # how many of a class's pictures, relative to the other views
    portrait: bool = True


STANDING_VIEWS = {
    "front": View((-20, 20), (0.4, 1.7), share=2.0),
    "front_diagonal": View((20, 65), (0.4, 1.7), share=3.0),
    "side": View((65, 110), (0.3, 1.6), share=3.0),
    "back_diagonal": View((110, 155), (0.4, 1.7), share=1.0),
    "back": View((155, 205), (0.4, 1.7), share=0.7),
    "low_front": View((-40, 40), (0.1, 0.4), share=0.7),
}
FLOOR_VIEWS = {
    "side": View((65, 110), (0.1, 1.3), fill=(0.7, 1.0), share=3.0),
    "front_diagonal": View((25, 65), (0.1, 1.3), fill=(0.6, 0.95), share=2.5),
    "front": View((-25, 25), (0.5, 1.4), fill=(0.45, 0.9), share=1.6),
    "low_front": View((-25, 25), (0.04, 0.4), fill=(0.45, 0.9), share=1.6),
    "back_diagonal": View((110, 155), (0.2, 1.5), share=0.8, crop=0.05),
    "above": View((20, 110), (1.5, 2.4), share=0.6, crop=0.05),
}


@dataclass(frozen=True)
class Recipe:
    """How a class is drawn: the builder of its pose, the state, styles with their shares, the views."""

    build: exercises.Builder
    state: str
    styles: dict[str, float]
    views: dict[str, View]
    count: int = 220


# Arms are most of an embedding, so the commonest ways to hold them get the most samples.
SQUAT_STYLES = {"hanging": 1.5, "forward": 4.0, "raised": 2.0, "clasped": 2.5, "crossed": 1.0,
                "behind_head": 1.0, "goblet": 1.2, "barbell": 0.9, "hips": 0.5, "dumbbells": 0.7}  # fmt: skip
PUSHUP_STYLES = {"floor": 4.0, "wide": 1.0, "narrow": 1.0, "raised": 1.3, "knees": 0.7, "decline": 0.5}
RECIPES = {
    "squats_up": Recipe(exercises.squat, "up", SQUAT_STYLES | {"hanging": 3.0, "forward": 1.5}, STANDING_VIEWS, 240),
    "squats_down": Recipe(exercises.squat, "down", SQUAT_STYLES, STANDING_VIEWS, 300),
    "pushups_up": Recipe(exercises.pushup, "up", PUSHUP_STYLES, FLOOR_VIEWS, 260),
    "pushups_down": Recipe(exercises.pushup, "down", PUSHUP_STYLES, FLOOR_VIEWS, 260),
}
SITUP_VIEWS = {
    "side": View((65, 115), (0.1, 1.3), fill=(0.6, 0.95), share=3.0),
    "front_diagonal": View((25, 65), (0.2, 1.4), share=1.6),
    "back_diagonal": View((115, 155), (0.3, 1.5), share=1.2),
    "front": View((-25, 25), (0.4, 1.5), fill=(0.5, 0.9), share=0.8),
    "above": View((40, 130), (1.5, 2.4), share=0.6, crop=0.05),
}
JACK_VIEWS = STANDING_VIEWS | {
    "front": View((-20, 20), (0.4, 1.7), share=4.0),
    "side": View((65, 110), (0.4, 1.6), share=1.8),
}
SITUP_STYLES = {"behind_head": 2.0, "temples": 1.0, "crossed": 1.5, "reaching": 2.0, "overhead": 0.7}
LUNGE_STYLES = {"hanging": 2.0, "hips": 2.0, "dumbbells": 1.0, "clasped": 1.0, "goblet": 0.6, "barbell": 0.6,
                "behind_head": 0.5}  # fmt: skip
# Styles of `none` by the views that suit them; plain standing is missing, as most exercises rest in it.
IDLE_STYLES = {"hand_to_face": 0.7, "phone": 0.7, "waving": 0.8, "reaching": 2.2, "turning": 1.0, "walking": 1.8,
               "picking_up": 2.0, "hinge": 3.4, "hands_down": 1.6, "all_fours": 1.6, "kneeling": 2.6,
               "kneeling_one": 1.0, "chair": 1.0, "floor_sit": 1.0, "side_lying": 0.6, "lying": 0.6}  # fmt: skip
RECIPES |= {
    "situps_down": Recipe(exercises.situp, "down", SITUP_STYLES, SITUP_VIEWS, 160),
    "situps_up": Recipe(exercises.situp, "up", SITUP_STYLES, SITUP_VIEWS, 180),
    "lunges_down": Recipe(exercises.lunge, "down", LUNGE_STYLES, STANDING_VIEWS, 190),
    "lunges_up": Recipe(exercises.lunge, "up", LUNGE_STYLES, STANDING_VIEWS, 160),
    "jumping_jacks_down": Recipe(exercises.jumping_jack, "down", {"close": 1.0}, JACK_VIEWS, 140),
    "jumping_jacks_up": Recipe(exercises.jumping_jack, "up", {"spread": 1.0}, JACK_VIEWS, 200),
    "none": Recipe(idle.idle, "", IDLE_STYLES, STANDING_VIEWS, 400),
}
TARGETS = {"squats": "squats_down", "pushups": "pushups_down", "situps": "situps_up", "lunges": "lunges_down",
           "jumping_jacks": "jumping_jacks_up"}  # fmt: skip
