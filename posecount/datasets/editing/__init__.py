"""Changing a dataset folder: the journal, edits that happen as a whole, and edits by hand that are taken over."""
