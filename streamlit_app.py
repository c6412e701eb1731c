"""The app: `streamlit run streamlit_app.py`."""

from posecount.ui.navigation import navigate

if __name__ == "__main__":  # a server that imports this file for its routes runs no page
    navigate().run()
