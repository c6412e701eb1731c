"""The component of the Live page that runs in the browser: its scripts, and the Python that shows it."""
