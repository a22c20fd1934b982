// Plays clips and passages from lists, one after another, in a bar that stays while one browses.
//
// `article[data-sound]` is a clip of a list, with the address of its sound. The player of a clip's page gets its sound from
// `radioArchive.sound`: the one in the bar, if it is the same. What is queued outlives a load, in sessionStorage.
"use strict";
(() => {
  const ours = window.radioArchive, { clock } = ours, KEY = "radio-archive:queue", STEP = 5, MOST = 500;
  // Milliseconds that a load may take for the sound to go on by itself.
  const SOON = 15000;
  const bar = document.getElementById("listening"), $ = (selector) => bar.querySelector(selector);
  const title = $(".what a"), facts = $(".what span"), time = $(".at"), position = $("input");
  const panel = $(".queue"), list = $("ol"), toggler = $("[data-do=toggle]"), folder = $("[data-do=unfold]");
  let items = [], at = -1, audio = null, own = null, spare = null;

  const here = () => location.href.split("#")[0];
  const button = (text, label, act, className = "") => {
    const made = Object.assign(document.createElement("button"), { type: "button", textContent: text, className });
    if (label) made.setAttribute("aria-label", label);
    made.addEventListener("click", act);
    return made;
  };
  let told = null;
  ours.say = (text) => {
    if (!told) {
      told = Object.assign(document.createElement("p"), { className: "hidden", role: "status" });
      told.dataset.stays = "";
      bar.after(told);
    }
    // A region that was just added, or that says the same again, is not read.
    told.textContent = "";
    setTimeout(() => { told.textContent = text; }, 100);
  };

  // ---- sounds
  const soundOf = (element) => element.src.split("#")[0];
  const isPlaying = (sound) => Boolean(audio) && !audio.paused && items[at].sound === sound;
  const watched = new WeakSet();
  const watch = (element) => {
    if (watched.has(element)) return element;
    watched.add(element);
    const heed = {
      play: () => { if (element !== audio) adopt(element); show(); },
      pause: show, timeupdate: tell, durationchange: tell,
      ended: () => { if (element === audio) step(1); show(); },
      error: () => { if (element === audio) { ours.say(`“${items[at].title}” cannot be played.`); step(1); } },
    };
    for (const name in heed) element.addEventListener(name, heed[name]);
    return element;
  };
  const fresh = (sound, preload) => watch(Object.assign(new Audio(), { preload, src: sound, hidden: true }));
  const seek = (to, element = audio) => {
    if (element.readyState) element.currentTime = Math.max(0, to);
    else element.addEventListener("loadedmetadata", () => { element.currentTime = to; }, { once: true });
  };
  // Makes `element` that of the current item.
  const use = (element) => {
    const before = audio;
    audio = element;
    if (before && before !== element) { before.pause(); if (before !== own) before.remove(); }
    if (!element.isConnected) bar.append(element);
    element.defaultPlaybackRate = element.playbackRate = Number(ours.store.get("speed")) || 1;
    if (!navigator.mediaSession) return;
    const item = items[at];
    navigator.mediaSession.metadata = new MediaMetadata({ title: item.title, artist: item.facts, album: document.querySelector(".home").textContent });
  };
  const begin = (from, playing = true) => {
    const { sound } = items[at], isOf = (element) => element && !element.error && soundOf(element) === sound;
    use([audio, own, spare].find(isOf) ?? fresh(sound, "auto"));
    spare = null;
    seek(from);
    // The browser may want a click first.
    if (playing) audio.play().catch(show);
    show();
  };
  const toggle = () => { if (audio.paused) audio.play().catch(show); else audio.pause(); };

  // ---- the queue
  // Makes `item` the current one: where it is already, else after the one before.
  const place = (item) => {
    const found = items.findIndex((other) => other.sound === item.sound);
    at = found >= 0 ? found : Math.min(at + 1, items.length);
    items.splice(at, found >= 0 ? 1 : 0, item);
  };
  const hear = (item) => { place(item); begin(item.start); };
  const step = (by) => { if (items[at + by]) { at += by; begin(items[at].start); ours.say(items[at].title); } };
  const add = (item) => {
    if (items.some((other) => other.sound === item.sound)) { ours.say("It is in the queue already."); return; }
    items.push(item);
    if (at < 0) { at = 0; begin(item.start, false); } else show();
    ours.say(`Added to the queue: ${item.title}`);
  };
  const remove = (index) => {
    const playing = !audio.paused, wasCurrent = index === at;
    if (items.length < 2) { close(); return; }
    items.splice(index, 1);
    if (index < at || at === items.length) at -= 1;
    if (wasCurrent) begin(items[at].start, playing); else show();
  };
  const move = (index, by) => {
    const held = items[at];
    items.splice(index + by, 0, ...items.splice(index, 1));
    at = items.indexOf(held);
    show();
    ours.say(`${items[index + by].title}: ${index + by + 1} of ${items.length}`);
  };
  const close = () => {
    audio.pause();
    if (audio !== own) audio.remove();
    [items, at, audio] = [[], -1, null];
    show();
    document.getElementById("main").focus({ preventScroll: true });
  };
  const unfold = (open = panel.hidden) => { panel.hidden = !open; folder.setAttribute("aria-expanded", String(open)); show(); };

  // ---- the bar
  const actions = { previous: () => step(-1), toggle, next: () => step(1), unfold: () => unfold(), close };
  bar.addEventListener("click", (event) => actions[event.target.closest("[data-do]")?.dataset.do]?.());
  position.addEventListener("input", () => { seek(Number(position.value)); tell(); });
  panel.addEventListener("keydown", (event) => { if (event.key === "Escape") { unfold(false); folder.focus(); } });
  if (navigator.mediaSession) {
    const handlers = { play: toggle, pause: toggle, previoustrack: actions.previous, nexttrack: actions.next,
      seekbackward: () => seek(audio.currentTime - STEP), seekforward: () => seek(audio.currentTime + STEP), seekto: (to) => seek(to.seekTime) };
    for (const name in handlers) navigator.mediaSession.setActionHandler(name, (details) => audio && handlers[name](details));
  }
  const mark = (element, isOn, label) => { element.classList.toggle("on", isOn); element.setAttribute("aria-label", label); };
  function show() {
    keep();
    for (const element of document.querySelectorAll("article > .hear")) {
      const isOn = isPlaying(addressOf(element.parentNode));
      mark(element, isOn, `${isOn ? "Pause" : "Play"} ${element.dataset.title}`);
    }
    // On the page of the only clip, its player is enough.
    bar.hidden = !audio || (audio === own && items.length < 2);
    if (bar.hidden) return;
    const item = items[at];
    title.textContent = item.title;
    title.href = item.page;
    facts.textContent = item.facts;
    mark(toggler, !audio.paused, audio.paused ? "Play" : "Pause");
    $("[data-do=previous]").disabled = !at;
    $("[data-do=next]").disabled = at === items.length - 1;
    folder.textContent = `Queue (${items.length})`;
    if (!panel.hidden) fill();
    tell();
  }
  function tell() {
    if (bar.hidden) return;
    const length = audio.duration || 0, now = clock(audio.currentTime);
    position.max = length;
    position.value = audio.currentTime;
    position.setAttribute("aria-valuetext", `${now} of ${clock(length)}`);
    time.textContent = `${now} / ${clock(length)}`;
  }
  // The lines are made anew; the keyboard stays where it was.
  function fill() {
    const held = list.contains(document.activeElement) && document.activeElement.className;
    let focused = 0;
    const control = (index, text, label, name, act, isPossible = true) => {
      const made = button(text, label, () => { act(); list.children[focused]?.querySelector(`.${name}:enabled, .name`).focus(); }, name);
      made.disabled = !isPossible;
      return made;
    };
    list.replaceChildren(...items.map((item, index) => {
      const line = document.createElement("li"), named = button(item.title, "", () => { at = index; begin(item.start); }, "name");
      if (index === at) named.setAttribute("aria-current", "true");
      line.append(named,
        control(index, "↑", `Up: ${item.title}`, "up", () => { focused = index - 1; move(index, -1); }, index > 0),
        control(index, "↓", `Down: ${item.title}`, "down", () => { focused = index + 1; move(index, 1); }, index < items.length - 1),
        control(index, "×", `Remove: ${item.title}`, "remove", () => { focused = Math.min(index, items.length - 2); remove(index); }));
      return line;
    }));
    if (held) list.querySelector(`[aria-current].${held.split(" ")[0]}`)?.focus();
  }

  // ---- lists
  const addressOf = (article) => new URL(article.dataset.sound, document.baseURI).href;
  const momentOf = (address) => Number(/#t=(\d+(?:\.\d+)?)/.exec(address)?.[1] ?? 0);
  const itemOf = (article, start) => {
    const link = article.querySelector(":is(h2, h3) a"), said = [...article.querySelectorAll(".facts > :not(button)")];
    return { sound: addressOf(article), page: link.href.split("#")[0], title: link.textContent,
      facts: said.slice(0, 3).map((fact) => fact.textContent).join(" · "), start: start ?? momentOf(link.href) };
  };
  // Loads the beginning of a file, and from the moment where it is to be played.
  const prepare = ({ sound, start }) => {
    if (audio && soundOf(audio) === sound) return;
    if (!spare || soundOf(spare) !== sound) spare = fresh(sound, "metadata");
    seek(start, spare);
  };
  const hearing = (label, item, act) => {
    const made = button("", label, act, "hear");
    let soon = 0;
    made.dataset.title = item().title;
    made.append(toggler.firstElementChild.cloneNode(true));
    for (const name of ["pointerenter", "focus"]) made.addEventListener(name, () => { clearTimeout(soon); soon = setTimeout(() => prepare(item()), 80); });
    for (const name of ["pointerleave", "blur"]) made.addEventListener(name, () => clearTimeout(soon));
    return made;
  };
  const equip = (article) => {
    const item = (start) => itemOf(article, start), { sound, title: name } = item();
    article.classList.add("audible");
    article.prepend(hearing(`Play ${name}`, item, () => { if (audio && items[at].sound === sound) toggle(); else hear(item()); }));
    article.querySelector(".facts")?.append(button("+ Queue", `Add to the queue: ${name}`, () => add(item()), "later"));
    for (const link of article.querySelectorAll('.passages a[href*="#t="]')) {
      const start = momentOf(link.href);
      link.before(hearing(`Play ${name} from ${clock(start)}`, () => item(start), () => hear(item(start))));
    }
  };
  const all = "article[data-sound]";
  const equipAll = () => {
    const found = document.querySelectorAll(`${all}:not(.audible)`);
    if (!found.length) return;
    found.forEach(equip);
    for (const whole of document.querySelectorAll("main ol:is(.clips, .hits):not(.whole, aside *)")) {
      const articles = [...whole.querySelectorAll(all)];
      if (articles.length < 2) continue;
      whole.classList.add("whole");
      whole.before(button(`Play all ${articles.length}`, "", () => {
        items = articles.map((article) => itemOf(article)).slice(0, MOST);
        at = 0;
        begin(items[0].start);
      }, "all"));
    }
    show();
  };

  // ---- pages
  // The sound that a listener has started on its own page.
  const itemHere = () => {
    const { title: name, show: series, date, reporter } = document.querySelector("article[data-clip]").dataset;
    return { sound: soundOf(own), page: here(), title: name, facts: [series, date, reporter].filter(Boolean).join(" · "), start: 0 };
  };
  const adopt = (element) => { if (element === own) { place(itemHere()); use(element); } };
  // Returns the sound for a page's player: its own, or the one of the bar if it is the same, which moves there and goes on.
  ours.sound = (element) => {
    own = watch(element);
    if (audio && audio !== own && soundOf(audio) === soundOf(own)) {
      audio.replaceChildren(...own.children);
      own.replaceWith(audio);
      own = audio;
    }
    document.querySelector("#player .knobs").append(button("+ Queue", "", () => add(itemHere())));
    show();
    return own;
  };
  ours.isHeard = () => Boolean(audio) && !(audio === own && audio.paused && items.length < 2);
  ours.beforeLeaving = () => {
    if (!ours.isHeard()) [items, at, audio] = [[], -1, null];
    // It leaves the page and gets to the bar in the same turn, so it does not stop.
    else if (audio === own) bar.append(audio);
    own = null;
  };
  const arrive = () => {
    equipAll();
    new MutationObserver(equipAll).observe(document.getElementById("main"), { childList: true, subtree: true });
    show();
  };
  ours.afterArriving = () => { unfold(false); arrive(); ours.say(document.title); };

  document.addEventListener("keydown", (event) => {
    if (!audio || event.defaultPrevented || event.shiftKey || ours.isTyping(event)) return;
    // On the page of a clip, keys are for its player, unless another clip is heard.
    if (audio === own || (own && audio.paused)) return;
    const by = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
    if (by) seek(audio.currentTime + by);
    else if (event.key === " " && !event.target.closest("button, input, summary")) toggle();
    else return;
    event.preventDefault();
  });

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
  addEventListener("pagehide", keep);
  addEventListener("pageshow", (event) => { if (event.persisted) restore(); });
  restore();
  arrive();
})();
