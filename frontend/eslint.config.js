import { dirname, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import js from "@eslint/js";
import a11y from "eslint-plugin-jsx-a11y";
import hooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

const src = fileURLToPath(new URL("src/", import.meta.url));

/** Which folders of src each lower layer may import; every other folder is a feature. */
const LOWER = {
  i18n: ["i18n"],
  ui: ["ui", "i18n"],
  wire: ["wire", "i18n"],
  model: ["wire", "model", "i18n"],
  charts: ["charts", "i18n"],
};

/** A feature imports i18n, wire, model, ui, charts and itself; only pages put features together, and no page imports another. */
const borders = {
  meta: { type: "problem", schema: [], messages: { crossing: "{{from}}/ may not import {{to}}/." } },
  create(context) {
    const from = relative(src, context.filename).split("/");
    if (from[0] === ".." || from.length === 1) return {};
    const allowed = (to) => {
      if (from[0] === "pages") return to[0] !== "pages" || to[1] === from[1] || to[1] === "shell" || from.length === 2;
      return (LOWER[from[0]] ?? ["i18n", "ui", "wire", "model", "charts", from[0]]).includes(to[0]);
    };
    const check = (node) => {
      const target = node.source?.value;
      if (typeof target !== "string" || !target.startsWith(".")) return;
      const to = relative(src, resolve(dirname(context.filename), target)).split("/");
      if (!allowed(to))
        context.report({ node, messageId: "crossing", data: { from: from[0], to: to.slice(0, 2).join("/") } });
    };
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
    };
  },
};

const SHOWN = /^(aria-label|aria-description|alt|description|empty|footer|hint|label|lead|placeholder|title)$/;
const NAMES = new Set(["Commonbook", "GPU", "Python", "SQL"]);

/** What people read is a message: no plain words between tags, nor in the attributes that are shown or read out. */
const plainWords = {
  meta: { type: "problem", schema: [], messages: { plain: "Make it a message: t`…`, or <Trans> around elements." } },
  create(context) {
    const check = (node, text) => {
      if (/[A-Za-z]{2,}/.test(text) && !NAMES.has(text.trim())) context.report({ node, messageId: "plain" });
    };
    const isInTrans = (node) => {
      for (let at = node.parent; at; at = at.parent) if (at.openingElement?.name.name === "Trans") return true;
      return false;
    };
    return {
      JSXText(node) {
        if (!isInTrans(node)) check(node, node.value);
      },
      JSXAttribute(node) {
        if (SHOWN.test(String(node.name.name)) && node.value?.type === "Literal") check(node, String(node.value.value));
      },
    };
  },
};

export default tseslint.config(
  { ignores: ["dist", "coverage"] },
  js.configs.recommended,
  {
    files: ["**/*.{ts,tsx}"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/no-non-null-assertion": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: { attributes: false } }],
    },
  },
  {
    files: ["src/**/*.{ts,tsx}"],
    plugins: { borders: { rules: { layers: borders } }, messages: { rules: { "no-plain-words": plainWords } } },
    extends: [hooks.configs.flat["recommended-latest"], a11y.flatConfigs.strict],
    rules: {
      "borders/layers": "error",
      "messages/no-plain-words": "error",
      // Boxes that scroll by themselves must take the focus, or the keyboard cannot scroll them.
      "jsx-a11y/no-noninteractive-tabindex": ["error", { tags: ["pre"], roles: ["tabpanel", "group", "region"] }],
    },
  },
  {
    files: ["src/ui/themeBoot.js"],
    languageOptions: {
      sourceType: "script",
      globals: { localStorage: "readonly", matchMedia: "readonly", document: "readonly" },
    },
  },
  {
    // Generated: nobody writes it, and nobody can mend it.
    files: ["src/wire/types.ts"],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { parserOptions: { projectService: false } },
    rules: {
      "@typescript-eslint/consistent-indexed-object-style": "off",
      "@typescript-eslint/no-empty-object-type": "off",
    },
  },
);
