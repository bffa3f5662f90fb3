"""How conversations are made."""

from actors.conversation.actor import ConversationActor
from actors.conversation.allowance import Allowance
from actors.conversation.core import Services, Settings
from actors.conversation.markup import Markup
from actors.conversation.pace import allowance_of_all
from actors.messages.conversation import AnyConversationMessage
from actors.ports import Addresses, Clock, Library, Log, Meters, Numbers
from actors.runtime.kind import Kind
from actors.runtime.restarts import RestartPolicy
from actors.switchboard import Switchboard


def conversation_kind(
    *,
    log: Log,
    library: Library,
    switchboard: Switchboard,
    clock: Clock,
    numbers: Numbers,
    meters: Meters,
    addresses: Addresses,
    settings: Settings | None = None,
    restart: RestartPolicy | None = None,
    sending: Allowance | None = None,
) -> Kind[AnyConversationMessage]:
    """The kind "conversation", whose keys are the conversations' ids.

    What `log` reports, `Committed` and `CommitFailed`, must be told to the conversation as `urgent`, in its order.
    Whoever's webhook a message calls is told by the kind "webhook". What sending takes, conversations take of `sending`
    together.
    """
    settings = settings or Settings()
    markup = Markup()
    services = Services(
        log=log,
        library=library,
        switchboard=switchboard,
        clock=clock,
        numbers=numbers,
        meters=meters,
        addresses=addresses,
        sending=sending or allowance_of_all(),
    )
    return Kind(
        name="conversation",
        factory=lambda context: ConversationActor(context, services, settings, markup),
        messages=AnyConversationMessage,
        mailbox_limit=settings.mailbox_limit,
        idle_after_s=settings.idle_after_s,
        restart=restart or RestartPolicy(),
    )
