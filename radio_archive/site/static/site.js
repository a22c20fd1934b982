// On every page: "/" goes to the search, unless it was turned off on the page about the archive.
"use strict";
(() => {
  const { signal, store, isTyping } = radioArchive;

  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || isTyping(event) || store.get("slash") === "off") return;
    const field = document.getElementById("q");
    if (!field) return;
    event.preventDefault();
    field.focus();
    field.select();
  }, { signal });

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
    box.checked = store.get("slash") !== "off";
    box.addEventListener("change", () => store.set("slash", box.checked ? "on" : "off"));
    setting.hidden = false;
  }
})();
