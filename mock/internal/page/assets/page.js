// Makes the pages live. Without it they are plain links and forms, which do the same.

const $ = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const view = document.body.dataset.view;

// ---- Words

function say(text) {
  $("#live").textContent = text;
  const toast = document.createElement("p");
  toast.className = "toast";
  toast.textContent = text;
  document.body.append(toast);
  setTimeout(() => toast.remove(), 2500);
}

// ---- Times: in the reader's zone, with UTC on hover

const two = (n) => String(n).padStart(2, "0");
const hours = (t) => [t.getHours(), t.getMinutes(), t.getSeconds()].map(two).join(":");
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });

function localTimes(within) {
  for (const time of all("time[datetime]", within)) {
    const at = new Date(time.getAttribute("datetime"));
    if (isNaN(at) || time.dataset.local) continue;
    time.dataset.local = "yes";
    time.title = at.toISOString().replace("T", " ").replace("Z", " UTC");
    if (time.dataset.clock !== undefined || time.dataset.countdown !== undefined) continue;
    time.textContent = time.dataset.full === undefined ? hours(at) : day.format(at) + " " + hours(at);
  }
}

// The clock of the session goes on by its own rate from when the page came.
const came = performance.now();

function sessionNow() {
  const clock = $("#now");
  const shown = new Date(clock.getAttribute("datetime")).getTime();
  return shown + (performance.now() - (Number(clock.dataset.came) || came)) * Number(clock.dataset.scale);
}

function tick() {
  const now = new Date(sessionNow());
  for (const clock of all("[data-clock]")) clock.textContent = day.format(now) + " " + hours(now);
  for (const end of all("[data-countdown]")) {
    const left = Math.round((new Date(end.getAttribute("datetime")) - now) / 1000);
    end.textContent = left <= 0 ? "over" : left >= 7200 ? Math.round(left / 3600) + " hours left" :
      Math.floor(left / 60) + ":" + two(left % 60) + " left";
  }
}

// ---- Parts of pages

async function fetchPart(address) {
  const answer = await fetch(address, { headers: { Accept: "text/html" } });
  if (!answer.ok) throw new Error((await answer.text()).slice(0, 200));
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

function withQuery(address, values) {
  const url = new URL(address, document.baseURI);
  for (const [name, value] of Object.entries(values)) url.searchParams.set(name, value);
  return url.href;
}

// ---- Copying

async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    say(what + " copied");
  } catch {
    const field = document.createElement("textarea");
    field.value = text;
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    say(done ? what + " copied" : "The browser does not let this page copy; select the text instead");
  }
}

// The other ways to ask for a scenario are a click each.
function copyWays(within) {
  for (const ways of all(".more-ways", within)) {
    const line = document.createElement("p");
    line.className = "copies";
    line.textContent = "Copy";
    for (const name of all("dt", ways).slice(0, 3)) {
      const text = name.nextElementSibling.textContent, button = document.createElement("button");
      button.type = "button";
      button.className = "copy";
      button.textContent = name.textContent.toLowerCase();
      button.title = text;
      button.dataset.copyText = text;
      line.append(button);
    }
    ways.before(line);
    all("[data-copy-self]", ways).forEach((code) => code.removeAttribute("data-copy-self"));
  }
}

function copyButtons(within) {
  copyWays(within);
  for (const code of all("[data-copy-self]", within)) {
    const text = code.textContent;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.setAttribute("aria-label", "Copy " + text);
    button.dataset.copyText = text;
    code.after(button);
    code.removeAttribute("data-copy-self");
  }
}

document.addEventListener("click", (event) => {
  const way = event.target.closest("[data-copy-text]");
  if (way) copy(way.dataset.copyText, way.dataset.copyText);
  const source = event.target.closest("[data-copy]");
  if (source) {
    const from = document.getElementById(source.dataset.copy);
    copy(from.value ?? from.textContent, "Text");
  }
  const link = event.target.closest("[data-copy-from]");
  if (!link || !plainClick(event)) return;
  event.preventDefault();
  fetch(new URL(link.dataset.copyFrom, document.baseURI)).then((answer) => answer.text())
    .then((text) => copy(text, "The curl command is"), () => say("The server does not answer"));
});

function plainClick(event) {
  return event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
}

// ---- What destroys asks once

document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (!question) return;
  event.preventDefault();
  const form = event.target, button = event.submitter;
  const text = document.createElement("p"), acts = document.createElement("p");
  text.textContent = question;
  acts.className = "acts";
  const yes = document.createElement("button"), no = document.createElement("button");
  yes.textContent = button.firstChild.textContent.trim();
  yes.className = "danger";
  no.textContent = "Cancel";
  acts.append(yes, no);
  const dialog = openDialog("Are you sure?", text, acts);
  yes.addEventListener("click", () => {
    delete form.dataset.confirm;
    dialog.close();
    form.requestSubmit(button);
  });
  no.addEventListener("click", () => dialog.close());
  no.focus();
});

