"""Errors that end a command with one line for the operator."""


class OperatorError(Exception):
    """Ends a command with a line and without a traceback."""

    @property
    def line(self) -> str:
        """The problem and its remedy."""
        return str(self)
