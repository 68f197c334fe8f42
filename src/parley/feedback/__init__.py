"""Feedback of users on the answers: stored, and exported."""

from .command import add_command

__all__ = ["add_command"]
