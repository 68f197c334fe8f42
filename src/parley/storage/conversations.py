"""What is stored about a conversation, in whichever table."""

from sqlalchemy import Connection, delete

from .tables import Table, Turn


def forget(connection: Connection, conversation_id: str) -> None:
    """Delete everything that is stored about a conversation, but for the turns that are still to be taken."""
    for table in reversed(Table.metadata.sorted_tables):
        if "conversation_id" in table.c:
            about_it = delete(table).where(table.c.conversation_id == conversation_id)
            if table is Turn.__table__:
                about_it = about_it.where(Turn.finished_at.is_not(None))
            connection.execute(about_it)
