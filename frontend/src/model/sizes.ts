import { plural } from "@lingui/core/macro";
import { asOne } from "../i18n/start";

/** A size as people read it, in decimal units: "1 byte", "1.5 kB", "20 GB". */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return plural(bytes, { one: "# byte", other: "# bytes" });
  let size = bytes;
  for (const unit of ["kB", "MB", "GB", "TB"]) {
    size /= 1000;
    if (size < 999.5 || unit === "TB") return asOne(`${size < 10 ? size.toFixed(1) : Math.round(size)} ${unit}`);
  }
  return "";
}
