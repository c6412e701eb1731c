"""The ways to look for outliers. Cheap to import, so that the command line may."""

from typing import Literal

OutlierProfile = Literal["robust", "colab"]
"""``robust`` leaves each sample out and asks the others; ``colab`` is the published search."""
