"""What the database holds."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Index, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Table(DeclarativeBase):
    """Base of all tables. Constraints have fixed names, so that migrations can refer to them on every database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        }
    )


class Exchange(Table):
    """A question and all that answered it, tool calls and their results included.

    One row holds the whole exchange: it is written at once or not at all, and a history that is cut between rows is
    never cut between a tool call and its result.

    `tokens` is Parley's own estimate of what the exchange costs when it is sent again; `input_tokens` and
    `output_tokens` are what the model's server counted when it was made, or NULL if it did not say.
    """

    __tablename__ = "exchanges"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(String)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    tokens: Mapped[int]
    input_tokens: Mapped[int | None]
    output_tokens: Mapped[int | None]
    messages: Mapped[list[Any]] = mapped_column(JSON)

    __table_args__ = (Index(None, "conversation_id", "id"),)
