"""Alembic's entry: runs the migrations inside the transaction `records.migrations` opened."""

from alembic import context

from records.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=False,
    user_module_prefix="records.database.",
)
context.run_migrations()
