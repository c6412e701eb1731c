"""Workouts, sets, repetitions, corrections, the changes that can be undone, and plans."""

import sqlalchemy as sa
from alembic import op

revision = "1"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "workouts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("started", sa.Double(), nullable=False),
        sa.Column("ended", sa.Double(), nullable=False),
        sa.Column("time_zone", sa.String(64), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("dataset", sa.String(200), nullable=False),
        sa.Column("dataset_version", sa.String(200), nullable=False),
        sa.Column("profile", sa.String(20), nullable=False),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_workouts"),
        sa.UniqueConstraint("person", "key", name="uq_workouts_person_key"),
    )
    op.create_index("ix_workouts_person_started", "workouts", ["person", "started"])
    op.create_table(
        "sets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workout", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("exercise", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("started", sa.Double(), nullable=False),
        sa.Column("ended", sa.Double(), nullable=False),
        sa.Column("target", sa.Integer()),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sets"),
        sa.ForeignKeyConstraint(["workout"], ["workouts.id"], name="fk_sets_workout", ondelete="CASCADE"),
        sa.UniqueConstraint("workout", "number", name="uq_sets_workout_number"),
    )
    op.create_table(
        "repetitions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workout", sa.Integer(), nullable=False),
        sa.Column("set", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("ended", sa.Double(), nullable=False),
        sa.Column("duration_s", sa.Double()),
        sa.Column("to_turn_s", sa.Double()),
        sa.Column("range_of_motion", sa.Double()),
        sa.Column("status", sa.String(10), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_repetitions"),
        sa.ForeignKeyConstraint(["workout"], ["workouts.id"], name="fk_repetitions_workout", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["set"], ["sets.id"], name="fk_repetitions_set", ondelete="CASCADE"),
        sa.UniqueConstraint("workout", "key", name="uq_repetitions_workout_key"),
    )
    op.create_index("ix_repetitions_set", "repetitions", ["set"])
    op.create_table(
        "corrections",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workout", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("made", sa.Double(), nullable=False),
        sa.Column("set_number", sa.Integer(), nullable=False),
        sa.Column("repetition", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_corrections"),
        sa.ForeignKeyConstraint(["workout"], ["workouts.id"], name="fk_corrections_workout", ondelete="CASCADE"),
        sa.UniqueConstraint("workout", "repetition", "kind", name="uq_corrections_workout_repetition_kind"),
    )
    op.create_table(
        "changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("made", sa.Double(), nullable=False),
        sa.Column("what", sa.String(200), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_changes"),
    )
    op.create_index("ix_changes_person", "changes", ["person"])
    op.create_table(
        "plans",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("made", sa.Double(), nullable=False),
        sa.Column("what", sa.String(200), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_plans"),
    )
    op.create_index("ix_plans_person", "plans", ["person"])


def downgrade() -> None:
    """Drop the tables."""
    for table in ("plans", "changes", "corrections", "repetitions", "sets", "workouts"):
        op.drop_table(table)
