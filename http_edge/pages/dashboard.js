"use strict";

const SHOWN = {
  ca_live_session: "Chiffre d'affaires",
  ca_variation: "Variation",
  commandes_total: "Commandes",
  commandes_variation: "Variation",
  clients_actifs: "Clients actifs",
  interventions_requises: "Interventions requises",
};
const EVERY_MS = 10_000;

const element = (id) => document.getElementById(id);
let timer = null;

async function refresh() {
  const key = element("key").value;
  const path = `/botlive/stats/${encodeURIComponent(element("company").value)}`;
  try {
    const answer = await fetch(path, { headers: key ? { "X-API-Key": key } : {} });
    const body = await answer.json();
    if (!answer.ok) throw new Error(String(body.detail));
    draw(body);
    element("state").textContent = body.updated_at;
  } catch (error) {
    element("state").textContent = error.message;
  }
}

function draw(figures) {
  const rows = Object.entries(SHOWN).flatMap(([name, label]) => [cell("dt", label), cell("dd", figures[name])]);
  element("figures").replaceChildren(...rows);
}

function cell(tag, text) {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}

element("who").addEventListener("submit", (event) => {
  event.preventDefault();
  clearInterval(timer);
  timer = setInterval(refresh, EVERY_MS);
  refresh();
});
