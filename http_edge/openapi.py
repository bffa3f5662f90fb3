"""What the edge offers, for machines (`/openapi.json`) and for people (`/docs`).

The page is three files of our own beside this module, drawn from the document in the browser: nothing is fetched from
anywhere else, and its content security policy would not let it.
"""

from __future__ import annotations

import importlib.metadata
import importlib.resources
import inspect
import mimetypes
from http import HTTPStatus
from typing import Any, Final, get_args

import msgspec
from msgspec import Struct
from quart import Blueprint, Quart, Response, abort
from quart_schema import DataSource, Info, OpenAPIProvider, QuartSchema, hide

PAGE: Final = {"": "docs.html", "docs.js": "docs.js", "docs.css": "docs.css"}
REFERENCE: Final = "#/components/schemas/{name}"
ENCODINGS: Final = {
    DataSource.JSON: "application/json",
    DataSource.FORM: "application/x-www-form-urlencoded",
    DataSource.FORM_MULTIPART: "multipart/form-data",
}
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)


class Nothing(Struct):
    """An empty body."""


class Provider(OpenAPIProvider):
    """quart-schema's, which also knows empty answers and bodies that may come in several encodings.

    A request model lists its media types as `CONTENT_TYPES`.
    """

    def build_request_body(self, model: Any, source: DataSource) -> tuple[dict[str, Any], dict[str, Any]]:
        """Describe the same body for every media type that it may have."""
        schema, components = _described(model)
        kinds = getattr(model, "CONTENT_TYPES", (ENCODINGS[source],))
        return {"required": True, "content": {kind: {"schema": schema} for kind in kinds}}, components

    def build_response_object(self, model: Any, headers_model: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Describe an answer, `Nothing` as one without content. What types are made of goes to the components.

        quart-schema's own takes the first type in a schema for all of it.
        """
        if isinstance(model, type) and issubclass(model, Nothing):
            return {"description": inspect.getdoc(model) or ""}, {}
        schema, components = _described(model)
        content = {"application/json": {"schema": schema}}
        return {"description": inspect.getdoc(_one_of(model)) or "", "content": content}, components


def _described(model: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A model's schema, and those of what it is made of, by names that other dialects do not have."""
    _, _, place = _one_of(model).__module__.partition("http_edge.dialects.")
    prefix = f"{place.partition('.')[0]}." if place else ""
    template = REFERENCE.format(name=f"{prefix}{{name}}")
    (schema,), found = msgspec.json.schema_components([model], ref_template=template)
    return schema, {f"{prefix}{name}": part for name, part in found.items()}


def _one_of(model: Any) -> Any:
    """What a list is of; a model itself."""
    return (get_args(model) or (model,))[0]


def install(app: Quart) -> None:
    """Add the document and its page. Call it once every route is there to be described."""
    info = Info(title="Hubbub", version=importlib.metadata.version("hubbub"))
    QuartSchema(
        app,
        info=info,
        swagger_ui_path=None,
        redoc_ui_path=None,
        scalar_ui_path=None,
        conversion_preference="msgspec",
        openapi_provider_class=Provider,
    )
    app.register_blueprint(_page())


def _page() -> Blueprint:
    docs = Blueprint("docs", __name__, url_prefix="/docs")
    folder = importlib.resources.files("http_edge") / "pages"
    files = {path: ((folder / name).read_bytes(), mimetypes.guess_type(name)[0]) for path, name in PAGE.items()}

    @docs.get("/", defaults={"name": ""}, strict_slashes=False)
    @docs.get("/<name>")
    @hide
    async def page(name: str) -> Response:
        if name not in files:
            abort(HTTPStatus.NOT_FOUND)
        content, kind = files[name]
        response = Response(content, content_type=f"{kind}; charset=utf-8")
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    return docs
