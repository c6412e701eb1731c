"""Streamlit on a machine that was measured before: each server would take seconds for it."""

from pathlib import Path

from streamlit.web import cli

from posecount.live.server import calibration

TRACKING_S = 0.025
"""Processor seconds for a frame, as on two usual cores."""


def remember() -> None:
    def cost(model: Path) -> float:
        return TRACKING_S

    calibration.cost_apart = cost


if __name__ == "__main__":
    remember()
    cli.main(prog_name="streamlit")
