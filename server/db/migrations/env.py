"""How Alembic reaches the database: on the connection that the caller hands over."""

from alembic import context

from server.db.tables import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    render_as_batch=True,
    compare_type=True,
    compare_server_default=False,
)
context.run_migrations()
