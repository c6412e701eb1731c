"""Widgets to teach with."""
