// The page of a clip: player and transcript in step, quotes, citations, and the place where a listener stopped.
"use strict";
(() => {
const $ = (selector, within = document) => within.querySelector(selector);
const article = $("article[data-clip]"), facts = article.dataset, transcript = $("#transcript"), own = $("#player audio");
const { signal, store, clock, isForBrowser, steer, say, element, onPage: on, copies } = radioArchive;
// The bar's, if it plays this clip.
const audio = own && radioArchive.sound(own);
const LONGEST_QUOTE = 120;
// Each word gets a span with its start and end in seconds; markup.py says how the page has them.
const words = [], starts = [], ends = [];
for (const text of transcript.querySelectorAll("[data-times]")) {
  const said = text.textContent, sizes = (text.dataset.sizes || "").split(" "), made = new DocumentFragment();
  let at = 0, time = 0;
  text.dataset.times.split(" ").forEach((timed, i) => {
    const [wait, length] = timed.split("+");
    let from = at;
    while (said[from] === " ") from += 1;
    const space = said.indexOf(" ", from), start = (time += Number(wait)) / 100, end = (time += parseInt(length, 10)) / 100;
    made.append(said.slice(at, from));
    at = sizes[i] ? from + Number(sizes[i]) : space < 0 ? said.length : space;
    const word = element("span", { className: length.endsWith("!") ? "unsure" : "" }, said.slice(from, at));
    Object.assign(word.dataset, { start: start.toFixed(2), end: end.toFixed(2) });
    made.append(word);
    words.push(word);
    starts.push(start);
    ends.push(end);
  });
  text.replaceChildren(made, said.slice(at));
}
const unsure = $(".mark-unsure");
if (unsure) unsure.hidden = false;
// Seconds of a time such as 65, 1:05 or 0:01:05.5; NaN if it is none.
const seconds = (text) => {
  const match = /^(?:(?:(\d+):)?([0-5]?\d):(?=[0-5]?\d(?:\.|$)))?(\d+(?:\.\d*)?)$/.exec(text);
  return match ? 3600 * (match[1] || 0) + 60 * (match[2] || 0) + Number(match[3]) : NaN;
};
// Start and end of the media fragment in an address, #t=12.3 or #t=12.3,15 or #t=,15 (W3C Media Fragments 1.0, 4.2.1);
// the end is null if there is none, both are if the fragment names no time.
const passage = (hash) => {
  const named = new URLSearchParams(hash.slice(1)).get("t");
  const [start, end, ...more] = (named || "").replace(/^npt:/, "").split(",");
  const from = start || !end ? seconds(start) : 0, to = end === undefined ? null : seconds(end);
  return more.length || !Number.isFinite(from) || (to !== null && !(to > from)) ? [null, null] : [from, to];
};
const moment = (time) => String(Math.round(time * 10) / 10);
// Index of the last word that has begun at `time` (seconds); -1 before the first.
const wordAt = (time) => starts.findLastIndex((start) => start <= time + 0.005);

// ---- words found by the search that led here
const query = new URLSearchParams(location.search).get("q") || new URLSearchParams(location.hash.slice(1)).get("q");
if (query) {
  const plain = (text) => text.normalize("NFKD").replace(/[\u0300-\u036f\u02bb'’‘]/g, "").toLowerCase().replace(/[^\p{L}\p{N}*]/gu, "");
  // Forms of a word are found too, so its common endings do not count.
  const stem = (word) => (word.length > 4 ? word.replace(/(?:ing|ed|es|s)$/, "").replace(/e$/, "") : word);
  const asked = query.replace(/(?:^|[\s(])(?:-|NOT\s+)(?:"[^"]*"|“[^”]*”|\S+)/g, " ").replace(/\bsaid:/gi, " ")
    .replace(/\b[a-z]+:(?:"[^"]*"|“[^”]*”|\S+)/gi, " ").split(/\s+/).filter((word) => !/^(?:AND|OR|NEAR(?:\/\d+)?)$/.test(word));
  const terms = asked.flatMap((word) => word.split("-")).map(plain).filter((word) => word.replace(/\*/g, ""));
  const wanted = new Set(terms.map(stem)), beginnings = terms.filter((word) => word.endsWith("*")).map((word) => word.slice(0, -1));
  for (const word of words) {
    const text = plain(word.textContent);
    if (wanted.has(stem(text)) || beginnings.some((begun) => text.startsWith(begun))) word.classList.add("found");
  }
}

// ---- quotes: select text
const bar = $(".quoting"), share = $("#share"), field = $("input", share), card = $("[data-do=card]", share);
const page = (facts.url || location.href).split(/[#?]/)[0], isKnown = page.startsWith("http");
let chosen = null;
const isWithin = (range, word) => {
  if (!range.intersectsNode(word)) return false;
  const whole = new Range();
  whole.selectNodeContents(word);
  return range.compareBoundaryPoints(Range.END_TO_START, whole) < 0 && range.compareBoundaryPoints(Range.START_TO_END, whole) > 0;
};
const chosenWords = () => {
  const selection = getSelection(), range = !selection.isCollapsed && selection.getRangeAt(0);
  if (!range || !transcript.contains(range.commonAncestorContainer)) return null;
  const first = words.findIndex((word) => isWithin(range, word));
  return first < 0 ? null : quoteOf(first, words.findLastIndex((word) => isWithin(range, word)));
};
const quoteOf = (first, last) => {
  let text = words[first].textContent;
  for (let i = first + 1; i <= last; i++) {
    const isNext = words[i].parentNode !== words[i - 1].parentNode;
    // A quote must not join what was said before and after words that were not understood.
    const isMissing = isNext && words[i].closest("p").previousElementSibling.matches(".gap");
    text += isMissing ? " [not understood] " : isNext ? " " : words[i].previousSibling.textContent;
    text += words[i].textContent;
  }
  return { text, start: starts[first], end: ends[last] };
};
const linkTo = (quote) => `${page}#t=${moment(quote.start)},${moment(quote.end)}`;
const citation = (quote) => {
  const who = [facts.reporter, `“${facts.title}”`, facts.show, facts.place, facts.date].filter(Boolean).join(", ");
  const note = facts.note && `\n(${facts.note})`;
  return `“${quote.text}”\n\n${who}, ${clock(quote.start)}–${clock(quote.end)}\n${linkTo(quote)}${note}\n`;
};
const cardOf = ({ start, end }) => card && `${new URL(card.dataset.at, page)}?start=${moment(start)}${end ? `&end=${moment(end)}` : ""}`;
const controls = {};
for (const control of bar.querySelectorAll("[data-do]")) controls[control.dataset.do] = control;
const showQuote = () => {
  const found = chosenWords(), { sound } = controls;
  if (!found && bar.contains(document.activeElement)) return;
  chosen = found;
  bar.hidden = !found;
  if (!found) return;
  $(".chosen", bar).textContent = `${clock(found.start)}  “${found.text}”`;
  sound.hidden = !facts.quote || found.end - found.start > LONGEST_QUOTE;
  sound.href = `${facts.quote}?start=${found.start}&end=${Math.max(found.end, found.start + 0.1).toFixed(2)}`;
  controls.play.hidden = !audio;
  controls.card.hidden = !card;
  controls.card.href = cardOf(found);
};
const endQuote = () => {
  const focused = bar.contains(document.activeElement);
  getSelection().removeAllRanges();
  bar.hidden = true;
  chosen = null;
  anchor = -1;
  if (focused && here >= 0) words[here].focus();
};
let settling = 0;
on(document, "selectionchange", () => { clearTimeout(settling); settling = setTimeout(showQuote, 150); });
on(document, "keydown", (event) => { if (event.key === "Escape" && !bar.hidden) endQuote(); });
on(controls.play, "click", () => playPassage(chosen.start, chosen.end));
on(controls.close, "click", endQuote);
copies(controls.quote, () => citation(chosen));
copies(controls.link, () => linkTo(chosen));

// ---- words by keyboard
let here = -1, anchor = -1, hear = null;
const stopAtWord = (index) => {
  if (index < 0 || index === here) return;
  // Only this one is a button: thousands of buttons could not be read.
  if (here >= 0) for (const name of ["tabindex", "role", "aria-describedby"]) words[here].removeAttribute(name);
  here = index;
  Object.assign(words[here], { tabIndex: 0, role: "button" }).setAttribute("aria-describedby", "by-keys");
};
const goal = (key, at) => {
  const isWith = (index) => (word) => word.parentNode === words[index].parentNode;
  const first = words.findIndex(isWith(at)), last = words.findLastIndex(isWith(at));
  const step = getComputedStyle(words[at]).direction === "rtl" ? -1 : 1;
  const above = first > 0 ? words.findIndex(isWith(first - 1)) : -1;
  return { ArrowRight: at + step, ArrowLeft: at - step, ArrowDown: last + 1, ArrowUp: above, Home: first, End: last }[key];
};
on(transcript, "keydown", (event) => {
  const at = words.indexOf(event.target);
  if (at < 0 || isForBrowser(event)) return;
  if (event.key === "Enter") {
    event.preventDefault();
    if (anchor >= 0) { showQuote(); $(".knobs :not([hidden])", bar).focus(); } else hear?.(starts[at]);
    return;
  }
  const to = goal(event.key, at);
  if (to === undefined) return;
  event.preventDefault();
  if (!words[to]) return;
  if (!event.shiftKey && anchor >= 0) { anchor = -1; getSelection().removeAllRanges(); }
  if (event.shiftKey && anchor < 0) { anchor = at; say("Selecting. Enter leads to what can be done with the words."); }
  stopAtWord(to);
  words[to].focus();
  if (anchor < 0) return;
  const first = words[Math.min(anchor, to)].firstChild, last = words[Math.max(anchor, to)].firstChild;
  getSelection().setBaseAndExtent(first, 0, last, last.length);
});
if (words.length) stopAtWord(0);

// ---- sharing from the second that is heard, or that was typed
const from = () => seconds(field.value.trim()) || 0;
// The sentence at that second.
const sentence = () => {
  let first = Math.max(0, wordAt(from() + 0.05)), last = first;
  const isJoined = (i) => words[i + 1]?.closest("p") === words[i].closest("p") && !/[.?!…]["”’)]*$/.test(words[i].textContent);
  while (first > 0 && isJoined(first - 1)) first -= 1;
  while (isJoined(last)) last += 1;
  return quoteOf(first, last);
};
const frame = () => element("iframe", { src: cardOf({ start: from() }), title: facts.title, width: 600, height: 260, loading: "lazy", style: "border: 0; max-width: 100%" });
const shared = { link: [isKnown, () => `${page}#t=${moment(from())}`], quote: [words.length, () => citation(sentence())], frame: [card && isKnown, () => frame().outerHTML] };
for (const control of share.querySelectorAll("button")) {
  const [isPossible, textOf] = shared[control.dataset.do];
  control.hidden = !isPossible;
  copies(control, textOf);
}
if (card) {
  card.dataset.at = card.getAttribute("href");
  card.hidden = !words.length;
  on(card, "pointerenter focus click", () => { card.href = cardOf(sentence()); });
}
share.hidden = false;
let isTyped = false;
on(field, "input", () => { isTyped = field.value !== ""; });

// ---- the transcript for a content management system
const forCms = $("a.copy");
if (location.protocol.startsWith("http")) {
  copies(forCms, async () => {
    const html = await (await fetch(forCms.href)).text();
    const paragraphs = new DOMParser().parseFromString(html, "text/html").querySelectorAll("p");
    return [[...paragraphs].map((paragraph) => paragraph.textContent).join("\n\n"), html];
  });
}

// ---- references
const visited = (style) => {
  const day = new Date(), month = day.toLocaleString("en", { month: "long" }), year = day.getFullYear();
  if (style !== "MLA") return ` Accessed ${month} ${day.getDate()}, ${year}.`;
  return ` Accessed ${day.getDate()} ${month.length < 5 ? month : `${month.slice(0, month === "September" ? 4 : 3)}.`} ${year}.`;
};
for (const reference of document.querySelectorAll(".reference")) {
  const text = $("p", reference), accessed = $(".accessed", text), button = $("button", reference);
  if (accessed) accessed.textContent = visited(reference.dataset.style);
  button.hidden = false;
  copies(button, () => text.textContent);
}

if (!audio) return;

// ---- errors are reported at the moment that is heard
const report = $("a.report");
const setReport = (time) => {
  const text = `Report an error at ${clock(time)}`;
  if (!report || report.textContent === text) return;
  const link = `${page}#t=${Math.floor(time)}`, about = [facts.title, facts.show, facts.date].filter(Boolean).join(", ");
  const mail = { subject: `Error at ${clock(time)}: ${facts.title}`, body: `\n\n${about}, at ${clock(time)}\n${link}\n` };
  const sent = Object.entries(report.protocol === "mailto:" ? mail : { clip: link });
  const [base, fragment] = report.dataset.to.split("#");
  report.href = `${base}${base.includes("?") ? "&" : "?"}${sent.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&")}${fragment ? `#${fragment}` : ""}`;
  report.textContent = text;
};

// ---- the player
const player = $("#player"), play = $(".play"), position = $(".wave input"), wave = $(".wave"), now = $(".now"), knobs = $(".board .knobs");
const speed = $(".speed"), captions = $(".captions"), follow = $(".follow"), caption = $(".caption");
audio.controls = false;
audio.hidden = true;
$(".board").hidden = false;
document.body.classList.add("ready");
// While the transcript is read, the player stays in view without its first row.
const measure = () => player.style.setProperty("--above", `${knobs.offsetTop + knobs.offsetHeight}px`);
on(window, "resize", measure);
measure();
let lit = -1, stopAt = null, scrolledAt = 0;

const length = () => (Number.isFinite(audio.duration) && audio.duration > 0 ? audio.duration : Number(position.max));
const show = () => {
  const time = audio.currentTime, word = wordAt(time);
  wave.style.setProperty("--heard", `${Math.min(100, (100 * time) / length())}%`);
  position.value = time;
  position.ariaValueText = `${clock(time)} of ${clock(length())}`;
  now.textContent = clock(time);
  setReport(time);
  const index = time && word >= 0 && (time < ends[word] || starts[word + 1] - ends[word] < 0.6) ? word : -1;
  if (index !== lit) {
    words[lit]?.classList.remove("lit");
    lit = index;
    words[lit]?.classList.add("lit");
    if (lit >= 0 && !audio.paused) keepInView(words[lit]);
    if (anchor < 0 && !transcript.contains(document.activeElement)) stopAtWord(lit);
  }
  if (stopAt !== null && audio.currentTime >= stopAt) { audio.pause(); stopAt = null; }
};
const keepInView = (word) => {
  if (!follow.checked || performance.now() - scrolledAt < 4000) return;
  const { top, bottom } = word.getBoundingClientRect();
  if (top < player.getBoundingClientRect().bottom + 20 || bottom > innerHeight - 120) word.scrollIntoView({ block: "center" });
};
const tick = () => { if (signal.aborted) return; show(); if (!audio.paused && !audio.ended) requestAnimationFrame(tick); };
const seek = (time) => {
  // Before anything is loaded, this is where it will begin.
  audio.currentTime = Math.max(0, Math.min(time, length()));
  show();
};
const start = () => audio.play().catch(() => { /* the browser wants a click first */ });
const toggle = () => { stopAt = null; if (audio.paused) start(); else audio.pause(); };
const skip = (by) => { stopAt = null; seek(audio.currentTime + by); };
const playPassage = (from, to = null) => { seek(from); stopAt = to; start(); };
hear = (time) => playPassage(time);

const key = `at:${facts.clip}`;
let kept = 0;
const keep = () => {
  const time = audio.currentTime;
  store.set(key, time > 5 && time < length() - 5 ? moment(time) : "0");
  kept = performance.now();
};
on(audio, "loadedmetadata", () => { position.max = length(); show(); });
on(audio, "seeked timeupdate", show);
on(audio, "timeupdate", () => {
  if (!isTyped && field !== document.activeElement) field.value = clock(audio.currentTime);
  if (!audio.paused && performance.now() - kept > 5000) keep();
});
const mark = (isPlaying) => { document.body.classList.toggle("playing", isPlaying); play.ariaLabel = isPlaying ? "Pause" : "Play"; };
const started = () => { mark(true); tick(); };
on(audio, "play", started);
on(audio, "pause ended", () => { mark(false); show(); keep(); });
on(audio, "error", () => say("The sound cannot be played."));
on(play, "click", toggle);
on($(".back"), "click", () => skip(-5));
on($(".forth"), "click", () => skip(5));
on(position, "input", () => { stopAt = null; seek(Number(position.value)); });

on(document, "keydown", (event) => steer(event, skip, toggle));

// A click on a word plays from it; a selection is a quote.
on(transcript, "click", (event) => {
  const index = words.indexOf(event.target);
  if (index < 0 || !getSelection().isCollapsed) return;
  stopAtWord(index);
  hear(starts[index]);
});
// A click on a time plays from there, even if the address has it already.
on(article, "click", (event) => {
  const time = event.target.closest('a[href^="#t="]');
  if (time && time.hash === location.hash) fromAddress(true);
});
on(window, "wheel touchmove", () => { scrolledAt = performance.now(); }, { passive: true });

// ---- speed, captions, and where listening stopped
on(speed, "change", () => { audio.playbackRate = Number(speed.value); store.set("speed", speed.value); });
speed.value = store.get("speed");
speed.value ||= "1";
audio.defaultPlaybackRate = audio.playbackRate = Number(speed.value);
const track = audio.textTracks[0];
const showCaption = () => {
  caption.hidden = !captions.checked;
  caption.textContent = [...track.activeCues || []].map((cue) => cue.getCueAsHTML().textContent).join("\n");
};
const setCaptions = () => { track.mode = captions.checked ? "hidden" : "disabled"; showCaption(); };
on(captions, "change", () => { store.set("captions", captions.checked ? "on" : "off"); setCaptions(); });
on(track, "cuechange", showCaption);
captions.checked = store.get("captions") === "on";
setCaptions();

// ---- deep links
const fromAddress = (playing) => {
  const [from, to] = passage(location.hash);
  if (from === null) return false;
  stopAt = to;
  seek(from);
  const first = Math.max(0, wordAt(from + 0.05)), last = to === null ? -1 : wordAt(to - 0.05);
  for (const word of transcript.querySelectorAll(".quoted")) word.classList.remove("quoted", "found");
  for (const word of words.slice(first, last + 1)) word.classList.add("quoted", "found");
  words[first]?.scrollIntoView({ block: "center", behavior: "instant" });
  if (playing) start();
  return true;
};
on(window, "hashchange", () => fromAddress(true));
// What is heard already goes on where it is, unless a link leads to a moment; one from elsewhere waits for a click.
if (audio !== own) {
  if (radioArchive.arrived) fromAddress(true);
  if (!audio.paused) started();
} else if (!fromAddress(radioArchive.fromHere)) {
  const before = Number(store.get(key));
  if (before > 0) { seek(before); say(`Goes on at ${clock(before)}`); }
}
show();
})();
