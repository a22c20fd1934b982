// Which words of a static site's index stand for a term of a query: other spellings, forms and names, as in text/forms.py,
// text/abbreviations.py and text/similar.py. The lists and numbers come with the index, see searchdata.py.
"use strict";
window.radioArchiveForms = (index, data) => {
  const { keys, folded, OKINA } = index, numbers = radioArchiveNumbers, LETTER = "[\\p{L}\\p{N}_]";
  const ENDINGS = ("|e|es|s|ed|d|ing|ings|ly|er|ers|ment|ments|ate|ates|ated|ating|ation|ations|ion|ions|al|ally|able|" +
    "ful|ness|y|ies|ied").split("|").slice(1);
  const DOTS = /^(?:(?:\p{L}\.){2,}|(?:\p{L}\.)+\p{L})$/u, ROUTE = /^([A-Za-z]{1,2})[-‐‑]?([0-9]{1,3})$/u;
  const COMPOUND = /^\p{L}+[-‐‑]\p{L}+$/u;

  // Names and words that are written short and long.
  const classes = new Map();
  for (const names of data.names) for (const name of names) classes.set(name, [...(classes.get(name) || []), names]);
  classes.set("u s a", classes.get("usa"));
  const mostWords = Math.max(...[...classes.keys()].map((name) => name.split(" ").length));
  const opened = new Map(data.closed.map((pair) => [pair.replace(" ", ""), pair])), halves = new Set(data.closed);
  const ordinals = new Map(Object.entries(data.romans).map(([roman, ordinal]) => [ordinal, roman]));
  function phraseOf(text) {
    const phrase = (text.toLowerCase().match(/[\p{L}\p{N}]+/gu) || []).join(" ");
    return phrase === "us" && text.includes("US") ? data.country[0] : phrase;
  }
  const isCountry = (text) => [...data.country, "u s a"].includes(phraseOf(text));
  function otherNames(text) {
    const phrase = phraseOf(text), others = (classes.get(phrase) || []).flat().filter((name) => name !== phrase);
    return opened.has(phrase) ? [...others, opened.get(phrase)] : others;
  }
  const [fewest, most, INITIAL] = data.initials, CAPITAL = new RegExp(`^[${data.capitals}]`, "u");
  const CAPITALIZED = `[${data.capitals}](?![A-Z])\\p{L}[\\p{L}\\p{N}'ʻ’]*`;
  const NAMED = new RegExp(`(?<!${LETTER})${CAPITALIZED}(?:(?: ${data.small}){0,2}[ -]${CAPITALIZED}){2,7}`, "gu");
  const isName = (word) => word.length > 3 && /^\p{L}+$/u.test(word);
  // What stands for each word of a query because of its neighbours: WWII for each of World War II.
  function beside(words) {
    const phrases = words.map(phraseOf), found = words.map(() => new Set());
    const add = (from, to, names) => {
      for (let at = from; at < to; at += 1) {
        for (const name of names) if (!` ${name} `.includes(` ${phrases[at]} `)) found[at].add(name);
      }
    };
    phrases.forEach((one, at) => {
      for (let to = at + 2; to <= Math.min(phrases.length, at + mostWords); to += 1) {
        for (const names of classes.get(phrases.slice(at, to).join(" ")) || []) add(at, to, names);
      }
      const two = phrases[at + 1], before = phrases[at - 1];
      if (two === undefined) return;
      if (halves.has(`${one} ${two}`)) add(at, at + 2, [one + two]);
      if (/^[B-HJ-Z] [0-9]{1,3}$/u.test(`${words[at]} ${two}`)) add(at, at + 2, [one + two]);
      if (one !== "war" && Object.hasOwn(data.romans, two) && isName(one)) add(at, at + 2, [`${one} the ${data.romans[two]}`]);
      if (!ordinals.has(two)) return;
      if (isName(one)) add(at, at + 2, [`${one} ${ordinals.get(two)}`]);
      if (one === "the" && before && isName(before)) add(at - 1, at + 2, [`${before} ${ordinals.get(two)}`]);
    });
    // A number is one word with spaces in it.
    const starts = words.map((_, at) => words.slice(0, at).join(" ").length + (at ? 1 : 0));
    for (const { 0: name, index: at } of words.join(" ").matchAll(NAMED)) {
      const letters = name.split(/[ -]/u).filter((word) => CAPITAL.test(word)).map((word) => word[0]).join("");
      const first = starts.findLastIndex((start) => start <= at), last = starts.findLastIndex((start) => start < at + name.length);
      add(first, last + 1, [letters.slice(0, most).toLowerCase()]);
    }
    return found.map((names) => [...names]);
  }

  const INSIDE = new RegExp(`[${OKINA}]`, "u"), SHORT_FORM = new RegExp(`[${OKINA}](?:s|ll|re|ve|d|m|t)$`, "iu");
  // Phrases that a term is, each as the keys of neighbouring words; with a prefix, the last is only the start of a word,
  // and what is `written` must be in the text itself, since words of its other spellings stand in no order.
  function spellings({ term, prefix }) {
    if (!prefix && isCountry(term)) return data.country.map((phrase) => ({ keys: [phrase] }));
    const amount = !prefix && numbers.only(term);
    if (amount) {
      // The index has the digits of every number, except those of the smallest.
      const own = { keys: keys(term), written: Number.isInteger(amount.value) };
      return [{ keys: keys(amount.digits) }, own, ...(amount.word ? [{ keys: [amount.word] }] : [])];
    }
    let found = keys(term), isBeginning = Boolean(prefix);
    if (index.isSpaceless(term) && !prefix && [...(found[found.length - 1] || "").normalize("NFC")].length === 1) {
      // The last character stands alone only at the end of a word.
      if (found.length > 1) found = found.slice(0, -1); else isBeginning = true;
    }
    const all = found.length ? [{ keys: found, prefix: isBeginning }] : [];
    if (COMPOUND.test(term) && !prefix) all.push({ keys: [folded(term)] });
    // Some write a space before an ʻokina.
    const apart = term.split(INSIDE).filter(Boolean).map(folded);
    if (apart.length > 1 && found.length === 1 && !SHORT_FORM.test(term)) all.push({ keys: apart, prefix: isBeginning });
    return all;
  }
  // Other phrases that stand for it; those of one stem are found by `family`.
  function forms({ term, prefix, exact, also }) {
    const others = [...also || []], route = ROUTE.exec(term);
    if (!prefix) {
      if (DOTS.test(term) || route) others.push(folded(term));
      if (route) others.push(`${route[1]} ${route[2]}`);
      if (!exact) others.push(...otherNames(term));
      const isInitials = /^\p{Lu}+$/u.test(term) && term.length >= fewest && term.length <= most;
      if (!exact && isInitials) others.push(`${INITIAL}${term.toLowerCase()}`);
    }
    return others.map((phrase) => ({ keys: phrase === data.country[0] ? [phrase] : keys(phrase) }));
  }
  const POSSESSIVE = new RegExp(`[${OKINA}]s$`, "iu"), ENDS = /^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu;
  function wordOf({ term, prefix, exact }) {
    const text = term.replace(ENDS, "").replace(POSSESSIVE, ""), word = text.toLowerCase();
    const isShort = text === text.toUpperCase() && word.length <= data.stemmed;
    return prefix || exact || isShort || word.length < data.stemmed || !/^[a-z]+$/u.test(word) ||
      data.stemless.includes(word) ? "" : word;
  }
  // The words of the index with the same stem. That of a word that the index does not have is guessed by its ending.
  async function family(term) {
    const word = wordOf(term);
    if (!word) return [];
    const entry = await index.word(word), stem = entry ? entry.stem : await guessed(word);
    if (!stem) return [];
    const alike = await index.beginning(stem.length > 2 ? stem.slice(0, -1) : stem);
    return alike.filter((other) => other.stem === stem && other.word !== word);
  }
  async function guessed(word) {
    const near = await index.beginning(word.slice(0, Math.max(3, word.length - 5)));
    const stems = near.filter(({ word: other }) => /^[a-z]+$/u.test(other)).map(({ stem }) => stem);
    return stems.filter((stem) => fits(word, stem)).sort((one, other) => other.length - one.length)[0];
  }
  function fits(word, stem) {
    const last = stem[stem.length - 1], base = "ei".includes(last) ? stem.slice(0, -1) : stem, ending = word.slice(base.length);
    if (stem.length < data.stemmed || !word.startsWith(base)) return false;
    if (last === "i") return ["y", "ies", "ied", "ying"].includes(ending);
    // A stem keeps its last e only after a short syllable: coffe is no word.
    if (word === stem) return last !== "e" || /[^aeiou][aeiou][^aeiouwxy]e$/u.test(word);
    return ENDINGS.includes(ending) || [`${last}ing`, `${last}ed`, `${last}er`].includes(ending);
  }

  const EDGES = new RegExp(`^[^\\p{L}\\p{N}_${OKINA}$£€¥]+|[^\\p{L}\\p{N}_${OKINA}%]+$`, "gu");
  // Whether a text has a term as it was typed: the same ʻokina and diacritics.
  function typedAs({ term, prefix }, text) {
    const inside = term.normalize("NFC").replace(EDGES, "");
    if (!inside) return false;
    const own = [...inside.split(/\s+/u).join(" ")].map((letter) => (OKINA.includes(letter) ? `[${OKINA}]`
      : letter === " " ? "\\s+" : letter.replace(/[\\^$.*+?()[\]{}|/]/gu, "\\$&"))).join("");
    if (index.isSpaceless(inside)) return new RegExp(own, "iu").test(text);
    const letters = "ʻʼʽʾʿˋˊꞌ", isVowel = "aeiouāēīōū".includes(inside[0].toLowerCase());
    const before = `(?<!${LETTER})(?<!${LETTER}[${OKINA}])(?<![${isVowel ? OKINA : letters}])`;
    const after = prefix ? "" : `(?!${LETTER})(?![${OKINA}](?!s(?!${LETTER}))${LETTER})(?![${letters}](?!s(?!${LETTER})))`;
    return new RegExp(before + own + after, isCountry(inside) ? "u" : "iu").test(text);
  }

  // The similarity of letters, 0 to 100: the share of those that two words have in common, in the same order.
  function ratio(word, other) {
    let before = new Array(other.length + 1).fill(0);
    for (const letter of word) {
      const here = [0];
      for (let at = 0; at < other.length; at += 1) {
        here.push(letter === other[at] ? before[at] + 1 : Math.max(before[at + 1], here[at]));
      }
      before = here;
    }
    return 200 * before[other.length] / (word.length + other.length);
  }
  const GLIDES = /w|y(?=[aeiou])/gu, withVowels = (word) => word.replace(GLIDES, (glide) => (glide === "w" ? "u" : "i"));
  function lettersAlike(word, other) {
    if (200 * Math.min(word.length, other.length) / (word.length + other.length) < data.closeInSound) return 0;
    const alike = ratio(word, other);
    if (alike < data.closeInSound) return 0;
    const [one, two] = [withVowels(word), withVowels(other)];
    return one === word && two === other ? alike : Math.max(alike, ratio(one, two));
  }
  // The known words that are surely meant by an unknown one, the best first, at most two.
  async function closest(word) {
    if (word.length < data.shortest || word.length >= data.longest) return [];
    const sure = word.length > data.fewLetters ? data.sure : data.sureOfFew;
    for (const letters of [word[0], data.takenFor[word[0]] || ""]) {
      const known = (await Promise.all([...letters].map(index.beginning))).flat(), found = [];
      for (const { word: other, passages } of known) {
        const alike = other.includes(" ") || other === word ? 0 : lettersAlike(word, other);
        if (!alike) continue;
        let begun = 0;
        while (begun < 6 && begun < other.length && word[begun] === other[begun]) begun += 1;
        if (alike + 2 * begun >= data.close) found.push({ other, alike, score: alike + 2 * begun, often: passages.length });
      }
      found.sort((one, two) => two.score - one.score || two.often - one.often);
      const best = found.slice(0, data.replaced.length).filter(({ alike }) => alike >= sure).map(({ other }) => other);
      if (best.length) return best;
    }
    return [];
  }
  return { beside, spellings, forms, family, typedAs, closest, isCountry };
};
