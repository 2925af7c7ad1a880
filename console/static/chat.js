// The chat page. What was said lives on the server; here live only the session, the language and what waits to be sent.
import { textNodes, unbroken } from "./chat_text.js";

const $ = (id) => document.getElementById(id);
const texts = JSON.parse($("texts").textContent);
const log = $("log"), box = $("text"), typing = $("typing"), notice = $("notice");
const KEY = "relevo.chat", WAITING = "relevo.chat.waiting";

// Storage may be refused inside a frame: then the chat lives as long as the page.
const memory = new Map();
const store = {
  get(key) {
    try { return JSON.parse(localStorage.getItem(key)); } catch { return memory.get(key) ?? null; }
  },
  set(key, value) {
    memory.set(key, value);
    try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* kept in memory */ }
  },
};

let language = document.documentElement.lang === "en" ? "en" : "es";
let chat = store.get(KEY);
let waiting = store.get(WAITING) ?? [];
let state = { state: "bot", case: "" };
let online = true;
let last = "", stream = null, pause = 1000, sending = false, opening = null;

const t = (key, fields = {}) => texts[language][key].replace(/\{(\w+)\}/g, (_, name) => fields[name] ?? "");
const make = (name, attributes = {}, ...children) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "class") element.className = value;
    else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
};
const newId = () => `${Date.now().toString(36)}-${[...crypto.getRandomValues(new Uint8Array(9))].map((byte) => byte.toString(36)).join("")}`;
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
// Texts of our own carry their key, so that switching the language re-writes them where they stand.
const label = (element, key, fields = {}, attribute = "") => {
  element.dataset.key = key;
  element.dataset.fields = JSON.stringify(fields);
  element.dataset.attribute = attribute;
  say(element);
  return element;
};
const say = (element) => {
  const text = t(element.dataset.key, JSON.parse(element.dataset.fields));
  if (element.dataset.attribute) element.setAttribute(element.dataset.attribute, text);
  else element.replaceChildren(...unbroken(text));
};

// ---------------------------------------------------------------- session

function post(path, body) {
  return fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...(chat ? { Authorization: `Bearer ${chat.token}` } : {}) },
    body: JSON.stringify(body),
  });
}

function personalToken() {
  const found = /[#&]t=([^&]+)/.exec(location.hash);
  if (found) history.replaceState(null, "", location.pathname + location.search);
  return found ? decodeURIComponent(found[1]) : "";
}

async function openSession(token = "") {
  opening ??= (async () => {
    const answer = await fetch("/chat/sessions", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ language, ...(token ? { token } : {}) }),
    });
    if (!answer.ok) throw new Error("no session");
    chat = await answer.json();
    last = "";
    store.set(KEY, chat);
  })().finally(() => { opening = null; });
  return opening;
}

async function startAfresh() {
  chat = null;
  log.replaceChildren();
  await openSession();
  tell("new_session");
}

// ---------------------------------------------------------------- the stream

async function listen() {
  for (;;) {
    try {
      if (!chat) await openSession(personalToken());
      stream = new AbortController();
      const headers = { Authorization: `Bearer ${chat.token}`, Accept: "text/event-stream" };
      if (last) headers["Last-Event-ID"] = last;
      const answer = await fetch(`/chat/events?session=${encodeURIComponent(chat.session)}`, { headers, signal: stream.signal });
      if (answer.status === 401) await startAfresh();
      else if (answer.ok) {
        setOnline(true);
        pause = 1000;
        flush();
        await readEvents(answer.body);
      }
    } catch {
      setOnline(false);
    }
    await wait(pause);
    pause = Math.min(pause * 2, 15000);
  }
}

async function readEvents(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split(/\r?\n\r?\n/);
    rest = blocks.pop();
    blocks.forEach(readBlock);
  }
}

function readBlock(block) {
  const event = { event: "message", data: [] };
  for (const line of block.split(/\r?\n/)) {
    const at = line.indexOf(":");
    if (at < 1) continue;
    const name = line.slice(0, at), value = line.slice(at + 1).replace(/^ /, "");
    if (name === "data") event.data.push(value);
    else event[name] = value;
  }
  if (!event.data.length) return;
  if (event.id) last = event.id;
  handlers[event.event]?.(JSON.parse(event.data.join("\n")));
}

const handlers = {
  message: (message) => { addMessage(message); typing.hidden = true; scroll(); },
  said: (said) => { confirmSaid(said); scroll(); },
  typing: ({ on }) => { typing.hidden = !on; scroll(); },
  state: (next) => {
    const asked = next.rate && next.rate !== state.rate;
    state = next;
    log.setAttribute("aria-busy", "false");
    showState();
    if (asked) addRating(next.rate);
    scroll();
  },
};

function setOnline(now) {
  online = now;
  showState();
}

