import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { grantable, LINK_ROLES, mayManage, ROLE_WORDS, ROLES, roleSentence } from "../../src/people/roles";
import type { Role } from "../../src/wire/http";

interface ServerRoles {
  capabilities: Record<string, string[]>;
  link_roles: string[];
  /** For each granter, whom the server lets them make. */
  grants: Record<string, string[]>;
}

const PROGRAM = `
import json, runpy
roles = runpy.run_path("collab/roles.py")
Role, of = roles["Role"], roles["capabilities_of"]
print(json.dumps({
    "capabilities": {role.value: sorted(of(role)) for role in Role},
    "link_roles": sorted(roles["LINK_ROLES"]),
    "grants": {a.value: sorted(b.value for b in Role if roles["may_grant"](of(a), b)) for a in Role},
}))
`;

/** Asks the server's own module; it needs the standard library of Python 3.11 or newer and nothing else. */
function serverRoles(): ServerRoles {
  const root = new URL("../../../", import.meta.url).pathname;
  const pythons = [`${root}.venv/bin/python`, "python3.13", "python3.12", "python3.11", "python3"].filter(
    (name) => !name.startsWith("/") || existsSync(name),
  );
  for (const python of pythons) {
    const done = spawnSync(python, ["-I", "-c", PROGRAM], { cwd: root, encoding: "utf8" });
    if (done.status === 0) return JSON.parse(done.stdout) as ServerRoles;
  }
  throw new Error("No Python 3.11 or newer could read collab/roles.py.");
}

let server: ServerRoles;
beforeAll(() => {
  server = serverRoles();
});

describe("the table of roles", () => {
  it("names the server's roles and gives each the same capabilities", () => {
    const mine = Object.fromEntries(
      Object.entries(ROLE_WORDS).map(([role, words]) => [role, [...words.capabilities].sort()]),
    );
    expect(mine).toEqual(server.capabilities);
    expect([...ROLES].sort()).toEqual(Object.keys(server.capabilities).sort());
  });

  it("offers links the roles that the server lets them carry", () => {
    expect([...LINK_ROLES].sort()).toEqual(server.link_roles);
  });

  it("offers a granter exactly what the server would accept", () => {
    for (const [granter, granted] of Object.entries(server.grants)) {
      expect([...grantable(server.capabilities[granter] ?? [])].sort(), granter).toEqual(granted);
    }
  });

  it("goes by rights and not by a role's name, so that a right less is a role less", () => {
    const rights = (server.capabilities["admin"] ?? []).filter((right) => right !== "ENVIRONMENT");
    expect(grantable(rights)).toEqual(["viewer", "executor", "editor"]);
    expect(mayManage(rights, "collaborator")).toBe(false);
    expect(mayManage(rights, "editor")).toBe(true);
  });

  it.each(ROLES)("says of %s what it cannot do", (role: Role) => {
    expect(roleSentence(role, false)).toMatch(/Cannot .+\.$/);
  });

  it("does not say that viewers cannot comment where the project lets them", () => {
    expect(roleSentence("viewer", false)).toContain("comment.");
    expect(roleSentence("viewer", true)).not.toMatch(/Cannot[^.]*comment/);
    expect(roleSentence("editor", true)).toBe(roleSentence("editor", false));
  });
});
