// The search of a static site: reads the query of the address, and shows what plan.js finds.
"use strict";
(() => {
  const { open: openIndex, PartMissing, root, keys, placed, isSpaceless, textOf, clip } = window.radioArchiveIndex;
  const ON_PAGE = 20, SHOWN = 3, UNITS = 24, STORY = -2;
  const COUNTRIES = /^(?:US|USA|U\.S\.(?:A\.)?)$/u;
  const LETTER = "[\\p{L}\\p{N}_]", escaped = (text) => text.replace(/[\\^$.*+?()[\]{}|/]/gu, "\\$&");
  let head = null, plan = null;
  async function open() {
    if (plan) return;
    head = await openIndex();
    plan = window.radioArchivePlan(window.radioArchiveIndex, head);
  }
  const airedIn = ({ since, until }) => (clip) =>
    (!since || head.date[clip] >= since.replace(/(-01)+$/, "")) && (!until || (head.date[clip] && head.date[clip] <= until));

  // Names are found in any spelling, and by a part of them if no name is the whole. A clip's reporters are one text.
  const separate = { show: (text) => [text], reporter: (text) => text.split(", ") };
  function numbersOf(kind, asked) {
    const texts = head[`${kind}s`], plainly = (name) => keys(name).join(" "), wanted = plainly(asked);
    const having = (fits) => texts.flatMap((text, number) => (fits(text) ? [number] : []));
    const exact = having((text) => [text, ...separate[kind](text)].some((name) => plainly(name) === wanted));
    if (exact.length) return new Set(exact);
    const names = new Set(texts.flatMap(separate[kind]).filter((name) => wanted && plainly(name).includes(wanted)));
    if (names.size > 1) {
      const some = [...names].slice(0, 5).join(", ");
      throw new radioArchiveQuery.QueryError(`more than one ${kind} is called “${asked}”: ${some}. Give more of the name`);
    }
    return new Set(having((text) => separate[kind](text).some((name) => names.has(name))));
  }
  function filter(asked, only) {
    const shows = asked.show && numbersOf("show", asked.show);
    const reporters = asked.reporter && numbersOf("reporter", asked.reporter);
    return (clip) => airedIn(asked)(clip) && (!shows || shows.has(head.show[clip])) &&
      (!reporters || reporters.has(head.reporter[clip])) && (!only.show || head.shows[head.show[clip]] === only.show) &&
      (!only.reporter || `, ${head.reporters[head.reporter[clip]]}, `.includes(`, ${only.reporter}, `)) &&
      (!only.year || head.date[clip].startsWith(only.year));
  }

  // Returns the clips in order, the terms that were searched for, and the words that others took the place of.
  async function search(query, only) {
    await open();
    const asked = radioArchiveQuery.parse(query), terms = plan.termsIn(asked.wanted);
    if (terms.length > UNITS) throw new radioArchiveQuery.QueryError(`the query has more than ${UNITS} words`);
    return { asked, ...await plan.search(asked, filter(asked, only)) };
  }
  window.radioArchiveSearch.search = search;

  // What this copy of the archive cannot do, and what looks like a field but is none.
  function hints({ wanted, unwanted, ...filters }) {
    const said = ["host", "speaker", "language"].filter((name) => filters[name])
      .map((name) => `This copy cannot search by ${name}:, so it was left out.`);
    const lost = ["show", "reporter"].filter((name) => filters[name] && !numbersOf(name, filters[name]).size)
      .map((name) => `No ${name} here is called “${filters[name]}”.`);
    return [...said, ...lost, ...radioArchiveQuery.hints({ wanted, unwanted })];
  }

  // Display. Text is inserted as text, never as HTML.
  function element(name, options, ...inside) {
    const made = Object.assign(document.createElement(name), options || {});
    made.append(...inside);
    return made;
  }
  // Where a text has one of the phrases, or words of a script without spaces.
  function spansIn(text, { phrases, literal, amounts }) {
    const said = placed(text), words = said.map(({ key }) => key), spans = [];
    for (const phrase of phrases) {
      for (const at of plan.places(phrase, words)) spans.push([said[at].start, said[at + phrase.keys.length - 1].end]);
    }
    const others = literal.flatMap((pattern) => [...text.matchAll(pattern)]);
    for (const match of others) spans.push([match.index, match.index + match[0].length]);
    if (amounts.length) {
      spans.push(...radioArchiveNumbers.amounts(text).filter(({ digits }) => amounts.includes(digits)).map(({ from, to }) => [from, to]));
    }
    return spans.sort((one, other) => one[0] - other[0] || one[1] - other[1]);
  }
  function marked(text, wanted) {
    const all = [];
    let before = 0;
    for (const [start, end] of spansIn(text, wanted)) {
      if (start < before) continue;
      all.push(text.slice(before, start), element("mark", null, text.slice(start, end)));
      before = end;
    }
    return [...all, text.slice(before)];
  }
  async function toMark(terms) {
    const own = terms.filter(({ term }) => !isSpaceless(term)), apart = terms.filter(({ term }) => isSpaceless(term));
    const literal = apart.map(({ term }) => new RegExp(escaped(term), "giu"));
    const isAbout = terms.some(({ term, prefix }) => !prefix && COUNTRIES.test(term));
    const country = isAbout ? [/(?<![\p{L}\p{N}])(?:USA?|U\. ?S\.(?: ?A\.)?)(?![\p{L}\p{N}])/gu] : [];
    const amounts = own.map(({ term, prefix }) => !prefix && radioArchiveNumbers.only(term)).filter(Boolean);
    return {
      terms, phrases: await plan.toMark(own), literal: [...literal, ...country], amounts: amounts.map(({ digits }) => digits),
    };
  }
  function clock(seconds) {
    const whole = Math.floor(seconds), hours = Math.floor(whole / 3600);
    const minutes = String(Math.floor(whole / 60) % 60).padStart(hours ? 2 : 1, "0");
    return `${hours ? `${hours}:` : ""}${minutes}:${String(whole % 60).padStart(2, "0")}`;
  }
  // A day, a month or a year as the archive's own pages write it.
  function longDate(date) {
    const [year, month, day] = date.split("-");
    const parts = { day: day && "numeric", month: "long", year: "numeric", timeZone: "UTC" };
    return month ? new Date(Date.UTC(year, month - 1, day || 1)).toLocaleDateString("en-GB", parts) : year;
  }
  async function shown(result, wanted) {
    const [page, title, show, reporter, date, sound] = await clip(result.clip);
    const address = new URL(`../${page}`, root);
    // The page marks what was searched for.
    address.searchParams.set("q", wanted.query);
    const facts = [show, date && longDate(date), reporter].filter(Boolean).map((text) => element("span", null, text));
    if (result.missing.length) {
      const lacking = result.missing.flatMap((word, at) => [at ? ", " : "without ", element("s", null, word)]);
      facts.push(element("span", null, ...lacking));
    }
    const list = element("ul", { className: "passages" });
    const told = result.passages.length < SHOWN ? await plan.storiesOf(result.clip, wanted.terms) : [];
    for (const passage of [...result.passages, ...told].slice(0, SHOWN)) {
      const [start, text] = await textOf(passage);
      const at = start === STORY ? new URL("#story", address) : new URL(`#t=${start / 10}`, address);
      const label = element("span", { className: "at" }, start === STORY ? "story" : clock(start / 10));
      list.append(element("li", null, element("a", { href: at }, label, element("q", { dir: "auto" }, ...marked(text, wanted)))));
    }
    const heading = element("h3", { dir: "auto" }, element("a", { href: address }, ...marked(title, wanted)));
    const parts = [heading, element("p", { className: "facts" }, ...facts)];
    const article = element("article", null, ...parts, ...(list.children.length ? [list] : []));
    // For queue.js, which puts buttons there.
    if (sound) article.dataset.sound = new URL(`../${sound}`, root);
    return element("li", null, article);
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

  // The word that was searched for in place of an unknown one, and the way back.
  function replacement({ typed, by }, query) {
    const apart = new RegExp(`(?<!${LETTER})${escaped(typed)}(?!${LETTER})`, "u");
    const exact = query.replace(apart, (words) => `"${words}"`);
    return element("p", { className: "hint" }, "No clip says ", element("q", null, typed), ", so ",
      element("strong", null, by.join(" and ")), " was searched for. ",
      element("a", { href: changed("q", exact) }, `Search for exactly ${typed}`));
  }
  async function run() {
    const place = document.querySelector("[data-static-search]");
    if (!place) return;
    const asked = new URLSearchParams(location.search), query = (asked.get("q") || "").trim();
    const only = { show: asked.get("show"), reporter: asked.get("reporter"), year: asked.get("year") };
    for (const input of document.querySelectorAll("input[name=q]")) input.value = query;
    if (!query) return;
    // The field has the focus for those who have not asked yet.
    document.activeElement.blur();
    const status = place.querySelector("[role=status]");
    place.hidden = false;
    status.textContent = "Searching …";
    try {
      await open();
      const years = head.date.map((date) => date.slice(0, 4)).filter(Boolean), list = place.querySelector("ol");
      choice(place.querySelector("select[name=show]"), head.shows.filter(Boolean).sort(), only.show);
      choice(place.querySelector("select[name=year]"), [...new Set(years)].sort().reverse(), only.year);
      const found = await search(query, only);
      const count = found.clips.length, said = hints(found.asked);
      if (!count && !said.length) said.push("Try fewer words, or the beginning of one with a star: fish*");
      for (const hint of said) list.before(element("p", { className: "hint" }, hint));
      const last = Math.max(1, Math.ceil(count / ON_PAGE));
      const page = Math.min(Math.max(1, parseInt(asked.get("page"), 10) || 1), last);
      const here = found.clips.slice((page - 1) * ON_PAGE, page * ON_PAGE), wanted = { query, ...await toMark(found.terms) };
      const items = await Promise.all(here.map((result) => shown(result, wanted)));
      const isPartly = here.map(({ missing }) => missing.length > 0), whole = isPartly.filter((partly) => !partly).length;
      for (const one of found.replaced) list.before(replacement(one, query));
      list.append(...items.slice(0, whole));
      list.hidden = !whole;
      // What can be asked is for those who have not found anything yet.
      for (const help of document.querySelectorAll(".syntax, main > .hint")) help.hidden = count > 0;
      if (whole < items.length) {
        const isFirst = found.clips[0].missing.length > 0;
        const note = isFirst ? "No clip has all of these words. These have some:" : "These have only some of the words:";
        list.after(element("p", { className: "hint" }, note), element("ol", { className: "hits" }, ...items.slice(whole)));
      }
      pager(place.querySelector("nav"), page, last);
      document.title = `${query} · ${document.title}`;
      status.textContent = count === 0
        ? "Nothing found"
        : `${count.toLocaleString("en")} ${count === 1 ? "clip" : "clips"}`;
    } catch (error) {
      if (error instanceof radioArchiveQuery.QueryError) {
        status.textContent = `${error.message[0].toUpperCase()}${error.message.slice(1)}.`;
        return;
      }
      const isMissing = error instanceof PartMissing;
      status.textContent = isMissing ? "This page may be older than the archive: a part of its search is gone. Reload the page."
        : "The search failed. Reload the page.";
      if (!isMissing) console.warn(error);
    }
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", run); else run();
})();
