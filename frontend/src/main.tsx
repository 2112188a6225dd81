import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./pages/App";
import "./ui/base.css";
import { startAppearance } from "./ui/appearance";
import { startTheme } from "./ui/theme";

startTheme();
startAppearance();

const root = document.getElementById("root");
if (root === null) throw new Error("index.html holds no #root");
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
