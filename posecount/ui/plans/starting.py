"""How a plan comes from the Plans page to the Live page."""

from __future__ import annotations

import streamlit as st

from posecount.training.plan import Plan

_NEXT = "plan_to_start"
"""Session state: the plan that the Live page is to lead through."""


def start_plan(plan: Plan) -> None:
    """Take a plan to the Live page. Not from a callback: it leaves the page."""
    st.session_state[_NEXT] = plan
    st.switch_page("pages/live.py")


def plan_to_start() -> Plan | None:
    """The plan that was taken here, once."""
    plan: Plan | None = st.session_state.pop(_NEXT, None)
    return plan
