"""What is seen in images: products of a catalogue, and receipts of mobile-money operators.

formats      what an image says of itself: pure, and all that the hub itself reads of one
fetching     images from other servers, through the guard and within limits: implements `actors.order.ports.Gallery`
limits       what a process may take; a program, too, that takes the limits and becomes another
jobs         what the hub and the process that decodes say to each other
matching     features of an image, and which product has them: only in that process, the one place with OpenCV
scans        images made ready for reading: only in that process
worker       that process: one image, and it ends
processes    programs run with limits, from the side of the hub
features     features of catalogue photos, kept by the digest of the photo
reader       what an OCR engine reads in an image
judging      what both recognisers say, weighed: pure
recogniser   all of it together: implements `actors.order.ports.Recogniser`
assembly     the two as a hub has them

Nothing here is imported for its own sake: the worker loads this package too.
"""
