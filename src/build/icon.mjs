/** Draws media/icon.png, the extension's picture in the gallery: `node src/build/icon.mjs`. Distances to shapes, no dependencies. */

import { writeFileSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import { inRoot } from './paths.mjs';

const SIZE = 256;
const SAMPLES = 4; // per pixel and direction

const background = [24, 33, 52];
const axis = [96, 112, 146];
const falling = [77, 170, 252];
const rising = [245, 166, 64];

/** Each shape: its colour and its signed distance at (x, y) in a square of side 1; later ones lie on top. */
const shapes = [
  { colour: background, distance: roundedSquare(0.5, 0.5, 0.5, 0.2) },
  { colour: axis, distance: stroke([[0.22, 0.2], [0.22, 0.78], [0.82, 0.78]], 0.016) },
  { colour: rising, distance: stroke(curve([0.3, 0.68], [0.52, 0.66], [0.58, 0.36], [0.76, 0.3]), 0.028) },
  { colour: falling, distance: stroke(curve([0.3, 0.26], [0.36, 0.56], [0.54, 0.64], [0.76, 0.66]), 0.034) },
  { colour: falling, distance: disc(0.76, 0.66, 0.058) },
  { colour: rising, distance: disc(0.76, 0.3, 0.052) },
];

function roundedSquare(cx, cy, half, radius) {
  return (x, y) => {
    const dx = Math.abs(x - cx) - half + radius;
    const dy = Math.abs(y - cy) - half + radius;
    return Math.hypot(Math.max(dx, 0), Math.max(dy, 0)) + Math.min(Math.max(dx, dy), 0) - radius;
  };
}

function disc(cx, cy, radius) {
  return (x, y) => Math.hypot(x - cx, y - cy) - radius;
}

function stroke(points, halfWidth) {
  return (x, y) => {
    let best = Infinity;
    for (let i = 1; i < points.length; i++) {
      const [ax, ay] = points[i - 1];
      const [bx, by] = points[i];
      const along = Math.max(0, Math.min(1, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2)));
      best = Math.min(best, Math.hypot(x - ax - along * (bx - ax), y - ay - along * (by - ay)));
    }
    return best - halfWidth;
  };
}

/** A cubic Bézier as forty straight pieces. */
function curve(a, b, c, d) {
  return Array.from({ length: 41 }, (_, i) => {
    const t = i / 40;
    const weights = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t ** 3];
    return [0, 1].map((k) => weights[0] * a[k] + weights[1] * b[k] + weights[2] * c[k] + weights[3] * d[k]);
  });
}

function pixel(px, py) {
  const sum = [0, 0, 0, 0];
  for (let s = 0; s < SAMPLES * SAMPLES; s++) {
    const x = (px + ((s % SAMPLES) + 0.5) / SAMPLES) / SIZE;
    const y = (py + (Math.floor(s / SAMPLES) + 0.5) / SAMPLES) / SIZE;
    const top = shapes.findLast(({ distance }) => distance(x, y) < 0);
    if (top) [...top.colour, 255].forEach((value, i) => (sum[i] += value));
  }
  const covered = sum[3] / 255 || 1;
  return [sum[0] / covered, sum[1] / covered, sum[2] / covered, sum[3] / (SAMPLES * SAMPLES)].map(Math.round);
}

function png(size, at) {
  const rows = Buffer.alloc(size * (1 + size * 4));
  for (let y = 0; y < size; y++) for (let x = 0; x < size; x++) Buffer.from(at(x, y)).copy(rows, y * (1 + size * 4) + 1 + x * 4);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 6, 0, 0, 0], 8); // 8 bits, RGBA
  return Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), chunk('IHDR', header), chunk('IDAT', deflateSync(rows, { level: 9 })), chunk('IEND', Buffer.alloc(0))]);
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let k = 0; k < 8; k++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

writeFileSync(inRoot('media/icon.png'), png(SIZE, pixel));