function openDialog(label, ...content) {
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-label", label);
  dialog.append(...content);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

// ---- Calls: the list

const list = () => $(".list");
const rows = () => $("#rows");
let waiting = [], missing = false; // whether more came than are waiting

function atTop() {
  return list().scrollTop < 40 && (getComputedStyle(list()).overflowY !== "visible" || scrollY < 80);
}

async function newCalls() {
  const page = await fetchPart(withQuery("calls", { q: searched(), part: "rows", since: rows().dataset.newest }));
  const come = all("#rows > li[id]", page).filter((row) => !document.getElementById(row.id));
  if (come.length === 0) return;
  rows().dataset.newest = $("#rows", page).dataset.newest;
  if ($(".older", page)) { // more have come than are listed at once: those take the place of all
    waiting = [];
    missing = !atTop();
    if (!missing) rows().replaceChildren(...$("#rows", page).childNodes);
    localTimes(rows());
    watchEnd();
    return showNews();
  }
  waiting = [...come, ...waiting];
  atTop() && !missing ? showWaiting() : showNews();
}

function showNews() {
  $("#news").hidden = waiting.length === 0 && !missing;
  $("#news").textContent = missing ? "Many new: show them" : waiting.length + " new";
}

function showWaiting() {
  $(".empty", rows())?.remove();
  for (const row of waiting) row.classList.add("fresh");
  rows().prepend(...waiting);
  localTimes(rows());
  waiting = [];
  showNews();
}

function searched() {
  return new URLSearchParams(location.search).get("q") ?? "";
}

// One that fetches at a time, and one more after it where more has come.
function oneAtATime(work) {
  let running = false, again = false;
  return async function run() {
    if (running) {
      again = true;
      return;
    }
    running = true;
    try {
      await work();
    } catch { // the stream says when the server is back
    } finally {
      running = false;
      if (again) {
        again = false;
        run();
      }
    }
  };
}

const refreshStatus = oneAtATime(async () => {
  const page = await fetchPart("help?part=status");
  const open = $(".session").open;
  $("#status").replaceChildren(...$("body", page).childNodes);
  $(".session").open = open;
  $("#now").dataset.came = performance.now();
  localTimes($("#status"));
  tick();
});

const refreshArmed = oneAtATime(async () => {
  const page = await fetchPart("fail?part=armed");
  if ($("#armed").contains(document.activeElement)) return;
  $("#armed").replaceWith($("#armed", page));
  localTimes($("#armed"));
  tick();
});

// ---- The stream: one a tab, closed while the tab is hidden

let stream;

function listen() {
  if (document.hidden || stream) return;
  const address = rows()?.dataset.live ?? "../calls/live?view=short";
  const refreshRows = oneAtATime(newCalls);
  stream = new EventSource(new URL(address, document.baseURI));
  const refresh = () => {
    if (rows()) refreshRows();
    if ($("#armed")) refreshArmed();
    if (!$(".session").open) refreshStatus();
  };
  stream.addEventListener("call", refresh);
  stream.addEventListener("missed", refresh);
  stream.addEventListener("open", refresh);
}

document.addEventListener("visibilitychange", () => {
  document.hidden ? stream = stream?.close() : listen();
});
addEventListener("pagehide", () => stream = stream?.close());
addEventListener("pageshow", (event) => event.persisted && listen());

// ---- Calls: older ones come when the end is near

const nearEnd = new IntersectionObserver((entries) => {
  if (entries.some((entry) => entry.isIntersecting)) moreCalls();
}, { rootMargin: "1500px" });

const moreCalls = oneAtATime(async () => {
  const link = $(".older a");
  if (!link) return;
  const page = await fetchPart(withQuery(link.href, { part: "rows" }));
  const last = link.parentElement;
  nearEnd.unobserve(last);
  const come = all("#rows > li", page).filter((row) => row.id || row.classList.contains("older"));
  localTimes(page);
  last.replaceWith(...come);
  watchEnd();
});

function watchEnd() {
  const last = $(".older");
  if (last) nearEnd.observe(last);
}

// ---- Calls: one opens beside the list

let opening = 0; // the newest wins

async function openCall(address, push) {
  const url = new URL(address, document.baseURI), mine = ++opening;
  let page;
  try {
    page = await fetchPart(withQuery(url.href, { part: "detail" }));
    if (mine !== opening) return;
  } catch {
    location.assign(url); // the whole page says what is wrong
    return;
  }
  const detail = $("#detail", page);
  localTimes(detail);
  $("#detail").replaceWith(detail);
  $("#split").classList.add("opened");
  document.title = "Call " + detail.dataset.number + " · Sandkasse";
  if (push) history.pushState({}, "", url);
  markOpen();
  detail.scrollTop = 0;
  if (innerWidth < 800) detail.focus();
}

function closeCall(push) {
  const detail = $("#detail");
  if (detail.classList.contains("none")) return;
  detail.outerHTML = '<section class="detail none" id="detail" aria-label="Call"></section>';
  $("#split").classList.remove("opened");
  const row = $(".rows a[aria-current]");
  if (push) history.pushState({}, "", new URL("calls" + location.search, document.baseURI));
  markOpen();
  document.title = "Calls · Sandkasse";
  row?.focus();
}

function markOpen() {
  const number = $("#detail").dataset.number;
  for (const row of all(".rows a[aria-current]")) row.removeAttribute("aria-current");
  if (number) $("#c" + CSS.escape(number) + " a")?.setAttribute("aria-current", "true");
}

document.addEventListener("click", (event) => {
  if (view !== "calls" || !plainClick(event)) return;
  const row = event.target.closest(".rows li[id] > a");
  if (row) {
    event.preventDefault();
    openCall(row.href, true);
  } else if (event.target.closest("#close")) {
    event.preventDefault();
    closeCall(true);
  } else if (event.target.closest("#news") && !missing) {
    event.preventDefault();
    showWaiting();
    list().scrollTo(0, 0);
    scrollTo(0, 0);
  }
});

addEventListener("popstate", () => {
  if (!$("#split")) return;
  const number = location.pathname.match(/\/calls\/(\d+)$/)?.[1];
  number ? openCall(location.href, false) : closeCall(false);
});

// ---- Lists that are narrowed while one types

function filterRows(input) {
  const target = document.getElementById(input.dataset.filter);
  const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
  const items = all("[data-row]", target);
  let left = 0;
  for (const item of items) {
    item.hidden = !words.every((word) => item.textContent.toLowerCase().includes(word));
    if (!item.hidden) left++;
  }
  const told = document.getElementById(input.dataset.filter + "-count");
  if (told) told.textContent = left + " of " + items.length;
  const address = new URL(location.href);
  input.value ? address.searchParams.set("q", input.value) : address.searchParams.delete("q");
  history.replaceState(history.state, "", address);
  for (const field of all("input[type=hidden][name=q]")) field.value = input.value;
}

// A list that came narrowed by its address is fetched whole, so that typing can widen it.
for (const input of all("[data-filter]")) {
  let whole = !new URLSearchParams(location.search).get("q");
  input.addEventListener("input", async () => {
    if (!whole) {
      whole = true;
      const page = await fetchPart(withQuery(location.href, { q: "" }));
      const target = document.getElementById(input.dataset.filter);
      target.replaceChildren(...page.getElementById(input.dataset.filter).childNodes);
      copyButtons(target);
    }
    filterRows(input);
  });
}

for (const input of all("[data-complete]")) { // a datalist completes a whole text; this one, its last word
  const names = all("option", input.list).map((one) => one.value);
  input.addEventListener("input", () => input.list.replaceChildren(...names.map((name) =>
    new Option("", input.value.replace(/[^\s(){}]*$/, "") + name))));
}

// ---- Keys

let before = "";

function rowsOfView() {
  return all(".rows li[id] > a, [data-row]").filter((row) => row.offsetParent !== null);
}

function move(by) {
  const items = rowsOfView();
  if (items.length === 0) return;
  let at = items.findIndex((row) => row === document.activeElement || row.contains(document.activeElement));
  if (at < 0) at = items.findIndex((row) => row.hasAttribute("aria-current"));
  const next = items[at < 0 ? 0 : Math.max(0, Math.min(items.length - 1, at + by))];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
  if (view === "calls" && $("#split").classList.contains("opened") && innerWidth >= 800) openCall(next.href, false)
    .then(() => history.replaceState({}, "", next.href)).then(() => next.focus());
}

async function showHelp() {
  const page = await fetchPart("help");
  const form = document.createElement("form"), close = document.createElement("button");
  form.method = "dialog";
  form.className = "acts";
  close.textContent = "Close";
  form.append(close);
  openDialog("Help", ...$("main section", page).childNodes, form);
}

$("#help-link").addEventListener("click", (event) => {
  if (!plainClick(event)) return;
  event.preventDefault();
  showHelp();
});

addEventListener("keydown", (event) => {
  const field = event.target.closest("input, textarea, select");
  if (event.key === "Escape" && !$("dialog[open]")) {
    const menu = $("details.more[open], details.session[open]");
    if (menu) {
      menu.open = false;
      $("summary", menu).focus();
    } else if (field) {
      field.blur();
    } else if (view === "calls" && $("#split")) {
      closeCall(true);
    }
    return;
  }
  if (field || $("dialog[open]") || event.metaKey || event.ctrlKey || event.altKey) return;
  if (before === "g") {
    before = "";
    const link = $(`nav.views a[data-key="${CSS.escape(event.key)}"]`);
    if (link) location.assign(link.href);
    return;
  }
  before = event.key;
  const act = {
    "/": () => $("#search")?.focus(),
    "j": () => move(1),
    "k": () => move(-1),
    "?": showHelp,
    "Enter": () => event.target.matches("[data-row]") && ($("button.main", event.target) ?? $("a", event.target))?.click(),
  }[event.key];
  if (!act) return;
  if (event.key !== "Enter") event.preventDefault();
  act();
});

// Menus close when one clicks elsewhere.
document.addEventListener("click", (event) => {
  for (const menu of all("details.more[open], details.session[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

// ---- Begin

localTimes(document);
copyButtons(document);
tick();
setInterval(tick, 1000);
watchEnd();
listen();
