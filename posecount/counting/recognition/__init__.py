"""Recognition: what a set of repetitions is, by the way the body moves in it."""
