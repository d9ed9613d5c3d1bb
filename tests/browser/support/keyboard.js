// The page with the keyboard alone.

/**
 * Presses Tab until the focus is there: everything is reached, in at most one round of the page.
 */
export async function tabTo(
  app,
  role,
  name,
  target = app.page.getByRole(role, { name, exact: true }),
) {
  await target.first().waitFor({ state: "attached" });
  const there = () => target.evaluateAll(all => all.includes(document.activeElement));
  for (let presses = 0; presses < 60; presses++) {
    if (await there()) return target;
    await app.page.keyboard.press("Tab");
  }
  throw new Error(`Tab does not lead to ${role} "${name}"`);
}
