// Puts the page together.

import { byId } from "./dom.js";
import { watch } from "./figures.js";
import { Letters } from "./letters.js";
import { Listing } from "./listing.js";
import { Posting } from "./posting.js";
import { listen } from "./stream.js";
import { count } from "./words.js";

const VIEWS = ["articles", "dead", "publish"];

const listing = new Listing();
const letters = new Letters();
const posting = new Posting((ceId) => {
  location.hash = "#articles";
  // The list has no height until its view is shown.
  requestAnimationFrame(() => listing.openByEvent(ceId));
});

function showView() {
  const wanted = location.hash.slice(1);
  const view = VIEWS.includes(wanted) ? wanted : "articles";
  for (const name of VIEWS) byId(name).hidden = name !== view;
  for (const link of document.querySelectorAll("[data-view]")) {
    if (link.dataset.view === view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.body.dataset.view = view;
  if (view === "dead") letters.load();
}

function showConnection(state, text) {
  byId("connection").dataset.state = state;
  byId("connection-text").textContent = text;
}

let isOpen = false;
let state = null;

function showStanding() {
  const problem = state?.broker.problem ?? null;
  byId("problem").hidden = problem === null;
  byId("problem").textContent = problem ?? "";
  if (!isOpen) showConnection("away", "No answer");
  else if (problem !== null) showConnection("waiting", "Waiting");
  else showConnection("live", "Live");
  const dead = state?.dead.letters ?? 0;
  byId("dead-count").hidden = dead === 0;
  byId("dead-count").textContent = count(dead);
}

listen(
  (messages) => {
    const articles = [];
    for (const message of messages) {
      if (message.event === "dead") letters.take(message.data);
      else if (message.event === "stage") posting.take(message.data);
      else articles.push(message);
    }
    if (articles.length) listing.take(articles);
  },
  (open) => {
    if (open && !isOpen) letters.reload();
    isOpen = open;
    showStanding();
  },
);
watch((told) => {
  state = told ?? state;
  const about = (told?.topics ?? []).map(({ topic }) => topic.split(".")).filter(([kind]) => kind === "topics");
  listing.know(about.map(([, id]) => id));
  showStanding();
});

addEventListener("hashchange", showView);
showView();

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const isTyping = event.target.closest("input, select, textarea");
  if (isTyping) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (document.body.dataset.view === "articles" && listing.key(event)) event.preventDefault();
});
