"""Widgets for datasets: add samples, look through them, undo, export."""
