"""The app: `streamlit run streamlit_app.py`, which also sees that this file makes the server."""

import streamlit as st

from posecount.ui.navigation import navigate
from posecount.ui.server.routes import middleware, routes

if __name__ == "__main__":  # a page is being run
    navigate().run()
else:  # the server is being made
    app = st.App(__file__, routes=routes(), middleware=middleware())
