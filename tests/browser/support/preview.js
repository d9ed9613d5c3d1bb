// The preview of a file, as a person opens and closes it.

export async function preview(app, name) {
  await app.button(`Preview ${name}`).click();
  const dialog = app.page.getByRole("dialog", { name });
  await dialog.waitFor();
  return dialog;
}

export function content(app) {
  return app.page.getByRole("dialog").getByRole("region", { name: "Content" });
}

export async function close(app) {
  await app.button("Close").click();
  await app.page.getByRole("dialog").waitFor({ state: "detached" });
}
