"""Plans: what you mean to train, to be led through on the Live page."""

import streamlit as st

from posecount import PosecountError
from posecount.training.plan import SHIPPED
from posecount.training.plan_book import PlanBook
from posecount.ui.access import enter, workspace
from posecount.ui.current_dataset import choose_dataset
from posecount.ui.plans.draft import Draft
from posecount.ui.plans.editing import current_draft, open_editor, show_editor
from posecount.ui.plans.exercises import kinds_of
from posecount.ui.plans.listing import show_plans, show_undo
from posecount.ui.workouts.keeping import history_writer

enter()

st.title("Plans", anchor=False)
mine = workspace()
try:
    with st.sidebar:
        dataset = choose_dataset(mine)
    kinds = kinds_of(mine.folder(dataset)) if dataset else {}
    writer = history_writer()
    if writer is None:
        st.caption("Plans are not kept here: people share this server without logging in.")
        show_plans(SHIPPED, kinds, None)
        st.stop()
    book = PlanBook(writer.history.database, mine.person)
    plans = book.plans()
    show_undo(book)
    if draft := current_draft():
        show_editor(book, draft, kinds)
    else:
        st.button(
            "New plan",
            icon=":material/add:",
            on_click=lambda: open_editor(Draft.new(f"Plan {len(plans) + 1}", [*kinds.items()])),
        )
        show_plans(plans, kinds, book)
        if not plans:
            st.info("No plans. Press New plan, or undo the last change.", icon=":material/list_alt:")
except PosecountError as error:
    st.error(str(error))
