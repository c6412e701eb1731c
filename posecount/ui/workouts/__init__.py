"""The parts of the History page, and how a live session comes into the history."""
