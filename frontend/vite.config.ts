import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { lingui } from "@lingui/vite-plugin";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { messages, onlyWoff2, precompress, preloadApp, themeBoot } from "./vite.plugins.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Where `npm run dev` finds the server. */
const api = process.env["COMMONBOOK_API"] ?? "http://127.0.0.1:8800";

const input: Record<string, string> = { index: here("index.html") };
if (existsSync(here("src/outputs/frame/main.ts"))) input["output-frame"] = here("output-frame.html");

/** The first match wins; what no group names stays with the page that imports it. */
const vendors = [
  // What runs before the language is known: apart from all that says something when it loads.
  {
    name: "boot",
    test: /src[\\/](i18n[\\/][^\\/]+\.ts$|ui[\\/](appearance|theme)\.ts$)|node_modules[\\/]@lingui[\\/]/,
  },
  { name: "react", test: /node_modules[\\/](react|react-dom|scheduler|use-sync-external-store)[\\/]/ },
  // What only forms need: a notebook shows without.
  {
    name: "forms",
    test: /(node_modules[\\/]@base-ui[\\/]react[\\/](select|checkbox|switch)[\\/]|src[\\/](ui[\\/](Select|Field|Checkbox|Switch|LanguageSelect)|pages[\\/]shell[\\/](AccountForm|AdminShell|AuthCard|BinSection|NotebookLine|PageShell|PasswordInput|PickList|SignedIn|accountRules))\.tsx?$)/,
    minShareCount: 2,
    includeDependenciesRecursively: false,
  },
  {
    name: "components",
    test: /node_modules[\\/](@base-ui|@floating-ui|wouter|@tanstack|tabbable|reselect)[\\/]/,
  },
  // What helps while somebody writes: a notebook shows without.
  {
    name: "completion",
    test: /node_modules[\\/]@codemirror[\\/]autocomplete[\\/]/,
    includeDependenciesRecursively: false,
  },
  {
    name: "codemirror",
    test: /node_modules[\\/](@codemirror[\\/](state|view|commands|language|lang-python)|@lezer[\\/](common|highlight|lr|python)|style-mod|w3c-keyname|crelt)[\\/]/,
  },
  // What several pages share, in one file instead of many small ones.
  {
    name: "shell",
    test: /(src[\\/](ui[\\/][^\\/]+$|people[\\/](AccountMenu|roles)|wire[\\/](api|http|queries)|pages[\\/]shell)|node_modules[\\/]lucide-react)/,
    minShareCount: 2,
  },
  { name: "yjs", test: /node_modules[\\/](yjs|lib0|y-protocols|y-codemirror\.next|fractional-indexing)[\\/]/ },
];

export default defineConfig({
  plugins: [
    themeBoot(here("src/ui/themeBoot.js")),
    preloadApp(here("src/pages/App.tsx")),
    messages(),
    lingui({ failOnCompileError: true }),
    react(),
    tailwindcss(),
    onlyWoff2(),
    precompress(),
  ],
  resolve: { alias: [{ find: /^lib0\/logging$/, replacement: here("src/wire/yjsLogging.ts") }] },
  build: {
    manifest: true,
    outDir: "../server/static",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 6000, // what a page needs first has a test of its own
    rolldownOptions: { input, output: { codeSplitting: { groups: vendors } } },
  },
  server: {
    port: 5173,
    strictPort: true,
    proxy: {
      "/api": {
        target: api,
        ws: true,
        changeOrigin: true,
        // The server accepts its own origin only; in development the page has another one.
        configure: (proxy) => {
          proxy.on("proxyReq", (request) => {
            request.setHeader("origin", api);
          });
          proxy.on("proxyReqWs", (request) => {
            request.setHeader("origin", api);
          });
        },
      },
    },
  },
  test: {
    include: ["tests/**/*.test.{ts,tsx}"],
    setupFiles: ["src/i18n/start.ts"],
    restoreMocks: true,
    coverage: {
      enabled: true,
      provider: "v8",
      include: ["src/**/*.{ts,tsx}"],
      exclude: ["src/wire/types.ts"],
      reporter: ["text-summary"],
    },
  },
});
