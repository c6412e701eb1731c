"""What the server answers beside pages: a socket for landmarks, the browser tracker's files, security headers."""
