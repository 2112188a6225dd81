import { describe, expect, it } from "vitest";
import { deviceName } from "../../src/pages/account/deviceName";
import { forgetSecret, keepSecret, readSecret } from "../../src/pages/shell/secret";
import { accountErrors, passwordError, suggestedName, type AccountDraft } from "../../src/pages/shell/accountRules";

const good: AccountDraft = { displayName: "Ada Lovelace", name: "ada", email: "ada@example.org", password: "12345678" };

describe("a new account", () => {
  it("passes when it follows the rules", () => {
    expect(accountErrors(good)).toEqual({});
  });

  it.each([
    ["displayName", "  "],
    ["name", ""],
    ["name", ".ada"],
    ["name", "ada lovelace"],
    ["name", "x".repeat(65)],
    ["email", "ada"],
    ["email", "a@b@c"],
    ["password", "1234567"],
  ] as const)("points at the field %s with %j", (field, value) => {
    expect(Object.keys(accountErrors({ ...good, [field]: value }))).toEqual([field]);
  });

  it("counts a password's limits", () => {
    expect(passwordError("x".repeat(1000))).toBeNull();
    expect(passwordError("x".repeat(1001))).not.toBeNull();
  });

  it.each([
    ["Ada Lovelace", "ada.lovelace"],
    ["Élodie  Dupont", "elodie.dupont"],
    ["李", ""],
    ["-x", "x"],
  ])("suggests a sign-in name for %s", (name, suggested) => {
    expect(suggestedName(name)).toBe(suggested);
  });
});

describe("deviceName", () => {
  it.each([
    ["Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox on Linux"],
    [
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0",
      "Edge on Windows",
    ],
    ["Mozilla/5.0 (Macintosh; Intel Mac OS X 14_0) AppleWebKit/605 Version/17 Safari/605", "Safari on macOS"],
    ["Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130 Mobile Safari/537.36", "Chrome on Android"],
    ["python-httpx/0.27", "Another program"],
    ["", "Another program"],
  ])("%s", (userAgent, words) => {
    expect(deviceName(userAgent)).toBe(words);
  });
});

describe("the secret of a link", () => {
  const store = (): Pick<Storage, "getItem" | "setItem" | "removeItem"> => {
    const kept = new Map<string, string>();
    return {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => void kept.set(key, value),
      removeItem: (key) => void kept.delete(key),
    };
  };

  it("comes from the address first, and survives the sign-in page until it was used", () => {
    const tab = store();
    expect(readSecret("", tab)).toBeNull();
    keepSecret("old", tab);
    expect(readSecret("#new", tab)).toBe("new");
    expect(readSecret("", tab)).toBe("old");
    forgetSecret(tab);
    expect(readSecret("#", tab)).toBeNull();
  });
});
