/** Small steps of the build that no plugin in use offers: theme before paint, messages, woff2 only, compressed twins. */
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type * as Babel from "@babel/core";
import { transformAsync } from "@babel/core";
import linguiMacro from "@lingui/babel-plugin-lingui-macro";
import { compileMessage } from "@lingui/message-utils/compileMessage";
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

/** English stays in the code, compiled: whoever reads it fetches no catalog, and the page needs no parser of messages. */
function compiledMessages({ types }: { types: typeof Babel.types }): Babel.PluginObj {
  return {
    visitor: {
      Program: {
        // Lingui's own plugin works when a program is entered or left, and marks what it made.
        exit(program) {
          program.traverse({
            ObjectExpression({ node }) {
              if (node.leadingComments?.some(({ value }) => value.trim() === "i18n") !== true) return;
              for (const field of node.properties) {
                if (!types.isObjectProperty(field) || !types.isIdentifier(field.key, { name: "message" })) continue;
                if (types.isStringLiteral(field.value))
                  field.value = types.valueToNode(compileMessage(field.value.value));
              }
            },
          });
        },
      },
    },
  };
}

const MACROS = /from "@lingui\/(?:core|react)\/macro"/;

/**
 * Turns the macros of Lingui into calls, and leaves types and JSX to what comes after.
 *
 * Vite's own plugin for React runs no Babel, and the plugin that would needs a newer Node.
 */
export function messages(): Plugin {
  return {
    name: "commonbook-messages",
    enforce: "pre",
    transform: {
      filter: { id: /\/src\/.*\.tsx?$/, code: MACROS },
      async handler(code, id) {
        const result = await transformAsync(code, {
          filename: id,
          babelrc: false,
          configFile: false,
          sourceMaps: true,
          parserOpts: { plugins: id.endsWith("x") ? ["typescript", "jsx"] : ["typescript"] },
          plugins: [[linguiMacro, { stripMessageField: false }], compiledMessages],
        });
        if (result?.code === null || result?.code === undefined) throw new Error(`no code of ${id}`);
        return { code: result.code, map: result.map ?? null };
      },
    },
  };
}

/**
 * Names the application in the page, so that it is fetched beside the language it waits for.
 *
 * A module asked for by `import()` is otherwise known only when the one that asks has run.
 */
export function preloadApp(path: string): Plugin {
  return {
    name: "commonbook-preload-app",
    transformIndexHtml: {
      order: "post",
      handler(_html, { bundle = {} }) {
        const chunks = Object.values(bundle).filter((each) => each.type === "chunk");
        const wanted = new Set<string>();
        const want = (fileName: string): void => {
          const chunk = chunks.find((each) => each.fileName === fileName);
          if (chunk === undefined || wanted.has(fileName)) return;
          wanted.add(fileName);
          chunk.imports.forEach(want);
        };
        const app = chunks.find(({ facadeModuleId }) => facadeModuleId === path);
        if (app !== undefined) want(app.fileName);
        return [...wanted].map((fileName) => ({
          tag: "link",
          attrs: { rel: "modulepreload", crossorigin: true, href: `/${fileName}` },
          injectTo: "head" as const,
        }));
      },
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
