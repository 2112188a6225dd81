/** Three small steps of the build that no plugin in use offers: theme before paint, woff2 only, compressed twins. */
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { Plugin } from "vite";

/**
 * Loads the script at `path` before anything is painted, as a hashed file of its own.
 *
 * The policy of the page allows no inline script, and a module script runs too
 * late to keep a dark page from flashing white.
 */
export function themeBoot(path: string): Plugin {
  let address = "/src/ui/themeBoot.js";
  return {
    name: "commonbook-theme-boot",
    buildStart() {
      if (this.meta.watchMode || this.environment.mode !== "build") return;
      const source = readFileSync(path, "utf8");
      const hash = createHash("sha256").update(source).digest("hex").slice(0, 8);
      address = `/assets/theme-${hash}.js`;
      this.emitFile({ type: "asset", fileName: address.slice(1), source });
    },
    transformIndexHtml(_html, context) {
      if (!context.path.endsWith("/index.html")) return [];
      return [{ tag: "script", attrs: { src: address }, injectTo: "head-prepend" }];
    },
  };
}

/** Drops the woff and ttf doubles of every font: all supported browsers read woff2. */
export function onlyWoff2(): Plugin {
  return {
    name: "commonbook-only-woff2",
    enforce: "pre",
    transform(code, id) {
      if (!id.split("?")[0]?.endsWith(".css") || !code.includes(".woff2")) return null;
      return code.replace(/,\s*url\([^)]*\.(?:woff|ttf)[^)]*\)\s*format\(['"][^'"]*['"]\)/g, "");
    },
  };
}

const TEXT = /\.(?:js|css|html|svg|json)$/;
const SMALLEST_BYTES = 1024;
const LARGE_BYTES = 512 * 1024;

/** Writes a .br and a .gz beside every text file of at least 1 KiB, so that the server compresses nothing. */
export function precompress(): Plugin {
  return {
    name: "commonbook-precompress",
    apply: "build",
    writeBundle(options) {
      const folder = options.dir;
      if (folder === undefined) return;
      for (const entry of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
        if (!TEXT.test(entry)) continue;
        const path = join(folder, entry);
        const bytes = readFileSync(path);
        if (bytes.length < SMALLEST_BYTES) continue;
        // The best quality takes ten times as long; a library of megabytes would hold up every build for it.
        const quality = bytes.length > LARGE_BYTES ? 9 : 11;
        writeFileSync(
          `${path}.br`,
          brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } }),
        );
        writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
      }
    },
  };
}
