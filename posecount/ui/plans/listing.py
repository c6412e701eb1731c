"""The list of plans: start one, or change the list."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import streamlit as st

from posecount.datasets.dataset import exercise_label
from posecount.training.plan import Plan
from posecount.training.plan_book import PlanBook
from posecount.ui.markdown import plain
from posecount.ui.plans.draft import Draft
from posecount.ui.plans.editing import open_editor
from posecount.ui.plans.starting import start_plan
from posecount.ui.workouts.listing import act, show_said


def show_plans(plans: Sequence[Plan], counted: Collection[str], book: PlanBook | None) -> None:
    """Show the plans.

    Args:
        plans: in the person's order.
        counted: the exercises that the chosen dataset counts.
        book: keeps them; None where they cannot be changed.
    """
    for place, plan in enumerate(plans):
        with st.container(border=True, key=f"plan_card_{place}"):
            st.markdown(f"**{plain(plan.name)}**  \n{plain(plan.words)}")
            missing = [exercise_label(step.exercise) for step in plan.steps if step.exercise not in counted]
            if missing:
                st.caption(
                    f"Not in the chosen dataset: {', '.join(dict.fromkeys(missing)).lower()}. Try: choose another "
                    "dataset, or teach this one on the Dataset page."
                )
            with st.container(horizontal=True):
                if st.button("Start", type="primary", icon=":material/play_arrow:", key=f"start_{place}"):
                    start_plan(plan)
                if book:
                    _show_edits(book, plan, place, len(plans))


def show_undo(book: PlanBook) -> None:
    """What has just gone wrong, and the button that undoes the last edit."""
    show_said()
    if last := book.last_change():
        words = f"Undo: {last[0].lower()}{last[1:]}"
        st.button(plain(words), icon=":material/undo:", key="undo_plan", on_click=act, args=("Undone.", book.undo))


def _show_edits(book: PlanBook, plan: Plan, place: int, count: int) -> None:
    name = plan.name
    st.button(
        "Edit", icon=":material/edit:", key=f"edit_{place}", on_click=open_editor, args=(Draft.of(plan),)
    )  # fmt: skip
    st.button(
        "Duplicate", icon=":material/content_copy:", key=f"duplicate_{place}", on_click=act,
        args=("Duplicated.", lambda: book.duplicate(name)),
    )  # fmt: skip
    st.button(
        "Up", icon=":material/arrow_upward:", key=f"up_{place}", disabled=place == 0, on_click=act,
        args=("Moved.", lambda: book.move(name, -1)),
    )  # fmt: skip
    st.button(
        "Down", icon=":material/arrow_downward:", key=f"down_{place}", disabled=place == count - 1, on_click=act,
        args=("Moved.", lambda: book.move(name, 1)),
    )  # fmt: skip
    st.button(
        "Delete", icon=":material/delete:", key=f"delete_{place}", on_click=act,
        args=("Deleted.", lambda: book.delete(name)),
    )  # fmt: skip
