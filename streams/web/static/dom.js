// Elements made of text and of nothing else: no article's text is ever read as markup.

/**
 * @param {string} tag
 * @param {Record<string, unknown>} properties of the element; `data` and `aria` are maps of attributes, `on` of listeners
 * @param {...(Node | string | null | undefined | false)} children
 */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (name === "data") for (const [key, datum] of Object.entries(value)) made.dataset[key] = datum;
    else if (name === "aria") for (const [key, told] of Object.entries(value)) made.setAttribute(`aria-${key}`, told);
    else if (name === "on") for (const [event, listener] of Object.entries(value)) made.addEventListener(event, listener);
    else if (name === "role") made.setAttribute("role", value);
    else made[name] = value;
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/** The element with that id. */
export const byId = (id) => document.getElementById(id);

/** A link out, for addresses of the web only; plain text for any other. */
export function outward(address, text) {
  let parsed = null;
  try {
    parsed = new URL(address);
  } catch {
    return element("span", {}, text);
  }
  if (!["http:", "https:"].includes(parsed.protocol)) return element("span", {}, text);
  return element("a", { href: parsed.href, target: "_blank", rel: "noopener noreferrer" }, text);
}
