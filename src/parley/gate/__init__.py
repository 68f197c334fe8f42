"""The checks of a request before the SDK gets it: token, tenant, size, shape, and audience."""

from .gate import Gate, open_gate
from .signing_keys import SigningKeys

__all__ = ["Gate", "SigningKeys", "open_gate"]
