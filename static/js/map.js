// Where the request is: one point on a map. Leaflet sets its styles through the CSSOM, which the CSP allows.

for (const box of document.querySelectorAll("[data-map]")) {
  const at = [Number(box.dataset.latitude), Number(box.dataset.longitude)];
  const map = L.map(box, { scrollWheelZoom: false }).setView(at, 16);
  L.tileLayer(box.dataset.tiles, { attribution: box.dataset.attribution, maxZoom: 19 }).addTo(map);
  const icon = L.icon({
    iconUrl: box.dataset.marker,
    shadowUrl: box.dataset.shadow,
    iconSize: [25, 41],
    iconAnchor: [12, 41],
    shadowSize: [41, 41],
  });
  L.marker(at, { icon, alt: box.dataset.label, keyboard: false }).addTo(map);
}
