"""What the checks of a mart say of it after a row was corrupted; the mart is restored afterwards."""

from psycopg import sql

from tests.integration.conftest import Books


def failing(books: Books, mart: str, change: str) -> set[str]:
    """The names of the checks of a mart that fail once its rows are changed by `set ... where ...`."""
    words = {"mart": sql.Identifier("marts", mart), "kept": sql.Identifier("marts", f"{mart}_kept")}
    books.connection.execute(sql.SQL("create table {kept} as select * from {mart}").format(**words))
    books.connection.execute(sql.SQL("update {mart} ").format(**words) + sql.SQL(change))
    statuses = books.dbt("test", "--select", mart)
    books.connection.execute(sql.SQL("truncate {mart}").format(**words))
    books.connection.execute(sql.SQL("insert into {mart} select * from {kept}").format(**words))
    books.connection.execute(sql.SQL("drop table {kept}").format(**words))
    books.connection.commit()
    return {name for name, status in statuses.items() if status == "fail"}
