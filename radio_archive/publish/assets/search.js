// The search of a static site; query.js parses the query. It loads the parts of the index (see wordindex.py) that a query needs, as scripts,
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

  // Words that a hyphen or quotes hold together are a phrase.
  function unitOf(term) {
    const found = keys(term.term);
    return { keys: found, prefix: Boolean(term.prefix), scope: term.scope || "" };
  }
  function unitsIn(node) {
    if (!node) return [];
    if (node.term !== undefined) return [unitOf(node)];
    if (node.aired) return node.aired.split(" ").map((term) => unitOf({ term }));
    return [...(node.near || node.all || node.any || [node.without])].flatMap(unitsIn);
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
  function isIn(scope, passage) {
    const clip = clipOf(passage), next = clip + 1 < head.starts.length ? head.starts[clip + 1] : head.passages;
    const place = passage === head.starts[clip] ? "title" : passage >= next - head.told[clip] ? "story" : "said";
    return !scope || scope === place;
  }
  // The positions in the words of a text at which a unit begins.
  const places = (unit, said) => said.flatMap((_, at) =>
    (unit.keys.every((_, index) => matches(unit, index, said[at + index] || "")) ? [at] : []));
  async function having(passages, check) {
    const some = passages.slice(0, CHECKED), said = await Promise.all(some.map(textOf));
    return some.filter((_, i) => check(keys(said[i][1])));
  }
  const known = new Map();
  function passagesOf(unit) {
    const name = JSON.stringify(unit);
    if (!known.has(name)) known.set(name, readPassages(unit));
    return known.get(name);
  }
  async function readPassages(unit) {
    if (!unit.keys.length) return [];
    const sets = await Promise.all(unit.keys.map((_, index) => holders(unit, index)));
    sets.sort((one, other) => one.size - other.size);
    const found = [...sets[0]].filter((passage) => sets.every((set) => set.has(passage)) && isIn(unit.scope, passage))
      .sort((a, b) => a - b);
    // The index of a title has the names of its show and people too.
    const isSure = unit.keys.length === 1 && unit.scope !== "title";
    return isSure ? found : having(found, (said) => places(unit, said).length > 0);
  }
  // Whether the units are at most so many words apart, in any order.
  function areNear(units, distance, said) {
    const all = units.map((unit) => places(unit, said).map((at) => [at, at + unit.keys.length]));
    return all.flat().some(([start, end]) => all.every((spans) => spans.some((span) =>
      span[0] >= start && span[0] - end <= distance)));
  }
  async function passagesNear({ near, distance }) {
    const units = near.map(unitOf), sets = await Promise.all(units.map(passagesOf));
    const both = sets[0].filter((passage) => sets.every((found) => found.includes(passage)));
    return having(both, (said) => areNear(units, distance, said));
  }

  // The clips in which a part of a query is found: all its words, in any place.
  async function clipsOf(node) {
    const each = (parts) => Promise.all(parts.map(clipsOf));
    if (node.term !== undefined) return new Set((await passagesOf(unitOf(node))).map(clipOf));
    if (node.near) return new Set((await passagesNear(node)).map(clipOf));
    if (node.any) return new Set((await each(node.any)).flatMap((found) => [...found]));
    if (node.without) return without(await clipsOf(node.without), await each(node.unwanted));
    if (node.aired) return airedOrNamed(node);
    // What the index has no word for, such as a dash, asks for nothing.
    const [first, ...others] = await each(node.all.filter((part) => unitsIn(part).some((unit) => unit.keys.length)));
    return new Set([...first || []].filter((clip) => others.every((found) => found.has(clip))));
  }
  const without = (found, others) => new Set([...found].filter((clip) => !others.some((other) => other.has(clip))));
  const airedIn = ({ since, until }) => (clip) =>
    (!since || head.date[clip] >= since) && (!until || (head.date[clip] && head.date[clip] <= until));
  async function airedOrNamed(node) {
    const sets = await Promise.all(unitsIn(node).map(passagesOf)), found = new Set();
    for (const passage of sets[0]) if (sets.every((set) => set.includes(passage))) found.add(clipOf(passage));
    for (const clip of head.date.keys()) if (airedIn(node)(clip)) found.add(clip);
    return found;
  }

  // Names are found in any spelling, and by a part of them if no name is the whole.
  function numbersOf(names, asked) {
    const plainly = (name) => keys(name).join(" "), wanted = plainly(asked);
    const some = (fits) => names.flatMap((name, number) => (fits(plainly(name)) ? [number] : []));
    const exact = some((name) => name === wanted);
    return new Set(exact.length ? exact : some((name) => wanted && name.includes(wanted)));
  }
  function filter(asked, only) {
    const shows = asked.show && numbersOf(head.shows, asked.show);
    const reporters = asked.reporter && numbersOf(head.reporters, asked.reporter);
    return (clip) => airedIn(asked)(clip) && (!shows || shows.has(head.show[clip])) &&
      (!reporters || reporters.has(head.reporter[clip])) && (!only.show || head.shows[head.show[clip]] === only.show) &&
      (!only.reporter || head.reporters[head.reporter[clip]].split(", ").includes(only.reporter)) &&
      (!only.year || head.date[clip].startsWith(only.year));
  }

  async function search(query, only) {
    const asked = radioArchiveQuery.parse(query), units = unitsIn(asked.wanted).filter((unit) => unit.keys.length);
    if (units.length > UNITS) throw new radioArchiveQuery.QueryError(`the query has more than ${UNITS} words`);
    const found = asked.wanted ? await clipsOf(asked.wanted) : new Set(head.date.keys());
    const left = without(found, await Promise.all((asked.unwanted || []).map(clipsOf)));
    const clips = new Set([...left].filter(filter(asked, only)));
    return { asked, wanted: units, clips: await ranked(units, clips) };
  }
  // The clips in order, each with its passages, the best first. A clip without any aired in the time that was asked for.
  async function ranked(units, clips) {
    const scores = new Map(), results = new Map([...clips].map((clip) => [clip, { clip, score: 0, passages: [] }]));
    for (const unit of units) {
      const found = await passagesOf(unit), weight = Math.log(1 + head.passages / (1 + found.length));
      for (const passage of found) {
        const isTitle = head.starts[clipOf(passage)] === passage;
        scores.set(passage, (scores.get(passage) || 0) + weight * (isTitle ? 1.5 : 1));
      }
    }
    for (const [passage, score] of scores) {
      const result = results.get(clipOf(passage));
      if (!result) continue;
      result.passages.push({ passage, score });
      result.score = Math.max(result.score, score);
    }
    for (const result of results.values()) {
      result.score += 0.3 * Math.log2(result.passages.length || 1);
      result.passages.sort((a, b) => b.score - a.score || a.passage - b.passage);
    }
    return [...results.values()].sort((a, b) => b.score - a.score || a.clip - b.clip);
  }
  // What this copy of the archive cannot do, and what looks like a field but is none.
  function hints({ wanted, unwanted, ...filters }) {
    const said = ["host", "speaker", "language"].filter((name) => filters[name])
      .map((name) => `This copy cannot search by ${name}:, so it was left out.`);
    const lost = [["show", head.shows], ["reporter", head.reporters]]
      .filter(([name, names]) => filters[name] && !numbersOf(names, filters[name]).size)
      .map(([name]) => `No ${name} here is called “${filters[name]}”.`);
    return [...said, ...lost, ...radioArchiveQuery.hints({ wanted, unwanted })];
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
      const years = head.date.map((date) => date.slice(0, 4)).filter(Boolean), list = place.querySelector("ol");
      choice(place.querySelector("select[name=show]"), head.shows.filter(Boolean).sort(), only.show);
      choice(place.querySelector("select[name=year]"), [...new Set(years)].sort().reverse(), only.year);
      const found = await search(query, only);
      for (const hint of hints(found.asked)) list.before(element("p", { className: "hint" }, hint));
      const count = found.clips.length, last = Math.max(1, Math.ceil(count / ON_PAGE));
      const page = Math.min(Math.max(1, parseInt(asked.get("page"), 10) || 1), last);
      const here = found.clips.slice((page - 1) * ON_PAGE, page * ON_PAGE);
      list.append(...await Promise.all(here.map((result) => shown(result, found.wanted))));
      pager(place.querySelector("nav"), page, last);
      document.title = `${query} · ${document.title}`;
      status.textContent = count === 0
        ? "Nothing found. Try fewer words, or the beginning of one with a star: fish*"
        : `${count.toLocaleString("en")} ${count === 1 ? "clip" : "clips"}`;
    } catch (error) {
      if (error instanceof radioArchiveQuery.QueryError) {
        status.textContent = `${error.message[0].toUpperCase()}${error.message.slice(1)}.`;
        return;
      }
      status.textContent = "A part of the search could not be loaded. Try again in a moment.";
      console.warn(error);
    }
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", run); else run();
})();
