"""What stands between the network and the SDK: who may come in, and what."""

from .gate import Gate, open_gate

__all__ = ["Gate", "open_gate"]
