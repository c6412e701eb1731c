"""Drawing: what a person sees of a pose."""
