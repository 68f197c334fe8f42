"""What stands between the network and the SDK: who may come in, and what."""

from .gate import Gate, open_gate
from .keys import SigningKeys

__all__ = ["Gate", "SigningKeys", "open_gate"]
