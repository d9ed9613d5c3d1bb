// Files to put into the vault: always the same bytes, which nothing compresses and no accident
// repeats.

import { createHash } from "node:crypto";
import { mkdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32, deflateSync } from "node:zlib";

/** `size` bytes that follow from the name. */
export function noise(name, size) {
  return size === 0
    ? Buffer.alloc(0)
    : createHash("shake256", { outputLength: size }).update(name).digest();
}

/** A real PNG, 1000 by 1000 pixels of noise: 3 MB. */
export function image(name) {
  const side = 1000;
  const rows = noise(name, side * (1 + 3 * side));
  for (let y = 0; y < side; y++) rows[y * (1 + 3 * side)] = 0; // no filter
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([8, 2, 0, 0, 0], 8); // 8 bits of red, green, blue
  const chunk = (type, data) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    const body = Buffer.concat([Buffer.from(type), data]);
    const check = Buffer.alloc(4);
    check.writeUInt32BE(crc32(body));
    return [length, body, check];
  };
  const signature = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");
  const chunks = [
    ["IHDR", header],
    ["IDAT", deflateSync(rows, { level: 1 })],
    ["IEND", Buffer.alloc(0)],
  ];
  return Buffer.concat([signature, ...chunks.flatMap(([type, data]) => chunk(type, data))]);
}

/** A WAV of quiet noise: 16 bits, 44,100 Hz, stereo; 60 MB are 340 seconds. */
export function sound(name, size) {
  const header = Buffer.alloc(44);
  header.write("RIFF", 0);
  header.writeUInt32LE(size - 8, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20); // PCM
  header.writeUInt16LE(2, 22);
  header.writeUInt32LE(44_100, 24);
  header.writeUInt32LE(44_100 * 4, 28);
  header.writeUInt16LE(4, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36);
  header.writeUInt32LE(size - 44, 40);
  return Buffer.concat([header, noise(name, size - 44)]);
}

/** A PDF of these objects, the first of which is the catalog. */
export function pdf(objects) {
  let file = "%PDF-1.7\n";
  const places = objects.map((object, i) => {
    const place = file.length;
    file += `${i + 1} 0 obj\n${object}\nendobj\n`;
    return `${String(place).padStart(10, "0")} 00000 n \n`;
  });
  const size = objects.length + 1;
  const table = `xref\n0 ${size}\n0000000000 65535 f \n${places.join("")}`;
  const end = `trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${file.length}\n%%EOF`;
  return Buffer.from(file + table + end, "latin1");
}

/** An object of a PDF that has content. */
export const stream = (content, entries = "") =>
  `<< /Length ${content.length} ${entries} >>\nstream\n${content}\nendstream`;

/**
 * Files in a folder: a name, its bytes, and the path where they lie. `hours` old, where that is
 * said.
 */
export async function lay(folder, files, hours = {}) {
  await mkdir(folder, { recursive: true });
  return Promise.all(
    Object.entries(files).map(async ([name, bytes]) => {
      const path = join(folder, name);
      await writeFile(path, bytes);
      const at = Date.now() / 1000 - 3600 * (hours[name] ?? 0);
      await utimes(path, at, at);
      return { name, bytes, path };
    }),
  );
}

/** The files of the first story. */
export const household = () => ({
  "nothing-yet.txt": Buffer.alloc(0),
  "passport-scan.png": image("passport-scan"),
  "backup-2025.tar": noise("backup-2025", 25_000_000),
  'Zoë\'s "photo" 絵.jpg': noise("photo", 70_001),
});
