"""Text from outside, shown as it is."""

from __future__ import annotations


def plain(text: str) -> str:
    """Escape every character that Markdown gives a meaning: names from outside may hold anything."""
    for sign in "\\`*_{}[]<>()#+-!|$:~":
        text = text.replace(sign, f"\\{sign}")
    return text.replace("\n", " ")
