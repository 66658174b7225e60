// The map: points coloured by album, stickers once they have room; wheel, drag, keys and touch move the view.

const NEAR = 26; // pixels between points from which stickers are drawn
const LONGEST = 24; // letters of a name on the map
const GRID = 48; // parts of each side of the map that are looked at for stickers
const canvas = document.getElementById("map");
const hover = document.getElementById("map-hover");
const context = canvas.getContext("2d");
const pictures = new Map();
let points = [];
let islands = [];
let view = { x: 0, y: 0, scale: 1 };
let spacing = 1;
let pointed = null;
let queued = false;

const answer = await fetch("/v1/map?limit=20000");
if (answer.ok) {
  const { points: placed, names } = await answer.json();
  points = placed;
  const albums = Map.groupBy(points, (point) => point.album_id);
  [...albums.keys()].sort().forEach((album, number) => albums.get(album).forEach((point) => {
    point.hue = (number * 137.5) % 360;
    point.album = names[album];
  }));
  islands = [...albums].filter(([album]) => names[album]).map(([album, members]) => island(names[album], members));
  islands.sort((one, other) => other.size - one.size);
  new ResizeObserver(fit).observe(canvas);
  new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
}

function fit() {
  const ratio = devicePixelRatio;
  canvas.width = canvas.clientWidth * ratio;
  canvas.height = canvas.clientHeight * ratio;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  const xs = points.map((point) => point.x), ys = points.map((point) => point.y);
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const width = right - left || 1, height = bottom - top || 1;
  view.scale = 0.9 * Math.min(canvas.clientWidth / width, canvas.clientHeight / height);
  view.x = canvas.clientWidth / 2 - ((left + right) / 2) * view.scale;
  view.y = canvas.clientHeight / 2 - ((top + bottom) / 2) * view.scale;
  const cells = new Set(points.map(({ x, y }) => Math.floor(((x - left) / width) * GRID) * GRID * 2 + Math.floor(((y - top) / height) * GRID)));
  spacing = Math.sqrt((cells.size * width * height) / GRID ** 2 / (points.length || 1)); // on the islands, not in the sea
  redraw();
}

function redraw() {
  if (!queued) requestAnimationFrame(draw);
  queued = true;
}

function draw() {
  queued = false;
  context.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight);
  const room = spacing * view.scale;
  const side = Math.min(96, room * 1.4);
  for (const point of points) {
    const [x, y] = place(point);
    if (x < -side || y < -side || x > canvas.clientWidth + side || y > canvas.clientHeight + side) continue;
    const picture = room > NEAR && pictureOf(point);
    context.globalAlpha = point.outlier ? 0.35 : 1;
    if (picture?.complete && picture.naturalWidth) {
      const shrink = side / Math.max(picture.naturalWidth, picture.naturalHeight);
      const [width, height] = [picture.naturalWidth * shrink, picture.naturalHeight * shrink];
      context.fillStyle = "#fff"; // stickers are drawn for light paper
      context.beginPath();
      context.roundRect(x - side / 2, y - side / 2, side, side, side / 8);
      context.fill();
      context.drawImage(picture, x - width / 2, y - height / 2, width, height);
    } else {
      context.fillStyle = `oklch(68% 0.16 ${point.hue})`;
      context.beginPath();
      context.arc(x, y, point === pointed ? 8 : Math.min(6, Math.max(2.5, room / 4)), 0, 7);
      context.fill();
    }
  }
  context.globalAlpha = 1;
  if (room <= NEAR) nameIslands();
}

// An album's name stands at the middle of its stickers, wherever some of them may have strayed to.
function island(name, members) {
  const middle = (values) => values.sort((one, other) => one - other)[values.length >> 1];
  const letters = [...name];
  if (letters.length > LONGEST) name = `${letters.slice(0, LONGEST).join("")}…`;
  return { name, size: members.length, x: middle(members.map(({ x }) => x)), y: middle(members.map(({ y }) => y)) };
}

