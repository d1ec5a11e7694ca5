// A stand-in for a film player: a mitten that is knitted, stitch by stitch. It remembers where the visitor stopped.

const KEY = "lerretet_posisjon";
const LIFETIME = 30 * 86400 * 1000;
const LENGTH = 40; // seconds

const canvas = document.querySelector("canvas");
const pen = canvas.getContext("2d");
const button = document.querySelector("button");
const slider = document.querySelector("input");
const clock = document.querySelector("output");

// The mitten, as text: a row per round, from the tip down.
const ROSE = 13;
const COLUMNS = 37;
const ROUNDS = 46;

function inside(column, round) {
  const x = (column + 0.5) / COLUMNS - 0.5;
  if (round > 37) return Math.abs(x) < 0.36;
  const tip = Math.min(1, (round + 1) / 15);
  const half = 0.4 * Math.sqrt(1 - (1 - tip) ** 2);
  const thumb = round > 20 && round < 37 && x > 0.36 && x < 0.5 - (round - 20) * 0.004;
  return Math.abs(x) < half || thumb;
}

function rose(column, round) {
  const x = Math.abs(column - 18);
  const y = Math.abs(round - 22);
  const [low, high] = x < y ? [x, y] : [y, x];
  return low > 0 && high > low && low <= 5 && high - low <= 5 && high <= 10;
}

function colour(column, round) {
  if (round > 37) return column % 2 ? "#f1e7d4" : "#d9ccb3";
  if (rose(column, round)) return "#f4ecdc";
  if ((column + round) % 6 === 0 && (column - round) % 6 === 0) return "#c9583b";
  return "#24323c";
}

const stitches = [];
for (let round = ROUNDS - 1; round >= 0; round--) {
  const row = [];
  for (let column = 0; column < COLUMNS; column++) if (inside(column, round)) row.push([column, round]);
  // Every other round comes back, as the hands do.
  stitches.push(...(round % 2 ? row : row.reverse()));
}

const WIDE = 11;
const HIGH = 9;
const LEFT = (canvas.width - COLUMNS * WIDE) / 2;
const TOP = 62;

function stitch([column, round]) {
  const x = LEFT + column * WIDE;
  const y = TOP + round * HIGH;
  pen.fillStyle = colour(column, round);
  pen.beginPath();
  pen.moveTo(x, y);
  pen.lineTo(x + WIDE / 2, y + 4.5);
  pen.lineTo(x + WIDE, y);
  pen.lineTo(x + WIDE, y + HIGH);
  pen.lineTo(x + WIDE / 2, y + HIGH + 4.5);
  pen.lineTo(x, y + HIGH);
  pen.fill();
  pen.strokeStyle = "#0a121855";
  pen.stroke();
}

function draw(at) {
  pen.fillStyle = "#d9b98a";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = "#cda873";
  pen.fillRect(0, 470, canvas.width, 70);
  const done = Math.round(stitches.length * Math.min(1, at / (LENGTH - 4)));
  for (const each of stitches.slice(0, done)) stitch(each);
  const next = stitches[Math.min(done, stitches.length - 1)];
  const x = LEFT + next[0] * WIDE;
  const y = TOP + next[1] * HIGH;
  // The thread to the ball, and two needles.
  pen.lineWidth = 3;
  pen.strokeStyle = "#f4ecdc";
  pen.beginPath();
  pen.moveTo(x, y);
  pen.bezierCurveTo(x + 120, y + 40, 700, 380, 790, 440);
  pen.stroke();
  const radius = 58 - 26 * (at / LENGTH);
  pen.fillStyle = "#24323c";
  pen.beginPath();
  pen.arc(800, 500 - radius, radius, 0, 7);
  pen.fill();
  pen.strokeStyle = "#f4ecdc66";
  pen.lineWidth = 2;
  for (let turn = 0; turn < 5; turn++) {
    pen.beginPath();
    pen.ellipse(800, 500 - radius, radius * 0.95, radius * (0.2 + turn * 0.16), turn * 0.7 + at / 3, 0, 7);
    pen.stroke();
  }
  if (done < stitches.length) {
    pen.strokeStyle = "#8a5a2b";
    pen.lineWidth = 7;
    pen.lineCap = "round";
    const swing = Math.sin(at * 9) * 6;
    pen.beginPath();
    pen.moveTo(x, y);
    pen.lineTo(x + 150, y - 90 + swing);
    pen.moveTo(x, y);
    pen.lineTo(x - 150, y - 80 - swing);
    pen.stroke();
  }
  pen.lineWidth = 1;
}

// --- time --------------------------------------------------------------------------------------------------

function storedPosition() {
  try {
    const { at, when } = JSON.parse(localStorage.getItem(KEY));
    if (Date.now() - when < LIFETIME) return Math.min(Math.max(Number(at) || 0, 0), LENGTH);
    localStorage.removeItem(KEY);
  } catch {
    // Nothing is stored, or the browser forbids it; the film works all the same.
  }
  return 0;
}

let position = storedPosition();
let playing = false;
let last = 0;

function keep() {
  try {
    localStorage.setItem(KEY, JSON.stringify({ at: position, when: Date.now() }));
  } catch {
    // The browser forbids it.
  }
  report();
}

/** Reports what is stored here to the page that embeds the film: pages cannot read each other's storage. */
function report() {
  if (parent === window) return;
  const stored = document.cookie.split("; ").filter(Boolean).map((cookie) => ({ kind: "cookie", name: cookie.split("=")[0] }));
  try {
    for (const name of Object.keys(localStorage)) stored.push({ kind: "local_storage", name });
  } catch {
    // Nothing can be stored, so there is nothing to tell.
  }
  parent.postMessage({ from: "lerretet", stored }, document.body.dataset.shop);
}

/** What stands there before the film has begun: how it ends, and a sign to press. */
function poster() {
  draw(LENGTH);
  pen.fillStyle = "#16202ae6";
  pen.beginPath();
  pen.arc(480, 250, 62, 0, 7);
  pen.fill();
  pen.fillStyle = "#fff";
  pen.beginPath();
  pen.moveTo(460, 216);
  pen.lineTo(460, 284);
  pen.lineTo(516, 250);
  pen.fill();
}

function show() {
  if (position === 0 && !playing) poster();
  else draw(position);
  slider.value = String(Math.round((position / LENGTH) * 1000));
  const whole = Math.floor(position);
  clock.textContent = `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
  slider.setAttribute("aria-valuetext", clock.textContent);
  button.textContent = playing ? button.dataset.pause : button.dataset.play;
}

function step(time) {
  if (!playing) return;
  position += Math.min(0.1, (time - last) / 1000);
  last = time;
  if (position >= LENGTH) {
    position = LENGTH;
    playing = false;
    keep();
  }
  show();
  requestAnimationFrame(step);
}

function play(wanted) {
  playing = wanted;
  if (wanted) {
    if (position >= LENGTH) position = 0;
    last = performance.now();
    requestAnimationFrame(step);
  }
  keep();
  show();
}

button.addEventListener("click", () => play(!playing));
canvas.addEventListener("click", () => play(!playing));
slider.addEventListener("input", () => {
  position = (Number(slider.value) / 1000) * LENGTH;
  show();
});
slider.addEventListener("change", keep);
addEventListener("pagehide", keep);

show();
keep();
