"""The history of a person's workouts: a database, what writes to it live, and what is read from it."""
