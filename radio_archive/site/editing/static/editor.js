// For editors only. On a clip's page: the text can be changed while it is heard. On the review: keys for its forms.
"use strict";
(() => {
const { onPage: on, element, say, isTyping } = radioArchive;
const $ = (selector, within = document) => within.querySelector(selector);
// A page that navigate.js has put here comes without its style sheets.
const style = new URL("editor.css", document.currentScript.src).href;
if (![...document.querySelectorAll("link[rel=stylesheet]")].some((link) => link.href === style)) document.head.append(element("link", { rel: "stylesheet", href: style }));

// A second click sends nothing a second time.
let isSent = false;
on(document, "submit", (event) => {
  if (event.defaultPrevented || event.target.method !== "post") return;
  if (isSent) event.preventDefault();
  isSent = true;
});
on(window, "pageshow", () => { isSent = false; });

// ---- the review: j and k go from item to item, p plays one, a accepts, r keeps, s skips, e writes
const items = [...document.querySelectorAll(".review > li[id]")];
if (items.length) {
  // Where one was: after the one that was decided.
  let now = Math.max(0, items.findIndex((item) => `#${item.id}` === location.hash));
  items[now].classList.add("now");
  const go = (to) => {
    items[now].classList.remove("now");
    now = Math.max(0, Math.min(items.length - 1, to));
    items[now].classList.add("now");
    items[now].scrollIntoView({ block: "center" });
    $("button", items[now]).focus({ preventScroll: true });
  };
  const press = (value) => $(`button[name=do][value="${value}"]`, items[now])?.click();
  on(document, "keydown", (event) => {
    if (isTyping(event) || event.shiftKey) return;
    const act = {
      j: () => go(now + 1), k: () => go(now - 1), a: () => press("0"), r: () => press("keep"), s: () => press("skip"),
      e: () => $("input[name=after]", items[now]).select(),
      p: () => { const sound = $("audio", items[now]); if (sound) { sound.currentTime = 0; sound.play(); } },
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  // One at a time.
  on(document, "play", ({ target }) => { for (const other of document.querySelectorAll("audio")) if (other !== target) other.pause(); }, { capture: true });
}

// ---- a clip's text
const given = $("#editable"), bar = $("#editor-bar"), transcript = $("#transcript");
if (!given || !transcript) return;
const facts = JSON.parse(given.textContent);
const spans = [...transcript.querySelectorAll("[data-start]")];
// Each is a word of the page: positions in the transcript, and the text, which begins with a space unless it is joined.
const words = facts.words.map(([first, last, text]) => ({ first, last, text }));
const plain = (text) => text.replace(/\s+/g, " ").trim();
if (spans.length !== words.length || spans.some((span, i) => plain(span.textContent) !== plain(words[i].text))) return;
const toggle = $("button", bar), undo = $("#editor-undo");
transcript.before(bar);
bar.hidden = false;
let edits = false, field = null;

// Words that one correction put there are changed together.
const whole = (first, last) => {
  while (first && words[first - 1].last >= words[first].first) first -= 1;
  while (last + 1 < words.length && words[last + 1].first <= words[last].last) last += 1;
  return [first, last];
};
const textOf = (first, last) => plain(words.slice(first, last + 1).map((word) => word.text).join(""));
const chosen = () => {
  const selection = getSelection();
  if (selection.isCollapsed || !transcript.contains(selection.getRangeAt(0).commonAncestorContainer)) return null;
  const range = selection.getRangeAt(0);
  const within = (span) => {
    const it = new Range();
    it.selectNodeContents(span);
    return span.textContent && range.compareBoundaryPoints(Range.END_TO_START, it) < 0 && range.compareBoundaryPoints(Range.START_TO_END, it) > 0;
  };
  const first = spans.findIndex(within);
  return first < 0 ? null : [first, spans.findLastIndex(within)];
};

const close = () => {
  if (!field) return;
  const { box, first, last } = field;
  field = null;
  box.remove();
  for (const span of spans.slice(first, last + 1)) span.hidden = false;
};
const open = (from, to, typed = null) => {
  if (field) return;
  const [first, last] = whole(from, to), before = textOf(first, last);
  const input = element("input", { value: typed ?? before, ariaLabel: `Correct “${before}”`, autocomplete: "off", spellcheck: true });
  input.size = Math.max(4, input.value.length + 2);
  const box = element("span", { className: "editor-field knobs" }, input);
  spans[first].before(box);
  for (const span of spans.slice(first, last + 1)) span.hidden = true;
  field = { box, input, first, last, before };
  getSelection().removeAllRanges();
  on(input, "keydown", keyed);
  input.focus();
  input.select();
};
const tell = (message, ...more) => {
  $(".problem", field.box)?.remove();
  field.box.append(element("span", { className: "problem", role: "alert" }, message, ...more));
};

// Puts a text in place of the words, in the page: the first of them stands for all.
const put = (first, last, text) => {
  const joined = words[first].text.startsWith(" ") ? " " : "";
  const [from, to] = [words[first].first, words[last].last];
  spans.slice(first, last + 1).forEach((span, i) => {
    span.textContent = i ? "" : text;
    span.classList.remove("unsure");
    span.classList.toggle("corrected", !i);
    words[first + i] = { first: from, last: to, text: i ? "" : joined + text };
  });
};
const refused = (status, answer) => {
  if (status === 401) {
    const link = element("a", { href: facts.signIn, target: "_blank", rel: "noopener" }, "Sign in again");
    tell(`${answer.error} `, link, ", then press Enter here again.");
    isOut = true;
  } else if (status === 403 && !isOut) {
    // Somebody signed in again in another window.
    isOut = true;
    save();
  } else if (status === 409 && typeof answer.now === "string") {
    const { first, last, input } = field, mine = input.value, theirs = answer.now;
    const keep = element("button", { type: "button" }, `Keep “${theirs}”`), use = element("button", { type: "button" }, `Use “${mine}”`);
    tell(`Somebody else changed this to “${theirs}” meanwhile. `, keep, " ", use);
    on(keep, "click", () => { put(first, last, theirs); close(); spans[first].focus(); });
    on(use, "click", () => { put(first, last, theirs); field.before = theirs; save(); });
    keep.focus();
  } else tell(answer.error || "Not saved. Try again.");
};
// The token of the session that somebody has opened elsewhere meanwhile, if they have.
const renew = async () => {
  const page = new DOMParser().parseFromString(await (await fetch(location.pathname)).text(), "text/html"), theirs = $("#editable", page);
  if (theirs) facts.token = JSON.parse(theirs.textContent).token;
};
let saving = false, isOut = false;
// Saves what is written; `then` is a step to another word, or opens one.
const save = async (then = null) => {
  if (saving) return;
  const { first, last, before, input } = field, after = plain(input.value);
  if (after === before) { close(); finish(then, last); return; }
  saving = true;
  input.readOnly = true;
  let status = 0, answer = { error: "Not saved: the site does not answer. Your text is still here; try again." };
  try {
    if (isOut) await renew();
    const body = JSON.stringify({ first: words[first].first, last: words[last].last, version: facts.version, before, after });
    const headers = { "Content-Type": "application/json", "X-Editor-Token": facts.token };
    const sent = await fetch(facts.save, { method: "POST", body, headers });
    status = sent.status;
    answer = await sent.json();
  } catch { /* what is to be said is known already */ }
  saving = false;
  if (!field) return;
  input.readOnly = false;
  if (!answer.ok) { refused(status, answer); return; }
  isOut = false;
  // Where the end of a sentence was removed, the word before has its full stop now.
  let from = first;
  while (from && words[from - 1].first >= answer.first) from -= 1;
  put(from, last, answer.text);
  close();
  say(`Saved: ${answer.text || "removed"}`);
  undo.hidden = false;
  $("[role=status]", undo).textContent = `Changed: “${before}”`;
  finish(then, last, first);
};
const finish = (then, last, first = last) => {
  if (typeof then === "function") { then(); return; }
  if (then) {
    let next = then > 0 ? last + 1 : first - 1;
    while (words[next] && !words[next].text) next += then;
    if (words[next]) { open(next, next); return; }
  }
  while (words[first + 1] && !words[first].text) first += 1;
  if (!spans[first].hasAttribute("tabindex")) spans[first].tabIndex = -1;
  spans[first].focus();
};
function keyed(event) {
  const { key, ctrlKey, metaKey, shiftKey } = event;
  if (event.isComposing || !["Enter", "Escape", "Tab"].includes(key)) return;
  event.preventDefault();
  event.stopPropagation();
  if (key === "Escape") { const { first } = field; close(); finish(null, first); }
  else if (key === "Tab") save(shiftKey ? -1 : 1);
  else if (ctrlKey || metaKey) $(".play")?.click();
  else if (shiftKey) $(".back")?.click();
  else save();
}

on(toggle, "click", () => {
  edits = !edits;
  toggle.ariaPressed = String(edits);
  document.body.classList.toggle("edits", edits);
  if (!edits && field) save();
  say(edits ? $("#editor-help").textContent : "The text is read only again.");
});
// Before the player's own, for which a click on a word plays from it.
const first = { capture: true };
on(transcript, "click", (event) => {
  if (!edits || event.target.closest(".editor-field")) return;
  const selected = chosen(), at = spans.indexOf(event.target);
  if (!selected && at < 0) return;
  event.preventDefault();
  event.stopPropagation();
  const begin = () => open(...(selected || [at, at]));
  if (field) save(begin); else begin();
}, first);
on(transcript, "keydown", (event) => {
  const at = spans.indexOf(event.target);
  if (!edits || at < 0 || event.key !== "Enter" || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  event.stopPropagation();
  open(...(chosen() || [at, at]));
}, first);
const isUnsaved = () => field && plain(field.input.value) !== field.before;
on(document, "click submit", (event) => {
  if (!isUnsaved() || (event.type === "click" && !event.target.closest("a[href]")) || event.target.closest(".editor-field")) return;
  event.preventDefault();
  event.stopPropagation();
  tell("Save this first, or leave it with Escape.");
}, first);
on(window, "beforeunload", (event) => { if (isUnsaved()) event.preventDefault(); });
})();
