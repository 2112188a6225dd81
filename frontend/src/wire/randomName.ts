/** A name that nothing else has. `crypto.randomUUID` would do, but is missing at addresses without https. */
export const randomName = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
