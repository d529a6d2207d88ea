// The table of symbols: thousands of them stay smooth, since only the rows in sight exist.
"use strict";

const ROW_PX = 26;
const table = { all: [], shown: [], key: "per_second", down: true };

function order(one, other) {
  const [a, b] = [one[table.key], other[table.key]];
  const less = typeof a === "string" ? a.localeCompare(b) : (a ?? -1) - (b ?? -1);
  // Equal ones keep a place of their own from one second to the next.
  return (table.down ? -less : less) || one.symbol.localeCompare(other.symbol);
}

function sortSymbols() {
  const wanted = $("filter").value.toUpperCase();
  table.shown = table.all.filter((one) => one.symbol.includes(wanted)).sort(order);
  const some = table.shown.length < table.all.length ? `${count(table.shown.length)} of ` : "";
  show("symbols-count", `${some}${count(table.all.length)}`);
  $("symbols-all").style.height = `${table.shown.length * ROW_PX}px`;
  for (const button of document.querySelectorAll("#symbols-head button")) {
    button.classList.toggle("sorted", button.dataset.key === table.key);
  }
  drawSymbols();
}

function drawSymbols() {
  const first = Math.max(0, Math.floor($("symbols").scrollTop / ROW_PX) - 5);
  const last = first + Math.ceil($("symbols").clientHeight / ROW_PX) + 10;
  $("symbols-all").replaceChildren(...table.shown.slice(first, last).map((one, at) => {
    const row = document.createElement("div");
    row.className = one.missing > 0 ? "row hole" : "row";
    row.style.top = `${(first + at) * ROW_PX}px`;
    const cells = [one.symbol, one.per_second.toFixed(1), one.last_id ?? "-", count(one.missing),
      span(one.quiet_s)];
    for (const text of cells) {
      row.appendChild(document.createElement("span")).textContent = String(text);
    }
    return row;
  }));
}

function showSymbols(symbols) {
  table.all = symbols;
  sortSymbols();
}

function armSymbols() {
  $("symbols").addEventListener("scroll", drawSymbols, { passive: true });
  $("filter").addEventListener("input", sortSymbols);
  for (const button of document.querySelectorAll("#symbols-head button")) {
    button.addEventListener("click", () => {
      table.down = table.key === button.dataset.key ? !table.down : button.dataset.key !== "symbol";
      table.key = button.dataset.key;
      sortSymbols();
    });
  }
}
