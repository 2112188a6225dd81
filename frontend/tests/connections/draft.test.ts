import { describe, expect, it } from "vitest";
import {
  begin,
  faults,
  fieldsOf,
  shown,
  target,
  type Connection,
  type Field,
  type Kind,
} from "../../src/connections/draft";

const field = (name: string, more: Partial<Field> = {}): Field => ({
  name,
  label: name,
  type: "text",
  required: false,
  secret: false,
  default: null,
  help: "",
  placeholder: "",
  choices: [],
  when: null,
  ...more,
});

const GIT: Kind = {
  id: "git",
  label: "Git",
  group: "Code",
  help: "",
  names_free: false,
  testable: false,
  injected: false,
  driver: null,
  fields: [
    field("host", { required: true }),
    field("port", { type: "port", default: 22 }),
    field("auth", { type: "choice", default: "token" }),
    field("token", { secret: true, required: true, when: { field: "auth", values: ["token"] } }),
    field("key", { secret: true, required: true, when: { field: "auth", values: ["ssh"] } }),
  ],
};
const VARIABLES: Kind = { ...GIT, id: "variables", fields: [], names_free: true, injected: true };

const stored = (more: Partial<Connection>): Connection => ({
  id: "c",
  kind: "git",
  name: "Code",
  attached: false,
  fields: {},
  secrets: [],
  variables: [],
  created_by: null,
  created_at: "",
  changed_at: "",
  ...more,
});

describe("the form of a connection", () => {
  it("begins with what the kind suggests and shows the fields that count", () => {
    const draft = begin(GIT, null);
    expect(draft.values).toEqual({ host: "", port: 22, auth: "token" });
    expect(shown(GIT, draft).map((each) => each.name)).toEqual(["host", "port", "auth", "token"]);
    expect(faults(GIT, draft, null)).toEqual({
      name: "Give it a name.",
      host: "This is needed.",
      token: "This is needed.",
    });
  });

  it("sends all of a new connection and no field that does not count", () => {
    const draft = { ...begin(GIT, null), name: "Code", secrets: { token: "t", key: "k" } };
    const typed = { ...draft, values: { ...draft.values, host: "h" } };
    expect(faults(GIT, typed, null)).toEqual({});
    expect(fieldsOf(GIT, typed, null)).toEqual({ host: "h", port: 22, auth: "token", token: "t" });
  });

  it("sends of a changed one only what is another now, and keeps secrets that are set", () => {
    const connection = stored({ fields: { host: "h", port: 22, auth: "token" }, secrets: ["token"] });
    const draft = begin(GIT, connection);
    expect(faults(GIT, draft, connection)).toEqual({});
    expect(fieldsOf(GIT, draft, connection)).toEqual({});
    expect(fieldsOf(GIT, { ...draft, values: { ...draft.values, port: "" } }, connection)).toEqual({ port: null });
    expect(fieldsOf(GIT, { ...draft, secrets: { token: "new" } }, connection)).toEqual({ token: "new" });
  });

  it("takes variables by name: new, replaced, kept and removed", () => {
    const connection = stored({ kind: "variables", secrets: ["A", "B", "C"] });
    const draft = begin(VARIABLES, connection);
    expect(draft.rows.map((row) => row.name)).toEqual(["A", "B", "C"]);
    const rows = [
      { name: "A", value: "", isSet: true },
      { name: "B", value: "new", isSet: true },
      { name: "D", value: "x", isSet: false },
    ];
    expect(fieldsOf(VARIABLES, { ...draft, rows }, connection)).toEqual({ B: "new", C: null, D: "x" });
    expect(faults(VARIABLES, { ...draft, rows: [] }, connection)).toEqual({ rows: "Give at least one variable." });
    const twice = [...rows, { name: "D", value: "y", isSet: false }];
    expect(faults(VARIABLES, { ...draft, rows: twice }, connection)).toEqual({
      rows: "Two variables have the same name.",
    });
  });

  it("says where a connection leads", () => {
    expect(target(stored({ fields: { host: "h", database: "d" } }))).toBe("h / d");
    expect(target(stored({ fields: { endpoint: "https://s:9000", bucket: "b" } }))).toBe("s:9000 / b");
    expect(target(stored({ fields: null }))).toBe("");
  });
});
