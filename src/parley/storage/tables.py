"""What the database holds."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Index, Integer, MetaData, String, UniqueConstraint, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

# SQLite counts up to 2**63 in what it calls INTEGER, and in that alone.
_Id = BigInteger().with_variant(Integer(), "sqlite")


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

    `user_id` is the id of the user who asked; NULL for exchanges of earlier versions.
    `activity_id` is the id of the message that asked, and `answer_ids` are those of the messages that answered.
    `tokens` is Parley's own estimate of what the exchange costs when it is sent again; `input_tokens` and
    `output_tokens` are what the model's server counted when it was made, or NULL if it did not say. `latency` is the
    time in seconds from asking the model until Teams had all of the answer, or NULL for one that was stopped.

    An exchange is not shown to the model any more once a new conversation was begun (`closed_at`), or the question was
    deleted (`deleted_at`).
    """

    __tablename__ = "exchanges"

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    conversation_id: Mapped[str] = mapped_column(String)
    activity_id: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    tokens: Mapped[int]
    input_tokens: Mapped[int | None]
    output_tokens: Mapped[int | None]
    messages: Mapped[list[Any]] = mapped_column(JSON)
    answer_ids: Mapped[list[str]] = mapped_column(JSON, server_default="[]")
    model: Mapped[str | None]
    instructions_version: Mapped[str | None]
    latency: Mapped[float | None]
    user_id: Mapped[str | None]
    closed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    deleted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (Index(None, "conversation_id", "id"), Index(None, "conversation_id", "activity_id"))


class Turn(Table):
    """An activity that Teams has handed over, until `TURN_RETENTION` after its end.

    `activity_id` is what it is known by when it arrives again, and `message_id` the message that it is about: the same
    for a message; for an edit, that of the message that was edited. `kind` is what happened to the message, and
    `happened_at` when that was, as Teams tells it. `activity` is what Teams sent, without any
    credential; it goes when the turn is finished. `changes` counts how often a later one about the same message has
    taken its place before that. `refusal` says why there is no answer, if there is none. `attempts` counts how often
    the turn was begun, and `stops` how often it was then left to a later process, or begun anew, in order. `sent_ids`
    holds the ids of the messages that Teams has taken for it.
    """

    __tablename__ = "turns"

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    conversation_id: Mapped[str] = mapped_column(String)
    activity_id: Mapped[str] = mapped_column(String)
    message_id: Mapped[str] = mapped_column(String, server_default="")
    kind: Mapped[str] = mapped_column(String, server_default="message")
    happened_at: Mapped[str | None]
    changes: Mapped[int] = mapped_column(server_default="0")
    activity: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    refusal: Mapped[str | None]
    attempts: Mapped[int]
    stops: Mapped[int]
    sent_ids: Mapped[list[str]] = mapped_column(JSON)
    accepted_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        UniqueConstraint("conversation_id", "activity_id"),
        Index(None, "conversation_id", "message_id"),
        Index(
            "ix_turns_unfinished",
            "conversation_id",
            sqlite_where=text("finished_at IS NULL"),
            postgresql_where=text("finished_at IS NULL"),
        ),
        Index(None, "finished_at"),
    )


class Feedback(Table):
    """What a person thinks of an answer, with a copy of question and answer as they stood when the person said so. What
    is not known of them is NULL.

    `message_id` is the last message of the answer; of one that is not known, the message whose thumb was clicked.
    `reaction` is `like` or `dislike`. `asked_by` is the name of who asked, where several people could. The columns from
    `model` to `output_tokens` are those of the exchange.
    """

    __tablename__ = "feedback"

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    conversation_id: Mapped[str] = mapped_column(String)
    message_id: Mapped[str] = mapped_column(String)
    person_id: Mapped[str] = mapped_column(String)
    person_name: Mapped[str | None]
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
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    __table_args__ = (UniqueConstraint("conversation_id", "message_id", "person_id"),)


class UsageRecord(Table):
    """What a person's question has cost, in tokens; for a day, as far as people may use a limited number.

    `question_id` tells the question from others, but not its attempts from each other. It does not tell where the
    question was asked, so that what is forgotten about a conversation has no part in this.
    """

    __tablename__ = "spendings"

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    person_id: Mapped[str] = mapped_column(String)
    question_id: Mapped[str] = mapped_column(String)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    tokens: Mapped[int]

    __table_args__ = (UniqueConstraint("person_id", "question_id"), Index(None, "person_id", "at"))
