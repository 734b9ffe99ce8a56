"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const texts = JSON.parse(byId("texts").textContent);
  const studio = document.title;
  const [open, title, bar] = [byId("open"), byId("title"), byId("bar")];
  const tabs = new BroadcastChannel("waiting-room");
  const MOST_SECONDS_OF_BACK_OFF = 30;

  let view = null; // the last answer, of which the state is shown
  let ahead = 0; // by how many milliseconds the server's clock is ahead of this machine's
  let asked = false; // whether an answer is on its way
  let opening = false;
  let failures = 0; // calls in a row that brought no answer
  let reached = 0; // how far the bar is, of 1
  let timer = 0;

  const now = () => Date.now() + ahead;
  const percent = (share) => Math.round(100 * share);
  const seconds = (text) => (Date.parse(text) - now()) / 1000;
  const put = (id, text) => {
    // A live region speaks whenever it is written to, so only what is new is written.
    if (byId(id).textContent !== text) byId(id).textContent = text;
  };
  const say = (key, values) => (texts[key] || "").replace(/\{(\w+)\}/g, (_, name) => values[name]);

  function duration(total) {
    const [unit, size] = total < 55 ? ["second", 1] : total < 5400 ? ["minute", 60] : ["hour", 3600];
    const count = unit === "second" ? Math.max(5, Math.ceil(total / 5) * 5) : Math.round(total / size);
    return new Intl.NumberFormat(texts.lang, { style: "unit", unit, unitDisplay: "long" }).format(count);
  }

  function moment(text) {
    const time = new Date(Date.parse(text) - ahead);
    const soon = time - Date.now() < 12 * 3600 * 1000;
    const style = soon ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" };
    return new Intl.DateTimeFormat(texts.lang, style).format(time);
  }

  /* Four fifths of the bar are the time in which half of the streams are ready, most of the rest that of nine in ten;
     the end is for the stream itself. An estimate that grows may hold it, and a reload remembers it. */
  function progress() {
    const waited = -seconds(view.since);
    const [half, most] = [view.readyAt, view.latestReadyAt].map((text) => waited + seconds(text));
    const share = waited < half ? (0.8 * waited) / half : 0.8 + 0.15 * Math.min(1, (waited - half) / (most - half || 1));
    const kept = (history.state || {})[view.since] || 0;
    reached = Math.max(reached, kept, view.late ? 0.95 : Math.min(0.95, share));
    // Browsers take a few of these a second, and no more: one for each value that is shown.
    if (percent(reached) > percent(kept)) history.replaceState({ [view.since]: reached }, "");
  }

  function tick() {
    if (!view || view.state !== "pending") return;
    put("waited", say("waited", { time: duration(-seconds(view.since)) }));
    const known = Boolean(view.readyAt);
    const left = known ? seconds(view.readyAt) : 0;
    put("left", view.late ? say("late") : left > 0 ? say("left", { time: duration(left) }) : known ? say("soon") : "");
    bar.hidden = !known;
    if (known) {
      progress();
      byId("fill").style.transform = `scaleX(${reached})`;
      bar.setAttribute("aria-valuenow", percent(reached));
      bar.setAttribute("aria-valuetext", byId("left").textContent);
    }
  }

  function show(next) {
    const focused = document.activeElement === open;
    view = next;
    const state = view.state;
    document.body.dataset.state = state;
    document.title = `${say(`${state}.tab`)} — ${studio}`;
    put("title", say(`${state}.title`));
    put("text", say(`${state}.text.${view.reason}`) || say(view.late ? "late.text" : `${state}.text`));
    byId("progress").hidden = state !== "pending";
    open.hidden = byId("until").hidden = state !== "ready";
    if (state === "ready") put("until", say("ready.until", { time: moment(view.expiresAt) }));
    if (focused && open.hidden) title.focus();
    tick();
  }

  function label() {
    put("open", say(opening ? "opening.button" : "open.button"));
    // A disabled button would lose the focus.
    open.setAttribute("aria-disabled", opening);
  }

  function again(after) {
    clearTimeout(timer);
    // Not all pages at once: up to a fifth later.
    if (after) timer = setTimeout(poll, 1000 * after * (1 + 0.2 * Math.random()));
  }

  const call = (method, path) =>
    fetch(path, {
      method,
      headers: { Authorization: `Bearer ${location.hash.slice(1)}` },
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
      signal: AbortSignal.timeout(15000),
    });

  /* The status and the JSON of an answer, or null when there is none: no connection, too many calls, trouble there. */
  async function ask(method, path) {
    failures += 1;
    try {
      const answer = await call(method, path);
      const body = await answer.json();
      if (answer.status >= 500 || answer.status === 429) return null;
      failures = 0;
      return { status: answer.status, body };
    } catch {
      return null;
    }
  }

  /* A link ends with its stream. What the page showed by then stays true, but for a stream that was ready. */
  function last() {
    if (!view || view.state === "pending") return { state: "unknown" };
    return view.state === "ready" ? { state: "expired" } : view;
  }

  async function poll() {
    if (asked) return;
    asked = true;
    clearTimeout(timer);
    const answer = await ask("GET", "waiting-room/stream");
    asked = false;
    if (!answer) {
      // One call that fails is no news.
      if (!navigator.onLine || failures > 1) put("notice", say(navigator.onLine ? "notice.trouble" : "notice.offline"));
      return again(Math.min(MOST_SECONDS_OF_BACK_OFF, 2 ** failures));
    }
    put("notice", "");
    if (answer.status !== 200) return show(last());
    ahead = Date.parse(answer.body.now) - Date.now();
    show(answer.body);
    again(answer.body.retryAfter);
  }

  async function claim() {
    if (opening) return;
    opening = true;
    label();
    const answer = await ask("POST", "waiting-room/stream/claim");
    const url = answer && answer.status === 200 && URL.canParse(answer.body.url) && new URL(answer.body.url);
    tabs.postMessage("opened");
    if (url && /^https?:$/.test(url.protocol)) {
      location.assign(url);
      // Where the browser stays here (a download, another program), the page says what has happened.
      return again(5);
    }
    opening = false;
    label();
    await poll();
    if (navigator.onLine && view.state === "ready") put("notice", say("notice.unopened"));
  }

  open.addEventListener("click", claim);
  tabs.addEventListener("message", poll);
  addEventListener("online", poll);
  addEventListener("offline", () => put("notice", say("notice.offline")));
  addEventListener("hashchange", () => location.reload());
  addEventListener("pageshow", () => {
    opening = false;
    label();
    poll();
  });
  document.addEventListener("visibilitychange", () => document.hidden || poll());
  setInterval(tick, 1000);
})();