function showState() {
  const shown = online ? `state_${state.state}` : "state_offline";
  const fields = { case: state.case };
  const text = t(shown, fields);
  if ($("chat-state").textContent !== text) label($("chat-state"), shown, fields);
}

// ---------------------------------------------------------------- what is shown

function scroll() { log.scrollTop = log.scrollHeight; }

function tell(key) {
  label(notice, key);
  notice.hidden = !key;
  clearTimeout(tell.timer);
  tell.timer = setTimeout(() => { notice.hidden = true; }, 8000);
}

function addMessage(message) {
  if (log.querySelector(`[data-id="${CSS.escape(message.id)}"]`)) return;
  const staff = message.author === "staff";
  const item = make("article", { class: `say ${staff ? "staff" : "bot"}`, "data-id": message.id },
    label(make("p", { class: "say-who" }), staff ? "staff" : "bot"),
    make("div", { class: "say-text" }, ...textNodes(message.text)));
  for (const citation of message.citations ?? []) item.append(citationNode(citation));
  for (const link of message.links ?? []) item.append(make("p", {}, linkNode(link)));
  // The stars of a rating come with the state, once; its five buttons are for channels that have no stars.
  const rating = message.choices?.every((choice) => choice.data.startsWith("rate:"));
  if (message.choices?.length && !rating) item.append(choiceNodes(message.choices, !message.answer_id));
  if (message.answer_id) item.append(judgeNode(message.answer_id));
  log.append(item);
}

function linkNode({ label: text, url }) {
  if (!/^https?:\/\//.test(url)) return document.createTextNode(text);
  return make("a", { href: url, rel: "noopener noreferrer", target: "_blank" }, text);
}

function citationNode(citation) {
  const summary = make("summary", {}, label(make("span"), "source"), `: ${citation.title || citation.source}`);
  return make("details", { class: "cite" }, summary,
    make("blockquote", {}, citation.quote),
    make("p", { class: "cite-path" }, [citation.source, citation.path].filter(Boolean).join(" · ")));
}

// The way to a person is under every answer; a message that only asks gets it here.
function choiceNodes(choices, withPerson) {
  const row = make("div", { class: "choices" });
  for (const choice of choices)
    row.append(make("button", { type: "button", onclick: () => { row.remove(); send({ choice: choice.data }, choice.label); } }, choice.label));
  if (withPerson && !choices.some((choice) => choice.data === "person")) row.append(personNode());
  return row;
}

function judgeNode(answerId) {
  const row = make("div", { class: "judge" }, label(make("span"), "helpful"));
  const thumbs = ["up", "down"].map((thumb) => {
    const button = label(make("button", { type: "button", "aria-pressed": "false" }), `thumb_${thumb}`, {}, "aria-label");
    button.append(thumbNode(thumb));
    button.addEventListener("click", async () => {
      const answer = await post("/chat/feedback", { answer_id: answerId, thumb }).catch(() => null);
      if (!answer?.ok) return tell("failed");
      for (const one of thumbs) one.setAttribute("aria-pressed", String(one === button));
      label(row.querySelector("span"), "thanks");
    });
    return button;
  });
  row.append(...thumbs, personNode());
  return row;
}

function personNode() {
  const person = label(make("button", { type: "button", class: "person" }), "person");
  person.addEventListener("click", () => send({ choice: "person" }, t("person")));
  return person;
}

// Drawn, because not every machine has these signs in its fonts.
function thumbNode(thumb) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg"), path = document.createElementNS(space, "path");
  const facts = { viewBox: "0 0 24 24", width: "18", height: "18", fill: "none", stroke: "currentColor", "stroke-width": "2", "stroke-linejoin": "round", "aria-hidden": "true" };
  for (const [name, value] of Object.entries(facts)) svg.setAttribute(name, value);
  path.setAttribute("d", "M4 11h3v9H4zM7 11l4-8c1.700 0 2.500 1 2.500 2.500V9H19a2 2 0 0 1 2 2.300l-1.300 7a2 2 0 0 1-2 1.700H7");
  if (thumb === "down") path.setAttribute("transform", "rotate(180 12 12)");
  svg.append(path);
  return svg;
}

function addRating(caseId) {
  // Asked again after the case was opened again: what was not sent is asked anew, what was sent stays thanked for.
  log.querySelector(`[data-rate="${CSS.escape(caseId)}"]`)?.remove();
  const stars = make("div", { class: "stars" });
  for (const count of [1, 2, 3, 4, 5]) {
    stars.append(make("label", {},
      make("input", { type: "radio", name: `rate-${caseId}`, value: String(count), required: "" }),
      make("span", { "aria-hidden": "true" }, "★"),
      label(make("span", { class: "hidden" }), "rate_star", { count })));
  }
  const comment = make("input", { maxlength: "1000" });
  const form = make("form", { class: "rating card stack", "data-rate": caseId },
    make("fieldset", {}, label(make("legend"), "rate_title"), stars),
    make("label", {}, label(make("span"), "rate_comment"), comment),
    label(make("button", { class: "main" }), "rate_send"));
  form.addEventListener("invalid", () => tell("rate_missing"), true);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const rating = Number(new FormData(form).get(`rate-${caseId}`));
    const body = { case: caseId, rating, ...(comment.value.trim() ? { comment: comment.value.trim() } : {}) };
    const answer = await post("/chat/feedback", body).catch(() => null);
    if (!answer?.ok) return tell("failed");
    form.removeAttribute("data-rate");
    form.replaceChildren(label(make("p", { role: "status" }), "rate_thanks"));
  });
  log.append(form);
  scroll();
}

