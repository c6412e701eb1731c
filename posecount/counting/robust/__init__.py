"""The profile `robust`: the nearest samples of each class, in every view, and what they say of a stream."""
