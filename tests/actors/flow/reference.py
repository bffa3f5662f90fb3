"""What flows do, told once more and naively: over the JSON itself, without types, in one state that changes."""

import re
from typing import Any

from tests.actors.flow.flows import Json

TYPED = {
    ("7,5", "number"): 7.5,
    ("1", "number"): 1,
    ("2", "number"): 2,
    ("9", "number"): 9,
    ("+49 (30) 123-4567", "phone"): "+49301234567",
    ("anna@example.org", "email"): "anna@example.org",
    ("1.3.2026", "date"): "2026-03-01",
}
"""What the replies of `flows.REPLIES` are, as values of each type but text."""


class Reference:
    """One subscriber in the flows of an account."""

    def __init__(self, world: dict[int, Json], subscriber: Json) -> None:
        self.world = world
        self.subscriber = subscriber
        self.tags: list[str] = list(subscriber["tags"])
        self.fields: Json = dict(subscriber["fields"])
        self.flow = 0
        self.node: Json | None = None
        self.tries = 0
        self.calls = 0
        self.until: int | None = None
        self.now = 0
        self.done: list[Any] = []

    @property
    def kind(self) -> str | None:
        return None if self.node is None else self.node["type"]

    def begin(self, flow: int) -> None:
        self.hand_back()
        self.calls = 0
        self.flow = flow
        self.go("n0")

    def hear(self, text: str) -> None:
        if self.node is None or self.kind not in ("question", "input"):
            return
        node, text = self.node, text.strip()
        answers = self.answers(node, text)
        if answers:
            value, to = answers[0]
            if "save_as" in node:
                self.store(node["save_as"], value)
            self.go(to)
        elif self.tries < node.get("retries", 3):
            self.tries += 1
            self.ask(node)
        else:
            self.go(node.get("fallback"))

    def answers(self, node: Json, text: str) -> list[tuple[Any, Any]]:
        if node["type"] == "input":
            typed = node.get("input_type", "text")
            value = (text or None) if typed == "text" else TYPED.get((text, typed))
            return [] if value is None else [(value, node.get("next"))]
        options = [(option.get("value", option["label"]), option) for option in node["options"]]
        exact = [(value, option["next"]) for value, option in options if value == text]
        named = [(value, option["next"]) for value, option in options if option["label"].lower() == text.lower()]
        counted = [(value, option["next"]) for at, (value, option) in enumerate(options) if str(at + 1) == text]
        return exact + named + counted

    def due(self) -> None:
        if self.until is None or self.now < self.until or self.node is None:
            return
        node = self.node
        self.hand_back()
        self.go(node.get("next") if node["type"] == "delay" else node.get("on_timeout"))

    def answer(self, number: int, ok: bool, json: Any) -> None:
        if self.node is None or self.kind != "webhook" or number != self.calls:
            return
        node = self.node
        if ok:
            found = {"/a": json["a"], "/b/0": json["b"][0]} if json else {}
            for field, pointer in node.get("save", {}).items():
                if pointer in found:
                    self.store(field, found[pointer])
        self.go(node.get("next") if ok else node.get("on_error", node.get("next")))

    def release(self) -> None:
        if self.node is not None and self.kind == "handoff":
            node = self.node
            self.hand_back()
            self.go(node.get("next"))

    def hand_back(self) -> None:
        if self.node is not None and self.kind == "handoff":
            self.done.append(("hand back", self.node.get("to", [])))

    def go(self, to: str | None) -> None:
        self.node, self.until, self.tries = None, None, 0
        while to is not None:
            node = next(node for node in self.world[self.flow]["nodes"] if node["id"] == to)
            if node["type"] in ("question", "input", "delay", "webhook", "handoff"):
                self.rest(node)
                return
            to = self.leave(node)

    def rest(self, node: Json) -> None:
        self.node = node
        if node["type"] in ("question", "input"):
            self.ask(node)
        elif node["type"] == "delay":
            self.until = self.now + node["seconds"] * 1_000
        elif node["type"] == "webhook":
            self.calls += 1
            self.done.append(("call", self.calls, node["id"], self.sent(node)))
        else:
            self.say(self.text(node.get("content", "")))
            self.done.append(("hand off", node.get("to", [])))
            self.set_deadline(node)

    def ask(self, node: Json) -> None:
        text = self.text(node["content"] if self.tries == 0 else node.get("retry", node["content"]))
        lines = [f"{at + 1}. {option['label']}" for at, option in enumerate(node.get("options", []))]
        self.say("\n".join([text] * bool(text) + lines))
        self.set_deadline(node)

    def set_deadline(self, node: Json) -> None:
        self.until = self.now + node["timeout_s"] * 1_000 if "timeout_s" in node else None

    def leave(self, node: Json) -> str | None:
        if node["type"] == "jump":
            self.flow = node.get("flow_id", self.flow)
            return str(node.get("node", "n0"))
        if node["type"] == "message":
            self.say(self.text(node["content"]), node.get("attachment"))
        if node["type"] == "action":
            for action in node["actions"]:
                self.act(action)
        cases = [case["next"] for case in node.get("cases", []) if self.holds(case)]
        to: str | None = cases[0] if cases else node.get("else", node.get("next"))
        return to

    def act(self, action: Json) -> None:
        match action["do"]:
            case "add_tag":
                self.done.append(("add tag", action["tag"]))
                self.tags += [action["tag"]] * (action["tag"] not in self.tags)
            case "remove_tag":
                self.done.append(("remove tag", action["tag"]))
                self.tags = [tag for tag in self.tags if tag != action["tag"]]
            case "set_field":
                value = action["value"]
                self.store(action["field"], self.text(value) if isinstance(value, str) else value)
            case "unset_field":
                self.done.append(("forget", action["field"]))
                self.fields.pop(action["field"], None)
            case _:
                self.done.append(("conversion", action["name"], action["value"]))

    def store(self, field: str, value: Any) -> None:
        self.done.append(("store", field, value))
        self.fields[field] = value

    def holds(self, case: Json) -> bool:
        if case["op"].endswith("has_tag"):
            return (case["value"] in self.tags) != str(case["op"]).startswith("not")
        variable = case["variable"]
        has = self.fields.get(variable[7:]) if variable.startswith("fields.") else self.subscriber[variable]
        if case["op"].endswith("exists"):
            return (has is not None) != str(case["op"]).startswith("not")
        return (has is not None and self.word(has) == self.text(case["value"])) != bool(case["op"] == "ne")

    def say(self, text: str, attachment: str | None = None) -> None:
        if text.strip() or attachment:
            self.done.append(("say", text, attachment))

    def sent(self, node: Json) -> Any:
        if node.get("method") == "GET":
            return None
        if "body" in node:
            return {"who": self.text("{{name}}"), "list": [1, self.text("{{fields.city}}")]}
        return {
            "flow_id": self.flow,
            "node_id": node["id"],
            "subscriber": {**self.subscriber, "tags": self.tags, "fields": self.fields},
        }

    def text(self, text: Any) -> str:
        return re.sub(r"\{\{ *([a-z_.]+) *(?:\|([a-z]+))?\}\}", lambda m: self.variable(m[1]) or m[2] or "", text)

    def variable(self, name: str) -> str:
        if name.startswith("fields."):
            return self.word(self.fields.get(name[7:]))
        if name == "tags":
            return ", ".join(self.tags)
        return self.word(self.subscriber.get(name)) if name in ("name", "email", "platform_id") else ""

    def word(self, value: Any) -> str:
        return "true" if value is True else "" if value is None else str(value)
