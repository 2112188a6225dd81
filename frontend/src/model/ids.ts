/** Ids as the server makes them: 8 characters of milliseconds since 1970, then 8 random ones. */

const ALPHABET = "0123456789abcdefghijkmnpqrstvwxyz";

export function newId(now: number, random: (bytes: Uint8Array) => Uint8Array): string {
  let stamp = "";
  let milliseconds = now;
  for (let digit = 0; digit < 8; digit += 1) {
    stamp = (ALPHABET[milliseconds % ALPHABET.length] ?? "0") + stamp;
    milliseconds = Math.floor(milliseconds / ALPHABET.length);
  }
  const tail = random(new Uint8Array(8));
  return stamp + Array.from(tail, (byte) => ALPHABET[byte % ALPHABET.length] ?? "0").join("");
}
