import { describe, expect, it } from "vitest";
import {
  copyOf,
  draftOf,
  durationField,
  idFrom,
  newDraft,
  parseDraft,
  parseDuration,
  parseSize,
} from "../../src/pages/adminHardware/draft";
import type { HardwareClass } from "../../src/wire/http";

const A100: HardwareClass = {
  id: "a100",
  label: "One A100",
  engine: "slurm",
  description: "For training.",
  cpus: 7.5,
  memory_mib: 65_536,
  processes: 2000,
  disk_mib: 500,
  gpus: 1,
  gpu_type: "a100",
  internet: true,
  python: "/opt/python",
  price_per_hour: 2.5,
  users: ["u1"],
  groups: ["g1"],
  max_per_user: 2,
  idle_after_s: 5400,
  max_life_s: 172_800,
  options: { partition: "gpu", hosts: ["n1", "n2"], node_selector: { disk: "ssd" }, hard_life: true },
  enabled: false,
  living: 3,
  never: null,
};
const SHAPES = {
  partition: "a text",
  hosts: "a list of texts",
  node_selector: "a table of texts",
  qos: "a text",
  hard_life: "true or false",
};

describe("a class that is edited", () => {
  it("comes back as it was when nothing is changed", () => {
    const { body, faults } = parseDraft(draftOf(A100), SHAPES);
    expect(faults).toEqual({});
    expect({ ...body, living: 3, never: null }).toEqual(A100);
  });

  it("has no limit where nothing is written", () => {
    const { body, faults } = parseDraft({ ...newDraft("local"), id: "x", label: "X" }, {});
    expect(faults).toEqual({});
    expect(body).toMatchObject({ cpus: null, memory_mib: null, gpus: 0, users: [], groups: [], options: {} });
  });

  it("is open to everybody only when that is said", () => {
    const { faults } = parseDraft({ ...draftOf(A100), users: new Set(), groups: new Set() }, SHAPES);
    expect(faults.users).toContain("Choose somebody");
    const open = parseDraft({ ...draftOf(A100), isForAll: true }, SHAPES).body;
    expect([open.users, open.groups]).toEqual([[], []]);
  });

  it("says which field cannot be read", () => {
    const draft = { ...draftOf(A100), cpus: "many", memory: "lots", gpus: "1.5", idleAfter: "soon" };
    expect(Object.keys(parseDraft(draft, SHAPES).faults).sort()).toEqual([
      "cpus",
      "gpus",
      "idle_after_s",
      "memory_mib",
    ]);
  });

  it("is copied under an id that is free", () => {
    expect(copyOf(A100, new Set(["a100", "a100-2"]))).toMatchObject({ id: "a100-3", label: "One A100 (copy)" });
  });
});

describe("sizes and times", () => {
  it("are read with and without a unit", () => {
    expect(["", "512", "512 MiB", "4 GiB", "1.5 gb", "1,5 GB", "2T"].map(parseSize)).toEqual([
      null,
      512,
      512,
      4096,
      1536,
      1536,
      2_097_152,
    ]);
    expect(["-1", "4 apples", "GiB", "1e3"].map(parseSize)).toEqual(["bad", "bad", "bad", "bad"]);
    expect(["", "30", "30 min", "90 s", "2 h", "1 d", "1.5 h"].map(parseDuration)).toEqual([
      null,
      1800,
      1800,
      90,
      7200,
      86_400,
      5400,
    ]);
    expect(["-5 min", "2 weeks"].map(parseDuration)).toEqual(["bad", "bad"]);
  });

  it("are written in the largest unit that is whole", () => {
    expect([null, 86_400, 7200, 5400, 90].map(durationField)).toEqual(["", "1 d", "2 h", "90 min", "90 s"]);
  });
});

it("makes an id of a name", () => {
  expect(["One A100 (80 GB)", "Größe", "--"].map(idFrom)).toEqual(["one-a100-80-gb", "gro-e", ""]);
});
