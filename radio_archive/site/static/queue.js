// Plays clips and passages from lists, one after another, in a bar that stays while one browses.
//
// `article[data-sound]` is a clip of a list, with the address of its sound. The queue outlives a load, in sessionStorage.
"use strict";
(() => {
const ours = radioArchive, { bare, clock, element, on, say } = ours, KEY = "radio-archive:queue", MOST = 500;
// Milliseconds that a load may take for the sound to go on by itself.
const SOON = 15000;
const bar = document.getElementById("listening"), $ = (selector) => bar.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const title = $(".what a"), position = $("input"), panel = $(".queue"), list = $("ol"), toggler = $("[data-do=toggle]"), folder = $("[data-do=unfold]");
let items = [], at = -1, audio = null, own = null, spare = null;

const button = (textContent, ariaLabel, onclick, className = "") => element("button", { type: "button", textContent, ariaLabel, onclick, className });

// ---- sounds
const soundOf = (audible) => audible && bare(audible.src);
const watched = new WeakSet();
const watch = (audible) => {
  if (watched.has(audible)) return audible;
  watched.add(audible);
  on(audible, "play", () => { if (audible === own && audible !== audio) { place(itemHere()); use(own); } show(); });
  on(audible, "pause", show);
  on(audible, "timeupdate durationchange", tell);
  on(audible, "ended", () => { if (audible === audio) step(1); show(); });
  on(audible, "error", () => { if (audible === audio) { say(`“${items[at].title}” cannot be played.`); step(1); } });
  return audible;
};
const fresh = (src, preload) => watch(element("audio", { preload, src, hidden: true }));
const seek = (to, audible = audio) => { audible.currentTime = Math.max(0, to); };
// Makes `audible` that of the current item.
const use = (audible) => {
  const before = audio, { title: name, facts } = items[at];
  audio = audible;
  if (before && before !== audio) { before.pause(); if (before !== own) before.remove(); }
  if (!audio.isConnected) bar.append(audio);
  audio.defaultPlaybackRate = audio.playbackRate = Number(ours.store.get("speed")) || 1;
  if (navigator.mediaSession) {
    navigator.mediaSession.metadata = new MediaMetadata({ title: name, artist: facts, album: document.querySelector(".home").textContent });
  }
};
// The browser may want a click first.
const play = () => audio.play().catch(show);
const begin = (from = items[at].start, playing = true) => {
  const { sound } = items[at];
  use([audio, own, spare].find((audible) => soundOf(audible) === sound && !audible.error) ?? fresh(sound, "auto"));
  spare = null;
  seek(from);
  if (playing) play();
  show();
};
const skip = (by) => seek(audio.currentTime + by);
const toggle = () => { if (audio.paused) play(); else audio.pause(); };

// ---- the queue
const indexOf = ({ sound }) => items.findIndex((other) => other.sound === sound);
// Makes `item` the current one: where it is already, else after the one before.
const place = (item) => {
  const found = indexOf(item);
  at = found >= 0 ? found : Math.min(at + 1, items.length);
  items.splice(at, found >= 0 ? 1 : 0, item);
};
const hear = (item) => { place(item); begin(); };
const step = (by) => { if (items[at + by]) { at += by; begin(); say(items[at].title); } };
const add = (item) => {
  if (indexOf(item) >= 0) { say("It is in the queue already."); return; }
  items.push(item);
  if (at < 0) { at = 0; begin(item.start, false); } else show();
  say(`Added to the queue: ${item.title}`);
};
const remove = (index) => {
  const playing = !audio.paused, wasCurrent = index === at;
  if (items.length < 2) { close(); return; }
  items.splice(index, 1);
  if (index < at || at === items.length) at -= 1;
  if (wasCurrent) begin(items[at].start, playing); else show();
};
const move = (index, by) => {
  const current = items[at], [moved] = items.splice(index, 1);
  items.splice(index + by, 0, moved);
  at = items.indexOf(current);
  show();
  say(`${moved.title}: ${index + by + 1} of ${items.length}`);
};
const forget = () => { [items, at, audio] = [[], -1, null]; };
const close = () => {
  audio.pause();
  if (audio !== own) audio.remove();
  forget();
  show();
  document.getElementById("main").focus({ preventScroll: true });
};
const unfold = (open) => { panel.hidden = !open; folder.ariaExpanded = String(open); show(); };

// ---- the bar
const actions = { previous: () => step(-1), toggle, next: () => step(1), unfold: () => unfold(panel.hidden), close };
on(bar, "click", (event) => actions[event.target.closest("[data-do]")?.dataset.do]?.());
on(position, "input", () => { seek(Number(position.value)); tell(); });
on(panel, "keydown", (event) => { if (event.key === "Escape") { unfold(false); folder.focus(); } });
// The browser's own keys for sound do the rest.
navigator.mediaSession?.setActionHandler("previoustrack", actions.previous);
navigator.mediaSession?.setActionHandler("nexttrack", actions.next);
const mark = (control, isOn, of = "") => { control.classList.toggle("on", isOn); control.ariaLabel = `${isOn ? "Pause" : "Play"}${of}`; };
function show() {
  keep();
  for (const control of all("article > .hear")) {
    mark(control, Boolean(audio) && !audio.paused && items[at].sound === addressOf(control.parentNode), ` ${control.dataset.title}`);
  }
  // On the page of the only clip, its player is enough.
  bar.hidden = !audio || (audio === own && items.length < 2);
  if (bar.hidden) return;
  title.textContent = items[at].title;
  title.href = items[at].page;
  $(".what span").textContent = items[at].facts;
  mark(toggler, !audio.paused);
  $("[data-do=previous]").disabled = !at;
  $("[data-do=next]").disabled = at === items.length - 1;
  folder.textContent = `Queue (${items.length})`;
  if (!panel.hidden) fill();
  tell();
}
function tell() {
  if (bar.hidden) return;
  const now = clock(audio.currentTime), whole = clock(audio.duration || 0);
  position.max = audio.duration || 0;
  position.value = audio.currentTime;
  position.ariaValueText = `${now} of ${whole}`;
  $(".at").textContent = `${now} / ${whole}`;
}
// The lines are made anew; the keyboard stays where it was.
function fill() {
  const held = list.contains(document.activeElement) && document.activeElement.className;
  list.replaceChildren(...items.map((item, index) => {
    const control = (sign, name, next, isPossible, act) => {
      const label = `${name[0].toUpperCase()}${name.slice(1)}: ${item.title}`;
      const made = button(sign, label, () => { act(); list.children[next]?.querySelector(`.${name}:enabled, .name`).focus(); }, name);
      made.disabled = !isPossible;
      return made;
    };
    const named = button(item.title, null, () => { at = index; begin(); }, "name");
    if (index === at) named.ariaCurrent = "true";
    return element("li", {}, named,
      control("↑", "up", index - 1, index > 0, () => move(index, -1)),
      control("↓", "down", index + 1, index < items.length - 1, () => move(index, 1)),
      control("×", "remove", Math.min(index, items.length - 2), true, () => remove(index)));
  }));
  if (held) list.querySelector(`[aria-current].${held}`)?.focus();
}

// ---- lists
const addressOf = (article) => new URL(article.dataset.sound, document.baseURI).href;
const momentOf = (address) => Number(/#t=(\d+(?:\.\d+)?)/.exec(address)?.[1] ?? 0);
const itemOf = (article, start) => {
  const link = article.querySelector(":is(h2, h3) a"), facts = all(".facts > :not(button)", article).slice(0, 3).map((fact) => fact.textContent).join(" · ");
  return { sound: addressOf(article), page: bare(link.href), title: link.textContent, facts, start: start ?? momentOf(link.href) };
};
// Loads the beginning of a file, and from the moment where it is to be played.
const prepare = ({ sound, start }) => {
  if (soundOf(audio) === sound) return;
  if (soundOf(spare) !== sound) spare = fresh(sound, "metadata");
  seek(start, spare);
};
const hearing = (item, moment, act) => {
  const made = button("", `Play ${item.title}${moment}`, act, "hear");
  let soon = 0;
  made.dataset.title = item.title;
  made.append(toggler.firstElementChild.cloneNode(true));
  on(made, "pointerenter focus", () => { clearTimeout(soon); soon = setTimeout(prepare, 80, item); });
  on(made, "pointerleave blur", () => clearTimeout(soon));
  return made;
};
const equip = (article) => {
  const item = itemOf(article);
  article.classList.add("audible");
  article.prepend(hearing(item, "", () => { if (audio && items[at].sound === item.sound) toggle(); else hear(item); }));
  article.querySelector(".facts")?.append(button("+ Queue", `Add to the queue: ${item.title}`, () => add(item), "later"));
  for (const link of all('.passages a[href*="#t="]', article)) {
    const passage = itemOf(article, momentOf(link.href));
    link.before(hearing(passage, ` from ${clock(passage.start)}`, () => hear(passage)));
  }
};
const equipAll = () => {
  const found = all("article[data-sound]:not(.audible)");
  if (!found.length) return;
  found.forEach(equip);
  for (const whole of all("main ol:is(.clips, .hits):not(.whole, aside *)")) {
    const articles = all(".audible", whole);
    if (articles.length < 2) continue;
    whole.classList.add("whole");
    whole.before(button(`Play all ${articles.length}`, null, () => {
      items = articles.slice(0, MOST).map((article) => itemOf(article));
      at = 0;
      begin();
    }, "all"));
  }
  show();
};

// ---- pages
// The sound that a listener has started on its own page.
const itemHere = () => {
  const { title: name, show: series, date, reporter } = document.querySelector("article[data-clip]").dataset;
  return { sound: soundOf(own), page: bare(location.href), title: name, facts: [series, date, reporter].filter(Boolean).join(" · "), start: 0 };
};
// Returns the sound for a page's player: its own, or the one of the bar if it is the same, which moves there and goes on.
ours.sound = (audible) => {
  own = watch(audible);
  if (audio && audio !== own && soundOf(audio) === soundOf(own)) {
    audio.replaceChildren(...own.children);
    own.replaceWith(audio);
    own = audio;
  }
  document.querySelector("#player .knobs").append(button("+ Queue", null, () => add(itemHere())));
  show();
  return own;
};
ours.isHeard = () => Boolean(audio) && !(audio === own && audio.paused && items.length < 2);
ours.beforeLeaving = () => {
  if (!ours.isHeard()) forget();
  // It leaves the page and gets to the bar in the same turn, so it does not stop.
  else if (audio === own) bar.append(audio);
  own = null;
};
const arrive = () => {
  equipAll();
  new MutationObserver(equipAll).observe(document.getElementById("main"), { childList: true, subtree: true });
  show();
};
ours.afterArriving = () => { unfold(false); arrive(); say(document.title); };

// On the page of a clip, keys are for its player, unless another clip is heard.
on(document, "keydown", (event) => { if (audio && audio !== own && !(own && audio.paused)) ours.steer(event, skip, toggle); });

// ---- over a load, where pages cannot be fetched
function keep() {
  try {
    if (!ours.isHeard()) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, JSON.stringify({ items, at, time: audio.currentTime, playing: !audio.paused, when: Date.now() }));
  } catch { /* a private window */ }
}
// From a disk, other pages can write there too.
const isOurs = (address) => { const url = new URL(address); return url.protocol === location.protocol && url.host === location.host; };
function restore() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY));
    if (!kept.items.every(({ sound, page, start }) => isOurs(sound) && isOurs(page) && start >= 0) || !kept.items[kept.at]) return;
    [items, at] = [kept.items.slice(0, MOST), kept.at];
    begin(Number(kept.time) || 0, kept.playing && Date.now() - kept.when < SOON);
  } catch { /* nothing was kept, or not by us */ }
}
on(window, "pagehide", keep);
on(window, "pageshow", (event) => { if (event.persisted) restore(); });
restore();
arrive();
})();
