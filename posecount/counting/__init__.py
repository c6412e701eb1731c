"""Counting: from poses to classes to repetitions."""
