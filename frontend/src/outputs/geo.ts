/** GeoJSON as shapes on a plane, without a map below: longitudes are shortened by the middle latitude. Pure. */

export interface Shape {
  readonly kind: "point" | "line" | "area";
  /** Of an SVG path; of a point, its place. */
  readonly path: string;
  readonly name: string;
}

export interface Plan {
  readonly shapes: readonly Shape[];
  readonly width: number;
  readonly height: number;
  /** How many shapes are left out. */
  readonly left: number;
  readonly bounds: readonly [west: number, south: number, east: number, north: number];
}

const MOST_SHAPES = 5000;
const MOST_POINTS = 200_000;
const WIDTH = 720;
const TALLEST = 480;
const MARGIN = 10;

type Place = readonly [number, number];
interface Part {
  kind: Shape["kind"];
  rings: readonly (readonly Place[])[];
  name: string;
}
type Fields = Readonly<Record<string, unknown>>;

/** What there is to draw, or null for what is no GeoJSON or holds no place. */
export function planOf(value: unknown): Plan | null {
  const parts: Part[] = [];
  const room = { shapes: MOST_SHAPES, points: MOST_POINTS, left: 0 };
  collect(value, "", parts, room, 0);
  const places = parts.flatMap((part) => part.rings.flat());
  if (places.length === 0) return null;
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of places) {
    [west, east] = [Math.min(west, x), Math.max(east, x)];
    [south, north] = [Math.min(south, y), Math.max(north, y)];
  }
  const bounds = [west, south, east, north] as const;
  const shrink = Math.max(0.05, Math.cos((((south + north) / 2) * Math.PI) / 180));
  const [across, up] = [Math.max((east - west) * shrink, 1e-9), Math.max(north - south, 1e-9)];
  const isOnePlace = across <= 1e-9 && up <= 1e-9;
  const scale = isOnePlace ? 0 : Math.min((WIDTH - 2 * MARGIN) / across, (TALLEST - 2 * MARGIN) / up);
  const width = isOnePlace ? 160 : Math.max(across * scale + 2 * MARGIN, 60);
  const height = isOnePlace ? 90 : Math.max(up * scale + 2 * MARGIN, 60);
  const put = ([x, y]: Place): string => {
    const left = width / 2 + (x - (west + east) / 2) * shrink * scale;
    const top = height / 2 - (y - (south + north) / 2) * scale;
    return `${left.toFixed(1)} ${top.toFixed(1)}`;
  };
  const shapes = parts.map(({ kind, rings, name }): Shape => {
    const path = kind === "point" ? put(rings[0]?.[0] ?? [0, 0]) : rings.map((ring) => drawn(ring, put, kind)).join("");
    return { kind, path, name };
  });
  return { shapes, width, height, left: room.left, bounds };
}

const drawn = (ring: readonly Place[], put: (place: Place) => string, kind: Shape["kind"]): string =>
  ring.length === 0 ? "" : `M${ring.map(put).join("L")}${kind === "area" ? "Z" : ""}`;

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null;
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);

function collect(
  value: unknown,
  name: string,
  parts: Part[],
  room: { shapes: number; points: number; left: number },
  depth: number,
): void {
  if (!isFields(value) || depth > 20) return;
  const add = (kind: Shape["kind"], rings: readonly (readonly Place[])[]): void => {
    const count = rings.reduce((sum, ring) => sum + ring.length, 0);
    if (count === 0) return;
    if (room.shapes === 0 || room.points < count) {
      room.left += 1;
      return;
    }
    room.shapes -= 1;
    room.points -= count;
    parts.push({ kind, rings, name });
  };
  const at = value["coordinates"];
  switch (value["type"]) {
    case "FeatureCollection":
      for (const feature of list(value["features"])) collect(feature, name, parts, room, depth + 1);
      break;
    case "Feature":
      collect(value["geometry"], nameOf(value), parts, room, depth + 1);
      break;
    case "GeometryCollection":
      for (const each of list(value["geometries"])) collect(each, name, parts, room, depth + 1);
      break;
    case "Point":
      add("point", [places([at])]);
      break;
    case "MultiPoint":
      for (const place of places(at)) add("point", [[place]]);
      break;
    case "LineString":
      add("line", [places(at)]);
      break;
    case "MultiLineString":
      for (const line of list(at)) add("line", [places(line)]);
      break;
    case "Polygon":
      add("area", list(at).map(places));
      break;
    case "MultiPolygon":
      for (const polygon of list(at)) add("area", list(polygon).map(places));
      break;
  }
}

function places(value: unknown): Place[] {
  const found: Place[] = [];
  for (const each of list(value)) {
    const [x, y] = list(each);
    if (typeof x === "number" && typeof y === "number" && Number.isFinite(x) && Number.isFinite(y))
      found.push([x, Math.min(90, Math.max(-90, y))]);
  }
  return found;
}

function nameOf(feature: Fields): string {
  const properties = isFields(feature["properties"]) ? feature["properties"] : {};
  for (const key of ["name", "NAME", "title", "id"]) {
    const value = properties[key];
    if (typeof value === "string" || typeof value === "number") return String(value).slice(0, 120);
  }
  const rest = Object.entries(properties).slice(0, 4);
  return rest.map(([key, value]) => `${key}: ${String(value).slice(0, 40)}`).join(", ");
}
