// Finds English numbers in a text, and says which are the same: 12,000, 12000 and twelve thousand. As text/numbers.py and
// text/number_words.py, which say more: one table of cases holds both (see query_cases.json).
"use strict";
(() => {
  const LIMIT = 1e15, MOST_WORDS = 32;
  const SMALL = ("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen " +
    "seventeen eighteen nineteen").split(" ");
  const TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split(" ");
  const ODD = { one: "first", two: "second", three: "third", five: "fifth", eight: "eighth", nine: "ninth", twelve: "twelfth" };
  const ordinal = (word) => ODD[word] || (word.endsWith("y") ? `${word.slice(0, -1)}ieth` : `${word}th`);
  const plural = (word) => `${word.slice(0, -1)}ies`;
  const named = (pairs, change = (word) => word) => new Map(pairs.map(([word, value]) => [change(word), value]));
  const tens = TENS.map((word, at) => [word, 10 * at + 20]), small = SMALL.map((word, value) => [word, value]);
  const scales = ["thousand", "million", "billion", "trillion"].map((word, at) => [word, 1000 ** (at + 1)]);
  const CARDINALS = named(small), TENS_VALUES = named(tens), ORDINALS = named([...small.slice(1), ...tens], ordinal);
  const DECADES = named(tens, plural), SCALES = named(scales), SCALE_ORDINALS = named(scales, ordinal);
  const BEGINNINGS = new Set([CARDINALS, TENS_VALUES, ORDINALS, DECADES].flatMap((map) => [...map.keys()]).concat("a", "half"));
  const CURRENCIES = { $: "dollars", "£": "pounds", "€": "euros", "¥": "yen" };
  const UNITS = new Map(Object.values(CURRENCIES).flatMap((word) => [[word, word], [word.replace(/s$/, ""), word]]));
  UNITS.set("percent", "percent").set("%", "percent");
  const ABBREVIATED = { k: "thousand", m: "million", b: "billion", bn: "billion", tn: "trillion" };
  const W = "[\\p{L}\\p{N}_]";
  const TOKEN = new RegExp(`(?<number>(?<![\\p{L}\\p{N}_.,])\\d{1,3}(?:,\\d{3})+(?![\\d,])(?:\\.\\d+)?|` +
    `(?<![\\p{L}\\p{N}_.,])\\d{1,15}(?:\\.\\d{1,12})?)(?<suffix>(?:st|nd|rd|th|s|k|m|bn?|tn)(?!${W}))?(?!${W}|[.,]\\d)` +
    "|(?<word>[\\p{L}\\p{N}]+)|[$£€¥%]", "giu");

  // Each reads the words from `at` on, in small letters, and returns a value, the index after its last word, and whether it
  // is an ordinal or a decade; or null.
  function year(words) {
    const century = words[0] === "twenty" ? 20 : CARDINALS.get(words[0]), [, next, third] = words;
    if (!(century >= 11 && century <= 20)) return null;
    if (DECADES.has(next)) return { value: 100 * century + DECADES.get(next), end: 2, decade: true };
    const ones = CARDINALS.get(third);
    if (["oh", "o"].includes(next) && ones >= 1 && ones <= 9) return { value: 100 * century + ones, end: 3 };
    const rest = belowHundred(words, 1);
    if (!rest || rest.ordinal || rest.value < 10 || SCALES.has(words[rest.end]) || words[rest.end] === "hundred") return null;
    return { value: 100 * century + rest.value, end: rest.end };
  }
  function belowHundred(words, at) {
    const word = words[at], next = words[at + 1];
    if (TENS_VALUES.has(word)) {
      const value = TENS_VALUES.get(word), ones = CARDINALS.get(next), last = ORDINALS.get(next);
      if (ones >= 1 && ones <= 9) return { value: value + ones, end: at + 2 };
      return last <= 9 ? { value: value + last, end: at + 2, ordinal: true } : { value, end: at + 1 };
    }
    if (CARDINALS.has(word)) return { value: CARDINALS.get(word), end: at + 1 };
    return ORDINALS.has(word) ? { value: ORDINALS.get(word), end: at + 1, ordinal: true } : null;
  }
  function belowThousand(words, at) {
    const isOne = words[at] === "a" && (words[at + 1] === "hundred" || SCALES.has(words[at + 1]));
    const first = isOne ? { value: 1, end: at + 1 } : belowHundred(words, at);
    if (!first || first.ordinal || !first.value) return first;
    if (words[first.end] === "hundredth") return { value: 100 * first.value, end: first.end + 1, ordinal: true };
    if (words[first.end] !== "hundred") return first;
    const value = 100 * first.value, end = first.end + 1, rest = belowHundred(words, end + (words[end] === "and"));
    return rest && rest.value ? { ...rest, value: value + rest.value } : { value, end };
  }
  function whole(words) {
    if (DECADES.has(words[0])) return { value: DECADES.get(words[0]), end: 1, decade: true };
    let total = 0, at = 0, smaller = LIMIT, best = null;
    for (let group = belowThousand(words, at); group; group = belowThousand(words, at)) {
      if (best && !group.value) return best;
      const name = words[group.end], scale = SCALES.get(name) || SCALE_ORDINALS.get(name);
      if (group.ordinal || !scale || group.value >= 1000 || !group.value) {
        return group.value < smaller ? { ...group, value: total + group.value } : best;
      }
      if (scale >= smaller) return best;
      [total, at, smaller] = [total + group.value * scale, group.end + 1, scale];
      best = { value: total, end: at, ordinal: SCALE_ORDINALS.has(name) };
      if (best.ordinal) return best;
      if (words[at] === "and") at += 1;
    }
    return best;
  }
  function fraction(words, { value, end, ordinal: isOrdinal, decade }) {
    if (isOrdinal || decade) return { value, end };
    if (words.slice(end, end + 3).join(" ") === "and a half") return { value: value + 0.5, end: end + 3 };
    const said = words[end] === "point" ? words.slice(end + 1, end + 13).map((word) => (word === "oh" ? 0 : CARDINALS.get(word) ?? 10)) : [];
    const stop = said.findIndex((digit) => digit > 9), digits = stop < 0 ? said : said.slice(0, stop);
    return digits.length ? { value: Number(`${value}.${digits.join("")}`), end: end + 1 + digits.length } : { value, end };
  }
  // Without what a fraction in binary adds: 3.3 million is 3300000.
  const times = (value, scale) => Number((value * scale).toPrecision(15));
  const below = (found) => (found.value < LIMIT ? found : null);
  function inWords(words) {
    if (words[0] === "half" && words[1] === "a" && SCALES.has(words[2])) return { value: SCALES.get(words[2]) / 2, end: 3 };
    const reading = year(words) || whole(words);
    if (!reading) return null;
    const { value, end } = fraction(words, reading), scale = SCALES.get(words[end]);
    return end === reading.end ? reading : below({ value: times(value, scale || 1), end: end + (scale ? 1 : 0) });
  }
  function inDigits({ text, suffix }, words, sign) {
    const value = Number(text), isWhole = !text.includes(".") || Number.isInteger(value), end = 1;
    if (/^0\d/u.test(text) || value >= LIMIT) return null;
    if (["st", "nd", "rd", "th"].includes(suffix)) return isWhole && value ? { value, end, ordinal: true } : null;
    if (suffix === "s") {
      const isDecade = isWhole && value % 10 === 0 && ((value >= 20 && value <= 90) || (value >= 1100 && value <= 2090));
      return isDecade ? { value, end, decade: true } : null;
    }
    if (suffix) return sign ? { value: times(value, SCALES.get(ABBREVIATED[suffix])), end } : null;
    const scale = SCALES.get(words[1]);
    if (!scale) return { value, end };
    return value ? below({ value: times(value, scale), end: 2 }) : null;
  }

  const tokensOf = (text) => [...text.matchAll(TOKEN)].map(({ 0: whole, groups, index: start }) => ({
    isNumber: groups.number !== undefined, isWord: groups.word !== undefined, suffix: (groups.suffix || "").toLowerCase(),
    text: (groups.number || whole).replace(/,/gu, "").toLowerCase(), start, end: start + whole.length,
  }));
  function unitAt(words, at) {
    if (words[at] === "per" && words[at + 1] === "cent") return ["percent", 2];
    return UNITS.has(words[at]) ? [UNITS.get(words[at]), 1] : ["", 0];
  }
  function ending(value) {
    return value % 100 >= 11 && value % 100 <= 13 ? "th" : { 1: "st", 2: "nd", 3: "rd" }[value % 10] || "th";
  }
  // The amount that begins at a token: the index after its last token, and its digits and unit, as the index has them.
  function amountAt(tokens, at, text) {
    const first = tokens[at], sign = CURRENCIES[first.text], from = sign ? at + 1 : at;
    if (first.isWord && !BEGINNINGS.has(first.text)) return null;
    if (sign && !(tokens[from] && tokens[from].isNumber && tokens[from].start === first.end)) return null;
    const isNext = (token, next) => {
      const gap = text.slice(token.end, next.start);
      return /^[\s\-‐‑]{0,3}$/u.test(gap) || (gap === ", " && SCALES.has(token.text));
    };
    let to = from + 1;
    while (to < tokens.length && to < from + MOST_WORDS && isNext(tokens[to - 1], tokens[to])) to += 1;
    const words = tokens.slice(from, to).map((token) => token.text);
    const found = tokens[from].isNumber ? inDigits(tokens[from], words, sign) : inWords(words);
    if (!found) return null;
    const isPlain = !found.ordinal && !found.decade, [unit, taken] = isPlain && !sign ? unitAt(words, found.end) : [sign && isPlain ? sign : "", 0];
    if (!unit && found.end === 1 && from === at && ["one", "zero", "second"].includes(first.text)) return null;
    const digits = `${found.value}${found.ordinal ? ending(found.value) : found.decade ? "s" : ""}`;
    const small = found.value >= 1 && found.value < 10 && !unit && !found.decade && Number.isInteger(found.value);
    return {
      end: from + found.end + taken, digits: unit ? `${digits} ${unit}` : digits, value: found.value,
      word: small ? (found.ordinal ? ordinal : String)(SMALL[found.value]) : "",
    };
  }
  // The amounts in a text, with where they stand in it.
  function amounts(text) {
    const tokens = tokensOf(text), found = [];
    for (let at = 0; at < tokens.length;) {
      const amount = amountAt(tokens, at, text);
      if (amount) found.push({ ...amount, isAll: !at && amount.end === tokens.length, from: tokens[at].start, to: tokens[amount.end - 1].end });
      at = amount ? amount.end : at + 1;
    }
    return found;
  }
  // The amount that a text is, and nothing else; null if it is none.
  function only(text) {
    const [first] = amounts(text);
    return first && first.isAll ? first : null;
  }
  window.radioArchiveNumbers = { amounts, only };
})();
