"""Deletes the data of a conversation from all tables."""

from contextlib import suppress
from functools import partial

from sqlalchemy import Connection, delete, select
from sqlalchemy.exc import SQLAlchemyError

from .database import Database
from .tables import Exchange, Feedback, Table, Turn


async def forget(database: Database, conversation_id: str, user_id: str | None = None) -> None:
    """Delete all data of a conversation, except turns that are not finished.

    With `user_id`, delete only the user's questions, the answers to them with all feedback, and the user's feedback.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database is unavailable or too busy.
    """
    if user_id is None:
        await database.run(partial(_delete, conversation_id=conversation_id))
    else:
        await database.run(partial(_delete_of_user, conversation_id=conversation_id, user_id=user_id))
    if database.engine.dialect.name == "sqlite":
        with suppress(SQLAlchemyError):  # the data is deleted already
            await database.run(_empty_log)


def _delete(connection: Connection, conversation_id: str) -> None:
    for table in reversed(Table.metadata.sorted_tables):
        if "conversation_id" in table.c:
            rows = delete(table).where(table.c.conversation_id == conversation_id)
            if table is Turn.__table__:
                rows = rows.where(Turn.finished_at.is_not(None))
            connection.execute(rows)


def _delete_of_user(connection: Connection, conversation_id: str, user_id: str) -> None:
    exchanges = (Exchange.conversation_id == conversation_id) & (Exchange.user_id == user_id)
    answers = {id for ids in connection.scalars(select(Exchange.answer_ids).where(exchanges)) for id in ids}
    feedback = delete(Feedback).where(Feedback.conversation_id == conversation_id)
    connection.execute(feedback.where(Feedback.user_id == user_id))
    for id in answers:
        connection.execute(feedback.where(Feedback.message_id == id))
    connection.execute(delete(Exchange).where(exchanges))


def _empty_log(connection: Connection) -> None:
    """Move SQLite's log into the database; the next transaction truncates it.

    While another program reads the database, SQLite does this later.
    """
    connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")
