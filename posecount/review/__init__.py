"""Review: which samples of a dataset are doubtful, and how good it is."""
