"""The app: its pages, and how people move between them."""

from pathlib import Path

import streamlit as st

PAGES = Path(__file__).resolve().parent / "pages"

if __name__ == "__main__":  # a server that imports this file for its routes runs no page
    st.set_page_config(page_title="posecount", layout="wide")
    st.navigation(
        [
            st.Page(PAGES / "live.py", title="Live", icon=":material/fitness_center:", default=True),
            st.Page(PAGES / "video.py", title="Video", icon=":material/movie:"),
            st.Page(PAGES / "dataset.py", title="Dataset", icon=":material/photo_library:"),
            st.Page(PAGES / "review.py", title="Review", icon=":material/fact_check:"),
            st.Page(PAGES / "export.py", title="Export", icon=":material/download:"),
        ]
    ).run()
