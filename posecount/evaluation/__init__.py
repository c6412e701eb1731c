"""Evaluation: how accurate counting is, and how fast."""
