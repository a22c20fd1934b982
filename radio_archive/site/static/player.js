// The page of a clip: player and transcript in step, quotes, and the place where a listener stopped.
"use strict";
(() => {
  const article = document.querySelector("article[data-clip]");
  const facts = article.dataset;
  const { signal, store, clock, isTyping } = radioArchive, own = document.querySelector("#player audio");
  // The bar's, if it plays this clip.
  const audio = own && radioArchive.sound(own);
  const transcript = document.getElementById("transcript");
  const $ = (selector) => document.querySelector(selector);
  // Each word gets a span with its start and end in seconds; markup.py says how the page has them.
  for (const text of transcript.querySelectorAll("[data-times]")) {
    const said = text.textContent, sizes = (text.dataset.sizes || "").split(" "), made = new DocumentFragment();
    let at = 0, time = 0;
    text.dataset.times.split(" ").forEach((timed, i) => {
      const [wait, length] = timed.split("+"), word = document.createElement("span");
      let from = at;
      while (said[from] === " ") from += 1;
      const space = said.indexOf(" ", from);
      made.append(said.slice(at, from));
      at = sizes[i] ? from + Number(sizes[i]) : space < 0 ? said.length : space;
      word.textContent = said.slice(from, at);
      word.dataset.start = ((time += Number(wait)) / 100).toFixed(2);
      word.dataset.end = ((time += parseInt(length, 10)) / 100).toFixed(2);
      if (length.endsWith("!")) word.className = "unsure";
      made.append(word);
    });
    text.replaceChildren(made, said.slice(at));
  }
  const words = [...transcript.querySelectorAll("span[data-start]")];
  const unsure = $(".mark-unsure");
  if (unsure) unsure.hidden = false;
  const starts = words.map((word) => Number(word.dataset.start));
  const ends = words.map((word) => Number(word.dataset.end));
  const status = document.getElementById("status");
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const STEP = 5;
  const LONGEST_QUOTE = 120;
  const say = (text) => { status.textContent = text; };
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
    if (more.length || !Number.isFinite(from) || (to !== null && !(to > from))) return [null, null];
    return [from, to];
  };
  const moment = (seconds) => String(Math.round(seconds * 10) / 10);

  // Index of the last word that has begun at `time` (seconds); -1 before the first.
  const wordAt = (time) => {
    let low = 0, high = starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (starts[middle] <= time + 0.005) low = middle + 1; else high = middle;
    }
    return low - 1;
  };

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
  const bar = $(".quoting");
  let chosen = null;
  const chosenWords = () => {
    const selection = getSelection();
    if (!selection || selection.isCollapsed || !selection.rangeCount) return null;
    const range = selection.getRangeAt(0);
    if (!transcript.contains(range.commonAncestorContainer) && range.commonAncestorContainer !== transcript) return null;
    const touched = words.filter((word) => range.intersectsNode(word) && overlaps(range, word));
    if (!touched.length) return null;
    const first = words.indexOf(touched[0]), last = words.indexOf(touched[touched.length - 1]);
    return quoteOf(first, last);
  };
  const quoteOf = (first, last) => {
    let text = "";
    for (let i = first; i <= last; i++) {
      const gap = i > first ? words[i].previousSibling : null;
      const next = i > first && words[i].parentNode !== words[i - 1].parentNode;
      // A quote must not join what was said before and after words that were not understood.
      const missing = next && words[i].closest("p").previousElementSibling.matches(".gap");
      text += (missing ? " [not understood] " : next || (gap && gap.nodeType === 3) ? " " : "") + words[i].textContent;
    }
    return { text, start: starts[first], end: ends[last] };
  };
  const overlaps = (range, word) => {
    const own = document.createRange();
    own.selectNodeContents(word);
    return range.compareBoundaryPoints(Range.END_TO_START, own) < 0 && range.compareBoundaryPoints(Range.START_TO_END, own) > 0;
  };
  const link = (quote) => `${(facts.url || location.href).split(/[#?]/)[0]}#t=${moment(quote.start)},${moment(quote.end)}`;
  const citation = (quote) => {
    const who = [facts.reporter, `“${facts.title}”`, facts.show, facts.place, facts.date].filter(Boolean).join(", ");
    const unchecked = facts.checked === "yes" ? "" : "\n(Transcript made by machine and not checked by a person.)";
    return `“${quote.text}”\n\n${who}, ${clock(quote.start)}–${clock(quote.end)}\n${link(quote)}${unchecked}\n`;
  };
  const copy = async (text, html) => {
    try {
      if (html && navigator.clipboard && window.ClipboardItem) {
        await navigator.clipboard.write([new ClipboardItem({
          "text/html": new Blob([html], { type: "text/html" }), "text/plain": new Blob([text], { type: "text/plain" }),
        })]);
      } else {
        await navigator.clipboard.writeText(text);
      }
    } catch {
      // Without a secure connection only the old API works.
      const area = Object.assign(document.createElement("textarea"), { value: text });
      area.readOnly = true;
      area.setAttribute("aria-label", "To be copied");
      (document.activeElement.parentNode || document.body).append(area);
      area.select();
      if (document.execCommand("copy")) { area.remove(); return true; }
      say("Press Control and C to copy.");
      area.addEventListener("blur", () => area.remove());
      return false;
    }
    return true;
  };
  const done = (button, text) => {
    const before = button.dataset.label || button.textContent;
    button.dataset.label = before;
    button.textContent = text;
    say(text);
    setTimeout(() => { button.textContent = before; }, 2000);
  };
  const showQuote = () => {
    const found = chosenWords();
    if (!found) { if (!bar.contains(document.activeElement)) { bar.hidden = true; chosen = null; } return; }
    chosen = found;
    bar.querySelector(".chosen").textContent = `${clock(found.start)}  “${found.text}”`;
    const name = `${facts.title} ${clock(found.start).replace(/:/g, ".")}`.replace(/[<>:"/\\|?*]+/g, " ");
    const text = bar.querySelector("[data-do=text]");
    if (text.href.startsWith("blob:")) URL.revokeObjectURL(text.href);
    text.href = URL.createObjectURL(new Blob([citation(found)], { type: "text/plain;charset=utf-8" }));
    text.download = `${name}.txt`;
    const sound = bar.querySelector("[data-do=sound]");
    sound.hidden = !facts.quote || found.end - found.start > LONGEST_QUOTE;
    sound.href = `${facts.quote}?start=${found.start}&end=${Math.max(found.end, found.start + 0.1).toFixed(2)}`;
    bar.querySelector("[data-do=play]").hidden = !audio;
    const shown = bar.querySelector("[data-do=card]");
    shown.hidden = !card;
    shown.href = cardOf(found);
    bar.hidden = false;
  };
  let settling = 0;
  document.addEventListener("selectionchange", () => { clearTimeout(settling); settling = setTimeout(showQuote, 150); }, { signal });
  bar.addEventListener("click", async (event) => {
    const control = event.target.closest("[data-do]");
    if (!control || !chosen) return;
    const action = control.dataset.do;
    if (action === "play") playPassage(chosen.start, chosen.end);
    if (action === "quote") { if (await copy(citation(chosen))) done(control, "Copied"); }
    if (action === "link") { if (await copy(link(chosen))) done(control, "Copied"); }
    if (action === "close") endQuote();
  });
  const endQuote = () => {
    const focused = bar.contains(document.activeElement);
    getSelection().removeAllRanges();
    bar.hidden = true;
    chosen = null;
    anchor = -1;
    if (focused && here >= 0) words[here].focus();
  };

  // ---- words by keyboard: the Tab key stops at one of them, arrows move it, and with Shift they select
  let here = -1, anchor = -1;
  let hear = null;
  const stopAtWord = (index) => {
    if (index < 0 || index === here) return;
    // Only this one is a button: thousands of buttons could not be read.
    if (here >= 0) for (const name of ["tabindex", "role", "aria-describedby"]) words[here].removeAttribute(name);
    here = index;
    words[here].tabIndex = 0;
    words[here].setAttribute("role", "button");
    words[here].setAttribute("aria-describedby", "by-keys");
  };
  const paragraphOf = (index) => words[index].parentNode;
  const goal = (key, at) => {
    const own = words.findIndex((word) => word.parentNode === paragraphOf(at));
    const next = words.findIndex((word, i) => i > at && word.parentNode !== paragraphOf(at));
    const above = own > 0 ? words.findIndex((word) => word.parentNode === paragraphOf(own - 1)) : -1;
    const end = (next < 0 ? words.length : next) - 1;
    const step = getComputedStyle(words[at]).direction === "rtl" ? -1 : 1;
    return { ArrowRight: at + step, ArrowLeft: at - step, ArrowDown: next, ArrowUp: above, Home: own, End: end }[key];
  };
  transcript.addEventListener("keydown", (event) => {
    const at = words.indexOf(event.target);
    if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter") {
      event.preventDefault();
      if (anchor >= 0) { showQuote(); bar.querySelector(".knobs :not([hidden])").focus(); } else if (hear) hear(starts[at]);
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
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && !bar.hidden) endQuote(); }, { signal });
  stopAtWord(words.length ? 0 : -1);

  // ---- sharing from the second that is heard, or that was typed
  const share = $("#share"), field = share.querySelector("input"), card = share.querySelector("[data-do=card]");
  const page = (facts.url || location.href).split(/[#?]/)[0], isKnown = page.startsWith("http");
  const cardOf = ({ start, end }) => card && `${new URL(card.dataset.at, page)}?start=${moment(start)}${end ? `&end=${moment(end)}` : ""}`;
  const from = () => seconds(field.value.trim()) || 0;
  // The sentence at that second.
  const sentence = () => {
    let first = Math.max(0, wordAt(from() + 0.05)), last = first;
    const joined = (i) => words[i + 1] && words[i].closest("p") === words[i + 1].closest("p") && !/[.?!…]["”’)]*$/.test(words[i].textContent);
    while (first > 0 && joined(first - 1)) first -= 1;
    while (joined(last)) last += 1;
    return quoteOf(first, last);
  };
  const frame = () => {
    const made = Object.assign(document.createElement("iframe"), { src: cardOf({ start: from() }), title: facts.title, width: 600, height: 260, loading: "lazy" });
    made.style.cssText = "border: 0; max-width: 100%";
    return made.outerHTML;
  };
  const shared = { link: () => `${page}#t=${moment(from())}`, quote: () => citation(sentence()), frame };
  if (card) { card.dataset.at = card.getAttribute("href"); }
  for (const name of ["pointerenter", "focus", "click"]) card?.addEventListener(name, () => { card.href = cardOf(sentence()); });
  for (const control of share.querySelectorAll("button")) {
    const action = control.dataset.do;
    control.hidden = (action === "link" && !isKnown) || (action === "frame" && !(card && isKnown)) || (action === "quote" && !words.length);
    control.addEventListener("click", async () => { if (await copy(shared[action]())) done(control, "Copied"); });
  }
  if (card) card.hidden = !words.length;
  share.hidden = false;
  let isTyped = false;
  field.addEventListener("input", () => { isTyped = field.value !== ""; });
  audio?.addEventListener("timeupdate", () => { if (!isTyped && field !== document.activeElement) field.value = clock(audio.currentTime); }, { signal });

  // ---- the transcript for a content management system, in one click
  const forCms = $("a.copy");
  if (forCms && location.protocol.startsWith("http")) {
    forCms.addEventListener("click", async (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      try {
        const html = await (await fetch(forCms.href)).text();
        const text = [...new DOMParser().parseFromString(html, "text/html").querySelectorAll("p")].map((p) => p.textContent).join("\n\n");
        await copy(text, html);
        done(forCms, "Copied, ready to paste");
      } catch {
        location.href = forCms.href;
      }
    });
  }

  if (!audio) return;

  // ---- the player
  const board = $(".board"), play = $(".play"), position = $(".wave input"), wave = $(".wave");
  const now = $(".now"), speed = $(".speed"), captions = $(".captions"), follow = $(".follow"), caption = $(".caption");
  audio.controls = false;
  audio.hidden = true;
  board.hidden = false;
  document.body.classList.add("ready");
  // While the transcript is read, the player stays in view without its first row.
  const player = $("#player"), knobs = $(".board .knobs");
  const measure = () => player.style.setProperty("--above", `${knobs.offsetTop + knobs.offsetHeight}px`);
  addEventListener("resize", measure, { signal });
  measure();
  let lit = -1, stopAt = null, wanted = null, scrolledAt = 0;

  const length = () => (Number.isFinite(audio.duration) && audio.duration > 0 ? audio.duration : Number(position.max));
  const show = () => {
    const time = wanted ?? audio.currentTime;
    wave.style.setProperty("--heard", `${Math.min(100, (100 * time) / length())}%`);
    position.value = time;
    position.setAttribute("aria-valuetext", `${clock(time)} of ${clock(length())}`);
    now.textContent = clock(time);
    const word = wordAt(time);
    const index = word >= 0 && (time < ends[word] || (word + 1 < starts.length && starts[word + 1] - ends[word] < 0.6)) ? word : -1;
    if (index !== lit) {
      if (lit >= 0) words[lit].classList.remove("lit");
      lit = index;
      if (lit >= 0) {
        words[lit].classList.add("lit");
        if (!audio.paused) keepInView(words[lit]);
        if (anchor < 0 && !transcript.contains(document.activeElement)) stopAtWord(lit);
      }
    }
    if (stopAt !== null && audio.currentTime >= stopAt) { audio.pause(); stopAt = null; }
  };
  const keepInView = (word) => {
    if (!follow.checked || performance.now() - scrolledAt < 4000) return;
    const box = word.getBoundingClientRect();
    if (box.top < player.getBoundingClientRect().bottom + 20 || box.bottom > innerHeight - 120) word.scrollIntoView({ block: "center", behavior: calm ? "instant" : "smooth" });
  };
  const tick = () => { if (signal.aborted) return; show(); if (!audio.paused && !audio.ended) requestAnimationFrame(tick); };
  const seek = (time) => {
    const target = Math.max(0, Math.min(time, length()));
    if (audio.readyState >= 1) { wanted = null; audio.currentTime = target; } else { wanted = target; audio.preload = "auto"; audio.load(); }
    show();
  };
  const start = () => audio.play().catch(() => { /* the browser wants a click first */ });
  const toggle = () => { stopAt = null; if (audio.paused) start(); else audio.pause(); };
  const playPassage = (from, to) => { seek(from); stopAt = to ?? null; start(); };
  hear = (time) => playPassage(time);

  audio.addEventListener("loadedmetadata", () => {
    position.max = length();
    if (wanted !== null) { audio.currentTime = wanted; wanted = null; }
    show();
  }, { signal });
  for (const name of ["seeked", "timeupdate"]) audio.addEventListener(name, show, { signal });
  const started = () => { document.body.classList.add("playing"); play.setAttribute("aria-label", "Pause"); tick(); };
  audio.addEventListener("play", started, { signal });
  for (const name of ["pause", "ended"]) {
    audio.addEventListener(name, () => { document.body.classList.remove("playing"); play.setAttribute("aria-label", "Play"); show(); keep(); }, { signal });
  }
  audio.addEventListener("error", () => say("The sound cannot be played."), { signal });
  play.addEventListener("click", toggle);
  $(".back").addEventListener("click", () => seek(audio.currentTime - STEP));
  $(".forth").addEventListener("click", () => seek(audio.currentTime + STEP));
  position.addEventListener("input", () => { stopAt = null; seek(Number(position.value)); });

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.shiftKey || isTyping(event)) return;
    const target = event.target;
    if (event.key === " " && !target.closest("button, input, summary")) { event.preventDefault(); toggle(); }
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      event.preventDefault();
      stopAt = null;
      seek((wanted ?? audio.currentTime) + (event.key === "ArrowLeft" ? -STEP : STEP));
    }
  }, { signal });

  // A click on a word plays from it; a selection is a quote.
  transcript.addEventListener("click", (event) => {
    const word = event.target.closest("span[data-start]");
    const selection = getSelection();
    if (!word || (selection && !selection.isCollapsed)) return;
    stopAtWord(words.indexOf(word));
    hear(Number(word.dataset.start));
  });
  // A click on a time plays from there, even if the address has it already.
  article.addEventListener("click", (event) => {
    const anchor = event.target.closest('a[href^="#t="]');
    if (anchor && anchor.hash === location.hash) fromAddress(true);
  });
  for (const name of ["wheel", "touchmove"]) addEventListener(name, () => { scrolledAt = performance.now(); }, { passive: true, signal });

  // ---- speed, captions, and where listening stopped
  speed.addEventListener("change", () => { audio.playbackRate = Number(speed.value); store.set("speed", speed.value); });
  if ([...speed.options].some((option) => option.value === store.get("speed"))) speed.value = store.get("speed");
  audio.defaultPlaybackRate = audio.playbackRate = Number(speed.value);
  const track = audio.textTracks[0];
  const showCaption = () => {
    caption.hidden = !captions.checked;
    const cues = track && track.activeCues ? [...track.activeCues] : [];
    caption.textContent = cues.map((cue) => cue.getCueAsHTML().textContent).join("\n");
  };
  captions.addEventListener("change", () => { if (track) track.mode = captions.checked ? "hidden" : "disabled"; store.set("captions", captions.checked ? "on" : "off"); showCaption(); });
  if (track) { captions.checked = store.get("captions") === "on"; track.mode = captions.checked ? "hidden" : "disabled"; track.addEventListener("cuechange", showCaption); showCaption(); }

  const key = `at:${facts.clip}`;
  let kept = 0;
  const keep = () => {
    const time = audio.currentTime;
    store.set(key, time > 5 && time < length() - 5 ? moment(time) : "0");
    kept = performance.now();
  };
  audio.addEventListener("timeupdate", () => { if (!audio.paused && performance.now() - kept > 5000) keep(); }, { signal });

  // ---- deep links
  const fromAddress = (playing) => {
    const [from, to] = passage(location.hash);
    if (from === null) return false;
    stopAt = to;
    seek(from);
    const first = Math.max(0, wordAt(from + 0.05)), last = to === null ? first : wordAt(to - 0.05);
    for (const word of transcript.querySelectorAll(".quoted")) word.classList.remove("quoted", "found");
    if (to !== null) for (let i = first; i <= last; i++) words[i].classList.add("quoted", "found");
    if (words[first]) words[first].scrollIntoView({ block: "center", behavior: "instant" });
    if (playing) start();
    return true;
  };
  addEventListener("hashchange", () => fromAddress(true), { signal });
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
