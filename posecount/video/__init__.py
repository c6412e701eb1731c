"""Recorded video: reading, tracking, counting, writing."""
