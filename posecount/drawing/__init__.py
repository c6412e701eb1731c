"""Drawing: skeletons, overlays and portraits."""
