"""Subscribers of accounts: what is said to each is said once and in order, and its status is what is true.

sending     letters that wait, said one after another in the conversation
composing   what a request to send becomes: the text as it is seen, and whether it can leave at all
status      marks of the conversation, and what connectors tell, as steps of letters
hearing     what people write in the conversation
inbound     what comes in from other platforms, for the edge
leaving     the end of a subscriber
owners      accounts, remembered
waking      what an earlier run left
awaiting    the outcome of a fetch, as a message
ports       what is needed of the world; `Flows` is what leads conversations
actor       one subscriber: hands each message to the part that it concerns
fetching    the actor that fetches attachments, so that a slow server holds up one letter and nothing else
"""
