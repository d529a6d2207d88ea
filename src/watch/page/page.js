// The status page: asks for /api/status each second and shows it. Texts of the exchange only ever
// become text nodes. It outlives a restart of K2: what does not answer is asked again.
"use strict";

const $ = (id) => document.getElementById(id);
const count = (number) => Math.round(number).toLocaleString("en-US");
const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function span(seconds) {
  if (seconds < 0) return "now";
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

async function ask(path) {
  const reply = await fetch(path, { cache: "no-store", signal: AbortSignal.timeout(5000) });
  if (!reply.ok) throw new Error(`${path}: ${reply.status}`);
  return reply.json();
}

function show(id, text) {
  if ($(id).textContent !== text) $(id).textContent = text;
}

function fill(body, rows) {
  body.replaceChildren(...rows.map((cells) => {
    const row = document.createElement("tr");
    for (const text of cells) row.insertCell().textContent = text;
    return row;
  }));
}

// ---- the verdict and the numbers
function verdict(kind, text, reasons) {
  $("verdict").className = kind;
  show("verdict", text);
  show("reasons", reasons);
  document.title = `${text} - K2`;
}

function showVerdict(status) {
  const tape = status.tape;
  const missing = tape.missing_in_holes + tape.missing_declared;
  if (tape.missing_declared > 0) {
    verdict("bad", `${count(tape.missing_declared)} trades missing`, "repair goes on behind");
  } else if (status.unready.length > 0) {
    verdict("bad", "the tape waits", status.unready.join("; "));
  } else if (missing > 0) {
    verdict("waiting", `repairing ${count(missing)} trades`, "later trades wait for them");
  } else {
    verdict("good", "the tape is whole", "");
  }
}

function showNumbers(status) {
  const { tape, journal, process, kafka } = status;
  show("rate", count(tape.per_second));
  show("accepted", count(tape.accepted));
  show("missing", count(tape.missing_in_holes + tape.missing_declared));
  show("backfilled", count(tape.backfilled));
  show("to-store", count(journal.waiting_trades));
  show("kafka", kafka ? `${count(kafka.lag_records)} (${span(kafka.lag_s)})` : "off");
  const minutes = tape.audit_minutes;
  show("audit", `${count(minutes.complete)} of ${count(minutes.complete + minutes.incomplete)}`);
  show("memory", `${count(process.rss_bytes / 1048576)} MB`);
}

function showTables(status) {
  fill($("lines").tBodies[0], status.links.lines.map((line) => [
    line.successor ? `${line.place} (next)` : line.place, line.state, span(line.age_s),
    span(line.silent_s), span(line.rotates_in_s), line.endpoint]));
  fill($("gaps").tBodies[0], status.tape.gaps.map((gap) => [
    gap.symbol, String(gap.first), String(gap.last), gap.state]));
}

// ---- symbols: only the rows in sight exist
const ROW_PX = 26;
const table = { all: [], shown: [], key: "per_second", down: true };

function order(one, other) {
  const [a, b] = [one[table.key], other[table.key]];
  const less = typeof a === "string" ? a.localeCompare(b) : (a ?? -1) - (b ?? -1);
  return table.down ? -less : less;
}

function sortSymbols() {
  const wanted = $("filter").value.toUpperCase();
  table.shown = table.all.filter((one) => one.symbol.includes(wanted)).sort(order);
  $("symbols-all").style.height = `${table.shown.length * ROW_PX}px`;
  drawSymbols();
}

function drawSymbols() {
  const first = Math.max(0, Math.floor($("symbols").scrollTop / ROW_PX) - 5);
  const last = first + Math.ceil($("symbols").clientHeight / ROW_PX) + 10;
  $("symbols-all").replaceChildren(...table.shown.slice(first, last).map((one, at) => {
    const row = document.createElement("div");
    row.className = "row";
    row.style.top = `${(first + at) * ROW_PX}px`;
    const cells = [one.symbol, one.per_second.toFixed(1), one.last_id ?? "-", count(one.missing),
      span(one.quiet_s)];
    for (const text of cells) {
      row.appendChild(document.createElement("span")).textContent = String(text);
    }
    return row;
  }));
}

// ---- the last hour
const charts = {};

function chart(id, labels) {
  const colours = [style("--first"), style("--second")];
  const ticks = { color: style("--quiet"), maxTicksLimit: 5, maxRotation: 0 };
  const axis = { grid: { color: style("--edge") }, ticks };
  return new Chart($(id), {
    type: "line",
    data: {
      labels: [],
      datasets: labels.map((label, at) => ({
        label, data: [], borderColor: colours[at], borderWidth: 1.5, pointRadius: 0 })),
    },
    options: {
      animation: false, maintainAspectRatio: false, responsive: true,
      plugins: { legend: { display: labels.length > 1, labels: { color: style("--quiet") } } },
      scales: { x: axis, y: { ...axis, beginAtZero: true } },
    },
  });
}

function makeCharts() {
  for (const one of Object.values(charts)) one.destroy();
  charts.rate = chart("chart-rate", ["trades/s"]);
  charts.latency = chart("chart-latency", ["ms"]);
  charts.missing = chart("chart-missing", ["ids"]);
  charts.memory = chart("chart-memory", ["MB", "leak %"]);
}

function plot(one, history, ...series) {
  one.data.labels = history.at.map((at) => new Date(at * 1000).toLocaleTimeString());
  series.forEach((data, at) => { one.data.datasets[at].data = data; });
  one.update();
}

async function showHistory() {
  const history = await ask("api/history");
  plot(charts.rate, history, history.per_second);
  plot(charts.latency, history, history.durable_ms);
  plot(charts.missing, history, history.missing);
  plot(charts.memory, history, history.rss_mb, history.leak_score.map((score) => score * 100));
}

// ---- events
async function showEvents() {
  const events = await ask("api/events");
  $("events").replaceChildren(...events.reverse().map((event) => {
    const { ts, level, event: name, ...fields } = event;
    const line = document.createElement("li");
    line.className = level;
    const rest = Object.entries(fields).map(([key, value]) => `${key}=${value}`).join(" ");
    line.textContent = `${ts.slice(11, 19)} ${name} ${rest}`;
    return line;
  }));
}

// ---- the rounds
async function status() {
  try {
    const now = await ask("api/status");
    showVerdict(now);
    showNumbers(now);
    showTables(now);
    table.all = now.symbols;
    sortSymbols();
    document.body.dataset.at = now.at;
  } catch {
    verdict("bad", "K2 does not answer", "this page goes on as soon as it does");
  }
}

function each(seconds, round) {
  const run = async () => {
    try { await round(); } catch { /* the verdict says it */ }
    setTimeout(run, seconds * 1000);
  };
  run();
}

$("symbols").addEventListener("scroll", drawSymbols, { passive: true });
$("filter").addEventListener("input", sortSymbols);
for (const button of document.querySelectorAll("#symbols-head button")) {
  button.addEventListener("click", () => {
    table.down = table.key === button.dataset.key ? !table.down : button.dataset.key !== "symbol";
    table.key = button.dataset.key;
    sortSymbols();
  });
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", makeCharts);
makeCharts();
each(1, status);
each(5, showHistory);
each(2, showEvents);
