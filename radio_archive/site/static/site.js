// On every page: "/" goes to the search, unless it was turned off on the page about the archive.
"use strict";
(() => {
  const KEY = "radio-archive:slash";
  const remembered = (key) => { try { return localStorage.getItem(key); } catch { return null; } };
  const remember = (key, value) => { try { localStorage.setItem(key, value); } catch { /* a private window */ } };

  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || remembered(KEY) === "off") return;
    if (event.target.closest("input:not([type=range]):not([type=checkbox]), textarea, select, [contenteditable]")) return;
    const field = document.getElementById("q");
    if (!field) return;
    event.preventDefault();
    field.focus();
    field.select();
  }, { signal: radioArchive.signal });

  // Slow counts are loaded after the page with the best results.
  const later = document.getElementById("count-all");
  if (later && location.protocol.startsWith("http")) {
    fetch(later.href).then((answer) => (answer.ok ? answer.text() : Promise.reject(answer))).then((html) => {
      const page = new DOMParser().parseFromString(html, "text/html");
      for (const id of ["count", "facets"]) document.getElementById(id).replaceWith(page.getElementById(id));
    }).catch(() => { /* the link is still there */ });
  }

  const setting = document.getElementById("shortcut");
  if (setting) {
    const box = setting.querySelector("input");
    box.checked = remembered(KEY) !== "off";
    box.addEventListener("change", () => remember(KEY, box.checked ? "on" : "off"));
    setting.hidden = false;
  }
})();
