"""The way by WebRTC: from a browser's video to a session's frames and back."""
