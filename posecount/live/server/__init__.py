"""A server of many live sessions: how many it carries, and what they cost."""
