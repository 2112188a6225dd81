import { expect, it } from "vitest";
import { whatHappened } from "../../src/connections/words";

it("tells what was done with a connection", () => {
  expect(whatHappened({ action: "connection added", detail: { kind: "s3" } })).toBe("added it");
  expect(whatHappened({ action: "connection used", detail: { for: "kernel", kernel: "k" } })).toBe(
    "started a kernel that got it",
  );
  expect(whatHappened({ action: "connection used", detail: { for: "push" } })).toBe("used it: push");
  expect(
    whatHappened({
      action: "connection changed",
      detail: { name_before: "Old", attached: false, fields: ["host", "password"] },
    }),
  ).toBe("renamed it from Old, took it away from code, changed host, password");
});
