// Sets the theme before the first paint. Kept apart from theme.ts because it must run before any module.
(() => {
  let choice = null;
  try {
    choice = localStorage.getItem("commonbook.theme");
  } catch {
    // Storage may be switched off; then the system decides.
  }
  const dark = choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  const { dataset, style } = document.documentElement;
  dataset.theme = dark ? "dark" : "light";
  let appearance = {};
  try {
    appearance = JSON.parse(localStorage.getItem("commonbook.appearance")) ?? {};
  } catch {
    // Then everything is plain.
  }
  const more = appearance.contrast === "more" || matchMedia("(prefers-contrast: more)").matches;
  dataset.contrast = more ? "more" : "plain";
  dataset.motion = appearance.motion === "less" ? "less" : "plain";
  if (Number.isInteger(appearance.text) && appearance.text >= 12 && appearance.text <= 18) {
    style.setProperty("--code-size", `${appearance.text}px`);
    style.setProperty("--code-line", `${Math.round((appearance.text * 20) / 13)}px`);
    style.setProperty("--prose-size", `${appearance.text + 2}px`);
  }
})();
