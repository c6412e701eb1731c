"""Plans: what a person means to train, and who leads them through it."""
