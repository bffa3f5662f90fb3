// Draws /openapi.json. Everything goes in as text, never as markup.
"use strict";

const METHODS = ["get", "post", "put", "patch", "delete"];

function el(tag, text, ...children) {
  const node = document.createElement(tag);
  if (text) node.textContent = text;
  node.append(...children.filter(Boolean));
  return node;
}

function resolve(schema, api) {
  if (!schema || !schema.$ref) return schema || {};
  return api.components.schemas[schema.$ref.split("/").pop()] || {};
}

function typeOf(schema, api) {
  const real = resolve(schema, api);
  if (real.anyOf) return real.anyOf.map((one) => typeOf(one, api)).join(" or ");
  if (real.enum) return real.enum.map((value) => JSON.stringify(value)).join(" or ");
  if ("const" in real) return JSON.stringify(real.const);
  if (real.type === "array") return `list of ${typeOf(real.items, api)}`;
  return real.title && real.properties ? real.title : real.type || "any";
}

function table(head, rows) {
  if (!rows.length) return null;
  const line = (cells, tag) => el("tr", "", ...cells.map((cell) => el(tag, cell)));
  return el("table", "", line(head, "th"), ...rows.map((row) => line(row, "td")));
}

function fields(schema, api) {
  const real = resolve(schema, api);
  const required = new Set(real.required || []);
  const rows = Object.entries(real.properties || {}).map(([name, one]) => [
    name, typeOf(one, api), required.has(name) ? "required" : "", one.description || resolve(one, api).description || "",
  ]);
  return table(["field", "type", "", ""], rows) || el("p", typeOf(schema, api));
}

function contents(content, api) {
  const kinds = Object.keys(content || {});
  if (!kinds.length) return [];
  return [el("p", kinds.join(", ")), fields(content[kinds[0]].schema, api)];
}

function parameters(operation, api) {
  const rows = (operation.parameters || []).map((one) => [
    one.name, one.in, typeOf(one.schema, api), one.description || "",
  ]);
  const drawn = table(["parameter", "in", "type", ""], rows);
  return drawn && el("section", "", el("h4", "Parameters"), drawn);
}

function answers(operation, api) {
  const drawn = Object.entries(operation.responses || {}).map(([status, answer]) =>
    el("section", "", el("h4", `Answer ${status}`), el("p", answer.description), ...contents(answer.content, api)));
  return el("div", "", ...drawn);
}

function card(path, method, operation, api) {
  const name = el("h3", "", el("span", method.toUpperCase()), el("code", path));
  name.firstChild.className = "method";
  const body = operation.requestBody;
  const request = body && el("section", "", el("h4", "Body"), ...contents(body.content, api));
  const text = [operation.summary, operation.description].map((part) => part && el("p", part.trim()));
  const node = el("article", "", name, ...text, parameters(operation, api), request, answers(operation, api));
  node.id = `${method}-${path}`;
  return node;
}

function byTag(api) {
  const groups = new Map();
  for (const [path, methods] of Object.entries(api.paths)) {
    for (const method of METHODS.filter((one) => one in methods)) {
      const tag = (methods[method].tags || ["other"])[0];
      if (!groups.has(tag)) groups.set(tag, []);
      groups.get(tag).push([path, method, methods[method]]);
    }
  }
  return [...groups].sort(([a], [b]) => a.localeCompare(b));
}

async function draw() {
  const api = await (await fetch("/openapi.json")).json();
  document.getElementById("version").textContent = api.info.version;
  const list = el("ul");
  const main = document.getElementById("operations");
  for (const [tag, operations] of byTag(api)) {
    const heading = el("h2", tag);
    heading.id = tag;
    main.append(heading, ...operations.map(([path, method, one]) => card(path, method, one, api)));
    const link = el("a", tag);
    link.href = `#${tag}`;
    list.append(el("li", "", link, el("span", ` ${operations.length}`)));
  }
  document.getElementById("contents").append(list);
}

draw().catch((error) => {
  document.getElementById("operations").append(el("p", `The document could not be read: ${error}`));
});
