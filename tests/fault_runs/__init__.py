"""Fault runs: people write to real bots, which are killed meanwhile, and every question has to be answered once, in
order.

What runs here behaves as Teams does: a message that is not acknowledged is sent again, with the same activity id and
perhaps to another replica, until it is; one that is acknowledged may come again all the same. The next message of a
conversation follows the acknowledgement of the one before, not its answer.
"""
