// The index of a static site: its words, texts and clips. It loads only the parts (see wordindex.py) that a query needs, as
// scripts, so that it also works in a page opened from a disk, which cannot fetch anything. Each part has its digest in its
// name, so that those of two publications are never mixed: a page that is older than what is there lacks a part.
"use strict";
(() => {
  const PASSAGES = 64, CLIPS = 64;
  const OKINA = "'`´ʻʼʽʾʿˊˋ‘’‛′ꞌ＇";
  const ENDINGS = OKINA.replace("ʻ", "");
  // Han, kana, Hangul and Thai; and the Thai signs that stand above and below letters.
  const SPACELESS = "\\u{2e80}-\\u{2fdf}\\u{3005}-\\u{3007}\\u{3400}-\\u{4dbf}\\u{4e00}-\\u{9fff}\\u{f900}-\\u{faff}\\u{20000}-\\u{3ffff}" +
    "\\u{3040}-\\u{30ff}\\u{31f0}-\\u{31ff}\\u{ff66}-\\u{ff9f}\\u{1100}-\\u{11ff}\\u{3130}-\\u{318f}\\u{ac00}-\\u{d7af}\\u{e00}-\\u{e3a}\\u{e40}-\\u{e4e}";
  const HAS_SPACELESS = new RegExp(`[${SPACELESS}]`, "u"), CHUNK = new RegExp(`[${SPACELESS}]+|[^${SPACELESS}]+`, "gu");
  const WORD = new RegExp(`(?:[\\p{L}\\p{N}\\u0300-\\u036f${SPACELESS}]|[${OKINA}])+`, "gu");
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
    .replace(/[^\p{L}\p{N}\p{M}⁄]/gu, "").replace(/^\p{M}+/u, "");
  function key(word) {
    const inside = stripped(word), short = SHORT_FORM.exec(inside);
    if (!short) return folded(inside);
    const base = folded(short[1]), ending = short[2].toLowerCase();
    return ending === "s" ? base : `${base}'${ending}`;
  }
  const plain = (text) => text.replace(THOUSANDS, "");
  // The pairs of neighbouring characters, and the last one alone, as in text/scripts.py.
  function pairs(word) {
    const chunks = word.normalize("NFKC").replace(new RegExp(`[${OKINA}]`, "gu"), " ").match(CHUNK) || [];
    return chunks.flatMap((chunk) => {
      if (!HAS_SPACELESS.test(chunk)) return (chunk.match(/[\p{L}\p{N}]+/gu) || []).map(folded);
      const letters = chunk.match(/[\p{L}\p{N}]/gu) || [];
      return letters.map((letter, at) => folded(letter + (letters[at + 1] || "")));
    });
  }
  const keysOf = (word) => (HAS_SPACELESS.test(word) ? pairs(word) : [key(word)]).filter(Boolean);
  const keys = (text) => (plain(text).match(WORD) || []).flatMap(keysOf);
  // The words of a text with their places, for a match to be shown; commas inside numbers belong to them.
  const IN_TEXT = new RegExp(`(?:${WORD.source}|,(?=\\p{Nd}{3}))+`, "gu");
  const placed = (text) => [...text.matchAll(IN_TEXT)].flatMap((match) =>
    keys(match[0]).map((found) => ({ key: found, start: match.index, end: match.index + match[0].length })));

  // The data that the index's scripts pass in, by their addresses.
  const passed = new Map(), waiting = new Map();
  let head = null;
  const root = new URL(".", document.currentScript.src);
  window.radioArchiveSearch = { pass: (data) => { passed.set(document.currentScript.src, data); }, keys };
  class PartMissing extends Error {}
  function load(name) {
    const address = new URL(name, root).href;
    if (!waiting.has(address)) {
      waiting.set(address, new Promise((resolve, reject) => {
        const script = document.createElement("script");
        const fail = () => { waiting.delete(address); reject(new PartMissing(name)); };
        script.src = address;
        // Some hosts answer with a page in place of what is not there.
        script.onload = () => { if (passed.has(address)) resolve(passed.get(address)); else fail(); };
        script.onerror = fail;
        document.head.append(script);
      }));
    }
    return waiting.get(address);
  }
  const part = (kind, number) => load(`${kind}/${head.files[kind][number]}.js`);
  async function open() {
    const given = await load(document.querySelector("[data-index]").dataset.index);
    if (head) return head;
    given.starts = numbers(given.starts);
    // As the archive lists them: the newest, those without a date, what is to come.
    const { date } = given, today = new Date().toISOString().slice(0, 10), run = (clip) => (date[clip] > today ? 2 : Number(!date[clip]));
    const newer = (one, other) => run(one) - run(other) || (date[one] < date[other] ? 1 : date[one] > date[other] ? -1 : other - one);
    given.newest = [...date.keys()].sort(newer);
    given.rank = [];
    given.newest.forEach((clip, place) => { given.rank[clip] = place; });
    head = given;
    return head;
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

  function placeOf(passage) {
    const clip = clipOf(passage), next = clip + 1 < head.starts.length ? head.starts[clip + 1] : head.passages;
    return passage === head.starts[clip] ? "title" : passage >= next - head.told[clip] ? "story" : "said";
  }

  // What the index has of a word: its passages, its stem, and whether they all have it as it is.
  const ENTRY = /^([0-9a-z.]*)(?: ([0-9a-z])([a-z]*))?(~?)$/u;
  function entryOf(word, text) {
    const [, where, cut, ending, unsure] = ENTRY.exec(text);
    const stem = cut ? word.slice(0, word.length - parseInt(cut, 36)) + ending : word;
    return { word, stem, isSure: !unsure, passages: numbers(where) };
  }
  async function partsOf(first, last) {
    const from = Math.max(0, lastAtMost(head.first, first));
    let to = from;
    while (to + 1 < head.first.length && last && head.first[to + 1] < last) to += 1;
    const asked = head.first.length ? Array.from({ length: to - from + 1 }, (_, at) => from + at) : [];
    return Promise.all(asked.map((number) => part("w", number)));
  }
  async function word(wanted) {
    const [found] = await partsOf(wanted);
    return found && Object.hasOwn(found, wanted) ? entryOf(wanted, found[wanted]) : null;
  }
  async function beginning(letters) {
    const found = await partsOf(letters, `${letters}\uffff`);
    return found.flatMap((words) => Object.keys(words).filter((other) => other.startsWith(letters))
      .map((other) => entryOf(other, words[other])));
  }
  async function textOf(passage) {
    const texts = await part("t", Math.floor(passage / PASSAGES));
    return texts[passage % PASSAGES];
  }
  async function clip(number) {
    const clips = await part("c", Math.floor(number / CLIPS));
    return clips[number % CLIPS];
  }

  window.radioArchiveIndex = {
    root, OKINA, keys, folded, placed, isSpaceless: (text) => HAS_SPACELESS.test(text),
    PartMissing, open, word, beginning, textOf, clip, clipOf, placeOf,
  };
})();
