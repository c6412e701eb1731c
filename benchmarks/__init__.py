"""posecount against the published notebook, and its import times. Run by ``make bench``; no part of the wheel."""
