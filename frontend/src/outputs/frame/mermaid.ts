/** Diagrams from text. What cannot be read is said with its line. */
import mermaid from "mermaid";

/** Draw a diagram into `place`; returns what draws it anew in the other theme. */
export async function drawMermaid(place: HTMLElement, text: string, dark: boolean): Promise<(dark: boolean) => void> {
  const draw = async (isDark: boolean): Promise<void> => {
    const style = getComputedStyle(document.documentElement);
    const token = (name: string): string => style.getPropertyValue(name).trim();
    mermaid.initialize({
      startOnLoad: false,
      securityLevel: "strict",
      suppressErrorRendering: true,
      htmlLabels: false,
      theme: "base",
      themeVariables: {
        darkMode: isDark,
        background: token("--bg"),
        primaryColor: token("--accent-bg"),
        primaryTextColor: token("--fg"),
        primaryBorderColor: token("--accent"),
        lineColor: token("--fg2"),
        textColor: token("--fg"),
        secondaryColor: token("--card"),
        tertiaryColor: token("--card"),
        noteBkgColor: token("--accent-bg"),
        noteTextColor: token("--fg"),
        fontFamily: "system-ui, sans-serif",
        fontSize: "14px",
      },
    });
    try {
      const { svg } = await mermaid.render("diagram", text);
      place.innerHTML = svg; // drawn under the strict level, in a frame that can reach nothing
      place.querySelector("svg")?.setAttribute("role", "img");
    } catch (error) {
      const note = document.createElement("p");
      note.className = "frame-note";
      note.textContent = reason(error);
      place.replaceChildren(note);
    }
  };
  await draw(dark);
  return (isDark) => void draw(isDark);
}

/** Mermaid tells the line at the head of a drawing of the place. */
function reason(error: unknown): string {
  const said = error instanceof Error ? error.message : String(error);
  const line = /line (\d+)/i.exec(said)?.[1];
  if (line !== undefined) return `The diagram cannot be drawn: line ${line} is not understood.`;
  const [first = ""] = said.split("\n");
  return `The diagram cannot be drawn: ${first}`;
}
