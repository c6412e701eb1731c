"""Widgets of the Video page."""
