"""What can be chosen about counting: a profile and its settings. Cheap to import, so that the command line may."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Profile = Literal["robust", "colab", "mlkit", "any"]
PROFILES: tuple[Profile, ...] = ("robust", "colab", "mlkit")
"""The profiles that count with a dataset. The profile `any` needs none."""
DEFAULT_PROFILE: Profile = "robust"


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of counting.

    Attributes:
        enter_threshold: smoothed confidence, 0 to 10, above which a pose is entered.
        exit_threshold: smoothed confidence below which the pose is left.
        window_size: how many frames are averaged; profiles `colab` and `mlkit`.
        alpha: weight that a frame loses per frame of age; profiles `colab` and `mlkit`.
        range_of_motion: how far a repetition must go, from the rest samples (0) to the target samples (1); profile
            `robust`.
    """

    enter_threshold: float = 6.0
    exit_threshold: float = 4.0
    window_size: int = 10
    alpha: float = 0.2
    range_of_motion: float = 0.75

    def __post_init__(self) -> None:
        if self.exit_threshold > self.enter_threshold:
            raise ValueError("the exit threshold must not be above the enter threshold")
