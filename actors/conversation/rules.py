"""Who may do what in a conversation. Each function returns if it is allowed, and raises `NotDone` if not.

Whoever may not see a conversation is told that there is none. An administrator of the hub looks after conversations
without being in them: deletes everywhere, and manages those that are not direct.
"""

from actors.conversation.refusals import NotDone
from actors.conversation.state import State
from actors.messages.outcomes import forbidden, not_found
from actors.values import Caller, Who


def is_open_to(state: State, caller: Caller) -> bool:
    """Whether somebody who is not in it may see the conversation: users an open one; others go where they are put."""
    return state.kind == "open" and caller.kind == "user" and not caller.is_guest


def check_takes_part(state: State, caller: Caller) -> None:
    """Members publish, react, read and type."""
    if not state.is_member(caller.who):
        visible = is_open_to(state, caller)
        raise NotDone(forbidden("join the conversation first") if visible else not_found("conversation"))


def check_edits(state: State, caller: Caller, author: Who) -> None:
    """The author edits, as long as a member."""
    check_takes_part(state, caller)
    if caller.who != author:
        raise NotDone(forbidden("only its author edits a message"))


def check_deletes(state: State, caller: Caller, author: Who) -> None:
    """The author, an administrator of the conversation or of the hub deletes."""
    who = caller.who
    if caller.rules_hub or state.is_admin(who):
        return
    check_takes_part(state, caller)
    if who != author:
        raise NotDone(forbidden("only its author or an administrator deletes a message"))


def check_joins(state: State, caller: Caller) -> None:
    """Every user joins an open conversation."""
    if not (is_open_to(state, caller) or state.is_member(caller.who)):
        raise NotDone(not_found("conversation"))


def check_leaves(state: State, caller: Caller) -> None:
    """Members leave, but not what is there for these members only."""
    check_joins(state, caller)
    if state.kind == "direct":
        raise NotDone(forbidden("a direct conversation keeps its members"))


def check_adds(state: State, caller: Caller) -> None:
    """Members of an open conversation add others; of a closed one, its administrators."""
    if not (state.kind == "open" and state.is_member(caller.who)):
        check_administers(state, caller)


def check_administers(state: State, caller: Caller) -> None:
    """Administrators rename a conversation and put others out of it."""
    who = caller.who
    if not state.exists or not (is_open_to(state, caller) or state.is_member(who) or caller.rules_hub):
        raise NotDone(not_found("conversation"))
    if state.kind == "direct":
        raise NotDone(forbidden("a direct conversation keeps its members and has no name"))
    if not (caller.rules_hub or state.is_admin(who)):
        raise NotDone(forbidden("only an administrator of the conversation does that"))
