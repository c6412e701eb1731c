"""How the pictures of each class are drawn: which poses, in which styles, seen from where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import arm_exercises
import exercises
import idle
import leg_exercises
import others


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
    """How pictures of a class are drawn: the builder of its pose, the state, styles with their shares, the views.

    Attributes:
        props: how often a thing of `props` is in the picture, by style; those under "" may be in any.
    """

    build: exercises.Builder
    state: str
    styles: dict[str, float]
    views: dict[str, View]
    count: int = 220
    props: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def things(self, style: str) -> Mapping[str, float]:
        """How often each thing is in a picture of a style."""
        return {**self.props.get("", {}), **self.props.get(style, {})}


# Arms are most of an embedding, so the commonest ways to hold them get the most samples.
SQUAT_STYLES = {"hanging": 1.5, "forward": 4.0, "raised": 2.0, "clasped": 2.5, "crossed": 1.0,
                "behind_head": 1.0, "goblet": 1.2, "barbell": 0.9, "hips": 0.5, "dumbbells": 0.7}  # fmt: skip
PUSHUP_STYLES = {"floor": 4.0, "wide": 1.0, "narrow": 1.0, "raised": 1.3, "knees": 0.7, "decline": 0.5}
_FIRST = {
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
_FIRST |= {
    "situps_down": Recipe(exercises.situp, "down", SITUP_STYLES, SITUP_VIEWS, 160),
    "situps_up": Recipe(exercises.situp, "up", SITUP_STYLES, SITUP_VIEWS, 180),
    "lunges_down": Recipe(exercises.lunge, "down", LUNGE_STYLES, STANDING_VIEWS, 190),
    "lunges_up": Recipe(exercises.lunge, "up", LUNGE_STYLES, STANDING_VIEWS, 160),
    "jumping_jacks_down": Recipe(exercises.jumping_jack, "down", {"close": 1.0}, JACK_VIEWS, 140),
    "jumping_jacks_up": Recipe(exercises.jumping_jack, "up", {"spread": 1.0}, JACK_VIEWS, 200),
    "none": Recipe(idle.idle, "", IDLE_STYLES, STANDING_VIEWS, 400),
}
ARM_VIEWS = {
    "front": View((-20, 20), (0.6, 1.8), share=2.5, crop=0.3),
    "front_diagonal": View((20, 65), (0.6, 1.8), share=3.0, crop=0.3),
    "side": View((65, 110), (0.5, 1.7), share=2.5, crop=0.3),
    "back_diagonal": View((110, 155), (0.6, 1.8), share=0.7, crop=0.2),
    "low_front": View((-50, 50), (0.1, 0.5), share=0.7),
}
# From the side, raised arms are a jumping jack's as much as a press's.
PRESS_VIEWS = ARM_VIEWS | {"side": View((65, 110), (0.5, 1.7), share=0.6, crop=0.3)}
HANGING_VIEWS = {
    "back": View((155, 205), (0.6, 2.2), share=3.0, crop=0.3),
    "back_diagonal": View((110, 155), (0.6, 2.2), share=2.0, crop=0.25),
    "front": View((-25, 25), (0.5, 2.2), share=2.5, crop=0.3),
    "front_diagonal": View((25, 65), (0.5, 2.2), share=2.0, crop=0.25),
    "side": View((65, 110), (0.5, 2.2), share=1.2, crop=0.2),
}
WALL_VIEWS = {
    "front": View((-25, 25), (0.3, 1.6), share=2.0),
    "front_diagonal": View((25, 65), (0.3, 1.6), share=3.0),
    "side": View((65, 88), (0.2, 1.5), share=3.0),
}
PULLUP_STYLES = {"wide": 2.0, "shoulder": 2.0, "chinup": 1.0}
CURL_STYLES = {"dumbbells": 3.0, "barbell": 1.5, "alternate": 2.0, "seated": 0.8}
PRESS_STYLES = {"dumbbells": 3.0, "barbell": 2.0, "seated": 1.2, "one_arm": 0.6}
RAISE_STYLES = {"both": 3.0, "plate": 1.0, "alternate": 1.3}
DEADLIFT_STYLES = {"barbell": 2.5, "dumbbells": 1.5, "straight_legs": 1.5, "sumo": 1.0}
SIDE_STYLES = {"wide": 2.0, "together": 1.0}
KNEE_STYLES = {"steady": 1.6, "swing": 1.0}
HANDS = {"": {"dumbbells": 0.5}, "barbell": {"dumbbells": 0.0, "barbell": 0.8}, "seated": {"seat": 0.8},
         "plate": {"dumbbells": 0.0, "weight": 0.8}, "sumo": {"dumbbells": 0.0, "barbell": 0.5}}  # fmt: skip


def _two(name: str, build: exercises.Builder, styles: dict[str, float], views: dict[str, View], count: int = 85,
         props: Mapping[str, Mapping[str, float]] = HANDS) -> dict[str, Recipe]:  # fmt: skip
    return {f"{name}_{state}": Recipe(build, state, styles, views, count, props) for state in ("down", "up")}


_FIRST |= {
    **_two("pullups", arm_exercises.pullup, PULLUP_STYLES, HANGING_VIEWS, 100, {"": {"bar": 0.85}}),
    **_two("curls", arm_exercises.curl, CURL_STYLES, ARM_VIEWS),
    "presses_down": Recipe(arm_exercises.press, "down", PRESS_STYLES, ARM_VIEWS, 85, HANDS),
    "presses_up": Recipe(arm_exercises.press, "up", PRESS_STYLES, PRESS_VIEWS, 85, HANDS),
    **_two("deadlifts", arm_exercises.deadlift, DEADLIFT_STYLES, STANDING_VIEWS),
    **_two("front_raises", arm_exercises.front_raise, RAISE_STYLES, ARM_VIEWS),
    **_two("side_lunges", leg_exercises.side_lunge, SIDE_STYLES, STANDING_VIEWS, 85, {"": {"weight": 0.15}}),
    **_two("high_knees", leg_exercises.high_knee, KNEE_STYLES, STANDING_VIEWS, 85, {}),
    "planks_hold": Recipe(leg_exercises.forearm_plank, "hold", {"parallel": 2.0, "clasped": 1.0}, FLOOR_VIEWS, 90),
    "wall_sits_hold": Recipe(leg_exercises.wall_sit, "hold", {"still": 1.0}, WALL_VIEWS, 80, {"": {"wall": 0.85}}),
}
# A class's first recipe made the first dataset; later ones are appended, so that earlier pictures stay as they are.
OTHER_STYLES = {"stretch": 1.6, "boxing": 1.6, "twist": 2.0, "tree": 1.2, "stepping": 1.4, "dancing": 1.6,
                "warrior": 1.0, "talking": 1.6}  # fmt: skip
LYING_STYLES = {"leg_raise": 1.5, "bench": 1.5, "dog": 1.0}
DIAGONAL = {name: STANDING_VIEWS[name] for name in ("front_diagonal", "back_diagonal", "low_front", "back")}
FRONTAL_VIEWS = STANDING_VIEWS | {
    "front": View((-20, 20), (0.4, 1.7), share=4.0),
    "side": View((65, 110), (0.3, 1.6), share=1.5),
    "low_front": View((-40, 40), (0.1, 0.4), share=1.5),
}
FACING = {name: FLOOR_VIEWS[name] for name in ("front", "low_front", "front_diagonal")}
MORE = {
    "pullups_down": (Recipe(arm_exercises.pullup, "down", {"bent": 1.0}, HANGING_VIEWS, 24, {"": {"bar": 0.85}}),),
    "pullups_up": (
        Recipe(arm_exercises.pullup, "up", {"high": 1.0, "shallow": 1.0}, HANGING_VIEWS, 36, {"": {"bar": 0.85}}),
    ),
    "curls_up": (Recipe(arm_exercises.curl, "up", {"alternate": 1.5, "dumbbells": 1.0}, ARM_VIEWS, 45, HANDS),),
    "jumping_jacks_down": (
        Recipe(leg_exercises.jack_rest, "down", {"clasped": 2.0, "goblet": 2.0, "hips": 1.0}, JACK_VIEWS, 40),
    ),
    "situps_down": (
        Recipe(
            exercises.situp, "down", {f"short_{style}": share for style, share in SITUP_STYLES.items()}, SITUP_VIEWS, 40
        ),
    ),
    "deadlifts_down": (
        Recipe(arm_exercises.deadlift, "down", {"floor": 1.0}, STANDING_VIEWS, 50, {"": {"barbell": 0.7}}),
    ),
    "pushups_up": (Recipe(exercises.pushup, "up", {"rested": 1.0}, FLOOR_VIEWS, 30),),
    "pushups_down": (Recipe(exercises.pushup, "down", {"floor": 2.0, "wide": 1.0, "knees": 0.5}, FACING, 60),),
    "squats_up": (
        Recipe(exercises.squat, "up", {"hips": 1.0}, STANDING_VIEWS, 20),
        Recipe(leg_exercises.wide_squat, "up", {"between": 1.0}, STANDING_VIEWS, 36),
        Recipe(leg_exercises.wide_squat, "up", {"ajar": 1.0}, FRONTAL_VIEWS, 24),
    ),
    "squats_down": (
        Recipe(
            exercises.squat,
            "down",
            {"leaning_hanging": 1.0, "leaning_forward": 1.0, "clasped": 1.0, "leaning_goblet": 1.0, "hips": 0.5},
            DIAGONAL,
            60,
        ),
        Recipe(
            leg_exercises.wide_squat, "down", {"sumo": 1.0, "touch_both": 1.2, "touch_one": 1.6}, FRONTAL_VIEWS, 210
        ),
        Recipe(leg_exercises.wide_squat, "down", {"reach_down": 1.0}, FRONTAL_VIEWS, 90),
    ),
    "none": (
        Recipe(others.other, "", OTHER_STYLES, STANDING_VIEWS, 190),
        Recipe(others.other, "", LYING_STYLES, SITUP_VIEWS, 60, {"bench": {"bench": 0.8, "barbell": 0.5}}),
        Recipe(others.other, "", {"breathing": 1.0}, STANDING_VIEWS, 16),
        Recipe(others.other, "", {"before_plank": 1.0}, FLOOR_VIEWS, 40),
    ),
}
FIRST_CLASSES = ("squats_up", "squats_down", "pushups_up", "pushups_down", "situps_down", "situps_up", "lunges_up",
                 "lunges_down", "jumping_jacks_down", "jumping_jacks_up", "none")  # fmt: skip
"""Classes whose first recipe made the first dataset, which is not pruned."""
RECIPES = {name: (recipe, *MORE.get(name, ())) for name, recipe in _FIRST.items()}
TARGETS = {"squats": "squats_down", "pushups": "pushups_down", "situps": "situps_up", "lunges": "lunges_down",
           "jumping_jacks": "jumping_jacks_up", "pullups": "pullups_up", "curls": "curls_up", "presses": "presses_up",
           "deadlifts": "deadlifts_down", "front_raises": "front_raises_up", "side_lunges": "side_lunges_down",
           "high_knees": "high_knees_up"}  # fmt: skip
