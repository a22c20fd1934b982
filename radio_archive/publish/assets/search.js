// The search of a static site. It loads the parts of the index (see wordindex.py) that a query needs, as scripts,
// so that it also works in a page opened from a disk, which cannot fetch anything.
"use strict";
(() => {
  const PASSAGES = 64, CLIPS = 64, ON_PAGE = 20, SHOWN = 3, CHECKED = 400, UNITS = 24;
  const TITLE = -1, STORY = -2;
  const OKINA = "'`´ʻʼʽʾʿˊˋ‘’‛′ꞌ＇";
  const ENDINGS = OKINA.replace("ʻ", "");
  const WORD = new RegExp(`(?:[\\p{L}\\p{N}\\u0300-\\u036f]|[${OKINA}])+`, "gu");
  const THOUSANDS = /(?<=\p{Nd}),(?=\p{Nd}{3}(?!\p{Nd}))/gu;
  const SHORT_FORM = new RegExp(`^(.+)[${ENDINGS}](s|ll|re|ve|d|m|t)$`, "iu");
  const DIACRITICS = new RegExp(
    "[\\u0300-\\u036f\\u0591-\\u05bd\\u05bf\\u05c1\\u05c2\\u05c4\\u05c5\\u05c7\\u064b-\\u065f\\u0670" +
    "\\u1ab0-\\u1aff\\u1dc0-\\u1dff\\u20d0-\\u20ff\\ufe20-\\ufe2f]", "gu");
  const PLAIN = { "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th",
    "ß": "ss", "ς": "σ" };

  const stripped = (word) => word.replace(new RegExp(`^[${OKINA}]+|[${OKINA}]+$`, "gu"), "");
  const folded = (word) => word.replace(new RegExp(`[${OKINA}]`, "gu"), "").normalize("NFKD").toLowerCase()
    .normalize("NFKD").replace(DIACRITICS, "").replace(/[øłđðħıæœþßς]/gu, (letter) => PLAIN[letter])
    .replace(/[^\p{L}\p{N}\p{M}]/gu, "").replace(/^\p{M}+/u, "");
  function key(word) {
    const inside = stripped(word), short = SHORT_FORM.exec(inside);
    if (!short) return folded(inside);
    const base = folded(short[1]), ending = short[2].toLowerCase();
    return ending === "s" ? base : `${base}'${ending}`;
  }
  const plain = (text) => text.replace(THOUSANDS, "");
  const keys = (text) => (plain(text).match(WORD) || []).map(key).filter(Boolean);

  // The data that the index's scripts pass in.
  const parts = [], texts = [], clips = [], waiting = new Map();
  let head = null;
  const root = new URL(".", document.currentScript.src);
  window.radioArchiveSearch = {
    head: (given) => { head = given; head.starts = numbers(given.starts); },
    words: (number, part) => { parts[number] = part; },
    texts: (number, chunk) => { texts[number] = chunk; },
    clips: (number, chunk) => { clips[number] = chunk; },
    keys,
  };
  function load(name) {
    if (!waiting.has(name)) {
      waiting.set(name, new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.src = new URL(name, root);
        script.onload = resolve;
        script.onerror = () => { waiting.delete(name); reject(new Error(name)); };
        document.head.append(script);
      }));
    }
    return waiting.get(name);
  }
  function numbers(differences) {
    let sum = 0;
    return differences ? differences.split(".").map((text) => (sum += parseInt(text, 36))) : [];
  }
  function lastAtMost(sorted, value) {
    let low = 0, high = sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle] <= value) low = middle + 1; else high = middle;
    }
    return low - 1;
  }
  const clipOf = (passage) => lastAtMost(head.starts, passage);

  // Words in "quotes", or held together by a hyphen, are a phrase; -word excludes; word* matches a beginning.
  function parse(query) {
    const wanted = [], unwanted = [];
    for (const [, minus, quoted, bare] of query.slice(0, 2000).matchAll(/(-?)(?:["“”]([^"“”]*)["“”]?|([^\s"“”]+))/g)) {
      const found = keys(quoted ?? bare);
      if (found.length) {
        const unit = { keys: found, prefix: Boolean(bare && bare.endsWith("*")) };
        (minus ? unwanted : wanted).push(unit);
      }
    }
    return { wanted: wanted.slice(0, UNITS), unwanted: unwanted.slice(0, UNITS) };
  }
  const matches = (unit, index, found) =>
    found === unit.keys[index] || (unit.prefix && index === unit.keys.length - 1 && found.startsWith(unit.keys[index]));

  async function holders(unit, index) {
    const wanted = unit.keys[index], isPrefix = unit.prefix && index === unit.keys.length - 1;
    const from = Math.max(0, lastAtMost(head.first, wanted));
    let to = from;
    while (isPrefix && to + 1 < head.first.length && head.first[to + 1].startsWith(wanted)) to += 1;
    const found = new Set();
    for (let part = from; part <= to && part < head.first.length; part += 1) {
      await load(`w/${part}.js`);
      const words = isPrefix ? Object.keys(parts[part]).filter((word) => word.startsWith(wanted)) : [wanted];
      for (const word of words) {
        if (Object.hasOwn(parts[part], word)) for (const passage of numbers(parts[part][word])) found.add(passage);
      }
    }
    return found;
  }
  async function textOf(passage) {
    const chunk = Math.floor(passage / PASSAGES);
    await load(`t/${chunk}.js`);
    return texts[chunk][passage % PASSAGES];
  }
  async function passagesOf(unit) {
    const sets = await Promise.all(unit.keys.map((_, index) => holders(unit, index)));
    sets.sort((one, other) => one.size - other.size);
    let found = [...sets[0]].filter((passage) => sets.every((set) => set.has(passage))).sort((a, b) => a - b);
    if (unit.keys.length > 1) {
      found = found.slice(0, CHECKED);
      const said = await Promise.all(found.map(textOf));
      found = found.filter((_, i) => {
        const words = keys(said[i][1]);
        return words.some((_, at) => unit.keys.every((_, index) => matches(unit, index, words[at + index] || "")));
      });
    }
    return found;
  }

  async function search(query, only) {
    const { wanted, unwanted } = parse(query);
    if (!wanted.length) return null;
    const scores = new Map(), covered = new Map();
    for (const [number, unit] of wanted.entries()) {
      const found = await passagesOf(unit);
      const weight = Math.log(1 + head.passages / (1 + found.length));
      for (const passage of found) {
        const clip = clipOf(passage);
        if (!covered.has(clip)) covered.set(clip, new Set());
        covered.get(clip).add(number);
        const isTitle = head.starts[clip] === passage;
        scores.set(passage, (scores.get(passage) || 0) + weight * (isTitle ? 1.5 : 1));
      }
    }
    const hidden = new Set();
    for (const unit of unwanted) for (const passage of await passagesOf(unit)) hidden.add(clipOf(passage));
    const results = new Map();
    for (const [passage, score] of scores) {
      const clip = clipOf(passage);
      if (covered.get(clip).size < wanted.length || hidden.has(clip)) continue;
      if (only.show && head.shows[head.show[clip]] !== only.show) continue;
      if (only.reporter && !head.reporters[head.reporter[clip]].split(", ").includes(only.reporter)) continue;
      if (only.year && head.year[clip] !== only.year) continue;
      if (!results.has(clip)) results.set(clip, { clip, score: 0, passages: [] });
      const result = results.get(clip);
      result.passages.push({ passage, score });
      result.score = Math.max(result.score, score);
    }
    for (const result of results.values()) {
      result.score += 0.3 * Math.log2(result.passages.length);
      result.passages.sort((a, b) => b.score - a.score || a.passage - b.passage);
    }
    return { wanted, clips: [...results.values()].sort((a, b) => b.score - a.score || a.clip - b.clip) };
  }

  // Display. Text is inserted as text, never as HTML.
  function element(name, options, ...inside) {
    const made = Object.assign(document.createElement(name), options || {});
    made.append(...inside);
    return made;
  }
  function marked(text, units) {
    const all = [];
    let before = 0;
    for (const match of text.matchAll(new RegExp(`(?:${WORD.source}|,(?=\\p{Nd}{3}))+`, "gu"))) {
      const found = keys(match[0]);
      if (!found.some((word) => units.some((unit) => unit.keys.some((_, index) => matches(unit, index, word))))) continue;
      all.push(text.slice(before, match.index), element("mark", null, match[0]));
      before = match.index + match[0].length;
    }
    return [...all, text.slice(before)];
  }
  function clock(seconds) {
    const whole = Math.floor(seconds), hours = Math.floor(whole / 3600);
    const minutes = String(Math.floor(whole / 60) % 60).padStart(hours ? 2 : 1, "0");
    return `${hours ? `${hours}:` : ""}${minutes}:${String(whole % 60).padStart(2, "0")}`;
  }
  async function shown(result, units) {
    const chunk = Math.floor(result.clip / CLIPS);
    await load(`c/${chunk}.js`);
    const [page, title, show, reporter, date] = clips[chunk][result.clip % CLIPS];
    const address = new URL(`../${page}`, root);
    const facts = [show, date, reporter].filter(Boolean).map((text) => element("span", null, text));
    const list = element("ul", { className: "passages" });
    for (const { passage } of result.passages) {
      if (list.children.length === SHOWN) break;
      const [start, text] = await textOf(passage);
      if (start === TITLE) continue;
      const at = start === STORY ? new URL("#story", address) : new URL(`#t=${start / 10}`, address);
      const label = element("span", { className: "at" }, start === STORY ? "story" : clock(start / 10));
      list.append(element("li", null, element("a", { href: at }, label, element("q", { dir: "auto" }, ...marked(text, units)))));
    }
    const heading = element("h3", { dir: "auto" }, element("a", { href: address }, ...marked(title, units)));
    const parts = [heading, element("p", { className: "facts" }, ...facts)];
    return element("li", null, element("article", null, ...parts, ...(list.children.length ? [list] : [])));
  }
  function changed(name, value) {
    const address = new URL(location.href);
    address.searchParams.delete("page");
    if (value) address.searchParams.set(name, value); else address.searchParams.delete(name);
    return address;
  }
  function pager(place, page, last) {
    const link = (label, to, rel) => element("a", { href: changed("page", to), rel }, label);
    place.hidden = last < 2;
    place.append(
      page > 1 ? link("Back", page - 1, "prev") : element("span"),
      element("span", null, `Page ${page} of ${last}`),
      page < last ? link("More", page + 1, "next") : element("span"));
  }
  function choice(select, values, chosen) {
    for (const value of values) select.append(element("option", { value, selected: value === chosen }, value));
    select.closest("label").hidden = values.length < 2;
    select.onchange = () => { location.href = changed(select.name, select.value); };
  }

  async function run() {
    const place = document.querySelector("[data-static-search]");
    if (!place) return;
    const asked = new URLSearchParams(location.search), query = (asked.get("q") || "").trim();
    const only = { show: asked.get("show"), reporter: asked.get("reporter"), year: asked.get("year") };
    for (const input of document.querySelectorAll("input[name=q]")) input.value = query;
    if (!query) return;
    const status = place.querySelector("[role=status]");
    place.hidden = false;
    status.textContent = "Searching …";
    try {
      await load("head.js");
      choice(place.querySelector("select[name=show]"), head.shows.filter(Boolean).sort(), only.show);
      choice(place.querySelector("select[name=year]"), [...new Set(head.year)].filter(Boolean).sort().reverse(), only.year);
      const found = await search(query, only);
      const count = found ? found.clips.length : 0, last = Math.max(1, Math.ceil(count / ON_PAGE));
      const page = Math.min(Math.max(1, parseInt(asked.get("page"), 10) || 1), last);
      const here = found ? found.clips.slice((page - 1) * ON_PAGE, page * ON_PAGE) : [];
      place.querySelector("ol").append(...await Promise.all(here.map((result) => shown(result, found.wanted))));
      pager(place.querySelector("nav"), page, last);
      document.title = `${query} · ${document.title}`;
      status.textContent = count === 0
        ? "Nothing found. Try fewer words, or the beginning of one with a star: fish*"
        : `${count.toLocaleString("en")} ${count === 1 ? "clip" : "clips"}`;
    } catch (error) {
      status.textContent = "A part of the search could not be loaded. Try again in a moment.";
      console.warn(error);
    }
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", run); else run();
})();
