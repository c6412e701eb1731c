"""The editor of a plan: its exercises one below the other, saved by a button."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import streamlit as st

from posecount.datasets.dataset import exercise_label
from posecount.errors import PosecountError
from posecount.history.records import Kind
from posecount.training.plan import LONGEST_NAME, MOST_REPETITIONS, MOST_SECONDS, MOST_SETS
from posecount.training.plan_book import PlanBook
from posecount.ui.plans.draft import Draft, Row, changed_to, first_step

_DRAFT, _EDITED, _PROBLEM = "plan_draft", "plan_edited", "plan_problem"


def open_editor(draft: Draft) -> None:
    """Edit this, from the next run of the page on."""
    st.session_state[_DRAFT] = draft
    # Widgets of one editor must not begin with what the same place held in the one before.
    st.session_state[_EDITED] = st.session_state.get(_EDITED, 0) + 1
    st.session_state.pop(_PROBLEM, None)


def current_draft() -> Draft | None:
    """What is being edited."""
    draft: Draft | None = st.session_state.get(_DRAFT)
    return draft


def show_editor(book: PlanBook, draft: Draft, kinds: Mapping[str, Kind]) -> None:
    """Show the editor.

    Args:
        book: where the plan is saved.
        draft: the plan.
        kinds: the exercises to choose from, and what is counted of each.
    """
    key = f"plan_{st.session_state[_EDITED]}"
    st.header("Edit the plan" if draft.original else "New plan", anchor=False)
    draft.name = st.text_input("Name", draft.name, max_chars=LONGEST_NAME, key=f"{key}_name")
    with st.container(horizontal=True, vertical_alignment="center"):
        draft.circuit = st.toggle(
            "Circuit", draft.circuit, key=f"{key}_circuit", help="One set of each exercise, then the next round."
        )
        draft.clock(st.toggle(
            "By the clock", draft.work_s is not None, key=f"{key}_clock",
            help="Each set lasts for a fixed time instead of until its target.",
        ))  # fmt: skip
        if draft.work_s is not None:
            draft.work_s = int(st.number_input(
                "Seconds of work", 1, MOST_SECONDS, draft.work_s, key=f"{key}_work", width=160
            ))  # fmt: skip
    for row in draft.rows:
        _show_row(draft, row, kinds, f"{key}_{row.number}")
    with st.container(horizontal=True):
        exercise, kind = next(iter(kinds.items()))
        st.button(
            "Add an exercise", icon=":material/add:", disabled=draft.is_full, on_click=draft.add,
            args=(first_step(exercise, kind),),
        )  # fmt: skip
        st.button("Save", type="primary", icon=":material/check:", on_click=_save, args=(book, draft))
        st.button("Cancel", icon=":material/close:", on_click=_close)
    if problem := st.session_state.get(_PROBLEM):
        st.error(problem)


def _show_row(draft: Draft, row: Row, kinds: Mapping[str, Kind], key: str) -> None:
    step = row.step
    names = _choices(kinds, step.exercise)
    with st.container(horizontal=True, border=True, vertical_alignment="bottom"):
        exercise = st.selectbox(
            "Exercise", names, names.index(step.exercise), format_func=exercise_label, key=f"{key}_exercise", width=200
        )
        if exercise != step.exercise:
            step = changed_to(step, exercise, kinds.get(exercise, "repetitions"))
        sets = int(st.number_input(
            "Rounds" if draft.circuit else "Sets", 1, MOST_SETS, step.sets, key=f"{key}_sets", width=120
        ))  # fmt: skip
        target = step.target
        if draft.work_s is None:
            is_hold = step.kind == "hold"
            most = MOST_SECONDS if is_hold else MOST_REPETITIONS
            target = int(st.number_input(
                "Seconds" if is_hold else "Repetitions", 1, most, target, key=f"{key}_{step.kind}", width=130
            ))  # fmt: skip
        rest = int(st.number_input("Rest, seconds", 0, MOST_SECONDS, step.rest_s, 5, key=f"{key}_rest", width=130))
        row.step = replace(step, sets=sets, target=target, rest_s=rest)
        label = exercise_label(step.exercise)
        for icon, words, act, arguments in (
            ("arrow_upward", f"Move {label} up", draft.move, (row.number, -1)),
            ("arrow_downward", f"Move {label} down", draft.move, (row.number, 1)),
            ("delete", f"Remove {label}", draft.remove, (row.number,)),
        ):
            # Screen readers say the icon's name for a button without words, and never the tooltip.
            st.button(
                words.split()[-1].capitalize() if words.startswith("Move") else "Remove",
                icon=f":material/{icon}:", key=f"{key}_{icon}", help=words, on_click=act, args=arguments,
            )  # fmt: skip


def _choices(kinds: Mapping[str, Kind], used: str) -> Sequence[str]:
    """The exercises to choose from; a plan's own stays though the dataset does not have it."""
    return [*kinds] if used in kinds else [*kinds, used]


def _save(book: PlanBook, draft: Draft) -> None:
    try:
        book.save(draft.plan(), instead_of=draft.original)
    except PosecountError as error:
        st.session_state[_PROBLEM] = str(error)
    else:
        _close()


def _close() -> None:
    st.session_state.pop(_DRAFT, None)
    st.session_state.pop(_PROBLEM, None)
