import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./pages/App";
import "./ui/base.css";
import { startTheme } from "./ui/theme";

startTheme();

const root = document.getElementById("root");
if (root === null) throw new Error("index.html holds no #root");
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
