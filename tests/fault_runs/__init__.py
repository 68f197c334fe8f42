"""Fault runs: users write to real bots, which are killed meanwhile. Each question must be answered once, in order.

Like Teams, a run delivers each message until one replica acknowledges it, and sometimes once more after that, always
with the same activity id. A conversation sends its next message after the acknowledgement, not after the answer.
"""
