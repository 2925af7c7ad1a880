// One script tag puts the chat on any page: <script src="https://…/chat/widget.js" async></script>
// data-language="es|en" and data-token="…" (the host's word about who this is) may be given on the tag.
(() => {
  const texts = "__TEXTS__";
  const tag = document.currentScript;
  if (!tag || window.relevoChat) return;
  const home = new URL(tag.src).origin;
  const wish = tag.dataset.language || document.documentElement.lang || navigator.language || "es";
  const language = wish.toLowerCase().startsWith("en") ? "en" : "es";
  const text = texts[language];
  const style = (element, rules) => Object.assign(element.style, rules);

  const frame = document.createElement("iframe");
  frame.title = text.title;
  frame.id = "relevo-chat-frame";
  frame.hidden = true;
  style(frame, {
    position: "fixed", right: "16px", bottom: "88px", width: "min(400px, calc(100vw - 32px))",
    height: "min(640px, calc(100vh - 112px))", border: "0", borderRadius: "18px", zIndex: "2147483000",
    boxShadow: "0 12px 48px rgb(0 0 0 / .25)", background: "#fff", colorScheme: "normal",
  });

  const button = document.createElement("button");
  button.type = "button";
  button.setAttribute("aria-controls", frame.id);
  style(button, {
    position: "fixed", right: "16px", bottom: "16px", width: "60px", height: "60px", border: "0", padding: "0",
    borderRadius: "50%", background: "#0b6b5d", color: "#fff", cursor: "pointer", zIndex: "2147483001",
    boxShadow: "0 6px 24px rgb(0 0 0 / .25)", display: "grid", placeItems: "center",
  });
  const draw = (path) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
    for (const [name, value] of Object.entries({ viewBox: "0 0 24 24", width: "28", height: "28", "aria-hidden": "true" }))
      svg.setAttribute(name, value);
    for (const [name, value] of Object.entries({ d: path, fill: "none", stroke: "currentColor", "stroke-width": "2", "stroke-linejoin": "round", "stroke-linecap": "round" }))
      line.setAttribute(name, value);
    svg.append(line);
    return svg;
  };

  let loaded = false;
  const show = (open) => {
    if (open && !loaded) {
      // A fragment never leaves the browser, so the token is in no log.
      const token = tag.dataset.token ? `#t=${encodeURIComponent(tag.dataset.token)}` : "";
      frame.src = `${home}/chat/frame?lang=${language}${token}`;
      loaded = true;
    }
    frame.hidden = !open;
    frame.style.display = open ? "block" : "none";
    button.setAttribute("aria-expanded", String(open));
    button.setAttribute("aria-label", open ? text.close : text.open);
    button.replaceChildren(draw(open ? "M6 6l12 12M18 6L6 18" : "M5 5h14v11H11l-5 4v-4H5z"));
    if (open) frame.focus(); else if (loaded) button.focus();
  };
  button.addEventListener("click", () => show(frame.hidden));
  addEventListener("keydown", (event) => event.key === "Escape" && !frame.hidden && show(false));
  addEventListener("message", (event) => {
    if (event.source === frame.contentWindow && event.origin === home && event.data === "relevo:close") show(false);
  });
  const start = () => { show(false); document.body.append(frame, button); };
  window.relevoChat = { open: () => show(true), close: () => show(false) };
  if (document.body) start(); else addEventListener("DOMContentLoaded", start);
})();
