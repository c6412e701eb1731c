"""Widgets that several pages share: the only part of posecount that imports Streamlit."""
