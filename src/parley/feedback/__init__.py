"""What people think of the answers: kept, and handed to whoever wants to learn from it."""

from .export import FORMATS, export
from .opinions import REACTIONS, Opinion, Opinions

__all__ = ["FORMATS", "REACTIONS", "Opinion", "Opinions", "export"]
