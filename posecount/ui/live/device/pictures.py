"""Asks before a device sends pictures: teaching and adding a pose need them, counting does not."""

from __future__ import annotations

import streamlit as st

from posecount.ui.live.tracking_choice import tracked_on
from posecount.ui.remembered import kept, remembered

_AGREED = "device_pictures"
_PLACES = ("lesson", "pose")


def agree_to_pictures(place: str) -> bool:
    """Whether a recording may have pictures; where the device tracks, the person has to agree first.

    Args:
        place: ``lesson`` or ``pose``: each asks by itself.
    """
    if tracked_on() == "server":
        return True
    assert place in _PLACES
    return bool(
        remembered(
            st.checkbox,
            f"{_AGREED}_{place}",
            False,
            label="Send the pictures of what is recorded to the server",
            help="While you count, no picture leaves this device. To save poses with their pictures, it sends the "
            "frames that are recorded, and says so meanwhile. They are kept with the dataset.",
        )
    )


def has_agreed() -> bool:
    """Whether the person has agreed in one of the places, whose box is not shown while something is recorded."""
    keys = [f"{_AGREED}_{place}" for place in _PLACES]
    return any(st.session_state.get(key, kept(key)) for key in keys)
