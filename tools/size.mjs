// Size of the first load: every file that the page fetches before any user action, compressed with
// brotli. Fails above the ceiling. usage: node tools/size.mjs dist
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

const CEILING = 520_000;
// Fetched later, if at all: the strength meter and the word list at account creation, the Workers'
// programs after login, those of previews with the first one that needs them.
const LATER = /^(frond-pdf|frond-preview|frond-strength|frond-worker|words)/;

const folder = process.argv[2];
const rows = readdirSync(folder)
  .filter(name => !/\.(br|gz)$/.test(name))
  .map(name => {
    const bytes = readFileSync(join(folder, name));
    const packed = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
    return { name, size: bytes.length, brotli: packed.length, first: !LATER.test(name) };
  });
const total = rows.filter(row => row.first).reduce((sum, row) => sum + row.brotli, 0);
for (const { name, size, brotli, first } of rows) {
  console.log(
    `${String(size).padStart(9)} ${String(brotli).padStart(8)} br  ${name}${first ? "" : "  (later)"}`,
  );
}
console.log(`first load: ${total} bytes of brotli; ceiling ${CEILING}`);
if (total > CEILING) process.exit(1);
