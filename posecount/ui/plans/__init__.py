"""Widgets of the Plans page."""
