// Starts one Worker of the pool. The page hands over the compiled program, so it is fetched and compiled once.
addEventListener("message", async ({ data: { script, module } }) => {
  const { default: init } = await import(script);
  await init({ module_or_path: module });
}, { once: true });

// A failure inside a promise would end the program unheard; the page listens for errors.
addEventListener("unhandledrejection", ({ reason }) => reportError(reason));
