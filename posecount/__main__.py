"""``python -m posecount``."""

from posecount.cli import main

main()
