// Which clips a static site's search finds, and in which order, as in search/plan.py, evidence.py, scoring.py and
// loosening.py: clips with all words of a query first, then, if these are few, those with the most telling of them.
"use strict";
window.radioArchivePlan = (index, head) => {
  const data = head.search, { keys, folded, textOf, clipOf, placeOf } = index;
  const forms = window.radioArchiveForms(index, data);
  const CHECKED = 400, MARKS = /^[.,;:!?¿¡…]+|[.,;:!?¿¡…]+$/gu;
  const count = head.starts.length, everyClip = head.newest, { rank } = head;

  function termsIn(node) {
    if (!node) return [];
    if (node.term !== undefined) return [node];
    if (node.aired) return node.aired.split(" ").map((term) => ({ term }));
    return (node.near || node.all || node.any || [node.without]).flatMap(termsIn);
  }
  // What the index has no word for, such as a dash, asks for nothing.
  const saysSomething = (node) => termsIn(node).some(({ term }) => keys(term).length);
  const allParts = (node) => (node.aired ? termsIn(node) : node.all).filter(saysSomething);
  const isSoft = (node) => node.term !== undefined && !node.exact && !node.prefix && !node.scope;
  const isUpper = (text) => text === text.toUpperCase() && text !== text.toLowerCase();
  const isStopWord = (node) => isSoft(node) && data.stopWords.includes(folded(node.term)) &&
    !(node.term.length > 1 && isUpper(node.term));
  const allOf = (parts) => (parts.length === 1 ? parts[0] : { all: parts });

  // The positions in the words of a text at which a phrase begins.
  const matches = (phrase, at, key) => key === phrase.keys[at] ||
    (phrase.prefix && at === phrase.keys.length - 1 && key.startsWith(phrase.keys[at]));
  const places = (phrase, said) => said.flatMap((_, from) =>
    (phrase.keys.every((_, at) => matches(phrase, at, said[from + at] || "")) ? [from] : []));
  const newestFirst = (one, other) => rank[clipOf(one)] - rank[clipOf(other)] || one - other;
  async function having(passages, check) {
    const some = passages.slice(0, CHECKED), said = await Promise.all(some.map(textOf));
    return some.filter((_, at) => check(keys(said[at][1])));
  }
  const kept = new Map();
  function once(name, make) {
    if (!kept.has(name)) kept.set(name, make());
    return kept.get(name);
  }
  const passagesOf = (phrase) => once(JSON.stringify(phrase), async () => {
    const sets = await Promise.all(phrase.keys.map(async (key, at) => {
      const isOpen = phrase.prefix && at === phrase.keys.length - 1;
      if (isOpen) return (await index.beginning(key)).flatMap(({ passages }) => passages);
      const entry = await index.word(key);
      return entry ? entry.passages : [];
    }));
    const others = sets.map((set) => new Set(set)), [rarest] = [...others].sort((one, other) => one.size - other.size);
    const found = [...rarest || []].filter((passage) => others.every((set) => set.has(passage))).sort(newestFirst);
    // What only another spelling of the text has, such as a number in words, stands in no order.
    const isElsewhere = (said) => phrase.keys.some((_, at) => !said.some((key) => matches(phrase, at, key)));
    const isThere = (said) => places(phrase, said).length > 0 || (!phrase.written && isElsewhere(said));
    return phrase.keys.length === 1 ? found : having(found, isThere);
  });

  // The passages in which a part of a query is found, each with how much that counts: another form counts less.
  const found = (node) => once(JSON.stringify(node), async () => {
    if (node.term !== undefined) return foundTerm(node);
    if (node.near) return new Map((await passagesNear(node)).map((passage) => [passage, 1]));
    if (node.any) return union(await Promise.all(node.any.map(found)));
    if (node.without) {
      const [wanted, ...others] = await Promise.all([node.without, ...node.unwanted].map(found));
      return new Map([...wanted].filter(([passage]) => !others.some((other) => other.has(passage))));
    }
    const [first, ...others] = await Promise.all(allParts(node).map(found));
    return new Map([...first || []].filter(([passage]) => others.every((other) => other.has(passage)))
      .map(([passage, counts]) => [passage, Math.min(counts, ...others.map((other) => other.get(passage)))]));
  });
  function union(maps) {
    const all = new Map();
    for (const map of maps) for (const [passage, counts] of map) all.set(passage, Math.max(counts, all.get(passage) || 0));
    return all;
  }
  async function foundTerm(term) {
    const alike = (await forms.family(term)).map(({ passages }) => passages);
    const other = (await Promise.all([...alike, ...forms.forms(term).map(passagesOf)])).flat();
    const exact = (await Promise.all(forms.spellings(term).map(passagesOf))).flat();
    const isIn = (passage) => !term.scope || placeOf(passage) === term.scope;
    return new Map([...other.map((passage) => [passage, data.form]), ...exact.map((passage) => [passage, 1])]
      .filter(([passage]) => isIn(passage)));
  }
  async function passagesNear({ near, distance }) {
    const spelled = (term) => Promise.all(forms.spellings(term).map(passagesOf));
    const sets = (await Promise.all(near.map(spelled))).map((found) => new Set(found.flat()));
    const both = [...sets[0]].filter((passage) => sets.every((set) => set.has(passage)) &&
      near.every(({ scope }) => !scope || scope === placeOf(passage)));
    return having(both, (said) => areNear(near, distance, said));
  }
  // Whether the terms are at most so many words apart, in any order.
  function areNear(near, distance, said) {
    const all = near.map((term) => forms.spellings(term).flatMap((phrase) =>
      places(phrase, said).map((at) => [at, at + phrase.keys.length])));
    return all.flat().some(([start, end]) => all.every((spans) => spans.some((span) =>
      span[0] >= start && span[0] - end <= distance)));
  }

  // Names of shows and reporters have no other forms.
  const names = {
    show: head.shows.map((name) => [keys(name)]), reporter: head.reporters.map((name) => name.split(", ").map(keys)),
  };
  function isNamed(node, name) {
    if (node.term !== undefined) {
      const all = forms.spellings(node);
      if (isUpper(node.term) && forms.isCountry(node.term)) all.push({ keys: ["us"] });
      return !node.scope && all.some((phrase) => places(phrase, name).length > 0);
    }
    if (node.near) return areNear(node.near, node.distance, name);
    if (node.any) return node.any.some((part) => isNamed(part, name));
    if (node.without) return isNamed(node.without, name) && !node.unwanted.some((part) => isNamed(part, name));
    return allParts(node).every((part) => isNamed(part, name));
  }
  const clipsNamed = (node) => once(`named ${JSON.stringify(node)}`, () => {
    const [shows, reporters] = [names.show, names.reporter].map((all) =>
      new Set(all.flatMap((some, number) => (some.some((name) => name.length && isNamed(node, name)) ? [number] : []))));
    return everyClip.filter((clip) => shows.has(head.show[clip]) || reporters.has(head.reporter[clip]));
  });

  // The clips in which a part of a query is found: all its words, in any place.
  async function clipsOf(node) {
    const each = (parts) => Promise.all(parts.map(clipsOf));
    if (node.term !== undefined || node.near) {
      return new Set([...[...(await found(node)).keys()].map(clipOf), ...clipsNamed(node)]);
    }
    if (node.any) return new Set((await each(node.any)).flatMap((clips) => [...clips]));
    if (node.without) return without(await clipsOf(node.without), await each(node.unwanted));
    const [first, ...others] = await each(allParts(node));
    const all = [...first || []].filter((clip) => others.every((clips) => clips.has(clip)));
    return new Set(node.aired ? [...all, ...everyClip.filter(airedIn(node))] : all);
  }
  const without = (clips, others) => new Set([...clips].filter((clip) => !others.some((other) => other.has(clip))));
  const airedIn = ({ since, until }) => (clip) =>
    (!since || head.date[clip] >= since.replace(/(-01)+$/, "")) && (!until || (head.date[clip] && head.date[clip] <= until));

  // The plan: a unit is a part of the query that a clip has or lacks.
  function withNames(parts) {
    const bare = parts.map((part) => (part.term !== undefined && !part.prefix && !part.exact ? part.scope || "" : null));
    const all = [...parts];
    for (let from = 0, to = 0; from < parts.length; from = to) {
      for (to = from + 1; bare[from] !== null && bare[to] === bare[from];) to += 1;
      if (bare[from] === null) continue;
      forms.beside(parts.slice(from, to).map(({ term }) => term)).forEach((also, at) => {
        if (also.length) all[from + at] = { ...parts[from + at], also };
      });
    }
    return all;
  }
  function partsOf({ wanted }) {
    const parts = withNames(wanted.all || [wanted]).filter(saysSomething), telling = parts.filter((part) => !isStopWord(part));
    return telling.length ? telling : parts;
  }
  const textIn = (node) => termsIn(node).map(({ term }) => term.replace(MARKS, "")).join(" ");
  async function planned(query, passes) {
    const parts = partsOf(query), units = [], replaced = [], unknown = new Set();
    for (const part of parts) if (isSoft(part) && !(await clipsOf(part)).size) unknown.add(part);
    const isName = (part) => isSoft(part) && isUpper([...part.term][0]);
    const areNames = parts.filter(isSoft).every(isName);
    for (let at = 0; at < parts.length;) {
      const part = parts[at], together = await joined(parts, at, unknown);
      const length = together.length ? 2 : 1, close = together.length || !unknown.has(part) ? together : await options(part);
      const real = [];
      for (const term of close) if ([...await clipsOf(term)].some(passes)) real.push(term);
      const asked = allOf(parts.slice(at, at + length)), meant = real.map((term, turn) => [term, data.replaced[turn]]);
      units.push({
        asked, meant: meant.length ? meant : [[asked, 1]], text: textIn(asked), isHard: !isSoft(part),
        isName: isName(part) && !areNames,
      });
      if (real.length) replaced.push({ typed: textIn(asked), by: real.map(({ term }) => term) });
      at += length;
    }
    return { units, replaced };
  }
  const nodeOf = ({ meant }) => (meant.length === 1 ? meant[0][0] : { any: meant.map(([node]) => node) });
  // The word that two neighbours are if they are written as one.
  async function joined(parts, at, unknown) {
    const pair = parts.slice(at, at + 2);
    if (pair.length < 2 || !pair.every(isSoft) || !pair.some((part) => unknown.has(part))) return [];
    const term = folded(pair.map((part) => part.term).join(""));
    return await index.word(term) ? [{ term }] : [];
  }
  async function options({ term }) {
    const words = keys(term), close = new Map();
    for (const word of new Set(words)) {
      if (await index.word(word)) continue;
      // An abbreviation is not misspelled.
      if (term.includes(word.toUpperCase())) return [];
      close.set(word, await forms.closest(word));
    }
    if (!close.size || [...close.values()].some((others) => !others.length)) return [];
    const [first] = close.keys();
    return close.get(first).map((_, turn) => ({
      term: words.map((word) => (close.has(word) ? close.get(word)[word === first ? turn : 0] : word)).join(" "),
    }));
  }

  // Where a unit occurs in the clips that pass the filters, with how much each place counts, and how rare it is.
  const rarity = (holding) => Math.max(data.least, Math.log(1 + Math.max(0, count - holding + 0.5) / (holding + 0.5)));
  async function look(unit, passes) {
    const said = new Map(), written = new Map();
    const write = (clip, place, counts) => {
      if (!written.has(clip)) written.set(clip, {});
      written.get(clip)[place] = Math.max(counts, written.get(clip)[place] || 0);
    };
    for (const [node, share] of unit.meant) {
      for (const [passage, counts] of await found(node)) {
        const clip = clipOf(passage), place = placeOf(passage);
        if (!passes(clip)) continue;
        if (place !== "said") write(clip, place, counts * share * (place === "story" ? data.weights.story : 1));
        else {
          if (!said.has(clip)) said.set(clip, new Map());
          said.get(clip).set(passage, Math.max(counts * share, said.get(clip).get(passage) || 0));
        }
      }
    }
    const evidence = { unit, said, written, weight: rarity(new Set([...said.keys(), ...written.keys()]).size) };
    if (unit.isName) evidence.weight *= data.name;
    for (const [node, share] of unit.meant) {
      const named = clipsNamed(node);
      if (!named.length) continue;
      if (!said.size && !written.size) evidence.weight = rarity(named.length);
      const counts = share * data.weights.name * Math.min(1, rarity(named.length) / evidence.weight);
      for (const clip of named) if (passes(clip)) write(clip, "name", counts);
    }
    if (unit.asked.aired) {
      const clips = everyClip.filter((clip) => passes(clip) && airedIn(unit.asked)(clip));
      evidence.weight = rarity(clips.length) * data.time;
      for (const clip of clips) write(clip, "name", 1);
    }
    return evidence;
  }
  function scored(all, clip) {
    let total = 0, covered = 0, title = 0;
    const sentences = new Map(), missing = [];
    for (const { unit, said, written, weight } of all) {
      const own = said.get(clip) || new Map(), elsewhere = written.get(clip) || {};
      const best = Math.max(0, ...own.values(), ...Object.values(elsewhere));
      if (!best) {
        missing.push(unit.text);
        continue;
      }
      for (const [passage, counts] of own) sentences.set(passage, (sentences.get(passage) || 0) + weight * counts);
      const times = Math.max(1, own.size);
      total += weight * best * times * (1 + data.saturation) / (times + data.saturation);
      covered += weight * Math.min(1, best / data.replaced[data.replaced.length - 1]);
      title += weight * (elsewhere.title || 0);
    }
    total += data.sentence * Math.max(0, ...sentences.values()) + data.inTitle * data.weights.title * title;
    const coverage = covered / all.reduce((sum, { weight }) => sum + weight, 0);
    const passages = [...sentences].sort((one, other) => other[1] - one[1] || one[0] - other[0]).map(([passage]) => passage);
    return { clip, missing, coverage, passages, score: total * (data.uncovered + (1 - data.uncovered) * coverage) };
  }
  function promising(all) {
    const sums = new Map();
    for (const { said, written, weight } of all) {
      for (const clip of new Set([...said.keys(), ...written.keys()])) sums.set(clip, (sums.get(clip) || 0) + weight);
    }
    return [...sums].sort((one, other) => other[1] - one[1] || rank[one[0]] - rank[other[0]]).slice(0, data.checked).map(([clip]) => clip);
  }

  // The typed form first. Texts are read only for words that the index may have in another spelling.
  async function typedShare(terms, { clip, passages }) {
    const shown = [head.starts[clip], ...passages.slice(0, data.read)];
    const typed = await Promise.all(terms.map(async (term) => {
      const [entry, own] = [await index.word(term.term.toLowerCase()), await found({ ...term, exact: true, also: [] })];
      const near = shown.filter((passage) => own.has(passage));
      // A number is found by its digits, too.
      if (entry && entry.isSure && !term.prefix && !radioArchiveNumbers.only(term.term)) return near.length > 0;
      // A passage with another form only does not have it as typed.
      const texts = await Promise.all(near.map(textOf));
      return texts.some(([, text]) => forms.typedAs(term, text));
    }));
    return typed.filter(Boolean).length / Math.max(1, terms.length);
  }
  async function typedFirst(units, clips) {
    const terms = units.flatMap(({ asked }) => termsIn(asked)), first = clips.slice(0, data.typed);
    const shares = new Map(await Promise.all(first.map(async (one) => [one.clip, await typedShare(terms, one)])));
    const value = ({ clip, score }) => score * (data.notAsTyped + (1 - data.notAsTyped) * shares.get(clip));
    return [...first.sort((one, other) => value(other) - value(one)), ...clips.slice(data.typed)];
  }

  // All clips that are found, in order. Those that lack words come last; none is found for too few of them.
  async function search(query, passes) {
    const unwanted = await Promise.all((query.unwanted || []).map(clipsOf));
    const isKept = (clip) => passes(clip) && !unwanted.some((clips) => clips.has(clip));
    if (!query.wanted) {
      return { clips: everyClip.filter(isKept).map((clip) => ({ clip, missing: [], passages: [] })), terms: [], replaced: [] };
    }
    const { units, replaced } = await planned(query, passes);
    const every = units.length ? [...await clipsOf({ all: units.map(nodeOf) })].filter(isKept) : [], strict = new Set(every);
    const evidence = await Promise.all(units.map((unit) => look(unit, passes)));
    const hard = await Promise.all(units.filter(({ isHard }) => isHard).map((unit) => clipsOf(nodeOf(unit))));
    let clips = [...new Set([...every, ...promising(evidence)])].map((clip) => scored(evidence, clip))
      .sort((one, other) => other.score - one.score || rank[one.clip] - rank[other.clip])
      .filter(({ clip, missing, coverage }) => strict.has(clip) ||
        ((!missing.length || coverage >= data.enough) && isKept(clip) && hard.every((having) => having.has(clip))));
    clips = await typedFirst(units, clips);
    const isWhole = ({ clip, missing }) => strict.has(clip) || !missing.length;
    const whole = clips.filter(isWhole).map((one) => ({ ...one, missing: [] }));
    const some = whole.length < data.few ? clips.filter((one) => !isWhole(one)) : [];
    const terms = units.flatMap(({ meant }) => meant.flatMap(([node]) => termsIn(node)));
    return { clips: [...whole, ...some], terms, replaced: whole.length + some.length ? replaced : [] };
  }
  // The passages of a clip's story that have some of the terms.
  async function storiesOf(clip, terms) {
    const sets = await Promise.all(terms.map(found));
    const isTold = (passage) => clipOf(passage) === clip && placeOf(passage) === "story";
    return [...new Set(sets.flatMap((set) => [...set.keys()]))].filter(isTold).sort((a, b) => a - b);
  }
  // The phrases to mark in texts.
  async function toMark(terms) {
    const all = await Promise.all(terms.map(async (term) => [
      ...forms.spellings(term), ...forms.forms(term), ...(await forms.family(term)).map(({ word }) => ({ keys: [word] })),
    ]));
    return all.flat();
  }
  return { search, storiesOf, toMark, places, termsIn };
};
