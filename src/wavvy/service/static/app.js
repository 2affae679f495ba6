import { listen } from "./listen.js";
import { Sky } from "./sky.js";

const $ = (id) => document.getElementById(id);
const sky = new Sky($("sky"));
let stopListening = null;
let starting = false;

function clock(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

function show(state, message) {
  document.body.dataset.state = state;
  $("message").textContent = message;
  $("verb").textContent = { listening: "Stop", busy: "…" }[state] ?? "Listen";
  $("listen").disabled = state === "busy";
  if (state !== "found") $("answer").hidden = true;
  if (state !== "listening") sky.stop();
}

function showMatch(match) {
  show("found", "");
  $("title").textContent = match.title;
  $("artist").textContent = match.artists.map((artist) => artist.name).join(", ");
  $("album").textContent = [match.album?.name, match.release_date?.slice(0, 4)]
    .filter(Boolean)
    .join(" · ");
  $("now").textContent = `now at ${clock(match.play_offset_ms)}`;
  $("length").textContent = clock(match.duration_ms);
  $("played").style.width = `${Math.min(100, (100 * match.play_offset_ms) / match.duration_ms)}%`;
  $("certainty").textContent = `${Math.min(99.9, Math.floor(match.score * 1000) / 10)} % sure`;
  $("cover").hidden = !match.artwork_url;
  if (match.artwork_url) $("cover").src = match.artwork_url.replace(/^\//, "");
  $("answer").hidden = false;
}

async function toggle() {
  if (starting) return; // the browser is still asking for permission
  if (stopListening) {
    stopListening();
    stopListening = null;
    show("busy", "One moment…");
    return;
  }
  show("listening", "Listening…");
  sky.start();
  starting = true;
  try {
    stopListening = await listen({
      level: (level) => (sky.level = level),
      progress: ({ landmarks, best }) => {
        sky.add(landmarks);
        $("message").textContent = best?.score > 0.2 ? `Could it be ${best.title}?` : "Listening…";
      },
      end: (message) => {
        stopListening = null;
        if (message.type === "match") showMatch(message.result);
        else if (message.type === "error") show("failed", message.error.message);
        else show("idle", "No match. Is it in the library? Try a louder or longer piece.");
      },
    });
  } catch (error) {
    stopListening = null;
    show("failed", error.message);
  } finally {
    starting = false;
  }
}

async function recognise(file) {
  if (!file || starting || stopListening) return;
  show("busy", `Listening to ${file.name}…`);
  const form = new FormData();
  form.append("file", file);
  try {
    const response = await fetch("v1/recognize", { method: "POST", body: form });
    const answer = await response.json();
    if (answer.status === "error") show("failed", answer.error.message);
    else if (answer.results.length) showMatch(answer.results[0]);
    else show("idle", `${file.name} is not in the library.`);
  } catch {
    show("failed", "Wavvy does not answer. Is `wavvy serve` still running?");
  }
}

async function showLibrary() {
  try {
    const stats = await (await fetch("v1/stats")).json();
    const tracks = `${stats.tracks.toLocaleString()} ${stats.tracks === 1 ? "track" : "tracks"}`;
    $("library").textContent = stats.tracks ? tracks : "empty library";
    $("empty").hidden = stats.tracks > 0;
  } catch {
    $("library").textContent = "not connected";
  }
}

$("listen").addEventListener("click", toggle);
$("file").addEventListener("change", ({ target }) => {
  recognise(target.files[0]);
  target.value = "";
});
addEventListener("dragover", (event) => {
  event.preventDefault();
  document.body.classList.add("dragging");
});
addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) document.body.classList.remove("dragging");
});
addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("dragging");
  recognise(event.dataTransfer.files[0]);
});
addEventListener("focus", showLibrary);
showLibrary();