// ---------------------------------------------------------------- saying something

function mine(id, text) {
  const found = log.querySelector(`[data-said="${CSS.escape(id)}"]`);
  if (found) return found;
  const item = make("article", { class: "say mine", "data-said": id },
    label(make("p", { class: "say-who hidden" }), "you"),
    make("div", { class: "say-text" }, ...textNodes(text, true)));
  log.append(item);
  return item;
}

function confirmSaid(said) {
  const text = said.choice === "person" ? t("person") : said.text;
  const item = mine(said.id, text);
  item.classList.remove("waits");
  item.querySelector(".say-note")?.remove();
  for (const row of log.querySelectorAll(".choices")) if (row.compareDocumentPosition(item) & Node.DOCUMENT_POSITION_FOLLOWING) row.remove();
  keepWaiting(waiting.filter((one) => one.client_id !== said.id));
}

function keepWaiting(next) {
  waiting = next;
  store.set(WAITING, waiting);
}

function send(what, shown) {
  const one = { client_id: newId(), shown, ...what };
  keepWaiting([...waiting, one]);
  showWaiting(one);
  scroll();
  flush();
}

function showWaiting(one) {
  const item = mine(one.client_id, one.shown);
  item.classList.add("waits");
  if (!item.querySelector(".say-note")) item.append(label(make("p", { class: "say-note" }), "waiting"));
}

// One after the other, so that they arrive in the order they were written; each keeps its id, so twice is once.
async function flush() {
  if (sending || !chat) return;
  sending = true;
  try {
    while (waiting.length) {
      const { shown, ...one } = waiting[0];
      const answer = await post("/chat/messages", { session: chat.session, ...one });
      if (answer.status === 429) { tell("too_fast"); await wait(2500); continue; }
      if (answer.status === 401) { await startAfresh(); stream?.abort(); continue; }
      if (answer.status >= 500) throw new Error("try again");
      keepWaiting(waiting.filter((other) => other.client_id !== one.client_id));
      const item = mine(one.client_id, shown);
      item.classList.remove("waits");
      if (answer.ok) item.querySelector(".say-note")?.remove();
      else label(item.querySelector(".say-note") ?? item.appendChild(make("p", { class: "say-note" })), answer.status === 413 ? "too_long" : "failed");
    }
  } catch {
    setOnline(false);
    setTimeout(flush, 3000);
  } finally {
    sending = false;
  }
}

// ---------------------------------------------------------------- the page

function grow() {
  box.style.height = "auto";
  box.style.height = `${Math.min(box.scrollHeight + 2, 144)}px`;
}

$("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = box.value.trim();
  if (!text) return box.focus();
  box.value = "";
  grow();
  send({ text }, text);
  box.focus();
});
box.addEventListener("input", grow);
// The box takes no more than its limit and would cut what is pasted, dropped or typed without a word.
box.addEventListener("beforeinput", ({ data }) => {
  const kept = box.value.length - (box.selectionEnd - box.selectionStart);
  if (kept + (data ?? "").length > box.maxLength) tell("cut");
});
box.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); $("composer").requestSubmit(); }
  if (event.key === "Escape" && parent !== window) parent.postMessage("relevo:close", "*");
});
addEventListener("online", () => { pause = 1000; stream?.abort(); flush(); });
addEventListener("offline", () => setOnline(false));

for (const button of document.querySelectorAll("[data-language]")) {
  button.addEventListener("click", () => {
    language = button.dataset.language;
    document.documentElement.lang = language;
    document.cookie = `relevo_language=${language}; path=/; max-age=31536000; samesite=lax`;
    for (const one of document.querySelectorAll("[data-language]")) one.setAttribute("aria-pressed", String(one === button));
    document.querySelectorAll("[data-key]").forEach(say);
    if (chat) post("/chat/language", { session: chat.session, language }).catch(() => {});
  });
}
label(box, "write", {}, "placeholder");
label($("text-label"), "write");
label($("typing-text"), "typing");
label($("send"), "send", {}, "aria-label");
$("send").disabled = false; // until this script is here, sending would only load the page anew, without what was written
label(log, "log", {}, "aria-label");
showState();
waiting.forEach(showWaiting);
listen();
