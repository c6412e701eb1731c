"""Tracking on the person's own device: its landmarks come over a WebSocket, and what they count goes back."""
