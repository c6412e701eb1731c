"""Evaluation: how right counting is, and how fast."""
