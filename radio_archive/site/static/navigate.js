// While something is heard, puts the content of the next page in place of this one's: see site/__init__.py. Other sites,
// files, Datasette's own pages and errors are left to the browser. What several scripts need is here: this one runs first.
"use strict";
(() => {
const ONCE = "script[data-once]", OF_THE_PAGE = "head > :not([data-once], [rel=stylesheet], [charset], [http-equiv]), body script";
let left = new AbortController(), going = new AbortController();
const bare = (url) => String(url).split("#")[0];
const on = (target, names, act, options) => {
  for (const name of names.split(" ")) target.addEventListener(name, act, options);
};
const element = (tag, properties, ...children) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
};
const isForBrowser = ({ ctrlKey, metaKey, altKey }) => ctrlKey || metaKey || altKey;
let status = null;
let shown = bare(location.href);
const ours = window.radioArchive = {
  bare, element, on,
  get signal() { return left.signal; },
  onPage: (target, names, act, options) => on(target, names, act, { signal: left.signal, ...options }),
  // Has a screen reader say something. A region that is new, or says the same again, would not be read.
  say(text) {
    if (!status) {
      status = element("p", { className: "hidden", role: "status" });
      status.dataset.stays = "";
      document.body.append(status);
    }
    status.textContent = "";
    setTimeout(() => { status.textContent = text; }, 100);
  },
  // Whether a link led here, and not the browser's way back.
  arrived: performance.getEntriesByType("navigation")[0]?.type === "navigate",
  // Whether a link on this site led here, so that the sound of a moment may begin.
  fromHere: document.referrer.startsWith(`${location.origin}/`),
  // The setting of a visitor.
  store: {
    get(key) { try { return localStorage.getItem(`radio-archive:${key}`); } catch { return null; } },
    set(key, value) { try { localStorage.setItem(`radio-archive:${key}`, value); } catch { /* a private window */ } },
  },
  clock(seconds) {
    const whole = Math.floor(seconds), hours = Math.floor(whole / 3600);
    const minutes = Math.floor(whole / 60) % 60, rest = String(whole % 60).padStart(2, "0");
    return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
  },
  isForBrowser,
  // Whether a key is meant for a field, or for the browser.
  isTyping: (event) => isForBrowser(event) || Boolean(event.target.closest("input:not([type=range], [type=checkbox]), textarea, select")),
  // Space plays or pauses, and arrows skip some seconds.
  steer(event, skip, toggle) {
    if (event.defaultPrevented || event.shiftKey || ours.isTyping(event)) return;
    const by = { ArrowLeft: -5, ArrowRight: 5 }[event.key];
    if (by) skip(by);
    else if (event.key === " " && !event.target.closest("button, input, summary")) toggle();
    else return;
    event.preventDefault();
  },
  isHeard: () => false,
  // Both are set by queue.js.
  beforeLeaving() {},
  afterArriving() {},
};

// Addresses of pages have no dot in their last part, except in a static copy.
const isPage = (url) => /^https?:$/.test(url.protocol) && url.origin === location.origin &&
  /\/[^/.]*(?:\.html)?$/.test(url.pathname);
const follows = (url) => ours.isHeard() && isPage(url) && !(url.hash && bare(url) === bare(location.href));
const asked = (text) => { try { return new URL(text, document.baseURI); } catch { return null; } };

on(document, "click", (event) => {
  const link = event.target.closest("a[href]");
  if (!link || event.defaultPrevented || event.button || event.shiftKey || isForBrowser(event)) return;
  if ((link.target && link.target !== "_self") || link.hasAttribute("download")) return;
  const url = asked(link.getAttribute("href"));
  if (!url || !follows(url)) return;
  event.preventDefault();
  go(url);
});
on(document, "submit", (event) => {
  const form = event.target, url = asked(form.getAttribute("action") ?? "");
  if (event.defaultPrevented || form.method !== "get" || form.target || !url) return;
  url.search = new URLSearchParams(new FormData(form, event.submitter));
  url.hash = "";
  if (!follows(url)) return;
  event.preventDefault();
  go(url);
});
on(window, "popstate", (event) => {
  if (bare(location.href) !== shown) go(new URL(location.href), event.state?.y ?? 0);
});
const note = () => { if (history.scrollRestoration === "manual") history.replaceState({ y: scrollY }, ""); };
on(window, "scrollend", note);
on(window, "pagehide", () => { history.scrollRestoration = "auto"; });

// `y` is where to scroll to, in pixels, on the way back through the history.
async function go(url, y = null) {
  going.abort();
  going = new AbortController();
  const { signal } = going, main = document.getElementById("main");
  main.setAttribute("aria-busy", "true");
  let page = null, landed = url;
  try {
    const answer = await fetch(bare(url), { signal });
    if (answer.ok && /^text\/html/.test(answer.headers.get("content-type") || "")) {
      landed = new URL(answer.url);
      landed.hash = url.hash;
      page = new DOMParser().parseFromString(await answer.text(), "text/html");
    }
  } catch { /* the browser says why */ }
  if (signal.aborted) return;
  if (page && isAlike(page, landed)) put(page, landed, y);
  else if (y === null) location.assign(url);
  else location.reload();
}
const sources = (page, base) => [...page.querySelectorAll(ONCE)].map((script) => new URL(script.getAttribute("src"), base).href).join();
const isAlike = (page, base) => Boolean(page.querySelector("main#main")) && sources(page, base) === sources(document, location.href);

function put(page, url, y) {
  ours.beforeLeaving();
  left.abort();
  left = new AbortController();
  ours.arrived = ours.fromHere = y === null;
  history.scrollRestoration = "manual";
  if (y === null) { note(); history.pushState(null, "", url); } else if (url.href !== location.href) history.replaceState({ y }, "", url);
  shown = bare(location.href);

  // Scripts of a parsed document never run; those that are made do, in this order.
  const made = (one) => (one.matches("script[src]") ? element("script", { src: one.getAttribute("src"), async: false }) : one);
  const ofThePage = [...page.querySelectorAll(OF_THE_PAGE)].map(made);
  for (const old of document.querySelectorAll(`${OF_THE_PAGE}, body > :not([data-stays])`)) old.remove();
  document.documentElement.lang = page.documentElement.lang;
  document.body.className = page.body.className;
  document.body.prepend(...page.querySelectorAll("body > :not([data-stays])"));
  document.head.append(...ofThePage);
  ours.afterArriving();

  const main = document.getElementById("main"), field = y === null && document.querySelector("[autofocus]");
  (field || main).focus({ preventScroll: true });
  scrollTo({ top: y ?? 0, behavior: "instant" });
  if (y === null) document.getElementById(url.hash.slice(1))?.scrollIntoView({ behavior: "instant" });
}
})();
