"""Tables that are shown again with each refresh of a page's numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow
import streamlit as st


def show_rows(rows: Sequence[Mapping[str, str | int]], key: str | None = None) -> None:
    """Show a table with the rows' names as its columns; call it in a fragment.

    Args:
        rows: at least one, each with the same names.
        key: of the table.
    """
    # Arrow, which Streamlit sends as it is: by way of pandas a table takes ten times as long.
    st.dataframe(pyarrow.Table.from_pylist(list(rows)), hide_index=True, key=key)
