// The passage that the address of a quote card names (?start=12.3&end=15), in a static copy, where no server reads it.
"use strict";
(() => {
const asked = new URLSearchParams(location.search), start = Number(asked.get("start")), end = Number(asked.get("end"));
const audio = document.querySelector("audio"), link = document.querySelector("h1 a"), track = document.querySelector("track");
if (!audio || !asked.has("start") || !(start >= 0)) return;
const moment = `#t=${start}${end > start ? `,${end}` : ""}`;
audio.src += moment;
link.href += moment;
if (!(end > start)) return;
const clock = (time) => `${Math.floor(time / 60)}:${String(Math.floor(time % 60)).padStart(2, "0")}`;
document.getElementById("span").textContent = `${clock(start)}–${clock(end)}`;
document.querySelector("figure").className = "card";
track.addEventListener("load", () => {
  const cues = [...track.track.cues].filter((cue) => cue.startTime < end - 0.05 && cue.endTime > start + 0.05);
  if (cues.length) document.querySelector("blockquote").textContent = cues.map((cue) => cue.getCueAsHTML().textContent).join(" ");
});
track.track.mode = "hidden";
})();
