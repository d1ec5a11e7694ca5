// Charts of the figures that stand beside them in a table. What is too small to be shown has no point, not a zero.
import {
  BarController, BarElement, CategoryScale, Chart, Filler, LineController, LineElement, LinearScale, PointElement, Tooltip,
} from "chart.js";

Chart.register(BarController, BarElement, CategoryScale, Filler, LineController, LineElement, LinearScale, PointElement, Tooltip);

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** A tile of eight pixels that repeats: stripes or dots on the ground, so that no hue is needed to tell series apart. */
function pattern(context, kind, paint) {
  if (kind === "plain") return paint;
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const pen = tile.getContext("2d");
  pen.fillStyle = colour("--st-surface");
  pen.fillRect(0, 0, 8, 8);
  pen.fillStyle = pen.strokeStyle = paint;
  if (kind === "dots") {
    pen.fillRect(1, 1, 3, 3);
    pen.fillRect(5, 5, 3, 3);
  } else {
    pen.lineWidth = 3;
    for (const x of [-8, 0, 8]) {
      pen.beginPath();
      pen.moveTo(x, 8);
      pen.lineTo(x + 8, 0);
      pen.stroke();
    }
  }
  return context.createPattern(tile, "repeat");
}

const whole = (number) => number.toLocaleString("en").replaceAll(",", "\u202f");

/** With a decimal comma or point, as the page's language has it. */
const decimal = (number) => number.toLocaleString(document.documentElement.lang);

const KINDS = ["plain", "stripes", "dots"];

/** Thin lines with a label where something happened; a label that has no room beside the last is left out. */
const marks = {
  id: "marks",
  afterDatasetsDraw({ ctx, chartArea, scales }, _event, { list = [] }) {
    const first = scales.x.getPixelForValue(0);
    const step = scales.x.getPixelForValue(1) - first;
    let free = chartArea.left;
    ctx.save();
    ctx.strokeStyle = ctx.fillStyle = colour("--st-text");
    ctx.font = `600 12px ${Chart.defaults.font.family}`;
    ctx.setLineDash([3, 3]);
    for (const { at, label } of list) {
      const x = Math.round(Math.max(chartArea.left, first + at * step)) + 0.5;
      ctx.beginPath();
      ctx.moveTo(x, chartArea.top - 6);
      ctx.lineTo(x, chartArea.bottom);
      ctx.stroke();
      const width = ctx.measureText(label).width;
      const left = Math.min(Math.max(x - width / 2, chartArea.left), chartArea.right - width);
      if (left < free) continue;
      ctx.fillText(label, left, chartArea.top - 10);
      free = left + width + 6;
    }
    ctx.restore();
  },
};

const axis = (more) => ({
  border: { display: false },
  grid: { color: colour("--st-line") },
  ...more,
  ticks: { color: colour("--st-muted"), ...more.ticks },
});

const options = (titles, label, scales, plugins = {}) => ({
  animation: false,
  responsive: true,
  maintainAspectRatio: false,
  interaction: { mode: "index", intersect: false },
  scales,
  plugins: { legend: { display: false }, tooltip: { callbacks: { title: ([{ dataIndex }]) => titles[dataIndex], label } }, ...plugins },
});

const across = (stacked) => axis({ stacked, grid: { display: false }, ticks: { maxRotation: 0, autoSkipPadding: 20 } });

function outcomes(canvas, { labels, titles, series, marks: list }) {
  const context = canvas.getContext("2d");
  const paints = ["--st-chart-1", "--st-chart-2", "--st-chart-3"].map(colour);
  const datasets = series.map(({ name, figures }, i) => ({
    label: name,
    data: figures,
    backgroundColor: pattern(context, KINDS[i], paints[i]),
    borderColor: paints[i],
    borderWidth: 1,
    maxBarThickness: 36,
    categoryPercentage: 0.9,
  }));
  const label = ({ dataset, raw }) => `${dataset.label}: ${raw === null ? "< 10" : whole(raw)}`;
  const up = axis({ stacked: true, beginAtZero: true, ticks: { precision: 0, maxTicksLimit: 6, callback: whole } });
  const more = options(titles, label, { x: across(true), y: up }, { marks: { list } });
  more.layout = { padding: { top: list.length ? 24 : 4 } };
  return new Chart(canvas, { type: "bar", data: { labels, datasets }, options: more, plugins: [marks] });
}

/** A rate as a line in the band of its interval. */
function rate(canvas, { labels, titles, rates, low, high }) {
  const line = colour("--st-chart-1");
  const bound = { borderWidth: 0, pointRadius: 0, pointHoverRadius: 0, backgroundColor: colour("--st-chart-band") };
  // Where there are many, only those without a neighbour need a point to be seen.
  const lonely = (i) => rates[i] !== null && (rates[i - 1] ?? null) === null && (rates[i + 1] ?? null) === null;
  const datasets = [
    { data: rates, borderColor: line, backgroundColor: line, borderWidth: 2, pointRadius: ({ dataIndex }) => (rates.length < 15 || lonely(dataIndex) ? 3 : 0) },
    { data: low, ...bound },
    { data: high, ...bound, fill: "-1" },
  ];
  const percent = (value) => `${decimal(value)}\u202f%`;
  const label = ({ datasetIndex, dataIndex: i }) =>
    datasetIndex ? null : `${percent(rates[i])} (${decimal(low[i])}–${percent(high[i])})`;
  const up = axis({ min: 0, max: 100, ticks: { stepSize: 25, callback: percent } });
  const more = options(titles, label, { x: across(false), y: up });
  more.plugins.tooltip.filter = ({ datasetIndex }) => !datasetIndex;
  return new Chart(canvas, { type: "line", data: { labels, datasets }, options: more });
}

function draw(canvas) {
  const data = JSON.parse(document.getElementById(canvas.dataset.chart).textContent);
  return data.series ? outcomes(canvas, data) : rate(canvas, data);
}

export function startCharts() {
  const canvases = [...document.querySelectorAll("canvas[data-chart]")];
  if (!canvases.length) return;
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  let charts = canvases.map(draw);
  // After theme.js has set the colours again.
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    for (const chart of charts) chart.destroy();
    charts = canvases.map(draw);
  });
}
