"""Customers of companies: each message is answered once, on the record, and said in a room that staff can step into.

counter   lets a customer in, for the edge
actor     one customer: hands each message to the machine, inside one transaction
saying    what is on disk and still to be said in the room
staff     who of a company is in which rooms
waking    what an earlier run left
ports     what is needed of the world
"""
