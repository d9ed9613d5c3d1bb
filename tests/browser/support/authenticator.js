// Chromium's virtual authenticator: what keeps the passkeys of one tab.

/** Adds one to a tab, which says yes to all it is asked. It lives as long as the tab. */
export async function authenticator(app, { hasPrf = true } = {}) {
  const driver = await app.page.context().newCDPSession(app.page);
  await driver.send("WebAuthn.enable");
  const options = {
    protocol: "ctap2",
    ctap2Version: "ctap2_1",
    transport: "internal",
    hasResidentKey: true,
    hasUserVerification: true,
    isUserVerified: true,
    automaticPresenceSimulation: true,
    hasPrf,
  };
  const { authenticatorId } = await driver.send("WebAuthn.addVirtualAuthenticator", { options });
  return {
    /** All passkeys that it keeps. */
    async passkeys() {
      return (await driver.send("WebAuthn.getCredentials", { authenticatorId })).credentials;
    },
    /** Whether it recognises its user from now on. */
    recognises(isUserVerified) {
      return driver.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified });
    },
  };
}
