"""Text from outside shows as it is, whatever characters it holds."""

from hypothesis import given
from hypothesis import strategies as st

from posecount.ui.markdown import plain

SIGNS = "\\`*_{}[]<>()#+-!|$:~"


@given(st.text(alphabet=SIGNS + "ab \n"))
def test_every_sign_is_escaped_and_nothing_else_changes(text: str) -> None:
    escaped = plain(text)
    shown, escape = "", False
    for character in escaped:
        if escape or character != "\\":
            assert escape or character not in SIGNS
            shown, escape = shown + character, False
        else:
            escape = True
    assert shown == text.replace("\n", " ")
