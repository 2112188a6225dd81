/**
 * Leaflet, and the little that folium's maps need beside it. Tiles come from the network, so they stay away; markers,
 * lines, areas and GeoJSON are drawn.
 */
import * as L from "leaflet";
import iconUrl from "leaflet/dist/images/marker-icon.png?inline";
import shadowUrl from "leaflet/dist/images/marker-shadow.png?inline";
import "leaflet/dist/leaflet.css";

interface AwesomeOptions {
  markerColor?: string;
}

export function leafletInto(target: Window): void {
  L.Icon.Default.imagePath = ""; // or it is found out by loading a picture
  L.Icon.Default.mergeOptions({ iconUrl, iconRetinaUrl: iconUrl, shadowUrl });
  const AwesomeMarkers = {
    icon: ({ markerColor = "blue" }: AwesomeOptions) =>
      L.divIcon({ className: "map-pin", iconSize: [22, 22], iconAnchor: [11, 22], html: pin(markerColor) }),
  };
  Object.assign(target, { L: { ...L, AwesomeMarkers }, $: elementsOf, jQuery: elementsOf });
}

/** Folium turns the text of a pop-up into an element with `$(html)[0]`, and uses nothing else of jQuery. */
function elementsOf(html: string): Element[] {
  const template = document.createElement("template");
  template.innerHTML = html.trim();
  return [...template.content.children];
}

function pin(color: string): string {
  const fill = CSS.supports("color", color) ? color : "#2461c9";
  return (
    `<svg viewBox="0 0 22 22" width="22" height="22" aria-hidden="true"><path fill="${fill}" stroke="#fff" ` +
    `d="M11 1a7 7 0 0 1 7 7c0 5-7 13-7 13S4 13 4 8a7 7 0 0 1 7-7z"/><circle cx="11" cy="8" r="2.6" fill="#fff"/></svg>`
  );
}
