// Parses a search query, as text/query.py and its neighbours do: one table of cases holds both (see query_cases.json).
// A term is { term, prefix, scope, exact }; other nodes are { near, distance }, { all }, { any }, { without, unwanted }
// and { aired, since, until }. What is empty or false is left out.
"use strict";
(() => {
  const MAX_QUERY = 2000, DEPTH = 20, NEAR_WORDS = 10, TIME_WORDS = 4, NUMBER_WORDS = 6, FIRST_YEAR = 1920, LAST_YEAR = 2100;
  const NAMES = ["show", "reporter", "host", "speaker", "language"];
  const DATES = ["since", "until", "after", "before", "date", "year"];
  const SCOPES = ["title", "said", "story", "heard"];
  const FIELDS = [...NAMES, ...DATES, "in", ...SCOPES];

  // What cannot be searched for, said for people.
  class QueryError extends Error {}

  // Times.
  const MONTHS = {};
  ("jan january|feb february|mar march|apr april|may|jun june|jul july|aug august|sep sept september|" +
    "oct october|nov november|dec december").split("|")
    .forEach((names, number) => names.split(" ").forEach((name) => { MONTHS[name] = number + 1; }));
  const SEASONS = { spring: 3, summer: 6, fall: 9, autumn: 9, winter: 12 };
  const anyOf = (names) => names.join("|");
  const longest = Object.keys(MONTHS).sort((one, other) => other.length - one.length);
  const MONTH = `(?<month>${anyOf(longest)})\\.?`, DAY = "(?<day>[0-9]{1,2})(?:st|nd|rd|th)?", YEAR = "(?<year>[0-9]{4})";
  const GAP = "[\\s,-]+", SEASON = `(?<season>${anyOf(Object.keys(SEASONS))})`;
  const whole = (pattern) => new RegExp(`^(?:${pattern})$`, "u");
  const WRITTEN = [
    `${YEAR}(?:[-/](?<month>[0-9]{1,2})(?:[-/]${DAY})?)?`,
    `(?<month>[0-9]{1,2})/(?:${DAY}/)?${YEAR}`,
    `${MONTH}${GAP}(?:of\\s)?(?:${DAY}${GAP})?${YEAR}`,
    `${DAY}${GAP}(?:of\\s)?${MONTH}${GAP}${YEAR}`,
    `${SEASON}${GAP}(?:of\\s)?${YEAR}`,
  ].map(whole);
  const RELATIVE = whole(`today|yesterday|(?<which>this|last|past)\\s(?:${SEASON}` +
    "|(?:(?<number>[0-9]{1,4})\\s)?(?<unit>day|week|month|year)s?)");

  // Days are counted in UTC, so that no change of clocks lengthens one. A day that no calendar has is null.
  function day(year, month, date) {
    const made = new Date(0);
    made.setUTCFullYear(year, month - 1, date);
    const isReal = year >= 1 && year <= 9999 && made.getUTCMonth() === month - 1 && made.getUTCDate() === date;
    return isReal ? made : null;
  }
  function later(from, days) {
    const made = new Date(from.getTime() + days * 86400000);
    return made.getUTCFullYear() >= 1 && made.getUTCFullYear() <= 9999 ? made : null;
  }
  function monthsLater(first, number) {
    const months = first.getUTCFullYear() * 12 + first.getUTCMonth() + number;
    return day(Math.floor(months / 12), (months % 12) + 1, 1);
  }
  function lastOfMonth(from) {
    const next = monthsLater(day(from.getUTCFullYear(), from.getUTCMonth() + 1, 1), 1);
    return next ? later(next, -1) : day(9999, 12, 31);
  }
  function ago(number, unit, from) {
    if (unit === "day" || unit === "week") return later(from, -number * (unit === "week" ? 7 : 1));
    const first = monthsLater(day(from.getUTCFullYear(), from.getUTCMonth() + 1, 1), -number * (unit === "year" ? 12 : 1));
    if (!first) return null;
    const same = later(first, from.getUTCDate() - 1), last = lastOfMonth(first);
    return same && same < last ? same : last;
  }
  function season(name, year) {
    const first = day(year - (name === "winter" ? 1 : 0), SEASONS[name], 1), last = first && monthsLater(first, 2);
    return last ? [first, lastOfMonth(last)] : null;
  }
  function written({ year, month, day: date, season: name }) {
    if (name) return season(name, Number(year));
    if (month === undefined) return [day(Number(year), 1, 1), day(Number(year), 12, 31)];
    const first = day(Number(year), MONTHS[month] || Number(month), Number(date || 1));
    return first && [first, date ? first : lastOfMonth(first)];
  }
  function relative(text, { which, season: name, number, unit }, today) {
    if (name) {
      const spans = [1, 0, -1, -2].map((years) => season(name, today.getUTCFullYear() + years));
      const begun = spans.filter((span) => span && span[0] <= today);
      return which === "this" ? begun[0] : begun.find((span) => span[1] < today);
    }
    if (unit === undefined) {
      const only = later(today, text === "yesterday" ? -1 : 0);
      return [only, only];
    }
    if (number || unit === "day" || which === "past") {
      const before = ago(Number(number || 1), unit, today);
      return before && [later(before, 1), today];
    }
    const first = unit === "week" ? later(today, -((today.getUTCDay() + 6) % 7))
      : day(today.getUTCFullYear(), unit === "month" ? today.getUTCMonth() + 1 : 1, 1);
    return which === "this" ? [first, today] : [ago(1, unit, first), later(first, -1)];
  }
  const iso = (date) => `${String(date.getUTCFullYear()).padStart(4, "0")}${date.toISOString().slice(-20, -14)}`;
  function dateRange(text, today) {
    const plain = words(text.toLowerCase()).join(" ");
    let match = RELATIVE.exec(plain), span = match && relative(plain, match.groups, today);
    for (const pattern of WRITTEN) if (!match && (match = pattern.exec(plain))) span = written(match.groups);
    return span && span[0] && span[1] ? span.map(iso) : null;
  }
  function writtenRange(text) {
    const bare = text.replace(/^[ ,.;:!?]+|[ ,.;:!?]+$/gu, "");
    if (!/[0-9]{4}/u.test(bare) || RELATIVE.test(bare.toLowerCase())) return null;
    const found = dateRange(bare);
    return found && Number(found[1].slice(0, 4)) >= FIRST_YEAR && Number(found[1].slice(0, 4)) <= LAST_YEAR ? found : null;
  }
  const words = (text) => text.split(/\s+/u).filter(Boolean);

  // Tokens: words, phrases and brackets, each with its sign and field.
  const LETTER = "[\\p{L}\\p{N}]", QUOTES = '"“”„‟«»‹›＂「」『』', DASHES = "\\-−–", VOWELS = "aeiouāēīōūAEIOUĀĒĪŌŪ";
  const BEFORE = `(?<!${LETTER})`, END = "(?=[\\s.,;:!?()\\[\\]]|$)";
  const SIGN = `(?<sign>[+${DASHES}](?=[^\\s+${DASHES}]))?`;
  const anyCase = (name) => [...name].map((letter) => `[${letter}${letter.toUpperCase()}]`).join("");
  const FIELD = `(?:(?<field>${anyOf(FIELDS.map(anyCase))}):(?=[^\\s)]))?`;
  const DOUBLE = `${BEFORE}[${QUOTES}](?<double>[^${QUOTES}]*)[${QUOTES}]`;
  const INSIDE = `(?:[^‘’‚${QUOTES}]|[‘’](?=${LETTER}))*`;
  const OPENS = `(?:‚|${BEFORE}‘(?![${VOWELS}]))`, MAY_OPEN = `${BEFORE}‘(?=${INSIDE}(?<![sS])[‘’]\\*?${END})`;
  const SINGLE = `(?:${OPENS}|${MAY_OPEN})(?<single>${INSIDE})[‘’]`;
  const PHRASE = `(?:${DOUBLE}|${SINGLE})(?<star>\\*?)${END}`;
  const PLAIN = `(?!${OPENS})[^\\s()${QUOTES}]`;
  const WORD = `(?<word>(?:AND|OR|NOT)(?=\\()|(?:${PLAIN}|\\((?:${PLAIN}|\\((?:${PLAIN})*\\))*\\))+)`;
  const NO_BRACKET = "(?![\\[\\]{}])";
  const TOKEN = new RegExp(`${NO_BRACKET}${SIGN}${FIELD}${NO_BRACKET}(?:(?<open>\\()|${PHRASE}|${WORD})`, "uy");
  const OKINA = new RegExp(`${BEFORE}‘`, "gu"), HAS_LETTER = new RegExp(LETTER, "u"), NEAR = /^NEAR(?:\/([0-9]{1,3}))?$/u;

  const named = (text) => (["AND", "OR", "NOT"].includes(text) ? text : NEAR.test(text) ? "NEAR" : "");
  const isBare = ({ quoted, prefix, sign, field, bracket }) => !(quoted || prefix || sign || field || bracket);
  const isWord = (token) => isBare(token) && !named(token.text);
  const operator = (token) => (token && isBare(token) ? named(token.text) : "");
  function termOf({ text, quoted, prefix, sign, field }) {
    const exact = Boolean(quoted || sign === "+");
    return made({
      term: !exact && named(text) ? text.toLowerCase() : text, prefix, scope: SCOPES.includes(field) ? field : "", exact,
    });
  }
  const made = (given) => Object.fromEntries(Object.entries(given).filter(([, value]) => value));

  function tokens(query) {
    const text = query.normalize("NFC").replace(/[\p{Cc}\p{Cs}\ufeff]/gu, " "), found = [];
    for (let at = 0; at < text.length;) {
      TOKEN.lastIndex = at;
      const match = TOKEN.exec(text);
      if (match) found.push(...token(match.groups));
      else if (text[at] === ")") found.push({ text: "", bracket: ")" });
      at = match ? TOKEN.lastIndex : at + String.fromCodePoint(text.codePointAt(at)).length;
    }
    return shallow(paired(found));
  }
  function token({ sign: given, field: name, open, double, single, star, word }) {
    const sign = given && given !== "+" ? "-" : given || "", field = (name || "").toLowerCase();
    if (open) {
      if (!field || SCOPES.includes(field)) return [{ text: "", bracket: "(", sign, field }];
      return [{ text: `${field}:` }, { text: "", bracket: "(" }];
    }
    const phrase = double ?? single, quoted = phrase !== undefined;
    const text = quoted ? words(phrase).join(" ") : word.replace(/\*+$/u, "").replace(OKINA, "ʻ");
    if (!HAS_LETTER.test(text)) return [];
    // Only words can be excluded.
    if (sign === "-" && field && !SCOPES.includes(field)) return [{ text: `-${field}:${text}`, quoted }];
    return [{ text, quoted, prefix: quoted ? Boolean(star) : word.endsWith("*"), sign, field }];
  }
  function paired(found) {
    const opened = [], alone = new Set();
    found.forEach(({ bracket }, at) => {
      if (bracket === "(") opened.push(at);
      else if (bracket && !opened.length) alone.add(at);
      else if (bracket) opened.pop();
    });
    opened.forEach((at) => alone.add(at));
    return found.filter((_, at) => !alone.has(at));
  }
  function shallow(found) {
    let depth = 0;
    return found.filter(({ bracket }) => {
      if (bracket === "(") depth += 1;
      const kept = !bracket || depth <= DEPTH;
      if (bracket === ")") depth -= 1;
      return kept;
    });
  }

  // Operators, brackets, exclusions.
  const allOf = (parts) => (parts.length > 1 ? { all: parts } : parts[0]);
  function nodeOf({ wanted, unwanted }) {
    const node = allOf(wanted);
    return node && unwanted.length ? { without: node, unwanted } : node;
  }
  function mapped(node, change) {
    if (node.term !== undefined) return change(node);
    const each = (parts) => parts.map((part) => mapped(part, change));
    if (node.near) return { ...node, near: each(node.near) };
    if (node.all) return { all: each(node.all) };
    if (node.any) return { any: each(node.any) };
    return node.without ? { without: mapped(node.without, change), unwanted: each(node.unwanted) } : node;
  }
  const changed = ({ wanted, unwanted }, change) => ({
    wanted: wanted.map((node) => mapped(node, change)), unwanted: unwanted.map((node) => mapped(node, change)),
  });
  const within = (group, scope) => changed(group, (term) => (term.scope ? term : { ...term, scope }));

  class Parser {
    constructor(found) { this.tokens = found; this.at = 0; }
    operator(at) { return operator(this.tokens[at]); }
    restOfTime(at) {
      const some = this.tokens.slice(at, at + TIME_WORDS), end = some.findIndex((found) => !isWord(found));
      for (let length = end < 0 ? some.length : end; length > 1; length -= 1) {
        const text = some.slice(0, length).map((found) => found.text).join(" ");
        if (writtenRange(text) && this.operator(at + length) !== "NEAR") return some.slice(1, length);
      }
      return [];
    }
    isOperand(at) { return at < this.tokens.length && this.tokens[at].bracket !== ")" && !this.operator(at); }
    mayFollow(at) { return this.isOperand(this.operator(at) === "NOT" ? at + 1 : at); }
    group() {
      const group = { wanted: [], unwanted: [] }, units = [];
      let after = "";
      while (this.at < this.tokens.length && this.tokens[this.at].bracket !== ")") {
        let isChoice = false;
        if (after && ["AND", "OR"].includes(this.operator(this.at)) && this.mayFollow(this.at + 1)) {
          isChoice = after === "wanted" && this.operator(this.at) === "OR";
          this.at += 1;
        }
        const isExcluded = this.takesNot(), unit = this.unit();
        after = isExcluded ? "unwanted" : "wanted";
        if (isExcluded) exclude(group, unit);
        else if (isChoice) units.at(-1).push(unit);
        else units.push([unit]);
      }
      for (const alternatives of units) add(group, alternatives);
      return group;
    }
    takesNot() {
      if (this.operator(this.at) === "NOT" && this.isOperand(this.at + 1)) {
        this.at += 1;
        return true;
      }
      return this.tokens[this.at].sign === "-";
    }
    unit() {
      const first = this.tokens[this.at];
      this.at += 1;
      if (first.bracket) {
        let inside = this.group();
        this.at += 1;
        if (first.sign === "+") inside = changed(inside, (term) => ({ ...term, exact: true }));
        return first.field ? within(inside, first.field) : inside;
      }
      const others = this.restOfTime(this.at - 1);
      this.at += others.length;
      if (others.length) return { wanted: [first, ...others].map(termOf), unwanted: [] };
      const terms = [termOf(first)];
      let distance = 0;
      while (this.operator(this.at) === "NEAR" && this.isOperand(this.at + 1)) {
        const following = this.tokens[this.at + 1], term = termOf(following);
        if (following.sign === "-" || following.bracket || term.scope !== terms[0].scope) break;
        terms.push(term);
        distance = Math.max(distance, Number(NEAR.exec(this.tokens[this.at].text)[1] ?? NEAR_WORDS));
        this.at += 2;
      }
      return { wanted: [terms.length > 1 ? { near: terms, distance } : terms[0]], unwanted: [] };
    }
  }
  function exclude(group, other) {
    const node = nodeOf(other);
    group.unwanted.push(...(node ? node.any || [node] : other.unwanted));
  }
  function add(group, alternatives) {
    const real = alternatives.filter(({ wanted }) => wanted.length);
    for (const { wanted, unwanted } of alternatives) if (real.length < 2 || !wanted.length) group.unwanted.push(...unwanted);
    if (real.length === 1) group.wanted.push(...real[0].wanted);
    else if (real.length) group.wanted.push({ any: real.map(nodeOf).flatMap((node) => node.any || [node]) });
  }

  // Filters.
  const YEARS = /^([0-9]{4})(?:(?:\.\.|[-–])([0-9]{4}))?$/u;
  const DATED = new RegExp(`^(${anyOf([...DATES, "in"])}):(.+)$`, "u");
  const BEGINS = whole(`(?:${anyOf([...Object.keys(MONTHS), ...Object.keys(SEASONS)])}|this|last|past` +
    "|[0-9]{1,2}(?:st|nd|rd|th)?)[.,]*");
  const isPlain = ({ term, prefix, exact, scope }) =>
    term !== undefined && !prefix && !exact && !scope && !term.includes(" ");
  function plainTerms(parts) {
    const end = parts.findIndex((part) => !isPlain(part));
    return end < 0 ? parts : parts.slice(0, end);
  }
  class Filters {
    constructor(today) { this.values = {}; this.scope = ""; this.today = today; }
    rest(found) {
      const { field: name, text, quoted, prefix, sign } = found;
      if (!name || SCOPES.includes(name)) return found;
      if (NAMES.includes(name)) return this.set(name, text);
      if (name === "in" && !quoted && SCOPES.includes(text.toLowerCase())) {
        if (this.scope && this.scope !== text.toLowerCase()) throw twice("in");
        this.scope = text.toLowerCase();
        return null;
      }
      if (this.takesTime(name, text)) return null;
      if (name === "in" && (quoted || !BEGINS.test(text.toLowerCase()))) return this.set("show", text);
      return { text: `${name}:${text}`, quoted, prefix, sign };
    }
    set(name, text) {
      if ((this.values[name] ?? text) !== text) throw twice(name);
      this.values[name] = text;
      return null;
    }
    joined(parts) {
      const left = [...parts];
      for (let at = 0; at < left.length;) {
        const length = this.wordsOfTime(left, at);
        if (length) left.splice(at, length);
        at = length ? 0 : at + 1;
      }
      return left;
    }
    wordsOfTime(parts, at) {
      const match = isPlain(parts[at]) && DATED.exec(parts[at].term);
      if (!match || match[1] === "year") return 0;
      const others = plainTerms(parts.slice(at + 1, at + TIME_WORDS)).map(({ term }) => term);
      for (let length = others.length; length > 0; length -= 1) {
        if (this.takesTime(match[1], [match[2], ...others.slice(0, length)].join(" "))) return length + 1;
      }
      return 0;
    }
    takesTime(name, text) {
      const span = this.span(name, text);
      if (!span) return false;
      const [since, until] = span, { values } = this;
      if (since) values.since = values.since > since ? values.since : since;
      if (until) values.until = values.until < until ? values.until : until;
      return true;
    }
    span(name, text) {
      const dots = text.indexOf("..");
      let [begin, end] = dots < 0 ? [text, text] : [text.slice(0, dots), text.slice(dots + 2)];
      if (name === "year") {
        const years = YEARS.exec(text);
        if (!years) return null;
        [begin, end] = [years[1], years[2] || years[1]];
      }
      const first = dateRange(begin, this.today), last = dateRange(end, this.today);
      if (!first || !last) return null;
      const next = (text, days) => {
        const found = later(new Date(`${text}T00:00:00Z`), days);
        return found && iso(found);
      };
      if (name === "after") return next(last[1], 1) && [next(last[1], 1), ""];
      if (name === "before") return next(first[0], -1) && ["", next(first[0], -1)];
      return [name === "until" ? "" : first[0], name === "since" ? "" : last[1]];
    }
  }
  const twice = (name) => new QueryError(`${name}: is given twice`);

  // Words next to each other that name a time, or are one number.
  function timeAt(parts, at) {
    const some = plainTerms(parts.slice(at, at + TIME_WORDS)).map(({ term }) => term);
    for (let length = some.length; length > 0; length -= 1) {
      const text = some.slice(0, length).join(" "), span = writtenRange(text);
      if (span) return { node: { aired: text, since: span[0], until: span[1] }, length };
    }
    return null;
  }
  function wordsOfNumber(parts, at) {
    const run = parts.slice(at, at + NUMBER_WORDS), [{ scope }] = run;
    const end = run.findIndex((part) => part.term === undefined || part.prefix || part.exact || part.scope !== scope);
    for (let length = end < 0 ? run.length : end; length > 1; length -= 1) {
      if (radioArchiveNumbers.only(textOf(run.slice(0, length)))) return length;
    }
    return 1;
  }
  const textOf = (parts) => parts.map(({ term }) => term).join(" ");
  const together = (parts) => made({ term: textOf(parts), scope: parts[0].scope });
  // `beside`: there are other words, or filters. Without them, what names a time is searched for as words.
  function joined(parts, beside, times = true) {
    const runs = runsOf(parts, times), others = runs.map((run) => times && !isTime(run));
    const number = others.filter(Boolean).length;
    if (times && !beside && !number) return joined(parts, false, false);
    return runs.map((run, at) => joinedInside(run, beside || number > others[at], times));
  }
  function joinedInside(node, beside, times) {
    const each = (part) => allOf(joined(part.all || [part], beside, times));
    if (node.all) return each(node);
    if (node.any) return { any: node.any.map(each) };
    return node.without ? { without: each(node.without), unwanted: node.unwanted.map(excluded) } : node;
  }
  const excluded = (node) => joinedInside(node, false, false);
  function runsOf(parts, times = true) {
    const runs = [];
    for (let at = 0; at < parts.length;) {
      const time = times && timeAt(parts, at), length = time ? time.length : wordsOfNumber(parts, at);
      runs.push(time ? time.node : length > 1 ? together(parts.slice(at, at + length)) : parts[at]);
      at += length;
    }
    return runs;
  }
  function isTime(node) {
    if (node.aired) return true;
    if (node.term !== undefined) return timeAt([node], 0) !== null;
    if (node.all) return runsOf(node.all).every((run) => isTime(run));
    return Boolean(node.any) && node.any.every((part) => isTime(part));
  }

  // `today` is a text such as 2026-11-28. Throws a QueryError.
  function parse(query, today) {
    const now = new Date(), two = (number) => String(number).padStart(2, "0");
    const here = today || `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
    const length = [...query].length;
    if (length > MAX_QUERY) throw new QueryError(`the query is ${length} characters long`);
    const filters = new Filters(new Date(`${here}T00:00:00Z`));
    let group = new Parser(tokens(query).map((found) => filters.rest(found)).filter(Boolean)).group();
    group.wanted = filters.joined(group.wanted);
    if (filters.scope) group = within(group, filters.scope);
    const isFiltered = Object.keys(filters.values).length > 0;
    if (!group.wanted.length && !isFiltered) {
      throw new QueryError(group.unwanted.length ? "the query only excludes words" : "the query has no word in it");
    }
    const wanted = allOf(joined(group.wanted, isFiltered));
    return made({ wanted, unwanted: group.unwanted.length && group.unwanted.map(excluded), ...filters.values });
  }

  // Says which terms look like fields or times but were searched for as text, as query_hints.py does.
  const LOOKS_LIKE_FIELD = /^([-−–]?)([A-Za-z]{3,12}|in):(.*)$/u;
  const SCHEMES = ["http", "https", "ftp", "file", "mailto", "urn"], HERE = ["show", "reporter", ...DATES, "in", "title", "said", "story"];
  function hints({ wanted, unwanted }) {
    const asked = [...(wanted ? [wanted] : []), ...(unwanted || [])].flatMap(termsIn);
    const heard = asked.some(({ scope }) => scope === "heard") ? ["heard: finds nothing here: other transcripts are not published."] : [];
    return [...new Set([...heard, ...asked.map(hint)].filter(Boolean))];
  }
  function termsIn(node) {
    if (node.term !== undefined) return [node];
    return (node.near || node.all || node.any || (node.without ? [node.without] : [])).flatMap(termsIn);
  }
  function hint({ term, exact }) {
    const [, minus, given, value] = LOOKS_LIKE_FIELD.exec(term) || [], name = given && given.toLowerCase();
    if (!name) return "";
    const asText = `${term} was searched for as text`;
    if (!value) return FIELDS.includes(name) ? `${name}: was searched for as a word. Write it without a space after it: ${name}:WORD` : "";
    if (minus && FIELDS.includes(name)) return `${asText}: only words can be excluded.`;
    if ([...DATES, "in"].includes(name)) return `${asText}. Times are written: 2024, 2024-10, 2024-10-22, 10/22/2024, March 2025, last week.`;
    if (exact || FIELDS.includes(name) || SCHEMES.includes(name) || /^[/\\0-9]/u.test(value)) return "";
    return `There is no field ${name}: (there are ${HERE.map((field) => `${field}:`).join(", ")}). ${asText}.`;
  }

  window.radioArchiveQuery = { QueryError, parse, hints };
})();
