// Sets the theme before the first paint. Kept apart from theme.ts because it must run before any module.
(() => {
  let choice = null;
  try {
    choice = localStorage.getItem("commonbook.theme");
  } catch {
    // Storage may be switched off; then the system decides.
  }
  const dark = choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
