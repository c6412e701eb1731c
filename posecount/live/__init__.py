"""Live streams: one session a person, many on a server."""
