"""What is stored about a conversation, in whichever table."""

from contextlib import suppress
from functools import partial

from sqlalchemy import Connection, delete, select
from sqlalchemy.exc import SQLAlchemyError

from .engine import Database
from .tables import Exchange, Feedback, Table, Turn


async def forget(database: Database, conversation_id: str, user_id: str | None = None) -> None:
    """Delete everything that is stored about a conversation, but for the turns that are still to be taken; or only what
    a user has asked there, the answers to it with all feedback on them, and the user's own feedback.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database does not take it, or is too busy.
    """
    if user_id is None:
        await database.run(partial(_delete, conversation_id=conversation_id))
    else:
        await database.run(partial(_delete_of_user, conversation_id=conversation_id, user_id=user_id))
    if database.engine.dialect.name == "sqlite":
        with suppress(SQLAlchemyError):  # it is deleted already
            await database.run(_empty_log)


def _delete(connection: Connection, conversation_id: str) -> None:
    for table in reversed(Table.metadata.sorted_tables):
        if "conversation_id" in table.c:
            about_it = delete(table).where(table.c.conversation_id == conversation_id)
            if table is Turn.__table__:
                about_it = about_it.where(Turn.finished_at.is_not(None))
            connection.execute(about_it)


def _delete_of_user(connection: Connection, conversation_id: str, user_id: str) -> None:
    mine = (Exchange.conversation_id == conversation_id) & (Exchange.user_id == user_id)
    answers = {id for ids in connection.scalars(select(Exchange.answer_ids).where(mine)) for id in ids}
    here = delete(Feedback).where(Feedback.conversation_id == conversation_id)
    connection.execute(here.where(Feedback.user_id == user_id))
    for id in answers:
        connection.execute(here.where(Feedback.message_id == id))
    connection.execute(delete(Exchange).where(mine))


def _empty_log(connection: Connection) -> None:
    """SQLite's log, which has what was written lately, is moved into the database, and begun anew with the next
    transaction. While somebody else reads the database that happens later: nobody is waited for."""
    connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")
