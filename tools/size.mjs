// Size of what the page fetches, compressed with brotli: until somebody can sign in, and until the
// list is shown. Fails if the second is above the ceiling. usage: node tools/size.mjs dist
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

const CEILING = 400_000;

// Each stage with the files that it adds; what is in none of them is in the first.
const FIRST = { until: "until somebody can sign in" };
// What opens the vault and shows the list; it is fetched while the form is filled in.
const LIST = { until: "until the list is shown", files: /^frond-page-(chunk|vault)/ };
// Once the list is shown, or when somebody needs it: all else that the page does, the Workers'
// programs, the strength meter, the word list.
const LATER = {
  until: "later",
  files:
    /^(frond-page-screens|frond-pdf|frond-preview|frond-search|frond-strength|frond-worker|words)/,
};

const folder = process.argv[2];
const rows = readdirSync(folder)
  .filter(name => !/\.(br|gz)$/.test(name))
  .map(name => {
    const bytes = readFileSync(join(folder, name));
    const packed = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
    const stage = [LIST, LATER].find(({ files }) => files.test(name)) ?? FIRST;
    return { name, size: bytes.length, brotli: packed.length, stage };
  });
for (const { name, size, brotli, stage } of rows) {
  console.log(
    `${String(size).padStart(9)} ${String(brotli).padStart(8)} br  ${name}  (${stage.until})`,
  );
}
let total = 0;
for (const stage of [FIRST, LIST]) {
  total += rows.filter(row => row.stage === stage).reduce((sum, row) => sum + row.brotli, 0);
  console.log(`${stage.until}: ${total} bytes of brotli`);
}
console.log(`ceiling: ${CEILING}`);
if (total > CEILING) process.exitCode = 1;
