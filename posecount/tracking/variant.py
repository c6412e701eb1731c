"""The variants of the pose model. Cheap to import, so that the command line may."""

from typing import Literal

Variant = Literal["lite", "full", "heavy"]
