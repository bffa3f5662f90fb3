"""Socket.IO 5 over Engine.IO 4, without I/O.

`engine` and `packets` are the packets, over the codecs of python-engineio and python-socketio. `parcel` is what goes to
many peers at once, `waiting` what one of them has not fetched yet. `transport`, `heartbeat` and `membership` are the
three things that a session is at any time: how it is carried, how it lives, and whether it has joined.
"""
