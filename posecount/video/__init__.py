"""Recorded video: reading, counting, writing."""
