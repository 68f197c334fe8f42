"""What stops a command, and whoever runs it can do something about."""


class OperatorError(Exception):
    """Stops a command. It is told in one line, without a traceback."""

    @property
    def line(self) -> str:
        """What is wrong, and what to do about it."""
        return str(self)
