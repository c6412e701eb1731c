"""The tables of the history. A change here needs a migration in `migrations/versions`; a test compares both."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

LONGEST_NAME = 200
LONGEST_NOTE = 5000

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

workouts = Table(
    "workouts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person", String(64), nullable=False),
    Column("key", String(64), nullable=False),
    Column("started", Double, nullable=False),
    Column("ended", Double, nullable=False),
    Column("time_zone", String(64), nullable=False),
    Column("day", String(10), nullable=False),
    Column("dataset", String(LONGEST_NAME), nullable=False),
    Column("dataset_version", String(LONGEST_NAME), nullable=False),
    Column("profile", String(20), nullable=False),
    Column("source", String(20), nullable=False),
    Column("name", String(LONGEST_NAME), nullable=False),
    Column("note", Text, nullable=False),
    UniqueConstraint("person", "key"),
    Index(None, "person", "started"),
)

sets = Table(
    "sets",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("workout", ForeignKey("workouts.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("exercise", String(LONGEST_NAME), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("started", Double, nullable=False),
    Column("ended", Double, nullable=False),
    Column("target", Integer),
    Column("seconds", Double, nullable=False),
    Column("count", Integer, nullable=False),  # of its repetitions, without those removed: lists need no more
    UniqueConstraint("workout", "number"),
)

repetitions = Table(
    "repetitions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("workout", ForeignKey("workouts.id", ondelete="CASCADE"), nullable=False),
    Column("set", ForeignKey("sets.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("key", String(64), nullable=False),
    Column("ended", Double, nullable=False),
    Column("duration_s", Double),
    Column("to_turn_s", Double),
    Column("range_of_motion", Double),
    Column("status", String(10), nullable=False),
    Column("joint", String(20), nullable=False, server_default=""),
    Column("degrees", Double),
    UniqueConstraint("workout", "key"),
)

corrections = Table(
    "corrections",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("workout", ForeignKey("workouts.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("made", Double, nullable=False),
    Column("set_number", Integer, nullable=False),
    Column("repetition", String(64), nullable=False),
    UniqueConstraint("workout", "repetition", "kind"),
)

changes = Table(
    "changes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person", String(64), nullable=False, index=True),
    Column("made", Double, nullable=False),
    Column("what", String(LONGEST_NAME), nullable=False),
    Column("before", Text, nullable=False),  # the workouts as JSON, see `exchange`
    Column("after", Text, nullable=False),  # the keys of the workouts that took their place, as JSON
)

plans = Table(
    "plans",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person", String(64), nullable=False, index=True),
    Column("made", Double, nullable=False),
    Column("what", String(LONGEST_NAME), nullable=False),
    Column("content", Text, nullable=False),  # all plans of the person after an edit, as JSON; the last row holds
)
