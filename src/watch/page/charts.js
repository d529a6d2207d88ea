// The charts of the last hour.
"use strict";

const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const clock = (at) => new Date(at * 1000).toISOString().slice(11, 19);
const charts = {};
let shown = null;

/// A label for each power of ten, and none between.
function decade(value) {
  return Math.abs(Math.log10(value) % 1) < 1e-9 ? value.toLocaleString("en-US") : null;
}

/// `top` is what the axis reaches at least; "log" makes one that shows small beside large.
function chart(id, labels, top) {
  const colours = [style("--first"), style("--second")];
  const ticks = { color: style("--quiet"), maxTicksLimit: 5, maxRotation: 0, autoSkipPadding: 24 };
  const axis = { grid: { color: style("--edge"), drawBorder: false }, ticks };
  const legend = { color: style("--quiet"), boxWidth: 12, boxHeight: 1, padding: 6 };
  return new Chart($(id), {
    type: "line",
    data: {
      labels: [],
      datasets: labels.map((label, at) => ({
        label, data: [], borderColor: colours[at], borderWidth: 1.5,
        pointRadius: (place) => (place.dataset.data.length < 2 ? 2 : 0),
        backgroundColor: `${colours[at]}22`, fill: at === 0 })),
    },
    options: {
      animation: false, maintainAspectRatio: false, responsive: true,
      interaction: { mode: "index", intersect: false },
      plugins: { legend: { display: labels.length > 1, align: "end", labels: legend } },
      scales: {
        x: { ...axis, grid: { display: false, drawBorder: false } },
        y: top === "log"
          ? { ...axis, type: "logarithmic", ticks: { ...ticks, callback: decade } }
          : { ...axis, beginAtZero: true, suggestedMax: top },
      },
    },
  });
}

function makeCharts() {
  for (const one of Object.values(charts)) one.destroy();
  charts.rate = chart("chart-rate", ["trades/s"]);
  charts.latency = chart("chart-latency", ["until durable", "exchange to here"], "log");
  charts.missing = chart("chart-missing", ["ids"], 1);
  charts.lag = chart("chart-lag", ["to store", "to Kafka"], 1);
  charts.memory = chart("chart-memory", ["MB"]);
  charts.leak = chart("chart-leak", ["score"], 1);
  if (shown) drawCharts(shown);
}

function plot(one, history, ...series) {
  one.data.labels = history.at.map(clock);
  series.forEach((data, at) => { one.data.datasets[at].data = data; });
  one.update();
}

function drawCharts(history) {
  shown = history;
  plot(charts.rate, history, history.per_second);
  plot(charts.latency, history, history.durable_ms, history.exchange_ms);
  plot(charts.missing, history, history.missing);
  plot(charts.lag, history, history.to_store, history.to_kafka);
  plot(charts.memory, history, history.rss_mb);
  plot(charts.leak, history, history.leak_score);
}
