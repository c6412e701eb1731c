"""Widgets of the Live page."""
