"""What Alembic runs: the migrations, over the connection that `posecount.history.database` hands over."""

from alembic import context

from posecount.history.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
