"""Feedback of users on the answers: stored, and exported."""

from typing import Literal

# Here, so that the command line can name them without loading the bot.
Reaction = Literal["like", "dislike"]
Format = Literal["jsonl", "csv"]
