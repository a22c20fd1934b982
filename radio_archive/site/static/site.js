// On every page: "/" goes to the search, unless it was turned off on the page about the archive; and copying, for others.
"use strict";
(() => {
const { onPage: on, store, isTyping, isForBrowser, element, say } = radioArchive;

on(document, "keydown", (event) => {
  if (event.key !== "/" || isTyping(event) || store.get("slash") === "off") return;
  const field = document.getElementById("q");
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.select();
});

// Slow counts are loaded after the page with the best results.
const later = document.getElementById("count-all");
if (later) {
  fetch(later.href).then((answer) => (answer.ok ? answer.text() : Promise.reject(answer))).then((html) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    for (const id of ["count", "facets"]) document.getElementById(id).replaceWith(page.getElementById(id));
  }).catch(() => { /* the link is still there */ });
}

const setting = document.getElementById("shortcut");
if (setting) {
  const box = setting.querySelector("input");
  box.checked = store.get("slash") !== "off";
  on(box, "change", () => store.set("slash", box.checked ? "on" : "off"));
  setting.hidden = false;
}

const copy = async (text, html) => {
  try {
    const blob = (type, content) => ({ [type]: new Blob([content], { type }) });
    if (html && window.ClipboardItem) await navigator.clipboard.write([new ClipboardItem({ ...blob("text/html", html), ...blob("text/plain", text) })]);
    else await navigator.clipboard.writeText(text);
    return true;
  } catch { /* without a secure connection only the old way works */ }
  const area = element("textarea", { value: text, readOnly: true, ariaLabel: "To be copied" });
  (document.activeElement.parentNode || document.body).append(area);
  area.select();
  if (document.execCommand("copy")) { area.remove(); return true; }
  say("Press Control and C to copy.");
  on(area, "blur", () => area.remove());
  return false;
};
// Has a button or a link copy a text, or a text and its HTML, and say so for a while.
radioArchive.copies = (button, contentOf) => {
  const name = button.textContent;
  on(button, "click", async (event) => {
    if (event.shiftKey || isForBrowser(event)) return;
    event.preventDefault();
    if (!await copy(...[await contentOf()].flat())) return;
    say(button.textContent = "Copied");
    setTimeout(() => { button.textContent = name; }, 2000);
  });
};
})();