// The largest first; a name that would cover another one waits until there is room.
function nameIslands() {
  const style = getComputedStyle(canvas);
  context.font = `600 13px ${style.fontFamily}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineJoin = "round";
  context.lineWidth = 4;
  context.strokeStyle = style.getPropertyValue("background-color");
  context.fillStyle = style.color;
  const taken = [];
  for (const one of islands) {
    const [x, y] = place(one);
    const half = context.measureText(one.name).width / 2 + 4;
    if (taken.some((other) => Math.abs(other.x - x) < other.half + half && Math.abs(other.y - y) < 20)) continue;
    taken.push({ x, y, half });
    context.strokeText(one.name, x, y);
    context.fillText(one.name, x, y);
  }
}

function place(point) {
  return [point.x * view.scale + view.x, point.y * view.scale + view.y];
}

function pictureOf(point) {
  if (!pictures.has(point.sha256)) {
    const picture = new Image();
    picture.onload = redraw;
    picture.src = `/v1/images/${point.sha256}/thumbnail`;
    pictures.set(point.sha256, picture);
  }
  return pictures.get(point.sha256);
}

function zoom(factor, x = canvas.clientWidth / 2, y = canvas.clientHeight / 2) {
  view = { scale: view.scale * factor, x: x - (x - view.x) * factor, y: y - (y - view.y) * factor };
  redraw();
}

function apart(one, other) {
  return Math.hypot(one.x - other.x, one.y - other.y);
}

function nearest(x, y) {
  let best = null, least = 24 ** 2;
  for (const point of points) {
    const [px, py] = place(point);
    const distance = (px - x) ** 2 + (py - y) ** 2;
    if (distance < least) [best, least] = [point, distance];
  }
  return best;
}

function show(point) {
  if (point === pointed) return;
  pointed = point;
  hover.replaceChildren();
  if (point) {
    const picture = document.createElement("img");
    picture.src = `/v1/images/${point.sha256}/thumbnail`;
    picture.alt = "";
    hover.append(picture, point.outlier ? "Outlier" : point.album ?? `Sticker ${point.sha256.slice(0, 6)}`);
  }
  redraw();
}

const fingers = new Map(); // where each pointer that is down was last
let moved = 0;
canvas.addEventListener("wheel", (event) => {
  event.preventDefault();
  zoom(Math.exp(-event.deltaY / 400), event.offsetX, event.offsetY);
}, { passive: false });
canvas.addEventListener("pointerdown", (event) => {
  canvas.setPointerCapture(event.pointerId);
  moved = fingers.size ? Infinity : 0;
  fingers.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
});
canvas.addEventListener("pointermove", (event) => {
  const before = fingers.get(event.pointerId), now = { x: event.offsetX, y: event.offsetY };
  if (!before) return show(nearest(now.x, now.y));
  const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
  if (other) zoom(Math.max(apart(now, other), 1) / Math.max(apart(before, other), 1), other.x, other.y);
  else view = { ...view, x: view.x + now.x - before.x, y: view.y + now.y - before.y };
  moved += apart(now, before);
  fingers.set(event.pointerId, now);
  redraw();
});
canvas.addEventListener("pointerup", (event) => {
  const clicked = moved < 4 && nearest(event.offsetX, event.offsetY);
  fingers.delete(event.pointerId);
  if (clicked) location.assign(`/stickers/${clicked.sha256}`);
});
canvas.addEventListener("pointercancel", (event) => fingers.delete(event.pointerId));
canvas.addEventListener("keydown", (event) => {
  const moves = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
  if (event.key === "+" || event.key === "=") zoom(1.3);
  else if (event.key === "-") zoom(1 / 1.3);
  else if (event.key === "0") fit();
  else if (moves[event.key]) { view.x += moves[event.key][0]; view.y += moves[event.key][1]; redraw(); }
  else return;
  event.preventDefault();
});
