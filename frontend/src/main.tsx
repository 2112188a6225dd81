import { DirectionProvider } from "@base-ui/react/direction-provider";
import { i18n } from "@lingui/core";
import { I18nProvider } from "@lingui/react";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { startLanguage } from "./i18n/start";
import "./ui/base.css";
import { startAppearance } from "./ui/appearance";
import { startTheme } from "./ui/theme";

startTheme();
startAppearance();
await startLanguage();

const root = document.getElementById("root");
if (root === null) throw new Error("index.html holds no #root");
// Only now: what the modules of the pages say when they load is said in the language, too.
const { App } = await import("./pages/App");
createRoot(root).render(
  <StrictMode>
    <I18nProvider i18n={i18n}>
      <DirectionProvider direction={document.documentElement.dir === "rtl" ? "rtl" : "ltr"}>
        <App />
      </DirectionProvider>
    </I18nProvider>
  </StrictMode>,
);
