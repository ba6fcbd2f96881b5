"""What Alembic runs: it writes the SQL of the migrations, which `migrations.py` executes in its own transaction."""

from alembic import context

context.configure(
    dialect_name="postgresql",
    dialect_opts={"paramstyle": "named"},  # another one doubles every % in what is written
    version_table_schema="app",
    transactional_ddl=False,
    literal_binds=True,
)
context.run_migrations()
