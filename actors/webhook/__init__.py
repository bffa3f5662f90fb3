"""Webhooks: calls that wait in the outbox are made, in order, and what is answered is said in the conversation.

state       what an attempt came to and what follows from it; pure
letters     what is sent, and how it is signed; pure
plain       the text of a message without the bot's own name in it; pure
answers     what a bot answers, read from the wire
errands     what carrying out a call is, to the actor of a lane
calling     calls of addresses elsewhere, by HTTP
posting     calls whose answer is nothing but a status
connectors  how messages are sent on other platforms; pure
outside     calls for accounts of ChatPion
inside      calls that stay in the hub: bridges of Bot Manager's bots
actor       one lane: loads what is due, attempts it, says and records what came of it
"""
