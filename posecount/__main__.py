"""``python -m posecount``."""

from posecount.cli.app import main

main()
