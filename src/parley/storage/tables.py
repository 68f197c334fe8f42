"""The tables of the database."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Index,
    Integer,
    MetaData,
    String,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

# SQLite generates ids for columns of the type INTEGER only; they have 64 bits.
_Id = BigInteger().with_variant(Integer(), "sqlite")

_UNFINISHED = text("finished_at IS NULL")


class UtcDateTime(TypeDecorator[datetime]):
    """A time with its zone, always UTC. SQLite stores no zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise TypeError(f"{value} has no time zone")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and (value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC))


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
    """A question and its answer, with the tool calls and their results.

    An exchange is one row, so that it is written whole or not at all, and a history that is cut between rows never
    separates a tool call from its result.

    - `user_id`: the user who asked; NULL in exchanges of versions before 0006.
    - `activity_id`: the message with the question. `answer_ids`: the messages with the answer.
    - `tokens`: Parley's estimate of the exchange's size in later prompts.
    - `input_tokens`, `output_tokens`: the model server's own count; NULL if it gave none.
    - `latency`: seconds from the request to the model until Teams accepted the whole answer; NULL if it was stopped.
    - `closed_at`, `deleted_at`: once set, by `/new` or by deleting the question, the model does not see the exchange.
    """

    __tablename__ = "exchanges"

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    conversation_id: Mapped[str] = mapped_column(String)
    activity_id: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    tokens: Mapped[int]
    input_tokens: Mapped[int | None]
    output_tokens: Mapped[int | None]
    messages: Mapped[list[Any]] = mapped_column(JSON)
    answer_ids: Mapped[list[str]] = mapped_column(JSON, server_default="[]")
    model: Mapped[str | None]
    instructions_version: Mapped[str | None]
    latency: Mapped[float | None]
    user_id: Mapped[str | None]
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (Index(None, "conversation_id", "id"), Index(None, "conversation_id", "activity_id"))


class Turn(Table):
    """An activity from Teams, kept until `TURN_RETENTION` after its answer.

    - `activity_id`: recognizes the activity when Teams sends it again. `message_id`: the message that it is about.
    - `kind`: what happened to the message. `happened_at`: when it happened, as Teams says.
    - `updates`: how many later activities about the same message have replaced `activity` before the turn finished, or
      have let a failed question count as another one.
    - `activity`: what Teams sent, without credentials. `user_id`: the user who sent it. Both are NULL once the turn is
      finished; if its user was offered another attempt, once the conversation goes on.
    - `refusal`: why the turn is not answered; NULL if it is.
    - `attempts`: how many attempts began. `stops`: how many of them a shutdown or an update ended in good order.
      The others crashed, or are running.
    - `sent_ids`: the messages that Teams accepted for the turn.
    """

    __tablename__ = "turns"

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    conversation_id: Mapped[str] = mapped_column(String)
    activity_id: Mapped[str] = mapped_column(String)
    message_id: Mapped[str] = mapped_column(String, server_default="")
    kind: Mapped[str] = mapped_column(String, server_default="message")
    happened_at: Mapped[str | None]
    updates: Mapped[int] = mapped_column(server_default="0")
    user_id: Mapped[str | None]
    activity: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    refusal: Mapped[str | None]
    attempts: Mapped[int]
    stops: Mapped[int]
    sent_ids: Mapped[list[str]] = mapped_column(JSON)
    accepted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("conversation_id", "activity_id"),
        Index(None, "conversation_id", "message_id"),
        Index("ix_turns_unfinished", "conversation_id", sqlite_where=_UNFINISHED, postgresql_where=_UNFINISHED),
        Index("ix_turns_unfinished_user", "user_id", sqlite_where=_UNFINISHED, postgresql_where=_UNFINISHED),
        Index(None, "finished_at"),
    )


class Feedback(Table):
    """A user's feedback on an answer, with a copy of question and answer at that time; NULL where unknown.

    - `message_id`: the last message of the answer; if the answer is unknown, the message with the clicked thumb.
    - `reaction`: `like` or `dislike`.
    - `asked_by`: the name of the user who asked, in conversations of several users.
    - `model` to `output_tokens`: those of the exchange.
    """

    __tablename__ = "feedback"

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    conversation_id: Mapped[str] = mapped_column(String)
    message_id: Mapped[str] = mapped_column(String)
    user_id: Mapped[str] = mapped_column(String)
    user_name: Mapped[str | None]
    reaction: Mapped[str] = mapped_column(String)
    comment: Mapped[str | None]
    asked_by: Mapped[str | None]
    question: Mapped[str | None]
    answer: Mapped[str | None]
    model: Mapped[str | None]
    instructions_version: Mapped[str | None]
    latency: Mapped[float | None]
    input_tokens: Mapped[int | None]
    output_tokens: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("conversation_id", "message_id", "user_id"),)


class UsageRecord(Table):
    """The tokens of a user's question, kept for a day if users have a limit.

    All attempts to answer a question share its `question_id`, which does not reveal the conversation: `/forget` leaves
    usage as it is.
    """

    __tablename__ = "usage"

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    user_id: Mapped[str] = mapped_column(String)
    question_id: Mapped[str] = mapped_column(String)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    tokens: Mapped[int]

    __table_args__ = (UniqueConstraint("user_id", "question_id"), Index(None, "user_id", "at"))
