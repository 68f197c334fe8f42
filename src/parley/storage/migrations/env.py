"""The entry point of Alembic: runs the migrations on the connection that `schema.py` passes."""

from alembic import context

from parley.storage.tables import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    render_as_batch=True,  # SQLite cannot alter a table in place
)
with context.begin_transaction():
    context.run_migrations()
