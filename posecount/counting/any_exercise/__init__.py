"""Any exercise: count whatever a person repeats, without having been taught it."""
