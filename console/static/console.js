// Staff pages: parts that refresh themselves, forms that cannot be sent twice, and words that outlive a login.

// What people write into a part.
const WRITTEN = "textarea, input[name=why]";

// What a part says. Its forms' own ids differ on every look, and what was typed is the person's: neither is news.
function newsOf(part) {
  const copy = part.cloneNode(true);
  for (const one of copy.querySelectorAll("[name=act_id]")) one.removeAttribute("value");
  for (const one of copy.querySelectorAll("textarea")) one.textContent = "";
  for (const one of copy.querySelectorAll("[data-sent]")) one.removeAttribute("data-sent");
  for (const one of copy.querySelectorAll("details")) one.removeAttribute("open");
  return copy.innerHTML.trim();
}

for (const part of document.querySelectorAll("[data-poll]")) {
  let last = newsOf(part);
  const look = async () => {
    try {
      if (document.hidden || part.contains(document.activeElement)) return;
      const answer = await fetch(part.dataset.poll, { headers: { Accept: "text/html" } });
      if (answer.status === 401) location.reload();
      if (!answer.ok) return;
      const html = await answer.text();
      const fresh = document.createElement("div");
      fresh.innerHTML = html;
      const seen = newsOf(fresh);
      if (seen !== last && !part.contains(document.activeElement)) {
        const open = [...part.querySelectorAll("details")].map((one) => one.open);
        const written = [...part.querySelectorAll(WRITTEN)].map((one) => one.value);
        part.replaceChildren(...fresh.childNodes);
        [...part.querySelectorAll("details")].forEach((one, place) => { one.open = open[place] ?? one.open; });
        [...part.querySelectorAll(WRITTEN)].forEach((one, place) => { one.value = written[place] ?? one.value; });
        last = seen;
      }
    } catch {
      // The line is down: the next look tries again.
    } finally {
      setTimeout(look, Number(part.dataset.every) * 1000);
    }
  };
  look();
}

addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

// A box takes no more than its limit and would cut what is pasted, dropped or typed without a word.
addEventListener("beforeinput", ({ target, data }) => {
  const told = target.form?.querySelector("[data-cut]");
  if (!told || target.type !== "textarea") return;
  const kept = target.value.length - (target.selectionEnd - target.selectionStart);
  told.textContent = kept + (data ?? "").length > target.maxLength ? told.dataset.cut : "";
});

// A login that ends takes away the page, not what was being written on it: after signing in again it stands there still.
// Whoever comes back to a page finds what they had not sent; the browser alone would put there what was sent, too.
const keptAs = (box) => `relevo.draft:${box.form.getAttribute("action")}:${box.name}`;
const boxes = () => document.querySelectorAll("form[method=post] textarea");
const kept = (box) => sessionStorage.getItem(keptAs(box));
function backAgain() {
  for (const box of boxes()) box.value = kept(box) ?? box.defaultValue;
}
const signedInAgain = document.referrer.startsWith(`${location.origin}/console/login`);
if (performance.getEntriesByType("navigation")[0]?.type === "back_forward") addEventListener("load", () => setTimeout(backAgain));
else for (const box of boxes()) {
  if (signedInAgain && !box.value) box.value = kept(box) ?? "";
  else sessionStorage.removeItem(keptAs(box));
}
addEventListener("pageshow", (event) => { if (event.persisted) backAgain(); });
addEventListener("input", ({ target }) => {
  if (target.matches("form[method=post] textarea")) sessionStorage.setItem(keptAs(target), target.value);
});
