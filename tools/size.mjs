// Size of what the page fetches, compressed with brotli: until somebody can sign in, and until the
// list is shown. Fails above a ceiling. usage: node tools/size.mjs dist
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

// Each stage with its ceiling in bytes and the files that it adds.
const STAGES = [
  // What opens the vault and shows the list; it is fetched while the form is filled in.
  { until: "until the list is shown", ceiling: 560_000, files: /^frond-page-(chunk|vault)/ },
  // Fetched later, if at all: the other screens, the strength meter and the word list at account
  // creation, the Workers' programs, those of previews with the first one that needs them.
  {
    until: "later",
    ceiling: Infinity,
    files:
      /^(frond-page-screens|frond-pdf|frond-preview|frond-search|frond-strength|frond-worker|words)/,
  },
];
const FIRST = { until: "until somebody can sign in", ceiling: 400_000 };

const folder = process.argv[2];
const rows = readdirSync(folder)
  .filter(name => !/\.(br|gz)$/.test(name))
  .map(name => {
    const bytes = readFileSync(join(folder, name));
    const packed = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
    const stage = STAGES.find(({ files }) => files.test(name)) ?? FIRST;
    return { name, size: bytes.length, brotli: packed.length, stage };
  });
for (const { name, size, brotli, stage } of rows) {
  console.log(
    `${String(size).padStart(9)} ${String(brotli).padStart(8)} br  ${name}  (${stage.until})`,
  );
}
let total = 0;
for (const stage of [FIRST, ...STAGES]) {
  total += rows.filter(row => row.stage === stage).reduce((sum, row) => sum + row.brotli, 0);
  if (stage.ceiling === Infinity) break;
  console.log(`${stage.until}: ${total} bytes of brotli; ceiling ${stage.ceiling}`);
  if (total > stage.ceiling) process.exitCode = 1;
}
