// The page of a clip: errors are reported at the moment that is heard, and citations are copied.
"use strict";
(() => {
  const facts = document.querySelector("article[data-clip]").dataset, page = (facts.url || location.href).split(/[#?]/)[0];
  const report = document.querySelector("a.report"), now = document.querySelector("#player .now");
  if (report && now) {
    const tell = () => {
      const at = now.textContent, text = `Report an error at ${at}`;
      if (report.textContent === text) return;
      const link = `${page}#t=${at.split(":").reduce((whole, part) => 60 * whole + Number(part), 0)}`;
      const about = [facts.title, facts.show, facts.date].filter(Boolean).join(", ");
      const sent = report.protocol === "mailto:" ? { subject: `Error at ${at}: ${facts.title}`, body: `\n\n${about}, at ${at}\n${link}\n` } : { clip: link };
      const named = Object.entries(sent).map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
      const [base, fragment] = report.dataset.to.split("#");
      report.href = `${base}${base.includes("?") ? "&" : "?"}${named}${fragment ? `#${fragment}` : ""}`;
      report.textContent = text;
    };
    new MutationObserver(tell).observe(now, { childList: true });
    tell();
  }

  const visited = (style) => {
    const day = new Date(), month = day.toLocaleString("en", { month: "long" }), year = day.getFullYear();
    if (style !== "MLA") return ` Accessed ${month} ${day.getDate()}, ${year}.`;
    return ` Accessed ${day.getDate()} ${month.length < 5 ? month : `${month.slice(0, month === "September" ? 4 : 3)}.`} ${year}.`;
  };
  for (const reference of document.querySelectorAll(".reference")) {
    const text = reference.querySelector("p"), accessed = text.querySelector(".accessed"), button = reference.querySelector("button");
    if (accessed) accessed.textContent = visited(reference.dataset.style);
    button.hidden = false;
    radioArchive.copies(button, () => text.textContent);
  }
})();
