"""The app's pages and how people move between them."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

_ENTERED = "entered"
"""Session state: whether a page has been run."""
_STYLE = """<style>
/* Room for what a page is about: Streamlit leaves six rem above it, and its own bar takes less than four. */
.stApp [data-testid=stMainBlockContainer] { padding-top: 4rem; }
/* Streamlit writes white on every primary button, and the dark theme's green is too bright for that. */
.stApp [data-testid^="stBaseButton-primary"]:not(:disabled) { color: light-dark(#ffffff, #0f1417); }
@media (prefers-reduced-motion: reduce) {
  *, ::before, ::after { animation-duration: 0.01ms !important; animation-iteration-count: 1 !important;
    transition-duration: 0.01ms !important; scroll-behavior: auto !important; }
}
</style>"""


def navigate() -> st.Page:
    """Show the navigation, and name the browser's tab after the page that is open; return that page, to run it.

    Paths are relative to the main script, `streamlit_app.py`.
    """
    page = st.navigation(
        [
            st.Page("pages/live.py", title="Live", icon=":material/fitness_center:", default=True),
            st.Page("pages/plans.py", title="Plans", icon=":material/list_alt:"),
            st.Page("pages/history.py", title="History", icon=":material/monitoring:"),
            st.Page("pages/video.py", title="Video", icon=":material/movie:"),
            st.Page("pages/dataset.py", title="Dataset", icon=":material/photo_library:"),
            st.Page("pages/review.py", title="Review", icon=":material/fact_check:"),
            st.Page("pages/export.py", title="Export", icon=":material/download:"),
        ]
    )
    st.html(_STYLE)
    st.set_page_config(page_title=f"{page.title} · posecount", page_icon=page.icon, layout="wide")
    return page


def navigate_if_bypassed() -> None:
    """Begin this person's first run again, by the main script, if Streamlit ran only the page's file.

    It does so while no `st.navigation` has run in the server's process, because there is a folder called `pages`: the
    first person on a fresh server who opens a page by its address would see file names instead of our titles.
    """
    context = get_script_run_ctx()
    if context is None or st.session_state.get(_ENTERED):  # later runs must keep what was pressed
        return
    st.session_state[_ENTERED] = True
    files = {Path(page["script_path"]).resolve() for page in context.pages_manager.get_pages().values()}
    # Only pages found by their folder have the main script among them. A page that is run alone knows of no others.
    if len(files) > 1 and Path(context.main_script_path).resolve() in files:
        navigate()  # from now on Streamlit ignores the folder
        st.rerun()
