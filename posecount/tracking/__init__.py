"""Tracking: the pose of a person in each image, and what becomes of it over a video."""
