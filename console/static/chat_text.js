// A little Markdown as nodes: paragraphs, lists, **bold**, links. Never HTML from a message.

const CASE = /\b(R-[0-9A-Z]{4,})\b/;

// The code of a case is read aloud and typed again: it never breaks at its hyphen.
export function unbroken(text) {
  return text.split(CASE).map((part, place) => {
    if (place % 2 === 0) return part;
    const node = element("span", part);
    node.className = "case-code";
    return node;
  });
}

const INLINE = /\*\*([^*\n]+)\*\*|\[([^\]\n]+)\]\((https?:\/\/[^\s)]+)\)|(https?:\/\/[^\s<>"')]+[^\s<>"').,;:!?])/g;

function link(text, url) {
  const node = document.createElement("a");
  node.href = url;
  node.rel = "noopener noreferrer";
  node.target = "_blank";
  node.textContent = text;
  return node;
}

function inline(text) {
  const nodes = [];
  let from = 0;
  for (const found of text.matchAll(INLINE)) {
    nodes.push(...unbroken(text.slice(from, found.index)));
    from = found.index + found[0].length;
    if (found[1]) {
      const bold = document.createElement("strong");
      bold.append(...unbroken(found[1]));
      nodes.push(bold);
    } else nodes.push(found[3] ? link(found[2], found[3]) : link(found[4], found[4]));
  }
  nodes.push(...unbroken(text.slice(from)));
  return nodes.filter((node) => node !== "");
}

function element(name, ...children) {
  const node = document.createElement(name);
  node.append(...children);
  return node;
}

const LIST = [[/^\s*[-*•]\s+/, "ul"], [/^\s*\d{1,2}[.)]\s+/, "ol"]];

// `plain`: what a person typed, shown as it is.
export function textNodes(text, plain = false) {
  if (plain) return [element("p", text)];
  const nodes = [];
  let list = null, kind = "", lines = [];
  const close = () => {
    if (lines.length) nodes.push(element("p", ...inline(lines.join("\n"))));
    lines = [];
  };
  for (const line of text.split("\n")) {
    const [mark, name] = LIST.find(([sign]) => sign.test(line)) ?? [null, ""];
    if (mark) {
      close();
      if (kind !== name) nodes.push((list = element(name)));
      kind = name;
      list.append(element("li", ...inline(line.replace(mark, ""))));
    } else {
      kind = "";
      if (line.trim()) lines.push(line.replace(/^#+\s+/, ""));
      else close();
    }
  }
  close();
  return nodes;
}
