"""How the tables of the history came to be, one step after the other; run by `posecount.history.database`."""
