// Charts of the figures that stand beside them in a table. What is withheld has no point, not a zero.
import { BarController, BarElement, CategoryScale, Chart, Legend, LinearScale, Tooltip } from "chart.js";

Chart.register(BarController, BarElement, CategoryScale, LinearScale, Legend, Tooltip);

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** The three answers, distinguishable by lightness too, not by hue alone. */
const paints = () => {
  const dark = document.documentElement.getAttribute("data-bs-theme") === "dark";
  return dark ? ["#7fd0c6", "#c98f6b", "#8d9bb8"] : ["#0b5d57", "#d08a55", "#93a4c4"];
};

function draw(canvas) {
  const { labels, series } = JSON.parse(document.getElementById(canvas.dataset.chart).textContent);
  const paint = paints();
  return new Chart(canvas, {
    type: "bar",
    data: {
      labels,
      datasets: series.map(({ name, figures }, i) => ({
        label: name,
        data: figures,
        backgroundColor: paint[i % paint.length],
        borderRadius: 3,
        maxBarThickness: 36,
      })),
    },
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      interaction: { mode: "index", intersect: false },
      scales: {
        x: { stacked: true, grid: { display: false }, ticks: { color: colour("--st-muted"), maxRotation: 0, autoSkipPadding: 16 } },
        y: { stacked: true, beginAtZero: true, grid: { color: colour("--st-line") }, border: { display: false }, ticks: { color: colour("--st-muted"), precision: 0 } },
      },
      plugins: {
        legend: { position: "bottom", labels: { color: colour("--st-text"), usePointStyle: true, pointStyle: "rectRounded", padding: 18 } },
        tooltip: { callbacks: { label: ({ dataset, raw }) => `${dataset.label}: ${raw ?? ": (withheld)"}` } },
      },
    },
  });
}

export function startCharts() {
  const canvases = [...document.querySelectorAll("canvas[data-chart]")];
  if (!canvases.length) return;
  let charts = canvases.map(draw);
  // After theme.js has set the colours again.
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    for (const chart of charts) chart.destroy();
    charts = canvases.map(draw);
  });
}
