"""``posecount app``: the app, in a browser."""

from __future__ import annotations

from typing import Annotated

import typer

from posecount.shipped import APP_SCRIPT

PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True}
"""The command's settings: what it does not know is an option of Streamlit."""


def serve(
    context: typer.Context,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port.", show_default="8501")] = None,
) -> None:
    """Start the app, for this machine only. Ctrl-C ends it.

    Options of `streamlit run` are passed on, such as --server.headless=true.
    """
    from streamlit.web.cli import main as streamlit  # here, as it takes half a second to load

    options = [f"--server.port={port}"] if port else []
    # Streamlit reads .streamlit/config.toml beside the script, whatever folder this is started from.
    streamlit(["run", str(APP_SCRIPT), *options, *context.args], prog_name="streamlit")
