"""Streamlit, with a server that gives up a silent browser after 10 seconds instead of 30."""

from importlib import import_module

from streamlit.web import cli

from tests.e2e.measured_server import remember

LIMITS = {
    ("posecount.live.server.capacity", "LAPSES_AFTER_S"): 10.0,
    # Six checks fail in a row before WebRTC gives up: each follows the one before after this and half a second.
    ("aioice.ice", "CONSENT_INTERVAL"): 1.0,
}


def shorten() -> None:
    for (module, name), seconds in LIMITS.items():
        if getattr(import_module(module), name) <= seconds:
            raise ValueError(f"{module}.{name} is no longer than {seconds} s already")
        setattr(import_module(module), name, seconds)


if __name__ == "__main__":
    remember()
    shorten()
    cli.main(prog_name="streamlit")
