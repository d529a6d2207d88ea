// The status page: asks for /api/status each second and shows it. Texts of the exchange only ever
// become text nodes. It outlives a restart of K2: what does not answer is asked again.
"use strict";

const $ = (id) => document.getElementById(id);
const count = (number) => Math.round(number).toLocaleString("en-US");
const mega = (bytes) => `${count(bytes / 1048576)} MB`;
const sum = (counts) => Object.values(counts).reduce((all, one) => all + one, 0);

function span(seconds) {
  if (seconds < 0) return "now";
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

function milli(seconds) {
  const ms = seconds * 1000;
  return `${Math.abs(ms) < 10 ? ms.toFixed(1) : count(ms)} ms`;
}

async function ask(path) {
  const reply = await fetch(path, { cache: "no-store", signal: AbortSignal.timeout(5000) });
  if (!reply.ok) throw new Error(`${path}: ${reply.status}`);
  return reply.json();
}

function show(id, text) {
  if ($(id).textContent !== text) $(id).textContent = text;
}

/// Rows of cells; a cell is its text, or [text, class].
function fill(id, rows) {
  $(id).classList.toggle("empty", rows.length === 0);
  $(id).tBodies[0].replaceChildren(...rows.map((cells) => {
    const row = document.createElement("tr");
    for (const cell of cells) {
      const [text, kind] = Array.isArray(cell) ? cell : [cell, ""];
      const place = row.insertCell();
      place.textContent = text;
      place.className = kind;
    }
    return row;
  }));
}

/// "name value" pairs in one line; a third member true makes it an alarm.
function facts(id, pairs) {
  $(id).replaceChildren(...pairs.map(([name, value, alarm]) => {
    const fact = document.createElement("span");
    fact.className = alarm ? "error" : "";
    fact.append(`${name} `);
    fact.appendChild(document.createElement("b")).textContent = value;
    return fact;
  }));
}

// ---- the verdict and the numbers
function verdict(kind, text, reasons) {
  $("banner").className = kind;
  show("verdict", text);
  show("reasons", reasons);
  document.title = `${text} - K2`;
}

function showVerdict({ tape, unready, process, at }) {
  const missing = tape.missing_in_holes + tape.missing_declared;
  if (tape.missing_declared > 0) {
    verdict("bad", `${count(tape.missing_declared)} trades missing`, "repair continues");
  } else if (unready.length > 0) {
    verdict("bad", "the tape waits", unready.join("; "));
  } else if (missing > 0) {
    verdict("waiting", `repairing ${count(missing)} trades`, "later trades wait for them");
  } else {
    verdict("good", "the tape is whole",
      `${count(tape.accepted)} trades in ${span(at - process.started_at)}, each once and in order`);
  }
}

function showNumbers({ tape, journal, process, kafka }) {
  show("rate", count(tape.per_second));
  show("accepted", count(tape.accepted));
  show("missing", count(tape.missing_in_holes + tape.missing_declared));
  show("backfilled", count(tape.backfilled));
  show("to-store", count(journal.waiting_trades));
  show("kafka", kafka ? count(kafka.lag_records) : "off");
  const minutes = tape.audit_minutes;
  const lacking = minutes.incomplete - minutes.healed;
  show("audit", lacking ? `${count(lacking)} lack trades`
    : `${count(minutes.complete)} whole`);
  show("memory", mega(process.rss_bytes));
  $("missing").className = tape.missing_declared > 0 ? "alarm" : "";
  $("audit").className = lacking ? "alarm" : "";
}

// ---- the sections
function showLinks({ links, rest }) {
  const offset = links.clock_offset_s;
  facts("links", [
    ["rotations", count(sum(links.rotations))],
    ["reconnects", count(sum(links.reconnects))],
    ["errors", count(sum(links.errors))],
    ["ping", links.ping_round_trip_s > 0 ? milli(links.ping_round_trip_s) : "-"],
    ["clock off by", offset === null ? "-" : milli(offset), Math.abs(offset) > 0.5],
    ["TLS", links.tls_verified ? "verified" : "NOT VERIFIED", !links.tls_verified],
    ["REST weight", `${count(rest.weight_used)} of ${count(rest.weight_limit)}`],
    ...(rest.blocked ? [["REST", "asked to pause", true]] : []),
  ]);
  fill("lines", links.lines.map((line) => [
    line.successor ? `${line.place} (next)` : line.place, [line.state, line.state],
    span(line.age_s), span(line.silent_s), span(line.rotates_in_s), count(line.streams),
    line.endpoint]));
}

function showGaps({ tape }) {
  const changes = tape.gap_changes;
  facts("repair", [
    ["symbols waiting", count(tape.holes)],
    ["trades waiting", count(tape.waiting)],
    ["declared", count(tape.gaps_declared)],
    ["repaired", count(changes.repaired ?? 0)],
    ["not at the exchange", count(changes.venue ?? 0)],
    ["came LATE", count(tape.late)],
    ["not understood", count(tape.dead_letters), tape.dead_letters > 0],
  ]);
  fill("gaps", tape.gaps.map((gap) => [
    gap.symbol, String(gap.first), String(gap.last), count(gap.last - gap.first + 1),
    [gap.state, gap.state]]));
}

function showStorage({ journal, kafka }) {
  const mean = journal.commits > 0 ? milli(journal.commit_s_total / journal.commits) : "-";
  facts("journal", [
    ["journal", mega(journal.bytes)],
    ["disk free", mega(journal.disk_free_bytes)],
    ["commits", count(journal.commits)],
    ["each", mean],
    ["waiting", count(journal.waiting_trades)],
    ...(journal.failing ? [["the disk", "refuses to write", true]] : []),
  ]);
  facts("delivery", kafka ? [
    ["Kafka: delivered", count(kafka.produced)],
    ["behind", `${count(kafka.lag_records)} trades, ${span(kafka.lag_s)}`],
    ["delivers", `${count(kafka.owned_partitions.length)} partitions`],
    ["failures", count(kafka.delivery_failures)],
    ...(kafka.delivery_failing ? [["Kafka", "fails", true]] : []),
    ...(kafka.fenced ? [["the group", "has fenced this process, which rejoins", true]] : []),
  ] : [["Kafka", "off"]]);
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
    for (const part of [showVerdict, showNumbers, showLinks, showGaps, showStorage]) part(now);
    showSymbols(now.symbols);
    show("version", `K2 ${now.version}, up ${span(now.at - now.process.started_at)}`);
    document.body.dataset.at = now.at;
  } catch {
    verdict("bad", "K2 does not answer", "reconnecting");
  }
}

function each(seconds, round) {
  const run = async () => {
    try { await round(); } catch { /* the verdict says it */ }
    setTimeout(run, seconds * 1000);
  };
  run();
}

armSymbols();
makeCharts();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", makeCharts);
each(1, status);
each(5, async () => drawCharts(await ask("api/history")));
each(2, showEvents);
