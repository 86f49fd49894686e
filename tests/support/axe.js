// What axe finds on the page as it stands: {violations, seen}. Takes {options, seen}: what `seen` returned until now.
// Contrast takes axe four fifths of its time. It depends on the colours, size and backgrounds of a text, which its
// `look` tells: a look that passed once is not measured again. Of every other rule nothing is remembered.
async ({ options, seen }) => {
  const known = new Set(seen);

  // a string in 64 bits: FNV-1a read from both ends
  const fnv = (codes) => codes.reduce((hash, code) => Math.imul(hash ^ code, 0x01000193), 0x811c9dc5) >>> 0;
  const short = (text) => {
    const codes = Array.from(text, (letter) => letter.codePointAt(0));
    return fnv(codes).toString(36) + fnv(codes.reverse()).toString(36);
  };

  // {painted, path} of an element and all it stands on: painted is what changes the colours behind a text
  const below = new Map();
  const ground = (element) => {
    if (!element) return { painted: "", path: "" };
    if (!below.has(element)) {
      const { painted, path } = ground(element.parentElement);
      const style = getComputedStyle(element);
      const own = [
        style.backgroundColor.replace("rgba(0, 0, 0, 0)", ""),
        style.backgroundImage.replace("none", ""),
        style.opacity.replace(/^1$/, ""),
        style.filter.replace("none", ""),
        style.mixBlendMode.replace("normal", ""),
        style.position.replace(/^(static|relative)$/, ""),
      ].join("");
      const named = `${element.localName}.${element.getAttribute("class") ?? ""}`;
      below.set(element, { painted: own ? `${painted}/${own}` : painted, path: `${path}>${named}`, named });
    }
    return below.get(element);
  };

  const FIELDS = "input, select, textarea";
  const says = (element) =>
    element.matches(FIELDS) || [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  const looks = (element) => {
    const { painted, path, named } = ground(element);
    const style = getComputedStyle(element);
    const text = [style.color, style.fontSize, style.fontWeight, style.textShadow].join();
    return { look: short(`${named}|${text}|${painted}`), place: short(`${path}|${text}|${painted}`) };
  };

  const unseen = new Map();
  for (const element of document.body.querySelectorAll("*")) {
    if (!says(element) || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    const { width, height } = element.getBoundingClientRect();
    if (width <= 1 || height <= 1) continue; // only read aloud: axe does not judge it either
    const both = looks(element);
    if (!known.has(both.look) && !known.has(both.place)) unseen.set(element, both);
  }

  const without = { ...options, rules: { "color-contrast": { enabled: false } } };
  const colours = { ...options, runOnly: ["color-contrast"], resultTypes: ["violations", "passes"], elementRef: true };
  const found = options.runOnly.values.includes("color-contrast") ? [] : (await axe.run(without)).violations;
  if (unseen.size) {
    // one by one they cost more than all at once
    const result = await axe.run(unseen.size > 50 ? document : { include: [...unseen.keys()] }, colours);
    found.push(...result.violations);
    const failed = new Set(result.violations.flatMap(({ nodes }) => nodes.map((node) => node.element)));
    const passed = new Set(result.passes.flatMap(({ nodes }) => nodes.map((node) => node.element)));
    for (const [element, { look, place }] of unseen) {
      // neither: axe does not judge a text that is off, out of sight or over a picture; it may judge its like elsewhere
      if (!failed.has(element)) known.add(passed.has(element) ? look : place);
    }
  }
  return {
    violations: found.map(({ id, help, nodes }) => ({ id, help, targets: nodes.slice(0, 4).map((node) => node.target) })),
    seen: [...known],
  };
}
