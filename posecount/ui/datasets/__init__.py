"""Widgets of datasets."""
