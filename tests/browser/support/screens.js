// Pictures of screens, wide and narrow, light and dark, each looked at by axe.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { accessible } from "./axe.js";
import { OUTPUT } from "./paths.js";

// docs/screens: two pictures of each screen, made anew by `make screens` and not by every run, since
// they show times of day.
const KEPT = process.env.FROND_SCREENS;
const KEPT_LOOKS = ["wide-light", "phone-dark"];

const SIZES = { wide: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };

/** Takes four pictures of what is shown, or of one part of it; the page is wide and light afterwards. */
export async function shoot(app, screen, part) {
  await mkdir(OUTPUT, { recursive: true });
  for (const [size, viewport] of Object.entries(SIZES)) {
    await app.page.setViewportSize(viewport);
    for (const colorScheme of ["light", "dark"]) {
      await app.page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await accessible(app.page, `${screen}, ${size}, ${colorScheme}`);
      const look = `${size}-${colorScheme}`;
      const folder = KEPT && KEPT_LOOKS.includes(look) ? KEPT : OUTPUT;
      const path = join(folder, `${screen}-${look}.png`);
      await (part ?? app.page).screenshot({ path });
    }
  }
  await app.page.setViewportSize(SIZES.wide);
  await app.page.emulateMedia({ colorScheme: "light" });
}
