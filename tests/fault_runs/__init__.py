"""Fault runs: users write to real bots, which are killed meanwhile, and each question must be answered once, in order.

Messages are delivered as Teams delivers them: again, with the same activity id and perhaps to another replica, until
they are acknowledged, and sometimes once more after that. The next message of a conversation follows the
acknowledgement of the last one, not its answer.
"""
