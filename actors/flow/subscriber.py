"""What actions make of the subscriber, so that later nodes of a step see what earlier ones did. Pure."""

from msgspec.structs import replace

from actors.flow.model import AddTag, AnyDo, RemoveTag, SetField, UnsetField
from actors.flow.texts import View


def after(view: View, change: AnyDo) -> View:
    """The subscriber after this change."""
    match change:
        case AddTag(tag=tag) if tag not in view.tags:
            return replace(view, tags=(*view.tags, tag))
        case RemoveTag(tag=tag):
            return replace(view, tags=tuple(other for other in view.tags if other != tag))
        case SetField(field=field, value=value):
            return replace(view, fields={**view.fields, field: value})
        case UnsetField(field=field):
            return replace(view, fields={key: value for key, value in view.fields.items() if key != field})
        case _:
            return view
